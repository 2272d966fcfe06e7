"""The parts of the running service, opened and closed in order; reloads and shutdown."""
