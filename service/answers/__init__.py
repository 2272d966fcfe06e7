"""A result with its provenance, its JSON shapes, and the store that keeps answers."""
