"""A network between clients and a server that can be cut: at any message, for a while, for good.

A link is open, holds what is sent (a network that loses every packet, whose ends know of nothing),
or is reset (each end is told that the other is gone, and what was under way is lost).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1 << 16
_NO_LINGERING = struct.pack("ii", 1, 0)

Reach = Callable[[], socket.socket]


class Link:
    """Passes bytes between clients and a server.

    Args:
        listening: Where clients come.
        reach: Makes a connection to the server.
    """

    def __init__(self, listening: socket.socket, reach: Reach) -> None:
        self._listening = listening
        self._reach = reach
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._cuts_midway = False
        self.resets = 0

    def hold(self) -> None:
        """Pass nothing from now on, in either direction."""
        self._open.clear()

    def go_on(self) -> None:
        """Pass what was held, and what comes."""
        self._open.set()

    def reset(self) -> None:
        """Break every connection; what was held is lost, new ones are let through."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
            self._cuts_midway = False
            self.resets += bool(pairs)
        for end in (end for pair in pairs for end in pair):
            _break(end)
        self._open.set()

    def reset_midway(self) -> None:
        """Break every connection in the middle of the next message that passes."""
        self._cuts_midway = True

    def accept(self) -> None:
        """Take clients until the link is closed."""
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._open.wait()
        try:
            server = self._reach()
        except OSError:
            client.close()
            return
        with self._lock:
            self._pairs.append((client, server))
        back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
        back.start()
        self._pass(client, server)
        back.join()
        with self._lock, contextlib.suppress(ValueError):
            self._pairs.remove((client, server))
        client.close()
        server.close()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(_CHUNK):
                self._open.wait()
                if self._cuts_midway:
                    other.sendall(data[: len(data) // 2])
                    self.reset()
                    return
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        if end.family != socket.AF_UNIX:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def _serving(listening: socket.socket, reach: Reach) -> Iterator[Link]:
    with listening:
        listening.listen()
        made = Link(listening, reach)
        thread = threading.Thread(target=made.accept, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
            made.reset()


@contextmanager
def to_port(port: int) -> Iterator[tuple[Link, int]]:
    """A link to a server of this machine, and the port where its clients come."""

    def reach() -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=None)

    listening = socket.create_server(("127.0.0.1", 0))
    own = int(listening.getsockname()[1])
    with _serving(listening, reach) as made:
        yield made, own


@contextmanager
def to_socket(server: Path, folder: Path) -> Iterator[Link]:
    """A link to a server's socket, with a socket of the same name in the folder."""

    def reach() -> socket.socket:
        there = socket.socket(socket.AF_UNIX)
        try:
            there.connect(str(server))
        except OSError:
            there.close()
            raise
        return there

    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / server.name))
    with _serving(listening, reach) as made:
        yield made
