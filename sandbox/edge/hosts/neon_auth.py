"""Neon Auth as browsers and Workers see it: the key set, sign-up, sign-in, and tokens for signed-in users.

It is Better Auth with e-mail and password. No mail is sent, and every address counts as verified.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.cloud.neon.auth import instances, key_set, token
from sandbox.edge.model import Request, Response
from sandbox.state import Document, Store

_COOKIE = "__Secure-neonauth.session_token"
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHORTEST_PASSWORD = 8
_SHOWN = ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "role", "banned")


class NeonAuth:
    """The server of all instances of Neon Auth."""

    def __init__(self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._now = now

    async def answer(self, request: Request) -> Response:
        """Return the response of the instance at the request's host."""
        with self._store.transaction():
            instance = instances.find(self._store, request.host)
            if instance is None:
                return _failure(404, "NOT_FOUND", "There is no Neon Auth at this host")
            path = request.path.removeprefix(f"/{instance['database']}/auth")
            routes: dict[tuple[str, str], Callable[[Request, Document], Response]] = {
                ("GET", "/.well-known/jwks.json"): lambda _, it: _json(200, key_set(it)),
                ("POST", "/sign-up/email"): self._sign_up,
                ("POST", "/sign-in/email"): self._sign_in,
                ("POST", "/sign-out"): self._sign_out,
                ("GET", "/get-session"): self._session,
                ("GET", "/token"): self._token,
            }
            found = routes.get((request.method, path)) if path != request.path else None
            return found(request, instance) if found else _failure(404, "NOT_FOUND", "Not found")

    def _sign_up(self, request: Request, instance: Document) -> Response:
        requested = _body(request)
        mail, password = requested.get("email"), requested.get("password")
        if not isinstance(mail, str) or not _MAIL.fullmatch(mail):
            return _failure(400, "INVALID_EMAIL", "Invalid email")
        if not isinstance(password, str) or len(password) < _SHORTEST_PASSWORD:
            return _failure(400, "PASSWORD_TOO_SHORT", "Password too short")
        if mail.lower() in instance["users"]:
            return _failure(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.")
        now = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        salt = secrets.token_hex(16)
        user: Document = {
            "id": str(uuid.uuid4()),
            "name": str(requested.get("name") or ""),
            "email": mail.lower(),
            "emailVerified": True,
            "image": requested.get("image"),
            "createdAt": now,
            "updatedAt": now,
            "role": "authenticated",
            "banned": False,
            "banReason": None,
            "banExpires": None,
            "_password": [salt, _hash(password, salt)],
        }
        instances.put(self._store, instance | {"users": instance["users"] | {user["email"]: user}})
        return self._signed_in(instance, user)

    def _sign_in(self, request: Request, instance: Document) -> Response:
        requested = _body(request)
        user = instance["users"].get(str(requested.get("email")).lower())
        salt, wanted = user["_password"] if user else ("", "")
        if not secrets.compare_digest(_hash(str(requested.get("password")), salt), wanted):
            return _failure(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
        if user["banned"]:
            return _failure(403, "BANNED_USER", "You have been banned from this application.")
        return self._signed_in(instance, user)

    def _signed_in(self, instance: Document, user: Document) -> Response:
        value = secrets.token_urlsafe(32)
        session = {"id": _digest(value), "host": instance["host"], "email": user["email"]}
        self._store.put(instances.SESSIONS, session["id"], session)
        cookie = f"{_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
        return _json(200, {"redirect": False, "token": value, "user": _shown(user)}, ("set-cookie", cookie))

    def _sign_out(self, request: Request, _instance: Document) -> Response:
        self._store.delete(instances.SESSIONS, _digest(_session_of(request)))
        return _json(200, {"success": True}, ("set-cookie", f"{_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly"))

    def _session(self, request: Request, instance: Document) -> Response:
        user = self._user(request, instance)
        if user is None:
            return _json(200, None)
        issued = token(instance, user, self._now())
        return _json(200, {"session": {"userId": user["id"]}, "user": _shown(user)}, ("set-auth-jwt", issued))

    def _token(self, request: Request, instance: Document) -> Response:
        user = self._user(request, instance)
        if user is None:
            return _failure(401, "UNAUTHORIZED", "Unauthorized")
        return _json(200, {"token": token(instance, user, self._now())})

    def _user(self, request: Request, instance: Document) -> Document | None:
        """Return the signed-in user. A session is valid only at the host that created it."""
        session = self._store.get(instances.SESSIONS, _digest(_session_of(request)))
        if session is None or session["host"] != instance["host"]:
            return None
        found: Document | None = instance["users"].get(session["email"])
        return found


def _session_of(request: Request) -> str:
    """Return the session's secret, from the cookie or as a bearer token."""
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    pairs = (pair.strip().partition("=") for pair in (request.header("cookie") or "").split(";"))
    return next((value for name, _, value in pairs if name == _COOKIE), "")


def _shown(user: Document) -> Document:
    return {name: user[name] for name in _SHOWN}


def _hash(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _json(status: int, document: object, *headers: tuple[str, str]) -> Response:
    fixed = (("content-type", "application/json"), ("cache-control", "no-store"))
    return Response(status=status, headers=(*fixed, *headers), body=json.dumps(document).encode())


def _failure(status: int, code: str, message: str) -> Response:
    return _json(status, {"code": code, "message": message})
