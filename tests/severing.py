"""A way to a server that can be cut at any message, for tests of what becomes of a commit then."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1 << 16


class Wire:
    """Passes bytes between clients and a server, both on sockets in folders.

    ``cut_after`` pieces have passed, in both directions together, every connection is closed, once;
    what had been sent to the server by then reaches it.
    """

    def __init__(self, listening: socket.socket, server: Path) -> None:
        self._listening, self._server = listening, server
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self.passed = 0
        self.cut_after: int | None = None
        self.has_cut = False

    def accept(self) -> None:
        """Take clients until the wire is closed."""
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            try:
                there.connect(str(self._server))
            except OSError:
                client.close()
                there.close()
                continue
            with self._lock:
                self._pairs.append((client, there))
            for ends in ((client, there), (there, client)):
                thread = threading.Thread(target=self._pass, args=ends, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(_CHUNK):
                if self._is_cut(other, data):
                    return
        _shut(one, other)

    def _is_cut(self, other: socket.socket, data: bytes) -> bool:
        """Pass a piece on, or cut instead of it."""
        with self._lock:
            if self.cut_after is None or self.has_cut or self.passed < self.cut_after:
                self.passed += 1
                other.sendall(data)
                return False
            self.has_cut = True
            for pair in self._pairs:
                _shut(*pair)
            return True

    def close(self) -> None:
        """Close every connection."""
        for pair in self._pairs:
            _shut(*pair)
        for thread in self._threads:
            thread.join(timeout=10)
        for end in (end for pair in self._pairs for end in pair):
            end.close()


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(server: Path, folder: Path) -> Iterator[Wire]:
    """A wire to the server's socket, with a socket of the same name in the folder."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / server.name))
        listening.listen()
        made = Wire(listening, server)
        thread = threading.Thread(target=made.accept, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
            made.close()
