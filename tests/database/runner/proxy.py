"""A TCP proxy on loopback that can lose a connection at the worst moment, or silently stop responding."""

from __future__ import annotations

import contextlib
import ctypes
import select
import socket
import struct
import threading
from urllib.parse import urlsplit, urlunsplit

from sandbox.base.ports import free_port

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends RST instead of FIN."""

_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER of Linux, for which Python has no constant."""


class Proxy:
    """Forwards bytes until a marked message passes; a context manager, closed with all its connections."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (str(parts.hostname), int(parts.port or 5432))
        self._port = free_port()
        self.url = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self._port}"))
        self._marker = b""
        self._after_reply = False
        self._silently = False
        self.cuts = 0
        self.connections = 0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def cut(self, marker: bytes, *, after_reply: bool) -> None:
        """Reset the next connection whose client sends `marker`: before the server sees it, or after it responded."""
        self._marker, self._after_reply, self._silently = marker, after_reply, False

    def silence(self, marker: bytes, *, after_reply: bool) -> None:
        """Like `cut`, but silently: from then on the network drops every packet of that connection, both ways."""
        self.cut(marker, after_reply=after_reply)
        self._silently = True

    def __enter__(self) -> Proxy:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in list(self._threads):
            thread.join(10)
        self._listener.close()

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            if select.select([self._listener], [], [], 0.05)[0]:
                client, _ = self._listener.accept()
                self.connections += 1
                self._spawn(self._serve, client, socket.create_connection(self._target))

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        swallow = False
        with client, server, contextlib.suppress(OSError):
            while not self._stop.is_set():
                ready = select.select([client, server], [], [], 0.05)[0]
                if client in ready:
                    data = client.recv(1 << 20)
                    if self._marker and self._marker in data:
                        self._marker, swallow = b"", True
                        if not self._after_reply:
                            return self._lose(client, server)
                    if not data:
                        return None
                    server.sendall(data)
                if server in ready:
                    data = server.recv(1 << 20)
                    if swallow and (not data or data.endswith(b"Z\x00\x00\x00\x05I")):
                        return self._lose(client, server)  # it is committed, and the client never learns that
                    if not data:
                        return None
                    if not swallow:
                        client.sendall(data)
        return None

    def _lose(self, client: socket.socket, server: socket.socket) -> None:
        self.cuts += 1
        for end in (client, server):
            if self._silently:
                _drop_packets(end)
            else:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if self._silently:
            self._stop.wait()


def _drop_packets(end: socket.socket) -> None:
    """Let the kernel drop packets before TCP sees them: nothing is acknowledged, no probe is answered."""
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # the BPF program `ret #0`
    program = struct.pack("HL", 1, ctypes.addressof(drop_all))
    end.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
