"""Benchmarks that anyone can run; README.md here says how to read them."""
