"""The job table on disk: a job is written before it is acknowledged, and so survives a crash."""
