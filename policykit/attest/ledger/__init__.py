"""The ledger: a folder that is a transparency log, and the proofs that come out of it."""
