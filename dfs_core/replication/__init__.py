"""The behaviours that need several nodes: consensus, chunks on holders, files, membership."""
