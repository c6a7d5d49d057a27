"""The words of gapwatch: records, promises, verdicts, errors and ports. Standard library only."""
