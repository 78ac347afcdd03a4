"""What a node's documents are called inside its folder."""

IDENTITY_NAME = "node.pem"  # in identity/
SECRETS_NAME = "cluster"  # in secrets/
MEMBERS_NAME = "members"  # in state.sqlite: the newest member list, trusted until the catalog has a newer one
RECOVERY_NAME = "recovery"  # in state.sqlite: pointers to catalog snapshots and the recovery authority
