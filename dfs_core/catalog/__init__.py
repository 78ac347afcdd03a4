"""The replicated log on disk, and what applying it yields, in SQLite."""
