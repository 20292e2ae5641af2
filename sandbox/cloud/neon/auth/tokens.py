"""Tokens of Neon Auth: signed with EdDSA, valid for 15 minutes, for one instance's origin.

https://neon.com/docs/auth/guides/plugins/jwt
"""

from __future__ import annotations

import base64
import json
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.cloud.neon.auth.instances import encoded
from sandbox.state import Document

LIFE_SECONDS = 15 * 60
_CLAIMS = (
    "id",
    "name",
    "email",
    "emailVerified",
    "image",
    "createdAt",
    "updatedAt",
    "role",
    "banned",
    "banReason",
    "banExpires",
)


def key_set(instance: Document) -> Document:
    """Return the public keys in the format of /.well-known/jwks.json (RFC 8037)."""
    return {
        "keys": [
            {"alg": "EdDSA", "crv": "Ed25519", "x": key["x"], "kty": "OKP", "kid": key["kid"]}
            for key in instance["keys"]
        ]
    }


def token(instance: Document, user: Document, now: datetime) -> str:
    """Return a token for this user. Issuer and audience are both the origin, not the URL of the instance."""
    key, issued = instance["keys"][-1], int(now.timestamp())
    origin = f"https://{instance['host']}"
    header = {"alg": "EdDSA", "kid": key["kid"]}
    claims = {
        "iat": issued,
        **{name: user.get(name) for name in _CLAIMS},
        "sub": user["id"],
        "exp": issued + LIFE_SECONDS,
        "iss": origin,
        "aud": origin,
    }
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    private = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key["d"] + "="))
    return f"{signed}.{encoded(private.sign(signed.encode()))}"
