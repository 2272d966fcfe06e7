"""Jobs in this process: the table, the pool of worker threads, and the journal on disk."""
