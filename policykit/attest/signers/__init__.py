"""Signers that are not key files: keys in a cloud, a vault or a security module, and identities without a key."""
