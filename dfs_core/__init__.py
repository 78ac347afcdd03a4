"""The headless half of dfs: transport, encoding, crypto, store, catalog, replication and the node.

Importing any `dfs_core.x` runs this file, so it imports nothing: the pure core stays free of sockets and TLS, and
`dfs-core --version` answers at once. Come in through `dfs_core.client` (a program driving a node),
`dfs_core.local` (a cluster on this machine) or `dfs_core.server` (a node inside your own process).
"""

__version__ = "0.1.0"
