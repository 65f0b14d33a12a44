"""A process that has imported what commands import, and forks one process for each command.

A forked process is as real as a started one: it has a pid, a directory, an environment, standard
streams and signals of its own, dies of SIGKILL, and ends with its own exit code. What it does not
do is import again. So it differs in what is loaded already (``NARROW``, ``FURTHER``), in
``sys.flags`` and in the seed of its hashes, which are one for all children of a template; what
tests these starts its processes afresh.

``python -P template.py SOCKET`` serves until its standard input ends. A request is four bytes of
length and fields between zero bytes: directory, umask or nothing, the signals to ignore, the number
of words, the words after the interpreter's name, and the environment as NAME=VALUE; the three
standard streams come with its first byte. The answer is a line: the pid; or ``cold``, where a
forked process would not do the same as a started one; or the socket of another template, to be
asked instead. At the end there is a line with the status of waitpid and the processor seconds. A
child whose asker goes away is killed.
"""

from __future__ import annotations

import array
import atexit
import builtins
import faulthandler
import gc
import importlib
import io
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import NamedTuple, TextIO

NARROW = (
    "concurrent.futures.thread",
    "difflib",
    "encodings.idna",
    "jsonschema",
    "rich.live",
    "rich.table",
    "tarl.agents",
    "tarl.engines.embedded",
    "tarl.governance",
    "tarl.interfaces.cli",
    "tarl.provenance",
    "tarl.routing",
    "tarl.stack",
    "tarl.telemetry",
    "tarl.tenancy",
    "tarl.trust",
    "tarl.work",
    "tarl_verify",
)
"""What is imported beforehand, with all modules of a package."""

FURTHER = {
    "wide": (
        "mcp.client.session",
        "mcp.server",
        "numpy",
        "ortools.sat.python.cp_model",
        "tarl.interfaces",
        "tarl.planning",
    ),
    "adapters": ("agents", "langgraph.graph", "openai", "pydantic_ai"),
}
"""What further templates import besides; each is forked when the first asks for it that needs it,
since the more a process holds, the longer it takes to fork."""

NEEDED = {
    "wide": {"a2a", "demo", "home", "mcp", "model-proxy", "plan", "plans", "preview"}
    | {"tests.crash.mcp_worker", "tests.crash.plan_worker"},
    "adapters": {"tests.crash.adapter_worker", "tests.crash.pydantic_worker"},
}
"""The commands of tarl, and the other modules, that a further template is for."""

LEFT_OUT = (
    "tarl.agents.adapters",
    "tarl.agents.models.chat_answers",
    "tarl.interfaces.cli.temporal",
)
"""Modules that import much, and are seldom needed."""

REQUEST_BYTES_MAX = 8 * 1024 * 1024
REQUEST_S_MAX = 30.0


class Asked(NamedTuple):
    """One command: as what, where and with what it is to run."""

    directory: str
    umask: int | None
    ignored: tuple[int, ...]
    words: list[str]
    environment: dict[str, str]

    @classmethod
    def of(cls, data: bytes) -> Asked:
        """Read the fields of a request."""
        directory, umask, ignored, count, *rest = map(os.fsdecode, data.split(b"\0"))
        words, pairs = rest[: int(count)], rest[int(count) :]
        environment = dict(pair.split("=", 1) for pair in pairs if pair)
        signals = tuple(map(int, ignored.split()))
        return cls(directory, int(umask) if umask else None, signals, words, environment)


class Program(NamedTuple):
    """What an interpreter's words ask for: the kind of program, and what follows."""

    kind: str
    what: str
    arguments: list[str]
    is_path_safe: bool
    has_faulthandler: bool

    @property
    def template(self) -> str:
        """The further template that it is for, or nothing."""
        names = {self.what} if self.kind == "m" else set()
        if "tarl.interfaces.cli.main" in names:
            names.update(self.arguments[:3])
        return next((name for name, needed in NEEDED.items() if not needed.isdisjoint(names)), "")

    @classmethod
    def of(cls, words: list[str]) -> Program | None:
        """Read the words; None for those that a running interpreter can't follow any more."""
        safe = faulty = False
        while words and words[0] in ("-P", "-X"):
            if words[0] == "-X":
                if words[1:2] != ["faulthandler"]:
                    return None
                faulty, words = True, words[1:]
            else:
                safe = True
            words = words[1:]
        if words[:1] in (["-c"], ["-m"]) and len(words) > 1:
            return cls(words[0][1], words[1], words[2:], safe, faulty)
        if words and not words[0].startswith("-") and os.path.basename(words[0]) != "":
            return cls("file", words[0], words[1:], safe, faulty)
        return None


