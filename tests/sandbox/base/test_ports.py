"""A port may be free when it is picked and taken when it is used. Prevents: a server that sometimes fails to start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sandbox.base import ports
from sandbox.processes import lifecycle


def test_ports_are_different_free_and_out_of_the_way_of_outgoing_connections() -> None:
    found = ports.free_ports(50)
    assert len(set(found)) == 50
    assert all(20_000 <= port < 32_768 for port in found)
    for port in found:
        with socket.create_server(("127.0.0.1", port)):
            pass


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_for_either_protocol_is_not_given(
    monkeypatch: pytest.MonkeyPatch, kind: socket.SocketKind
) -> None:
    taken, free = ports.free_ports(2)
    offered = [taken - 20_000, free - 20_000]
    monkeypatch.setattr("sandbox.base.ports.secrets.randbelow", lambda _: offered.pop(0))
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", taken))
        assert ports.free_port() == free


def test_a_machine_without_the_address_is_one_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LOOPBACK", "192.0.2.1")  # as on a machine with only IPv6 on loopback
    with pytest.raises(ports.LoopbackError) as raised:
        ports.free_ports(3)
    assert (raised.value.where, "ip address add" in raised.value.remedy) == ("192.0.2.1", True)


def test_no_sandbox_is_begun_on_such_a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LOOPBACK", "192.0.2.1")
    with pytest.raises(ports.LoopbackError):
        lifecycle.start(tmp_path / "sandbox", report=lambda _: None)
    assert list(tmp_path.iterdir()) == []
