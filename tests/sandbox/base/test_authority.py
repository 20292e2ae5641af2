"""Certificates of the sandbox. Prevents: trust lost at a restart, certificates for hosts that nobody serves."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.base.authority import Authority
from tests.full_disk import full_disk


@contextmanager
def served(context: ssl.SSLContext, connections: int = 1) -> Iterator[int]:
    """Yield a port that answers `connections` TLS handshakes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def answer() -> None:
            for _ in range(connections):
                raw, _address = listener.accept()
                with raw:
                    try:
                        context.wrap_socket(raw, server_side=True).close()
                    except (ssl.SSLError, OSError):
                        continue

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


def names_shown(port: int, host: str | None, trust: Path) -> set[str]:
    """Return the certificate's names, after a handshake that verifies the chain and (if given) the host."""
    client = ssl.create_default_context(cafile=trust)
    client.check_hostname = host is not None
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as raw,
        client.wrap_socket(raw, server_hostname=host) as connection,
    ):
        certificate = connection.getpeercert()
    assert certificate
    return {str(entry[1]) for entry in certificate["subjectAltName"]}


def test_an_authority_for_which_the_disk_has_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File too large"), full_disk():
        Authority.load_or_create(tmp_path / "authority")
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_issued_after_a_restart_is_trusted_by_the_earlier_authority_file(tmp_path: Path) -> None:
    first = Authority.load_or_create(tmp_path / "authority")
    trust = tmp_path / "trust-of-an-old-shell.pem"
    trust.write_bytes(first.pem.read_bytes())
    again = Authority.load_or_create(tmp_path / "authority")
    with served(again.context_for(["api.example.com", "*.example.org"])) as port:
        assert names_shown(port, "a.example.org", trust) == {"api.example.com", "*.example.org"}


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    authority = Authority.load_or_create(tmp_path / "deep" / "authority")
    assert stat.S_IMODE((authority.directory / "ca.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.directory.stat().st_mode) == 0o700


def test_processes_that_start_together_share_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Authority.load_or_create(tmp_path / "authority").pem.read_bytes(), range(8)))
    assert len(set(made)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["authority"]


def test_hosts_get_certificates_of_their_own_as_they_come_and_others_are_refused(tmp_path: Path) -> None:
    authority = Authority.load_or_create(tmp_path / "authority")
    known = {"one.example.com"}
    context = authority.context_by_name(lambda host: host in known)
    with served(context, connections=4) as port:
        assert names_shown(port, "one.example.com", authority.pem) == {"one.example.com"}
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            names_shown(port, "two.example.com", authority.pem)
        known.add("two.example.com")
        assert names_shown(port, "two.example.com", authority.pem) == {"two.example.com"}
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            names_shown(port, None, authority.pem)
