"""Where records come from (one file a source kind) and how they become verbatims."""