def main(path: str, source: str) -> None:
    """Import from ``source``, then answer requests until the standard input ends."""
    base = sys.path[:]
    sys.path.insert(0, source)
    _import(NARROW)
    child = Template(path, _listen(path)).serve()
    if child is not None:
        become(*child, base)


def _import(names: Sequence[str]) -> None:
    for name in names:
        module = importlib.import_module(name)
        folder = getattr(module, "__path__", ()) if name.startswith("tarl.") else ()
        for found in pkgutil.walk_packages(folder, f"{name}."):
            if not (found.name.startswith(LEFT_OUT) or found.name.endswith("__main__")):
                importlib.import_module(found.name)


def _listen(path: str) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    return listening


class Template:
    """Accepts requests, forks, and tells each asker how its child ended."""

    def __init__(self, path: str, listening: socket.socket, name: str = "") -> None:
        self._path, self._listening, self._name = path, listening, name
        self._further: set[str] = set()
        self._environment = _interpreters(dict(os.environ))
        self._asking: dict[int, socket.socket] = {}
        self._woken, self._waking = os.pipe()
        for end in (self._woken, self._waking):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at the terminal is the tests' affair
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        self._chooser = selectors.DefaultSelector()

    def serve(self) -> tuple[Program, Asked, list[int]] | None:
        """Serve; returns None at the end, and in a child what it is to become."""
        gc.collect()
        gc.freeze()
        for source in (0, self._listening, self._woken):
            self._chooser.register(source, selectors.EVENT_READ)
        if not self._name:
            print("ready", flush=True)
        while True:
            for key, _ in self._chooser.select():
                if key.fileobj == 0:
                    self._end()
                    return None
                if key.fileobj is self._listening:
                    child = self._start()
                    if child is not None:
                        return child
                elif key.fileobj == self._woken:
                    self._reap()
                elif key.data in self._asking:  # who asked for it has ended, before it did
                    self._chooser.unregister(key.fileobj)
                    os.kill(key.data, signal.SIGKILL)

    def _start(self) -> tuple[Program, Asked, list[int]] | None:
        connection, _ = self._listening.accept()
        connection.settimeout(REQUEST_S_MAX)
        try:
            received = _received(connection)
        except (TimeoutError, ConnectionResetError):
            received = None
        if received is None:
            connection.close()
            return None
        asked, streams = received
        program = Program.of(asked.words)
        if program is None or _interpreters(asked.environment) != self._environment:
            _tell(connection, "cold\n")
            connection.close()
        elif program.template != self._name and not self._name:
            path = self._path + program.template
            if program.template not in self._further:
                self._further.add(program.template)
                listening = _listen(path)
                if os.fork() == 0:
                    for stream in streams:
                        os.close(stream)
                    self._leave(connection)
                    return _further(program.template, path, listening)
                listening.close()
            _tell(connection, f"{path}\n")
            connection.close()
        else:
            pid = os.fork()
            if pid == 0:
                self._leave(connection)
                return program, asked, streams
            self._asking[pid] = connection
            self._chooser.register(connection, selectors.EVENT_READ, data=pid)
            _tell(connection, f"{pid}\n")
        for stream in streams:
            os.close(stream)
        return None

    def _leave(self, connection: socket.socket) -> None:
        """In a child: keep nothing of the template's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._chooser.close()
        for each in (connection, self._listening, *self._asking.values()):
            each.close()
        os.close(self._woken)
        os.close(self._waking)

    def _reap(self) -> None:
        os.read(self._woken, 4096)
        while self._asking or self._further:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self._asking.pop(pid, None)
            if connection is None:
                continue
            with suppress(KeyError):
                self._chooser.unregister(connection)
            _tell(connection, f"{status} {used.ru_utime + used.ru_stime:.6f}\n")
            connection.close()

    def _end(self) -> None:
        for pid in self._asking:
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while True:
                os.wait()
        os.unlink(self._path)
        if not self._name:
            os.rmdir(os.path.dirname(self._path))


def _further(name: str, path: str, listening: socket.socket) -> tuple[Program, Asked, list[int]]:
    """Be a further template; returns in a child of it."""
    _import(FURTHER[name])
    child = Template(path, listening, name).serve()
    if child is None:
        os._exit(0)
    return child


def _interpreters(environment: dict[str, str]) -> dict[str, str]:
    """What an interpreter reads when it starts, and never again."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(("PYTHON", "LC_")) or name == "LANG"
        if name != "PYTHONPATH"
    }


