"""The digest: what customers told us in a week, what changed, and what to do, as one page for front-line staff."""
