"""Secrets, sealing and identity. Opens no file and no socket."""
