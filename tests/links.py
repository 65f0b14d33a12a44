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
from typing import TypeVar

_CHUNK = 1 << 16
_NO_LINGERING = struct.pack("ii", 1, 0)

Reach = Callable[[], socket.socket]
L = TypeVar("L", bound="Link")


class Link:
    """Passes bytes between clients and a server.

    Args:
        listening: Where clients come.
        reach: Makes a connection to the server.
    """

    def __init__(self, listening: socket.socket, reach: Reach) -> None:
        self.listening = listening
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
                client, _ = self.listening.accept()
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
                if not self._sent(data, other):
                    return
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _sent(self, data: bytes, other: socket.socket) -> bool:
        """Pass a piece on; whether the link stands after it."""
        if self._cuts_midway:
            other.sendall(data[: len(data) // 2])
            self.reset()
            return False
        other.sendall(data)
        return True


class Wire(Link):
    """A link that is cut at a certain piece.

    Once ``cut_after`` pieces have passed, in both directions together, every connection is closed
    instead of the next one, once; what had been sent to the server by then reaches it.
    """

    def __init__(self, listening: socket.socket, reach: Reach) -> None:
        super().__init__(listening, reach)
        self._counting = threading.Lock()
        self.passed = 0
        self.cut_after: int | None = None
        self.has_cut = False

    def _sent(self, data: bytes, other: socket.socket) -> bool:
        with self._counting:
            if self.cut_after is None or self.has_cut or self.passed < self.cut_after:
                self.passed += 1
                other.sendall(data)
                return True
            self.has_cut = True
            self.reset()
            return False


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        if end.family != socket.AF_UNIX:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def _serving(made: L) -> Iterator[L]:
    with made.listening as listening:
        listening.listen()
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
    with _serving(Link(listening, reach)) as made:
        yield made, own


@contextmanager
def to_socket(server: Path, folder: Path, kind: type[L] = Link) -> Iterator[L]:
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
    with _serving(kind(listening, reach)) as made:
        yield made
