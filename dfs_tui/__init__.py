"""The terminal dashboard. Talks to nodes only through `dfs_core.client` and `dfs_core.local`."""
