"""Contracts and simulation that ship, so that backend authors have them too."""
