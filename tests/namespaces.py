"""A machine of its own for a process, as far as its network goes: a namespace of the kernel's, and
a cable between it and this machine that can be pulled, or loses what it carries.

Packets are lost by the kernel itself, as on a real network: nobody is told, each end waits and
sends again. It needs leave to make namespaces (root), and iproute2's ``ip`` and ``tc``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

from tests.links import Link

CABLES_MAX = 8
"""Of one process."""

_FIRST = IPv4Address("198.18.0.0")
_NETS = 1 << 15
"""Addresses that belong to nobody (RFC 2544): for each cable four of them."""

_NETEM = ("netem", "loss", "30%", "delay", "50ms")
_NARROW = ("tbf", "rate", "96kbit", "burst", "2kb", "limit", "4kb")
"""A line on which few packets find room, and the others are dropped: where there is no netem."""


def refusal() -> str | None:
    """Why no namespace can be made here; None if one can."""
    for program in ("ip", "tc"):
        if shutil.which(program) is None:
            return f"there is no {program} (Debian: apt-get install iproute2)"
    name = f"tarl-{os.getpid()}-try"
    done = _tried("ip", "netns", "add", name)
    if done.returncode:
        return f"this user may make no network namespace: {done.stderr.strip()}"
    _run("ip", "netns", "delete", name)
    return None


class Cable:
    """The way between a namespace and this machine.

    Args:
        number: Which of this process's, from 0.
    """

    def __init__(self, number: int) -> None:
        self.name = f"tarl-{os.getpid()}-{number}"
        which = (os.getpid() * CABLES_MAX + number) % _NETS
        net = _FIRST + which * 4
        self.here, self.there = str(net + 1), str(net + 2)
        self._end = f"tarl{os.getpid()}.{number}"
        self._far = "cable"

    @property
    def prefix(self) -> list[str]:
        """What a command begins with that is to run at the other end."""
        return ["ip", "netns", "exec", self.name]

    def lay(self) -> None:
        """Make the namespace and the cable."""
        _run("ip", "netns", "add", self.name)
        far = ("peer", "name", self._far, "netns", self.name)
        _run("ip", "link", "add", self._end, "type", "veth", *far)
        _run("ip", "address", "add", f"{self.here}/30", "dev", self._end)
        self._there("ip", "address", "add", f"{self.there}/30", "dev", self._far)
        self._there("ip", "link", "set", "lo", "up")
        self._there("ip", "link", "set", self._far, "up")
        _run("ip", "link", "set", self._end, "up")

    def take_away(self) -> None:
        """Unmake both; the cable goes with its namespace."""
        _run("ip", "netns", "delete", self.name)

    def pull(self) -> None:
        """Nothing passes, and both ends know that the cable is out."""
        _run("ip", "link", "set", self._end, "down")

    def swallow(self) -> None:
        """Nothing passes from the other end, and nobody knows."""
        self._there("ip", "route", "add", "blackhole", f"{self.here}/32")

    def lose(self) -> str:
        """Packets are lost in both directions; how."""
        for how in (_NETEM, _NARROW):
            if _tried("tc", "qdisc", "add", "dev", self._end, "root", *how).returncode == 0:
                self._there("tc", "qdisc", "add", "dev", self._far, "root", *how)
                return how[0]
        raise AssertionError("the kernel loses no packets for anybody")

    def mend(self) -> None:
        """All passes again."""
        _run("ip", "link", "set", self._end, "up")
        _tried(*self.prefix, "ip", "route", "delete", "blackhole", f"{self.here}/32")
        _tried("tc", "qdisc", "delete", "dev", self._end, "root")
        _tried(*self.prefix, "tc", "qdisc", "delete", "dev", self._far, "root")

    def _there(self, *command: str) -> None:
        _run(*self.prefix, *command)


@contextmanager
def cable(number: int) -> Iterator[Cable]:
    """A namespace and its cable, for a while."""
    made = Cable(number)
    made.lay()
    try:
        yield made
    finally:
        made.take_away()


@contextmanager
def door(cable: Cable, server: Path | int) -> Iterator[tuple[Link, int]]:
    """A port at this end of a cable behind which a server is, by its socket or its port."""

    def reach() -> socket.socket:
        if isinstance(server, int):
            return socket.create_connection(("127.0.0.1", server), timeout=None)
        there = socket.socket(socket.AF_UNIX)
        try:
            there.connect(str(server))
        except OSError:
            there.close()
            raise
        return there

    with socket.create_server((cable.here, 0)) as listening:
        made = Link(listening, reach)
        thread = threading.Thread(target=made.accept, daemon=True)
        thread.start()
        try:
            yield made, int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
            with contextlib.suppress(OSError):
                made.reset()


def _tried(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def _run(*command: str) -> None:
    done = _tried(*command)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
