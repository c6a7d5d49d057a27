"""The promise catalogue: load, validity, lint and diff; and the mathematics of scores."""
