"""Settings, wiring, the pipeline loop and the command line."""
