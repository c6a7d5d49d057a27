"""The keeping of a store's file: looked into, backed up, put back, repaired."""
