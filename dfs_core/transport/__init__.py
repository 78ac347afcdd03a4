"""How two nodes talk: the link's state machine, sockets under it, the mesh above it."""
