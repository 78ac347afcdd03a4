"""Modal sheets: store, retrieve, confirm, add node, help."""
