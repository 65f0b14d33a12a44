"""``run`` and ``popen`` as in ``subprocess``, for commands of this interpreter that need not be
started afresh: they are forked from a process that has imported what they import (``template``).

A command that is none of this interpreter's, or that asks for what only a fresh one can do (another
seed of hashes, another locale, a ``preexec_fn``), is started as ever.
"""

from __future__ import annotations

import atexit
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"
_START_S_MAX = 60


class Forked(subprocess.Popen[Any]):
    """A process that a template forks, where it can; else one that is started afresh."""

    used_s = 0.0
    """The processor seconds of all forked commands that have ended."""

    _connection: socket.socket | None = None

    def _execute_child(self, args: Any, *rest: Any) -> None:
        executable, preexec_fn, _, pass_fds, cwd, env, _, _, shell = rest[:9]
        read, _, _, write, _, error = rest[9:15]
        is_plain = not (executable or preexec_fn or pass_fds or shell)
        *_, gid, gids, uid, umask, new_session, group = rest
        is_plain &= (gid, gids, uid, umask, new_session, group) == (None, None, None, -1, False, -1)
        if is_plain and not isinstance(args, str) and list(args)[:1] == [sys.executable]:
            given = enumerate((read, write, error))
            streams = [own if stream == -1 else stream for own, stream in given]
            if self._ask(list(map(str, args))[1:], cwd, env, streams):
                self._child_created = True
                self._close_pipe_fds(*rest[9:15])  # type: ignore[attr-defined]
                return
        super()._execute_child(args, *rest)  # type: ignore[misc]

    def _ask(self, words: list[str], cwd: Any, env: Any, streams: list[int]) -> bool:
        pairs = (os.environ if env is None else env).items()
        environment = [f"{name}={value}" for name, value in pairs]
        fields = [os.path.abspath(cwd or "."), "", "", str(len(words)), *words, *environment]
        data = b"\0".join(map(os.fsencode, fields))
        told = template()
        while told.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(told)
            socket.send_fds(connection, [len(data).to_bytes(4, "big")], streams)
            connection.sendall(data)
            told = _line(connection)
            if not told.isdecimal():
                connection.close()
        if told == "cold":
            return False
        self.pid, self._connection = int(told), connection
        return True

    def _ended(self, timeout: float | None) -> bool:
        """Whether it has ended, or does so within a time."""
        with self._waitpid_lock:  # type: ignore[attr-defined]
            if self._connection is not None and self.returncode is None:
                if not select.select([self._connection], [], [], timeout)[0]:
                    return False
                status, seconds = _line(self._connection).split()
                self.returncode = os.waitstatus_to_exitcode(int(status))
                Forked.used_s += float(seconds)
                self._connection.close()
        return True

    def _internal_poll(self, *args: Any, **kwargs: Any) -> Any:
        if self._connection is None:
            return super()._internal_poll(*args, **kwargs)  # type: ignore[misc]
        self._ended(0)
        return self.returncode

    def _wait(self, timeout: float | None) -> Any:
        if self._connection is None:
            return super()._wait(timeout)  # type: ignore[misc]
        if not self._ended(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode


def _line(connection: socket.socket) -> str:
    found = b""
    while not found.endswith(b"\n"):
        more = connection.recv(1)
        assert more, "the template has ended"
        found += more
    return found.decode().strip()


def popen(command: Sequence[Any], **options: Any) -> subprocess.Popen[Any]:
    """Start a command, with the options of ``subprocess.Popen``."""
    return Forked(command, **options)


def run(
    command: Sequence[Any],
    *,
    input: str | bytes | None = None,
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """Run a command to its end, with the options of ``subprocess.run``."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options["stdout"] = options["stderr"] = subprocess.PIPE
    with popen(command, **options) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


# ---------------------------------------------------------------------------------- the template


@cache
def template() -> str:
    """The socket of this process's template, which is started when it is first asked for."""
    path = Path(tempfile.mkdtemp(prefix="tarl-warm-")) / "s"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = str(Path(__file__).with_name("template.py"))
    process = subprocess.Popen(
        [sys.executable, "-P", program, str(path), str(SOURCE)],
        stdin=subprocess.PIPE,  # its end, with this process's, is the end of the template
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], _START_S_MAX)[0], "the template does not start"
    assert process.stdout.readline() == b"ready\n"
    atexit.register(_end, process)
    return str(path)


def asking() -> list[str]:
    """What stands for ``python`` where another program starts the command: it is forked as well."""
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("command.py")), template()]


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(timeout=_START_S_MAX)
    process.stdout.close()
