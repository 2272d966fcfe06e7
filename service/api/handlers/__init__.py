"""The functions for the routes, a file a resource."""
