"""Background behaviours, each with `step` and `wait`."""
