"""The sandbox's own certificate authority, with which it serves TLS for host names that it does not own.

The key never leaves the sandbox's home. The system's trust store is not changed: a client trusts the authority only if
configured to (`SSL_CERT_FILE`, `sslrootcert`, `--cacert`), so the trust ends with the shell.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme


_LIFETIME = timedelta(days=397)
"""The lifetime of a server's certificate: the longest that browsers accept. Every start issues a new one."""

_CERTIFICATE = "ca.pem"
_KEY = "ca.key"


@dataclass(frozen=True)
class Issued:
    """A server's TLS context, and the only certificate (DER) that it presents."""

    context: ssl.SSLContext
    certificate: bytes


@dataclass(frozen=True)
class Authority:
    """A persistent authority, which several processes may use concurrently."""

    directory: Path
    _ca: trustme.CA = field(repr=False)

    @classmethod
    def load_or_create(cls, directory: Path) -> Authority:
        """Return the authority in `directory`, created by the first call. Safe for concurrent processes."""
        if not (directory / _KEY).exists():
            _create(directory)
        import trustme  # costly, and not needed to read a sandbox's ports

        ca = trustme.CA.from_pem((directory / _CERTIFICATE).read_bytes(), (directory / _KEY).read_bytes())
        return cls(directory, ca)

    @property
    def pem(self) -> Path:
        """The file with the authority's certificate, for `SSL_CERT_FILE` and `sslrootcert`."""
        return self.directory / _CERTIFICATE

    def context_for(self, hosts: Sequence[str]) -> ssl.SSLContext:
        """Return a server's TLS context with a single certificate for `hosts` (names, wildcards, addresses)."""
        return self.issue(hosts).context

    def issue(self, hosts: Sequence[str]) -> Issued:
        """Issue a new certificate for `hosts`, and return it with its TLS context."""
        now = datetime.now(UTC)
        leaf = self._ca.issue_cert(*hosts, not_before=now - timedelta(days=1), not_after=now + _LIFETIME)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        leaf.configure_cert(context)
        return Issued(context, ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode()))

    def context_by_name(self, serves: Callable[[str], bool]) -> ssl.SSLContext:
        """Return a server's TLS context with a separate certificate for each host name that `serves` accepts.

        The name is checked at every handshake, so hosts may come and go. A name that is not served, or a missing one,
        is refused with the alert `unrecognized_name`, as a shared edge refuses hosts without a certificate.
        """
        issued: dict[str, ssl.SSLContext] = {}

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            host = (name or "").lower()
            if not host or not serves(host):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            if host not in issued:
                issued[host] = self.context_for([host])
            connection.context = issued[host]
            return None

        context = self.context_for(["unrecognized.invalid"])
        context.sni_callback = choose
        # Without SNI the callback still runs (with None), so the certificate above is never presented.
        return context


def _create(directory: Path) -> None:
    """Write both files to a temporary folder, then move it into place: the move is atomic, and the first one wins."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    import trustme

    ca = trustme.CA(organization_name="prductr launch sandbox", organization_unit_name="local authority")
    with tempfile.TemporaryDirectory(prefix=f"{directory.name}-", dir=directory.parent) as beside:
        made = Path(beside) / "whole"
        made.mkdir(mode=0o700)
        ca.cert_pem.write_to_path(made / _CERTIFICATE)
        key = made / _KEY
        key.touch(mode=0o600)
        ca.private_key_pem.write_to_path(key)
        try:
            made.rename(directory)
        except OSError:
            if not (directory / _KEY).exists():
                raise
