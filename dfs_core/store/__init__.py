"""What one node keeps, and how it survives a crash."""
