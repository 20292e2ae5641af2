"""Channel binding at the front door. Prevents: URIs of Neon's console and CLI that no client can use here, and
a password that a stranger between client and door could relay.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from sandbox.cloud.neon.compute import cluster
from sandbox.postgres import Postgres
from sandbox.state import Document
from tests.sandbox.cloud.neon.harness import Neon

ACCEPTED = [(b"R", struct.pack("!I", 12)), (b"R", struct.pack("!I", 0))]
"""The server's signature, then the successful login."""
HEADER = b"p=tls-server-end-point,,"


def uri(project: Document) -> str:
    return f"{project['connection_uris'][0]['connection_uri']}&channel_binding=require"


def test_libpq_insists_on_channel_binding_direct_and_pooled(neon: Neon, project: Document) -> None:
    parameters = project["connection_uris"][0]["connection_parameters"]
    for host in (parameters["host"], parameters["pooler_host"]):
        with neon.connect(uri(project), host=host) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_client_without_channel_binding_logs_in_as_before(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project), channel_binding="disable") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_role_made_in_sql_and_a_password_changed_in_sql_are_accepted(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project)) as connection:
        connection.execute("create role app login password 'Pass:1/@ä'")
        with neon.connect(uri(project), user="app", password="Pass:1/@ä") as other:
            assert other.execute("select current_user").fetchone() == ("app",)
        connection.execute("alter role app password 'other'")
    with (
        pytest.raises(psycopg.OperationalError, match='password authentication failed for user "app"'),
        neon.connect(uri(project), user="app", password="Pass:1/@ä"),
    ):
        pass


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": "wrong"}, 'password authentication failed for user "neondb_owner"'),
        ({"user": "nobody"}, 'password authentication failed for user "nobody"'),
        ({"dbname": "nothing"}, 'database "nothing" does not exist'),
        ({"sslmode": "disable", "options": "endpoint=EP"}, "channel binding required, but SSL not in use"),
    ],
)
def test_a_refused_client_gets_the_reason(neon: Neon, project: Document, change: dict[str, str], message: str) -> None:
    named = {key: value.replace("EP", project["endpoints"][0]["id"]) for key, value in change.items()}
    with pytest.raises(psycopg.OperationalError) as refused, neon.connect(uri(project), **named):
        pass
    assert message in str(refused.value)


@dataclass
class Raw:
    """A client of the protocol's own messages, for what libpq never sends."""

    stream: ssl.SSLSocket

    def send(self, kind: bytes, body: bytes) -> None:
        self.stream.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def initial(self, mechanism: bytes, data: bytes) -> None:
        self.send(b"p", mechanism + b"\0" + struct.pack("!I", len(data)) + data)

    def receive(self) -> tuple[bytes, bytes]:
        kind, length = struct.unpack("!cI", self._exactly(5))
        return kind, self._exactly(length - 4)

    def refused(self) -> dict[str, str]:
        """Return the fields of the expected error."""
        kind, body = self.receive()
        assert kind == b"E", body
        return {field[:1].decode(): field[1:].decode() for field in body.split(b"\0") if field}

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            assert more, "the door hung up"
            data += more
        return data


@contextmanager
def greeted(neon: Neon, project: Document) -> Iterator[tuple[Raw, bytes]]:
    """Yield a client over TLS that has named its user, and the mechanisms that it is offered."""
    parameters = project["connection_uris"][0]["connection_parameters"]
    trust = ssl.create_default_context(cafile=neon.context.home.authority_dir / "ca.pem")
    with socket.create_connection(("127.0.0.1", neon.context.home.ports.postgres), timeout=20) as plain:
        plain.sendall(struct.pack("!II", 8, 80877103))
        assert plain.recv(1) == b"S"
        with trust.wrap_socket(plain, server_hostname=parameters["host"]) as stream:
            words = b"user\0" + parameters["role"].encode() + b"\0database\0neondb\0\0"
            stream.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
            raw = Raw(stream)
            kind, body = raw.receive()
            assert (kind, body[:4]) == (b"R", struct.pack("!I", 10))
            yield raw, body[4:]


