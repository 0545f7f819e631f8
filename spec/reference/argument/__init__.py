"""The argument of `protocol.md` §1–11: systems, transcript, schedule, one group equation. Knows nothing of networks."""
