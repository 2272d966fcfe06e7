"""sql/ → statistics: header, contract, parameters and their types, catalog."""
