"""An answer as bytes."""
