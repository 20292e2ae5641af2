"""A port that was free when it was picked and taken when it was used: a server that does not start, now and then."""

from __future__ import annotations

import socket

import pytest

from sandbox.base import ports


def test_ports_are_different_free_and_out_of_the_way_of_outgoing_connections() -> None:
    found = ports.free_ports(50)
    assert len(set(found)) == 50
    assert all(20_000 <= port < 32_768 for port in found)
    for port in found:
        with socket.create_server(("127.0.0.1", port)):
            pass


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_is_taken_for_either_protocol_is_not_given(
    monkeypatch: pytest.MonkeyPatch, kind: socket.SocketKind
) -> None:
    taken, free = ports.free_ports(2)
    offered = [taken - 20_000, free - 20_000]
    monkeypatch.setattr("sandbox.base.ports.secrets.randbelow", lambda _: offered.pop(0))
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", taken))
        assert ports.free_port() == free
