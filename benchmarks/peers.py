"""The peers, each driven as its own documentation does: what a round of work is, or why there is
none.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

STEPS = 100
MANY_STEPS = 5
MANY_WORKFLOWS = 200

Work = Callable[[], int]


class Peer(NamedTuple):
    """One contestant: the packages it needs, and how it is made ready."""

    name: str
    packages: tuple[str, ...]
    make: Callable[[Path], Any]


@contextmanager
def ready(peer: Peer, directory: Path) -> Iterator[Work | str]:
    """The peer's round of work, or the reason why it cannot be measured here."""
    missing = [name for name in peer.packages if find_spec(name) is None]
    if missing:
        yield f"{', '.join(missing)} not installed (make bench installs them)"
        return
    with peer.make(directory) as work:
        yield work


@contextmanager
def _langgraph(directory: Path) -> Iterator[Work]:
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.func import entrypoint, task

    connection = sqlite3.connect(directory / "langgraph.db", check_same_thread=False)
    numbers = itertools.count()

    @task
    def noop(i: int) -> int:
        return i

    @entrypoint(checkpointer=SqliteSaver(connection))
    def flow(n: int) -> int:
        for i in range(n):
            noop(i).result()
        return n

    def work() -> int:
        settings = {"configurable": {"thread_id": str(next(numbers))}}
        flow.invoke(STEPS, settings, durability="sync")
        return STEPS

    yield work
    connection.close()


@contextmanager
def _dbos(directory: Path) -> Iterator[tuple[Any, Any]]:
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.ERROR)

    @DBOS.step()
    def noop(i: int) -> int:
        return i

    @DBOS.workflow()
    def flow(n: int) -> int:
        for i in range(n):
            noop(i)
        return n

    DBOS(
        config={
            "name": "benchmark",
            "system_database_url": f"sqlite:///{directory}/dbos.db",
            "log_level": "ERROR",
            "run_admin_server": False,
        }
    )
    DBOS.launch()
    try:
        yield DBOS, flow
    finally:
        DBOS.destroy(destroy_registry=True)


@contextmanager
def _dbos_sequential(directory: Path) -> Iterator[Work]:
    with _dbos(directory) as (_, flow):
        yield lambda: flow(STEPS)


@contextmanager
def _dbos_many(directory: Path) -> Iterator[Work]:
    with _dbos(directory) as (dbos, flow):

        def work() -> int:
            handles = [dbos.start_workflow(flow, MANY_STEPS) for _ in range(MANY_WORKFLOWS)]
            for handle in handles:
                handle.get_result()
            return MANY_WORKFLOWS

        yield work


@contextmanager
def _postgres(directory: Path) -> Iterator[str | None]:
    """A PostgreSQL server of our own on a socket in the directory; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(shutil.which("initdb") or "/nowhere").parent
    ]
    programs = found[-1]
    if not (programs / "initdb").exists():
        yield None
        return
    home = directory / "postgres"
    home.mkdir()
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
        for parent in (directory, directory.parent):
            parent.chmod(0o711)
        prefix = ["runuser", "-u", "postgres", "--"]
    data = home / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
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


@contextmanager
def _absurd(directory: Path) -> Iterator[Any]:
    with _postgres(directory) as url:
        if url is None:
            yield "no PostgreSQL server is installed (Debian: postgresql)"
            return
        import absurdctl
        import psycopg
        from absurd_sdk import Absurd

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(absurdctl.BUNDLED_SCHEMA_SQL)
        yield url, psycopg, Absurd


def _absurd_work(url: str, psycopg: Any, absurd: Any, *, steps: int, tasks: int) -> Iterator[Work]:
    def app() -> Any:
        client = absurd(url, queue_name="q")

        @client.register_task(name="flow")
        def flow(parameters: dict[str, int], context: Any) -> int:
            for i in range(parameters["n"]):
                context.step(f"s{i}", lambda i=i: i)
            return parameters["n"]

        return client

    client = app()
    client.create_queue()
    workers = [app() for _ in range(1 if tasks == 1 else 4)]
    threads = [
        threading.Thread(
            target=worker.start_worker,
            kwargs={"concurrency": 1, "batch_size": 10, "poll_interval": 0.005},
            daemon=True,
        )
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    done = 0

    def work() -> int:
        nonlocal done
        for _ in range(tasks):
            client.spawn("flow", {"n": steps})
        done += tasks
        with psycopg.connect(url, autocommit=True) as connection:
            query = "SELECT count(*) FROM absurd.t_q WHERE state = 'completed'"
            while connection.execute(query).fetchone()[0] < done:
                time.sleep(0.002)
        return tasks * (steps if tasks == 1 else 1)

    yield work
    for worker in workers:
        worker.stop_worker()
    for thread in threads:
        thread.join(5)


@contextmanager
def _absurd_sequential(directory: Path) -> Iterator[Work | str]:
    with _absurd(directory) as found:
        if isinstance(found, str):
            yield found
        else:
            yield from _absurd_work(*found, steps=STEPS, tasks=1)


@contextmanager
def _absurd_many(directory: Path) -> Iterator[Work | str]:
    with _absurd(directory) as found:
        if isinstance(found, str):
            yield found
        else:
            yield from _absurd_work(*found, steps=MANY_STEPS, tasks=MANY_WORKFLOWS)


SEQUENTIAL = (
    Peer("LangGraph functional", ("langgraph", "langgraph.checkpoint.sqlite"), _langgraph),
    Peer("DBOS on SQLite", ("dbos",), _dbos_sequential),
    Peer("Absurd", ("absurd_sdk", "absurdctl", "psycopg"), _absurd_sequential),
)
MANY = (
    Peer("Absurd", ("absurd_sdk", "absurdctl", "psycopg"), _absurd_many),
    Peer("DBOS on SQLite", ("dbos",), _dbos_many),
)