def final(raw: Raw, project: Document, certificate: bytes) -> bytes:
    """Return the last message of a client that has the password and has seen this certificate."""
    bare = b"n=,r=clientnonce"
    raw.initial(b"SCRAM-SHA-256-PLUS", HEADER + bare)
    _kind, body = raw.receive()
    challenge = body[4:]
    nonce, salt, rounds = (part.partition(b"=")[2] for part in challenge.split(b","))
    password = project["connection_uris"][0]["connection_parameters"]["password"].encode()
    salted = hashlib.pbkdf2_hmac("sha256", password, base64.b64decode(salt), int(rounds))
    key = hmac.digest(salted, b"Client Key", "sha256")
    signed = b"c=" + base64.b64encode(HEADER + hashlib.sha256(certificate).digest()) + b",r=" + nonce
    signature = hmac.digest(hashlib.sha256(key).digest(), b",".join((bare, challenge, signed)), "sha256")
    return signed + b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True)))


def test_both_mechanisms_are_offered_over_tls_and_the_bound_one_is_accepted(neon: Neon, project: Document) -> None:
    with greeted(neon, project) as (raw, offered):
        assert offered == b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
        certificate = raw.stream.getpeercert(binary_form=True)
        assert certificate is not None
        raw.send(b"p", final(raw, project, certificate))
        answers = [raw.receive(), raw.receive()]
    assert [(kind, body[:4]) for kind, body in answers] == ACCEPTED


def test_a_login_while_the_same_password_is_set_anew_succeeds(neon: Neon, project: Document) -> None:
    """As without a front door. The new verifier has another salt, and an update sets the password each time."""
    parameters = project["connection_uris"][0]["connection_parameters"]
    anew = sql.SQL("alter role {} password {}").format(sql.Identifier(parameters["role"]), parameters["password"])
    with neon.connect(uri(project)) as other, greeted(neon, project) as (raw, _offered):
        certificate = raw.stream.getpeercert(binary_form=True)
        assert certificate is not None
        proof = final(raw, project, certificate)
        other.execute(anew)
        raw.send(b"p", proof)
        answers = [raw.receive(), raw.receive()]
    assert [(kind, body[:4]) for kind, body in answers] == ACCEPTED


def test_a_login_right_after_the_doors_lookup_succeeds(
    neon: Neon, project: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = project["connection_uris"][0]["connection_parameters"]
    look, looked = cluster.scram_verifier, []

    def changed_then(server: Postgres, role: str) -> cluster.ScramVerifier | None:
        found = look(server, role)
        looked.append(found)
        if len(looked) == 1:
            cluster.set_password(server, parameters["role"], parameters["password"])
        return found

    monkeypatch.setattr(cluster, "scram_verifier", changed_then)
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    before, after = looked
    assert before is not None
    assert after is not None
    assert before.salt != after.salt


def test_a_password_bound_to_another_certificate_is_refused(neon: Neon, project: Document) -> None:
    with greeted(neon, project) as (raw, _offered):
        raw.send(b"p", final(raw, project, b"the certificate of somebody in between"))
        refused = raw.refused()
    assert (refused["C"], refused["M"]) == ("28000", "SCRAM channel binding check failed")


def test_a_client_that_was_led_to_expect_no_binding_is_refused(neon: Neon, project: Document) -> None:
    with greeted(neon, project) as (raw, _offered):
        raw.initial(b"SCRAM-SHA-256", b"y,,n=,r=clientnonce")
        refused = raw.refused()
    assert (refused["C"], refused["M"]) == ("08P01", "SCRAM channel binding negotiation error")


@pytest.mark.parametrize("first", [b"n,,n=,r=x", b"p=tls-unique,,n=,r=x", b""])
def test_a_malformed_first_message_is_refused(neon: Neon, project: Document, first: bytes) -> None:
    with greeted(neon, project) as (raw, _offered):
        raw.initial(b"SCRAM-SHA-256-PLUS", first)
        refused = raw.refused()
    assert (refused["C"], refused["M"]) == ("08P01", "malformed SCRAM message")


def test_a_malformed_proof_is_refused(neon: Neon, project: Document) -> None:
    with greeted(neon, project) as (raw, _offered):
        certificate = raw.stream.getpeercert(binary_form=True)
        assert certificate is not None
        signed, _, _proof = final(raw, project, certificate).rpartition(b",p=")
        raw.send(b"p", signed + b",p=c2hvcnQ=")
        refused = raw.refused()
    assert (refused["C"], refused["M"]) == ("08P01", "malformed SCRAM message")
