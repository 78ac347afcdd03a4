"""Real node processes, a real workload and real bad luck; `python -m dfs_core.testing.thrash` runs it."""
