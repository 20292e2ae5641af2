"""Neon Auth at the edge. Prevents: a token that the sandbox accepts and production would refuse, or the reverse."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sandbox.cloud.neon.auth import instances
from tests.sandbox.edge.serving import Edge

HOST = instances.STANDING_HOST
OTHER = "ep-review-1.neonauth.eu-central-1.aws.neon.build"
BASE = f"https://{HOST}/neondb/auth"
ADA = {"email": "ada@example.com", "password": "correct horse", "name": "Ada"}


def post(edge: Edge, path: str, body: dict[str, Any], host: str = HOST) -> httpx.Response:
    return edge.get(f"https://{host}/neondb/auth{path}", "POST", json.dumps(body).encode())


def decoded(part: str) -> Any:  # noqa: ANN401 -- JSON
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def session(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    return {"cookie": f"{name}={value}"}


def test_a_signed_in_user_gets_a_token_for_the_origin_that_the_key_set_verifies(edge: Edge) -> None:
    instances.add(edge.clouds.store, HOST)
    cookie = session(post(edge, "/sign-up/email", ADA))
    token = edge.get(f"{BASE}/token", headers=cookie).json()["token"]
    header, claims, signature = token.split(".")
    head, payload = decoded(header), decoded(claims)
    assert (head["alg"], payload["exp"] - payload["iat"]) == ("EdDSA", 900)
    assert payload["iss"] == payload["aud"] == f"https://{HOST}"
    assert (payload["sub"], payload["email"], payload["role"]) == (payload["id"], ADA["email"], "authenticated")
    (key,) = edge.get(f"{BASE}/.well-known/jwks.json").json()["keys"]
    assert key.keys() == {"alg", "crv", "x", "kty", "kid"}
    assert key["kid"] == head["kid"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), f"{header}.{claims}".encode())
    again = edge.get(f"{BASE}/get-session", headers=cookie)
    assert decoded(again.headers["set-auth-jwt"].split(".")[1])["sub"] == payload["sub"]


def test_a_copied_instance_signs_with_the_same_key_for_another_origin(edge: Edge) -> None:
    standing = instances.add(edge.clouds.store, HOST)
    instances.put(edge.clouds.store, standing | {"host": OTHER})
    cookie = session(post(edge, "/sign-up/email", ADA, OTHER))
    token = edge.get(f"https://{OTHER}/neondb/auth/token", headers=cookie).json()["token"]
    assert decoded(token.split(".")[1])["iss"] == f"https://{OTHER}"
    assert decoded(token.split(".")[0])["kid"] == standing["keys"][0]["kid"]
    assert edge.get(f"{BASE}/token", headers=cookie).status_code == 401


def test_a_user_who_is_not_signed_in_or_has_a_wrong_password_gets_nothing(edge: Edge) -> None:
    instances.add(edge.clouds.store, HOST)
    assert edge.get(f"{BASE}/token").status_code == 401
    assert edge.get(f"{BASE}/get-session").json() is None
    cookie = session(post(edge, "/sign-up/email", ADA))
    taken = post(edge, "/sign-up/email", ADA | {"email": "ADA@example.com"})
    assert (taken.status_code, taken.json()["code"]) == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
    assert post(edge, "/sign-up/email", ADA | {"email": "x"}).status_code == 400
    assert post(edge, "/sign-up/email", {"email": "b@example.com", "password": "short"}).status_code == 400
    assert post(edge, "/sign-in/email", ADA | {"password": "wrong horse"}).status_code == 401
    assert post(edge, "/sign-in/email", ADA | {"email": "nobody@example.com"}).status_code == 401
    assert session(post(edge, "/sign-in/email", ADA)) != cookie
    assert edge.get(f"{BASE}/sign-out", "POST", headers=cookie).status_code == 200
    assert edge.get(f"{BASE}/token", headers=cookie).status_code == 401


def test_a_host_without_an_instance_has_no_address_and_a_wrong_path_is_not_found(edge: Edge) -> None:
    instances.add(edge.clouds.store, HOST)
    assert edge.get(f"http://{OTHER}/neondb/auth/.well-known/jwks.json").status_code == 421
    assert edge.texts(HOST, "A") == ["18.192.94.17"]
    assert edge.texts(OTHER, "A") == []
    for path in ("/", "/neondb/auth/nothing", "/other/auth/token"):
        assert edge.get(f"https://{HOST}{path}").status_code == 404
    assert edge.get(f"{BASE}/token", "POST").status_code == 404


def test_statements_over_http_are_left_to_the_cloud_room(edge: Edge) -> None:
    answer = edge.get("https://api.eu-central-1.aws.neon.build/sql", "POST", b"{}")
    assert (answer.status_code, "cloud room does not respond" in answer.text) == (503, True)
    assert edge.texts("api.eu-central-1.aws.neon.build", "A") == ["18.192.94.17"]
