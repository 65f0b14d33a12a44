"""A real PostgreSQL server of the tests' own: on a socket in a folder of its own, with nothing of
the machine's. Debian's package carries it (``postgresql``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

NO_SKIP = os.environ.get("TARL_NO_SKIP") == "1"
"""Whether a server that is missing is a failure (``.ci/run``)."""

PORT = 5432
_START_S_MAX = 60.0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """Where the server's programs are, or None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = found[-1] if found else shutil.which("initdb")
    return Path(path).resolve().parent if path else None


class Server:
    """One server, which can be killed and started again.

    Args:
        home: A folder of its own, which the server's user may enter.
        bin: Where the programs are.
        leader: A server that this one is a copy of and follows, until it is promoted.
    """

    def __init__(self, home: Path, bin: Path, *, leader: Server | None = None) -> None:
        self.home, self.bin = home, bin
        self._names = count()
        self._prefix: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(home, "postgres")
            self._prefix = ["runuser", "-u", "postgres", "--"]
        self._data = home / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if leader is None:
            self._run("initdb", "-D", self._data, "-U", "tarl", "-A", "trust", "-E", "UTF8", "-N")
        else:
            there = ("-h", leader.home, "-p", PORT, "-U", "tarl")
            self._run("pg_basebackup", "-D", self._data, *there, "-R", "-X", "stream", "-N")

    def _run(self, program: str, *words: object) -> None:
        command = [*self._prefix, str(self.bin / program), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.home, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, **settings: str) -> None:
        """Start, and wait until it answers."""
        options = [f"--{name}={value}" for name, value in {**_SETTINGS, **settings}.items()]
        command = [*self._prefix, str(self.bin / "postgres"), "-D", str(self._data)]
        self._process = subprocess.Popen(
            [*command, "-k", str(self.home), "-p", str(PORT), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.home,
        )
        deadline = time.monotonic() + _START_S_MAX
        while not self._answers():
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        ready = [str(self.bin / "pg_isready"), "-q", "-h", str(self.home), "-p", str(PORT)]
        return subprocess.run(ready, check=False).returncode == 0

    @property
    def pid(self) -> int:
        """The server's own process, of which all others are children."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """As a power cut would: every process at once, nothing written."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        assert self._process is not None
        self._process.wait(timeout=30)

    def stop(self) -> None:
        """End it in an orderly way, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop")
            self._process.wait(timeout=30)

    def wait_for_followers(self) -> None:
        """From now on a commit is acknowledged when a follower has it on its disk too."""
        self._tell("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self._tell("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Follow nobody any more, and take writes."""
        self._run("pg_ctl", "-D", self._data, "-w", "promote")

    def _tell(self, statement: str) -> None:
        self._run("psql", "-h", self.home, "-p", PORT, "-U", "tarl", "-qc", statement, "postgres")

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{next(self._names)}"
        self._run("createdb", "-h", self.home, "-p", PORT, "-U", "tarl", name)
        return f"postgresql://tarl@/{name}?host={self.home}&port={PORT}"


@contextmanager
def server(*, leader: Server | None = None) -> Iterator[Server]:
    """A server that runs, as a follower if a leader is given; the test is skipped where none is
    installed.
    """
    found = programs()
    if found is None:
        missing = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(missing) if NO_SKIP else pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="tarl-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)
        made = Server(home, found, leader=leader)
        made.start()
        try:
            yield made
        finally:
            made.stop()
