"""The runtime guard: clocks, dice, files, sockets, threads and processes raise in workflow code.

While the deterministic loop drives a workflow (``enter`` to ``exit``), the functions named in
``_GUARDED`` and the interpreter's audit events named in ``_AUDITED`` refuse, and name the call to
use instead. Invariants:

1. Outside a drive, and in every other thread, each function is what it was.
2. What an import, a traceback, a warning, the logging module, a debugger, a finalizer or the
   reading of a named time zone does is not the workflow's doing and passes; ``suspended`` is the
   same for the kernel's own code.
3. Inside ``answering`` a library's clocks and dice have answers that every replay gives again.
4. ``uninstall`` gives every function back; the audit hook cannot be removed and becomes inert.

Not seen here, and looked for by ``analysis``: ``datetime.now`` and the like (methods of C types
cannot be replaced), names that were bound before ``install`` (``from time import time`` in a module
imported earlier; from Python 3.13 on ``sleep`` is seen even then), ``time.localtime`` and its kin,
``random.Random()`` seeded by the system, ``numpy.random``, ``os.environ``, ``os.stat`` and
``print`` (none raises an audit event), and C extensions that raise none. A tool that replaces the
clock itself and puts the original back (freezegun) takes the guard off that clock.
"""

from __future__ import annotations

import _thread
import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from inspect import Parameter, Signature, signature
from threading import get_ident as get_ident  # the kernel asks for it here too
from types import FrameType, MethodType, ModuleType, TracebackType
from typing import Any

from tarl.errors import NondeterminismError

_NEXT_STEPS: Mapping[str, str] = {
    "guard.clock": "use ctx.now() for the time, await ctx.sleep(...) to wait",
    "guard.effect": "await ctx.call(the_activity, ...): the gateway is the only way to an effect",
    "guard.random": "use ctx.random(name) or ctx.uuid()",
    "guard.file": "move it into an @activity and await ctx.call(...)",
    "guard.socket": "move it into an @activity and await ctx.call(...)",
    "guard.process": "move it into an @activity and await ctx.call(...)",
    "guard.thread": "use asyncio tasks, or an @activity: a plain def runs in a thread",
}

_GUARDED: tuple[tuple[ModuleType, str, str], ...] = (
    (
        time,
        "guard.clock",
        "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time"
        " process_time_ns thread_time thread_time_ns clock_gettime clock_gettime_ns sleep",
    ),
    (
        random,
        "guard.random",
        "betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits"
        " getstate lognormvariate normalvariate paretovariate randbytes randint random randrange"
        " sample seed setstate shuffle triangular uniform vonmisesvariate weibullvariate",
    ),
    (uuid, "guard.random", "uuid1 uuid4 uuid6 uuid7"),
    (secrets, "guard.random", "choice randbelow randbits token_bytes token_hex token_urlsafe"),
    (os, "guard.random", "urandom getrandom"),
    (_thread, "guard.thread", "start_new_thread"),
    (threading, "guard.thread", "_start_new_thread"),
)
"""Functions by module; one that this Python does not have is passed over. Threads are audited from
Python 3.12 on, through ``threading`` under another name from 3.13 on."""

_AUDITED: Mapping[str, str] = {
    event: code
    for code, events in {
        "guard.clock": "time.sleep",
        "guard.file": (
            "open builtins.input glob.glob mmap.__new__ sqlite3.connect tempfile.mkdtemp"
            " tempfile.mkstemp os.chdir os.chmod os.chown os.link os.listdir os.mkdir os.remove"
            " os.rename os.rmdir os.scandir os.symlink os.truncate os.utime os.walk os.fwalk"
            " pathlib.Path.glob pathlib.Path.rglob shutil.copyfile shutil.copytree shutil.move"
            " shutil.rmtree shutil.make_archive shutil.unpack_archive"
        ),
        "guard.socket": (
            "socket.__new__ socket.bind socket.connect socket.getaddrinfo socket.gethostbyaddr"
            " socket.gethostbyname socket.gethostname socket.getnameinfo socket.sendmsg"
            " socket.sendto urllib.Request http.client.connect smtplib.connect ftplib.connect"
        ),
        "guard.process": (
            "subprocess.Popen os.exec os.fork os.forkpty os.kill os.killpg os.posix_spawn os.putenv"
            " os.spawn os.startfile os.system os.unsetenv pty.spawn webbrowser.open"
        ),
        "guard.thread": "_thread.start_new_thread _thread.start_joinable_thread",
    }.items()
    for event in events.split()
}

_EXCUSED_MODULES = frozenset({"importlib._bootstrap", "importlib._bootstrap_external"})
_EXCUSED_PACKAGES = frozenset(
    {
        "_pydevd_bundle",
        "bdb",
        "coverage",
        "linecache",
        "logging",
        "pdb",
        "traceback",
        "warnings",
        "weakref",
        "zipimport",
        "zoneinfo",
    }
)
_KERNEL = "tarl.kernel."
"""Frames of the kernel lie below a workflow's own: what is under them is not asked."""

driving: set[int] = set()
"""Threads that drive workflow code at this moment. A set of idents is as quick as a thread-local to
enter, and quicker to ask: outside every drive the question is whether a set is empty."""

