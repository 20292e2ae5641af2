"""SCRAM-SHA-256-PLUS for a server behind a door that terminates TLS: the login is bound to the door's certificate.

The server itself sees no TLS and offers SCRAM-SHA-256. The door offers both mechanisms. A client that uses channel
binding includes a hash of the certificate in what it signs; the door checks the hash and rewrites the proof into the
one that the server expects. For that it needs the two keys that PostgreSQL stores for a password, never the password.
The server makes the final decision, so a wrong password and an unknown role are refused with its own messages.

Sources: RFC 5802 (SCRAM), RFC 5929 section 4 (tls-server-end-point), PostgreSQL's chapter "SASL Authentication".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Awaitable, Callable

from sandbox.base import Stream
from sandbox.cloud.neon.access.startup import MAX_LENGTH, StartupError
from sandbox.cloud.neon.compute import ScramVerifier

Fetch = Callable[[], Awaitable[ScramVerifier | None]]
"""A callable that fetches the verifier of the role that logs in; None if it cannot log in with a password."""

_SASL, _CONTINUE, _FINAL = 10, 11, 12
_PLAIN, _BOUND = b"SCRAM-SHA-256", b"SCRAM-SHA-256-PLUS"
_HEADER = b"p=tls-server-end-point,,"
_UNBOUND = b"n,,"
_DOWNGRADED = b"y"
_PROTOCOL_VIOLATION = "08P01"
_INVALID_AUTHORIZATION = "28000"


async def led(client: Stream, server: Stream, startup: bytes, certificate: bytes, fetch: Fetch) -> None:
    """Start a session on the server and offer the client channel binding in addition to the server's mechanisms.

    The server looks up the password when the session starts. If the password has been changed in the meantime, it has
    another salt. So the door fetches the verifier first, and again if the server's challenge has a different salt.

    Returns once everything that follows can be relayed unchanged. Raises StartupError if the binding is wrong.
    """
    verifier = await fetch()
    await server.send(startup)
    while True:
        kind, body = await _message(server)
        if (kind, body[:4]) == (b"R", struct.pack("!I", _SASL)):
            break
        await client.send(_framed(kind, body))
        if kind not in b"vN":
            return
    await client.send(_request(_SASL, b"\0".join([_BOUND, _PLAIN, b"", b""])))
    kind, body = await _message(client)
    mechanism, _, rest = body.partition(b"\0")
    if kind == b"p" and mechanism == _BOUND:
        await _bound(client, server, rest[4:], certificate, verifier, fetch)
        return
    if kind == b"p" and rest[4:5] == _DOWNGRADED:
        # The client supports channel binding, but somebody in between removed the offer.
        raise StartupError("SCRAM channel binding negotiation error", "FATAL", _PROTOCOL_VIOLATION)
    await server.send(_framed(kind, body))


async def _bound(
    client: Stream, server: Stream, first: bytes, certificate: bytes, verifier: ScramVerifier | None, fetch: Fetch
) -> None:
    if not first.startswith(_HEADER):
        raise StartupError("malformed SCRAM message", "FATAL", _PROTOCOL_VIOLATION)
    bare = first.removeprefix(_HEADER)
    answer = _UNBOUND + bare
    await server.send(_framed(b"p", _PLAIN + b"\0" + struct.pack("!I", len(answer)) + answer))
    challenge = await _continued(client, server, _CONTINUE)
    if challenge is None:
        return
    if verifier is None or verifier.salt != _salt(challenge):
        verifier = await fetch()
    await client.send(_request(_CONTINUE, challenge))
    _kind, final = await _message(client)
    signed, _, proof = final.rpartition(b",p=")
    binding, _, nonce = signed.partition(b",")
    if binding != b"c=" + base64.b64encode(_HEADER + hashlib.sha256(certificate).digest()):
        raise StartupError("SCRAM channel binding check failed", "FATAL", _INVALID_AUTHORIZATION)
    stored = verifier.stored_key if verifier else secrets.token_bytes(32)
    unbound = b"c=" + base64.b64encode(_UNBOUND) + b"," + nonce
    theirs, ours = (b",".join((bare, challenge, part)) for part in (signed, unbound))
    key = _xor(_decoded(proof), _signature(stored, theirs))
    await server.send(_framed(b"p", unbound + b",p=" + base64.b64encode(_xor(key, _signature(stored, ours)))))
    if await _continued(client, server, _FINAL) is not None:
        # The server has accepted the client, but its signature covers the door's messages, not the client's.
        answering = verifier.server_key if verifier else secrets.token_bytes(32)
        await client.send(_request(_FINAL, b"v=" + base64.b64encode(_signature(answering, theirs))))


async def _continued(client: Stream, server: Stream, code: int) -> bytes | None:
    """Return the data of the server's next step; None if it refused, in which case the client has its message."""
    kind, body = await _message(server)
    if (kind, body[:4]) == (b"R", struct.pack("!I", code)):
        return body[4:]
    await client.send(_framed(kind, body))
    return None


def _salt(challenge: bytes) -> bytes:
    """Return the salt in the server's first message, `r=NONCE,s=SALT,i=ITERATIONS`."""
    parts = dict(part.split(b"=", 1) for part in challenge.split(b","))
    return base64.b64decode(parts[b"s"])


def _decoded(proof: bytes) -> bytes:
    try:
        decoded = base64.b64decode(proof, validate=True)
    except binascii.Error:
        decoded = b""
    if len(decoded) != hashlib.sha256().digest_size:
        raise StartupError("malformed SCRAM message", "FATAL", _PROTOCOL_VIOLATION)
    return decoded


def _signature(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


async def _message(stream: Stream) -> tuple[bytes, bytes]:
    """Return the next message: its kind, and the bytes after the length. Raises ConnectionError if that is invalid."""
    kind, length = struct.unpack("!cI", await stream.reader.readexactly(5))
    if not 4 <= length <= MAX_LENGTH:
        raise ConnectionError("invalid length of a message before authentication")
    return kind, await stream.reader.readexactly(length - 4)


def _framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _request(code: int, data: bytes) -> bytes:
    return _framed(b"R", struct.pack("!I", code) + data)
