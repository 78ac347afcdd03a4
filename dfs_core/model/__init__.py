"""What is true without a network or a disk: pure values and state machines."""
