"""The tests that do harm: each fault is done to the real thing, and every record is counted after it."""
