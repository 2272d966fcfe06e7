"""Reference tables, which are facts, and the generator of the modelled sample."""
