"""Names that a macro of the shell cannot have: `from NAME(…)` takes them for a table function or for a word of SQL.

They are those of DuckDB in this process and of the shell's, which is another version. Asking both would make each start
slower, so they stand here, and a test compares.
"""

RESERVED_NAMES = frozenset(
    """
    all analyse analyze and anti any array arrow_scan arrow_scan_dumb as asc asof asymmetric at authorization
    between bigint binary bit boolean both by case cast char character check check_peg_parser checkpoint coalesce
    collate collation column columns concurrently constraint create create_external_resource cross dec decimal
    default deferrable deregister_external_resource desc describe destroy_external_resource disable_logging
    disable_peg_parser disable_profiling distinct do duckdb_approx_database_count duckdb_available_metrics
    duckdb_columns duckdb_connection_count duckdb_constraints duckdb_coordinate_systems duckdb_databases
    duckdb_dependencies duckdb_dialects duckdb_eviction_queues duckdb_extension_repositories duckdb_extensions
    duckdb_external_file_cache duckdb_external_resource_types duckdb_external_resources duckdb_functions
    duckdb_grammar_extensions duckdb_indexes duckdb_keywords duckdb_log_contexts duckdb_logs duckdb_logs_parsed
    duckdb_memory duckdb_optimizers duckdb_prepared_statements duckdb_profiling_settings duckdb_schemas
    duckdb_secret_type_parameters duckdb_secret_types duckdb_secrets duckdb_sequences duckdb_settings
    duckdb_table_sample duckdb_tables duckdb_temporary_files duckdb_triggers duckdb_types duckdb_variables
    duckdb_views else enable_logging enable_peg_parser enable_profiling end except exists extract false fetch float
    for force_checkpoint foreign freeze from full generate_series generated glob group grouping grouping_id having
    histogram histogram_values icu_calendar_names if ilike in initially inner inout int integer intersect interval
    into is isnull join json_each json_execute_serialized_sql json_tree lambda lateral leading left like limit map
    national natural nchar none not notnull null nullif numeric offset on only or order out outer overlaps overlay
    pandas_scan parquet_bloom_probe parquet_file_metadata parquet_full_metadata parquet_kv_metadata parquet_metadata
    parquet_scan parquet_schema pg_timezone_names pivot pivot_longer pivot_wider placing position positional
    pragma_collations pragma_database_size pragma_metadata_info pragma_platform pragma_show pragma_storage_info
    pragma_table_info pragma_user_agent pragma_version precision primary python_arrow_scan python_map_function
    qualify query query_table range read_blob read_csv read_csv_auto read_duckdb read_json read_json_auto
    read_json_objects read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_parquet
    read_single_csv_file read_single_json_file read_single_parquet_file read_text real references
    register_external_resource register_external_resource_type repeat repeat_row returning right row select semi
    seq_scan setof show similar smallint sniff_csv some sql_auto_complete struct substring summarize summary
    symmetric table tablesample test_all_types test_vector_types then time timestamp to trailing treat trim true
    truncate_duckdb_logs try_cast tuple union unique unnest unpack unpivot using values varchar variadic verbose
    when where which_secret window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
    xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()
)
