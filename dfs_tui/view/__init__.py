"""What is on screen, as plain values; no Textual here."""
