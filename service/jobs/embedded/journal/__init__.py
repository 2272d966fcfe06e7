"""The job table on disk: whatever is acknowledged is there first, and is there after a crash."""
