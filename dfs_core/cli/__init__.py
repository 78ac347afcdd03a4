"""The `dfs-core` command."""