def _received(connection: socket.socket) -> tuple[Asked, list[int]] | None:
    """One whole request and its streams; None if the asker went away."""
    streams = array.array("i")
    head, ancillary, *_ = connection.recvmsg(4, socket.CMSG_SPACE(3 * streams.itemsize))
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            streams.frombytes(data)
    size = int.from_bytes(head, "big")
    if len(head) < 4 or len(streams) != 3 or size > REQUEST_BYTES_MAX:
        return None
    data = bytearray()
    while len(data) < size:
        more = connection.recv(size - len(data))  # no longer than REQUEST_S_MAX
        if not more:
            return None
        data += more
    return Asked.of(bytes(data)), list(streams)


def _tell(connection: socket.socket, line: str) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(line.encode())


# ------------------------------------------------------------------------------ in the child


def become(program: Program, asked: Asked, streams: list[int], base: list[str]) -> None:
    """Do what a fresh interpreter would do with these words, and end as it would."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if asked.umask is not None:
        os.umask(asked.umask)
    os.chdir(asked.directory)
    os.environ.clear()
    os.environ.update(asked.environment)
    time.tzset()
    for ignored in asked.ignored:
        signal.signal(ignored, signal.SIG_IGN)
    _open_streams()
    sys.orig_argv = [sys.executable, *asked.words]
    sys.argv = [{"c": "-c", "m": "-m"}.get(program.kind, program.what), *program.arguments]
    first = {"c": "", "m": os.getcwd()}.get(program.kind)
    if first is None:
        first = os.path.dirname(os.path.realpath(program.what))
    inherited = [p for p in asked.environment.get("PYTHONPATH", "").split(os.pathsep) if p]
    sys.path[:] = dict.fromkeys([*map(os.path.abspath, inherited), *base])
    if not program.is_path_safe:
        sys.path.insert(0, first)
    importlib.invalidate_caches()
    if program.has_faulthandler:
        faulthandler.enable()
    _leave_with(_exit_code(program))


def _open_streams() -> None:
    """New standard streams, with the encodings that the locale gave the old ones."""
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        old: TextIO = getattr(sys, name)
        is_direct = bool(getattr(old, "write_through", False))  # PYTHONUNBUFFERED
        file = open(number, mode + "b", 0 if is_direct else -1, closefd=False)  # noqa: SIM115
        stream = io.TextIOWrapper(
            file,
            encoding=old.encoding,
            errors=old.errors,
            newline="\n",
            line_buffering=name == "stderr" or os.isatty(number),
            write_through=is_direct,
        )
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(program: Program) -> None:
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    module.__dict__["__builtins__"] = builtins
    if program.kind == "m":
        sys.modules.pop(program.what, None)  # what is run is not imported as well
        runpy._run_module_as_main(program.what)  # type: ignore[attr-defined]
        return
    if program.kind == "c":
        code = compile(program.what, "<string>", "exec", dont_inherit=True)
    else:
        module.__file__ = os.path.abspath(program.what)
        with open(program.what, "rb") as file:
            code = compile(file.read(), module.__file__, "exec", dont_inherit=True)
    exec(code, module.__dict__)


def _exit_code(program: Program) -> int:
    try:
        _run(program)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _leave_with(code: int) -> None:
    """End as an interpreter does, but for what is of the template's."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.modules["__main__"].__dict__.clear()
    gc.collect()  # what was left open or unawaited says so
    for stream in (sys.stdout, sys.stderr):
        try:
            if not stream.closed:
                stream.flush()
        except OSError:
            code = 120
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
