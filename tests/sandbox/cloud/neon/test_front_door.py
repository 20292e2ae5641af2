"""The front door. Prevents: clients that reach the wrong database, hang, or get errors other than Neon's."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from sandbox.postgres.server import installation
from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon, until

UNKNOWN = "The requested endpoint could not be found, or you don't have access to it. Please check the provided ID"


def uri(project: Document) -> str:
    return str(project["connection_uris"][0]["connection_uri"])


def pooled(project: Document) -> str:
    parameters = project["connection_uris"][0]["connection_parameters"]
    return uri(project).replace(parameters["host"], parameters["pooler_host"])


def test_the_uri_works_as_given_with_the_variables_of_the_shell(
    neon: Neon, project: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(neon.context.home.ports.postgres))
    for address in (uri(project), pooled(project)):
        with psycopg.connect(address) as connection:
            assert connection.pgconn.ssl_in_use
            assert connection.execute("select current_database()").fetchone() == ("neondb",)


def test_a_server_that_cannot_start_is_reported_to_its_client_and_in_the_log(
    neon: Neon, project: Document, caplog: pytest.LogCaptureFixture
) -> None:
    server = neon.server(project["branch"]["id"])
    server.stop()
    version = server.directory / "PG_VERSION"
    right = version.read_text()
    version.write_text("7\n")
    with pytest.raises(psycopg.OperationalError, match="Control plane request failed"), neon.connect(uri(project)):
        pass
    version.write_text(right)
    (failed,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert project["branch"]["id"] in failed.getMessage()
    assert "database files are incompatible with server" in failed.getMessage()


def test_the_certificate_is_the_hosts_own(neon: Neon, project: Document) -> None:
    trusted: dict[str, str] = {
        "sslmode": "verify-full",
        "sslrootcert": str(neon.context.home.authority_dir / "ca.pem"),
    }
    for address in (uri(project), pooled(project)):
        with neon.connect(address, **trusted) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    refused = pytest.raises(psycopg.OperationalError, match="certificate")
    with refused, neon.connect(uri(project), sslmode="verify-full", sslrootcert="system"):
        pass


def test_tls_may_begin_at_once(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project), sslnegotiation="direct") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"host": "ep-no-such-00000000.eu-central-1.aws.neon.tech"}, UNKNOWN),
        ({"host": "ep-no-such-00000000-pooler.eu-central-1.aws.neon.tech"}, UNKNOWN),
        ({"host": "db.example.com"}, "Common name inferred from SNI ('example.com') is not known"),
        ({"host": "127.0.0.1"}, "Endpoint ID is not specified. Either please upgrade the postgres client library"),
        ({"sslmode": "disable"}, "connection is insecure (try using `sslmode=require`)"),
        ({"options": "endpoint=ep-other-1"}, "and project option ('ep-other-1')"),
        ({"password": "wrong"}, 'password authentication failed for user "neondb_owner"'),
        ({"user": "nobody"}, 'password authentication failed for user "nobody"'),
        ({"dbname": "nothing"}, 'database "nothing" does not exist'),
    ],
)
def test_a_refused_client_gets_the_reason(neon: Neon, project: Document, change: dict[str, str], message: str) -> None:
    with pytest.raises(psycopg.OperationalError) as refused, neon.connect(uri(project), **change):
        pass
    assert message in str(refused.value)


def test_a_connection_without_tls_must_name_the_endpoint(neon: Neon, project: Document) -> None:
    option = f"endpoint={project['endpoints'][0]['id']} -c statement_timeout=4321"
    with neon.connect(uri(project), sslmode="disable", options=option) as connection:
        assert not connection.pgconn.ssl_in_use
        assert connection.execute("show statement_timeout").fetchone() == ("4321ms",)


def test_the_pooled_host_refuses_what_pgbouncer_refuses(neon: Neon, project: Document) -> None:
    with neon.connect(pooled(project), application_name="app", options="-c timezone=UTC") as connection:
        assert connection.execute("show timezone").fetchone() == ("UTC",)
    refused = pytest.raises(psycopg.OperationalError, match="unsupported startup parameter in options: search_path")
    with refused, neon.connect(pooled(project), options="-c search_path=app"):
        pass
    refused = pytest.raises(psycopg.OperationalError, match="unsupported startup parameter: replication")
    with refused, neon.connect(pooled(project), replication="database"):
        pass


def test_a_statement_is_cancelled_where_it_runs(neon: Neon, project: Document) -> None:
    for address in (uri(project), pooled(project)):
        with neon.connect(address) as connection, neon.connect(uri(project)) as watcher:
            pid = connection.info.backend_pid
            active = "select from pg_stat_activity where pid = %s and wait_event = 'PgSleep'"

            def cancel() -> None:
                until(lambda: watcher.execute(active, (pid,)).fetchone() is not None)  # noqa: B023 -- joined below
                connection.cancel_safe(timeout=20)

            other = threading.Thread(target=cancel)
            other.start()
            with pytest.raises(errors.QueryCanceled):
                connection.execute("select pg_sleep(60)")
            other.join()
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_request_to_cancel_with_a_foreign_key_does_nothing(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project)) as connection:
        with socket.create_connection(("127.0.0.1", neon.context.home.ports.postgres), timeout=20) as stranger:
            stranger.sendall(struct.pack("!IIII", 16, 80877102, connection.info.backend_pid, 12345))
            assert stranger.recv(1) == b""
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_session_ends_when_its_client_vanishes(neon: Neon, project: Document) -> None:
    with neon.connect(uri(project)) as watcher:
        connection = psycopg.connect(
            uri(project), hostaddr="127.0.0.1", port=neon.context.home.ports.postgres, application_name="vanishing"
        )
        left = "select from pg_stat_activity where application_name = 'vanishing'"
        assert watcher.execute(left).fetchone() is not None
        with socket.socket(fileno=os.dup(connection.fileno())) as raw:
            raw.shutdown(socket.SHUT_RDWR)
        until(lambda: watcher.execute(left).fetchone() is None)
        connection.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!II", 7, 196608),
        struct.pack("!II", 99999, 196608),
        b"\x16\x03\x01nonsense",
    ],
)
def test_a_connection_that_sends_noise_is_closed_and_disturbs_nobody(
    neon: Neon, project: Document, garbage: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", neon.context.home.ports.postgres), timeout=20) as noise:
        noise.sendall(garbage)
        with suppress(OSError):  # a reset counts as an end, too
            noise.shutdown(socket.SHUT_WR)
            while noise.recv(1024):
                pass
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_large_result_and_a_large_statement_pass_whole(neon: Neon, project: Document) -> None:
    text = "x" * 5_000_000
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select %s, length(%s)", (text, text)).fetchone() == (text, 5_000_000)
        with connection.cursor().copy(
            "copy (select repeat('y', 1000) from generate_series(1, 5000)) to stdout"
        ) as copy:
            assert sum(len(data) for data in copy) == 5_005_000


def test_psql_reaches_the_database(neon: Neon, project: Document, tmp_path: Path) -> None:
    """With the system's psql over TLS where there is one; the embedded one has no TLS and must name the endpoint."""
    system = shutil.which("psql")
    address = uri(project)
    if system is None:
        option = f"options=endpoint%3D{project['endpoints'][0]['id']}"
        address = address.replace("sslmode=require", f"sslmode=disable&{option}")
    program = system or str(installation() / "bin" / "psql")
    port = str(neon.context.home.ports.postgres)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PGHOSTADDR": "127.0.0.1", "PGPORT": port}
    command = [program, address, "-X", "-At", "-c", "select current_user, 'äöü'"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "neondb_owner|äöü\n", "")


def test_many_clients_are_served_at_once_and_each_by_its_own_session(neon: Neon, project: Document) -> None:
    def session(number: int) -> tuple[int, int]:
        with neon.connect(uri(project)) as connection:
            found = connection.execute("select pg_backend_pid(), %s::int from pg_sleep(0.1)", (number,)).fetchone()
        assert found is not None
        return found[0], found[1]

    with ThreadPoolExecutor(40) as pool:
        found = list(pool.map(session, range(40)))
    assert [number for _, number in found] == list(range(40))
    assert len({pid for pid, _ in found}) == 40


def test_a_failed_handshake_leaves_the_front_door_open(neon: Neon, project: Document) -> None:
    with socket.create_connection(("127.0.0.1", neon.context.home.ports.postgres), timeout=20) as raw:
        raw.sendall(struct.pack("!II", 8, 80877103))
        assert raw.recv(1) == b"S"
        client = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            client.wrap_socket(raw, server_hostname="ep-x.eu-central-1.aws.neon.tech")
    with neon.connect(uri(project)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
