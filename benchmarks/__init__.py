"""Measures speed, memory and start of the listener: ``python -m benchmarks``."""
