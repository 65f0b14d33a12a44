"""The runtime guard: clocks, dice, files, sockets, threads and processes raise inside workflow
code.

While the deterministic loop drives a workflow (``enter`` to ``exit``), the functions named below
and the audit events of the interpreter refuse, naming the call to use instead. Outside a drive,
and in other threads, they are what they were.

Not seen here: ``datetime.now`` and other functions of C types, names that were bound to the
originals before ``install`` (``from time import time`` in a module imported earlier), and C
extensions that raise no audit event. The static analysis looks for the first two.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import get_ident
from types import FrameType, ModuleType
from typing import Any

from tarl.errors import NondeterminismError

_CLOCK = ("guard.clock", "ctx.now(), or await ctx.sleep(...)")
_DICE = ("guard.random", "ctx.random(name) or ctx.uuid()")

_THREAD = ("guard.thread", "asyncio tasks, or an @activity")

_PATCHES: tuple[tuple[ModuleType | type, tuple[str, ...], tuple[str, str]], ...] = (
    (
        time,
        (
            "time",
            "time_ns",
            "monotonic",
            "monotonic_ns",
            "perf_counter",
            "perf_counter_ns",
            "process_time",
            "localtime",
            "gmtime",
            "sleep",
        ),
        _CLOCK,
    ),
    (
        random,
        (
            "random",
            "randint",
            "randrange",
            "uniform",
            "choice",
            "choices",
            "sample",
            "shuffle",
            "getrandbits",
            "gauss",
            "randbytes",
        ),
        _DICE,
    ),
    (uuid, ("uuid1", "uuid4"), _DICE),
    (secrets, ("token_bytes", "token_hex", "token_urlsafe", "randbelow", "choice"), _DICE),
    (os, ("urandom",), _DICE),
    (threading.Thread, ("start",), _THREAD),
)

_AUDITED = {
    "open": ("guard.file", "an @activity that reads or writes the file"),
    "os.listdir": ("guard.file", "an @activity"),
    "os.scandir": ("guard.file", "an @activity"),
    "os.remove": ("guard.file", "an @activity"),
    "os.rename": ("guard.file", "an @activity"),
    "os.mkdir": ("guard.file", "an @activity"),
    "sqlite3.connect": ("guard.file", "an @activity that opens the database"),
    "socket.__new__": ("guard.socket", "an @activity that talks to the network"),
    "socket.connect": ("guard.socket", "an @activity that talks to the network"),
    "socket.getaddrinfo": ("guard.socket", "an @activity that talks to the network"),
    "subprocess.Popen": ("guard.process", "an @activity that starts the process"),
    "os.system": ("guard.process", "an @activity that starts the process"),
    "os.exec": ("guard.process", "an @activity that starts the process"),
    "os.fork": ("guard.process", "an @activity that starts the process"),
    "os.posix_spawn": ("guard.process", "an @activity that starts the process"),
    "_thread.start_new_thread": _THREAD,
    "_thread.start_joinable_thread": _THREAD,
}

_driven: set[int] = set()
"""Threads that are driving workflow code at this moment."""

_originals: dict[tuple[ModuleType | type, str], Callable[..., Any]] = {}
_audits = False


def enter() -> None:
    """This thread begins to drive workflow code."""
    _driven.add(get_ident())


def exit() -> None:
    """This thread has stopped driving workflow code."""
    _driven.discard(get_ident())


@contextmanager
def suspended() -> Iterator[None]:
    """The framework's own code inside a drive, such as logging."""
    thread = get_ident()
    was_driven = thread in _driven
    _driven.discard(thread)
    try:
        yield
    finally:
        if was_driven:
            _driven.add(thread)


def install() -> None:
    """Put the guard in place for the whole process; again is harmless."""
    global _audits
    if not _originals:
        for module, names, advice in _PATCHES:
            for name in names:
                if hasattr(module, name):
                    original = _originals[module, name] = getattr(module, name)
                    setattr(module, name, _guarded(original, f"{module.__name__}.{name}", advice))
    if not _audits:
        _audits = True
        sys.addaudithook(_audit)


def uninstall() -> None:
    """Give the patched functions back; the audit hook stays, and does nothing outside a drive."""
    for (module, name), original in _originals.items():
        setattr(module, name, original)
    _originals.clear()


def _guarded(
    original: Callable[..., Any], name: str, advice: tuple[str, str]
) -> Callable[..., Any]:
    @wraps(original)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if _driven and get_ident() in _driven and not _is_excused(sys._getframe(1)):
            raise _violation(f"{name}()", advice)
        return original(*args, **kwargs)

    return guarded


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _driven or get_ident() not in _driven:
        return
    advice = _AUDITED.get(event)
    if advice is not None and not _is_excused(sys._getframe(1)):
        raise _violation(event, advice)


def _is_excused(frame: FrameType | None) -> bool:
    """Whether an import, a traceback or the logging module asks, and not the workflow's own
    code.
    """
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module in _EXCUSED:
            return True
        if module == "tarl.kernel.loop":
            return False
        frame = frame.f_back
    return False


_EXCUSED = frozenset(
    {
        "_frozen_importlib",
        "_frozen_importlib_external",
        "importlib._bootstrap",
        "importlib._bootstrap_external",
        "linecache",
        "logging",
        "traceback",
    }
)


def _violation(call: str, advice: tuple[str, str]) -> NondeterminismError:
    code, instead = advice
    return NondeterminismError(
        f"{call} inside a workflow would give another answer on replay",
        code=code,
        next_step=f"use {instead}",
        call=call,
    )
