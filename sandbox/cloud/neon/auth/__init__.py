"""Sign-up, keys and tokens of Neon Auth."""

from sandbox.cloud.neon.auth import instances
from sandbox.cloud.neon.auth.tokens import key_set, token

__all__ = ["instances", "key_set", "token"]
