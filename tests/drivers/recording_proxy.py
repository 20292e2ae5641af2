"""A forward proxy that lets nothing through, and records every requested target."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class RecordingProxy:
    """Answers every request with 502."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.wanted: list[str] = []
        """First line of every request."""

    def serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.settimeout(5)
                self.wanted.append(client.recv(65536).partition(b"\r\n")[0].decode("latin-1"))
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


@contextmanager
def recording_proxy() -> Iterator[RecordingProxy]:
    """Yield a proxy that runs until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = RecordingProxy(listener)
        thread = threading.Thread(target=found.serve)
        thread.start()
        try:
            yield found
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
