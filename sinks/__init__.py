"""Where results go: the DuckDB store with its questions, and the Prometheus counters. One file a sink kind."""
