"""Ports that a test may close and open again."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FROM = 15_000
_TRIES_MAX = 1_000


def free_port() -> int:
    """A port of this machine that nobody uses, and that the system gives to nobody who asks for
    any: whoever takes it later, or gives it up and takes it again, finds it free.
    """
    until = int(_HANDED_OUT.read_text().split()[0]) if _HANDED_OUT.exists() else 32_768
    dice = random.SystemRandom()
    for _ in range(_TRIES_MAX):
        port = dice.randrange(_FROM, until) if until > _FROM else 0
        try:
            with socket.create_server(("127.0.0.1", port)) as free:
                return int(free.getsockname()[1])
        except OSError:
            continue
    raise AssertionError("no port is free")
