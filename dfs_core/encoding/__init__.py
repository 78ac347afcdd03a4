"""Values to bytes and back: frames, messages, commands."""