_originals: dict[tuple[ModuleType, str], Callable[..., Any]] = {}
_has_hook = False


def enter() -> None:
    """This thread begins to drive workflow code."""
    driving.add(get_ident())


def exit() -> None:
    """This thread has stopped driving workflow code."""
    driving.discard(get_ident())


class suspended:
    """A context in which this thread's code is the framework's own, such as logging, and passes."""

    __slots__ = ("_was_driving",)

    def __enter__(self) -> None:
        thread = get_ident()
        self._was_driving = thread in driving
        driving.discard(thread)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._was_driving:
            driving.add(get_ident())


_answers: ContextVar[Mapping[str, Callable[..., Any]] | None] = ContextVar(
    "tarl_guard_answers", default=None
)


@contextmanager
def answering(answers: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Let a library draw its times and dice from answers that every replay gives again.

    It holds for the code inside and for the tasks that are begun there; everything else that the
    guard refuses it still refuses.

    Args:
        answers: By call, as ``uuid.uuid4()``: what is computed instead, from the same arguments.
    """
    token = _answers.set(answers)
    try:
        yield
    finally:
        _answers.reset(token)


def answer_for(call: str) -> Callable[..., Any] | None:
    """What the library that runs here computes instead of a call, if it was told."""
    answers = _answers.get()
    return None if answers is None else answers.get(call)


def install() -> None:
    """Put the guard in place for the whole process; again is harmless."""
    global _has_hook
    if not _originals:
        for module, code, names in _GUARDED:
            for name in names.split():
                if hasattr(module, name):
                    original = _originals[module, name] = getattr(module, name)
                    setattr(module, name, _guarded(module, name, original=original, code=code))
    if not _has_hook:
        _has_hook = True
        sys.addaudithook(_audit)


def uninstall() -> None:
    """Give every function back; what still holds a guarded one has the original's behaviour."""
    for (module, name), original in _originals.items():
        setattr(module, name, original)
    _originals.clear()


_ANYTHING = Parameter("args", Parameter.VAR_POSITIONAL)


class _Home:
    """The module that a guarded function is found in, as a value that pickles."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return import_module, (self.name,)


def _guarded(
    module: ModuleType, name: str, *, original: Callable[..., Any], code: str
) -> Callable[..., Any]:
    """The original behind a question.

    A bound method, because it does not bind again: ``class Clock: now = time.monotonic`` works with
    built-in functions, and would hand its instance to a plain Python function.
    """
    call = f"{module.__name__}.{name}()"

    def guarded(home: _Home, /, *args: Any, **kwargs: Any) -> Any:
        if driving and get_ident() in driving:
            answers = _answers.get()
            if answers is not None and call in answers:
                return answers[call](*args, **kwargs)
            _refuse(code, call)
        return original(*args, **kwargs)

    def guarded_clock(home: _Home, /) -> Any:
        if driving and get_ident() in driving:
            answers = _answers.get()
            if answers is not None and call in answers:
                return answers[call]()
            _refuse(code, call)
        return original()

    takes_nothing = module is time and name not in ("sleep", "clock_gettime", "clock_gettime_ns")
    function = wraps(original)(guarded_clock if takes_nothing else guarded)
    function.__qualname__ = name
    own = _signature(original, otherwise=Signature([] if takes_nothing else [_ANYTHING]))
    home = Parameter("home", Parameter.POSITIONAL_ONLY)
    function.__signature__ = own.replace(  # type: ignore[attr-defined]  # read by inspect
        parameters=[home, *own.parameters.values()]
    )
    return MethodType(function, _Home(module.__name__))


def _signature(function: Callable[..., Any], *, otherwise: Signature) -> Signature:
    try:
        return signature(function)
    except ValueError:  # a built-in function that does not tell
        return otherwise


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if driving and event in _AUDITED and get_ident() in driving:
        if event == "open" and _is_zone(args[0]):
            return
        _refuse(_AUDITED[event], "open()" if event == "open" else event)


def _is_zone(path: Any) -> bool:
    """Whether a file is of the system's time zones, which C code reads for the workflow's frame."""
    zones = sys.modules.get("zoneinfo")
    return (
        zones is not None
        and isinstance(path, str)
        and any(path.startswith(f"{root}/") for root in zones.TZPATH)
    )


def check_effect(name: str) -> None:
    """Refuse an activity that workflow code calls like any function, past the gateway.

    Raises:
        NondeterminismError: a workflow is being driven here (``guard.effect``).
    """
    if driving and get_ident() in driving:
        _refuse("guard.effect", f"{name}()")


def _refuse(code: str, call: str) -> None:
    """Raise for the code that called two frames up, unless something excuses it."""
    if not _originals or _is_excused(sys._getframe(2)):
        return
    raise NondeterminismError(
        f"workflow code used {call}, whose answer a replay would not get again",
        code=code,
        next_step=_NEXT_STEPS[code],
        call=call,
    )


def _is_excused(frame: FrameType | None) -> bool:
    """Whether somebody between this frame and the kernel acts on the interpreter's own account."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_KERNEL):
            return False
        if (
            module in _EXCUSED_MODULES
            or module.partition(".")[0] in _EXCUSED_PACKAGES
            or frame.f_code.co_name == "__del__"
        ):
            return True
        frame = frame.f_back
    return False
