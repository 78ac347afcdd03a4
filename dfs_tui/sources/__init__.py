"""Where events come from; the only importers of dfs_core."""
