"""A query, a job and its states; the job table of this process, with its journal; events."""
