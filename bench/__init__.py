"""Measurements: printed, and kept under bench/results/. Ratios carry over to other machines, absolutes do not."""
