"""What a job store drives: the bounded pool of threads, each with its session, and the runs that they do."""
