"""What the user asks for, carried out: coroutines that the app starts as workers, each of which ends in an event."""
