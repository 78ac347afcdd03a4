"""What draws a view and posts a message; nothing else."""
