"""What a hostile function would try; each runs in the sandbox, from a copy of this file."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any


def _outcome(attempt: Callable[[], Any]) -> str:
    try:
        return f"done: {attempt()!r}"[:200]
    except OSError as error:
        return type(error).__name__
    except MemoryError:
        return "MemoryError"


def add(a: int, b: int) -> dict[str, Any]:
    return {"sum": a + b, "argv": len(sys.argv)}


def talk(port: int, path: str, name: str) -> dict[str, str]:
    def to(family: int, address: Any) -> Callable[[], Any]:
        return lambda: socket.socket(family, socket.SOCK_STREAM).connect(address)

    return {
        "ip": _outcome(to(socket.AF_INET, ("127.0.0.1", port))),
        "ip6": _outcome(to(socket.AF_INET6, ("::1", port))),
        "outside": _outcome(to(socket.AF_INET, ("192.0.2.1", 80))),
        "host": _outcome(to(socket.AF_VSOCK, (2, 1024))),
        "netlink": _outcome(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        "local": _outcome(to(socket.AF_UNIX, path)),
        "abstract": _outcome(to(socket.AF_UNIX, f"\0{name}")),
    }


def write(beside: str) -> dict[str, str]:
    def into(path: str) -> Callable[[], Any]:
        def attempt() -> Any:
            with open(path, "wb", buffering=0) as file:
                return file.write(b"x")

        return attempt

    return {
        "root": _outcome(into("/x")),
        "tmp": _outcome(into("/tmp/x")),
        "shm": _outcome(into("/dev/shm/x")),
        "beside": _outcome(into(beside + "/x")),
        "itself": _outcome(into(__file__)),
        "library": _outcome(into(os.__file__)),
        "directory": _outcome(lambda: os.mkdir("/usr/lib/x")),
        "removed": _outcome(lambda: os.unlink(__file__)),
        "mode": _outcome(lambda: os.chmod(__file__, 0o777)),
        "memory": _outcome(lambda: os.memfd_create("x")),
    }


def read(paths: list[str]) -> dict[str, Any]:
    return {
        "found": [path for path in paths if os.path.exists(path)],
        "environment": sorted(os.environ),
        "directory": os.getcwd(),
        "files": [fd for fd in range(3, 64) if _outcome(lambda fd=fd: os.fstat(fd)) != "OSError"],
    }


def rise() -> dict[str, str]:
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *arguments: Any) -> str:
        return "done" if getattr(libc, name)(*arguments) == 0 else "refused"

    def cloned() -> str:
        """A new user namespace, by the call that starts processes."""
        number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
        child = libc.syscall(number, 0x10000000 | 17, 0, 0, 0, 0)
        if child == 0:
            os._exit(0)
        return "done" if child > 0 else "refused"

    return {
        "user": call("unshare", 0x10000000),
        "cloned": cloned(),
        "mounts": call("unshare", 0x00020000),
        "mount": call("mount", b"tmpfs", b"/", b"tmpfs", 0, None),
        "remount": call("mount", None, b"/", None, 4096 | 32, None),
        "root": call("setuid", 0),
        "chroot": call("chroot", b"/usr"),
        "traced": call("ptrace", 16, 1, None, None),
        "killed": _outcome(lambda: os.kill(-1, 9)),
        "parent": str(os.getppid()),
        "segment": str(libc.shmget(0, 1 << 24, 0o1600)),
    }


def multiply(name: str) -> int:
    """Start all that can be started; each stays a minute, in a session of its own."""
    started = 0
    for _ in range(1000):
        try:
            child = os.fork()
        except OSError:
            break
        if child == 0:
            os.setsid()
            ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
            time.sleep(60)
            os._exit(0)
        started += 1
    return started


def linger(name: str) -> None:
    multiply(name)
    time.sleep(60)


def fork_bomb() -> None:
    while True:
        try:
            os.fork()
        except OSError:
            continue


def fill(megabytes: int) -> int:
    return len(bytearray(megabytes * 1024 * 1024))


def spin() -> None:
    while True:
        pass


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def say(letters: int) -> str:
    print("not an answer")
    return "x" * letters


def flood() -> None:
    while True:
        os.write(3, b"x" * 65_536)


def forge() -> None:
    os.write(3, b"\x00 no JSON")
    os._exit(0)


def vanish() -> None:
    os._exit(0)


def fault() -> None:
    ctypes.string_at(0)


def leave() -> None:
    raise SystemExit(3)


def oddly() -> object:
    return object()


def nan() -> float:
    return float("nan")


class Shelf:
    @staticmethod
    def top() -> str:
        return "reached"
