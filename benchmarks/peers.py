"""The peers, each driven as its own documentation does: what a round of work is, or why there is
none.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import Turn, Work, timed
from benchmarks.servers import postgres

STEPS = 1_000
WARM_STEPS = 400
"""For a write-ahead log to come to its full length, as ``sequential`` explains."""

MANY_STEPS = 5
MANY_WORKFLOWS = 200
"""Of one turn: peers take longer, and a rate is a rate."""

CHAIN = 20
"""Agents of a sequential pattern; each adds one to what it is given."""

CHAINS = 5
"""Runs of a chain in one turn."""


class Peer(NamedTuple):
    """One contestant: the packages it needs, and how it is made ready."""

    name: str
    packages: tuple[str, ...]
    make: Callable[[Path], Any]


def enter(
    opened: ExitStack, peers: tuple[Peer, ...], directory: Path
) -> tuple[dict[str, Work], list[tuple[str, str]]]:
    """The peers that can be measured here with a turn of their work, and why the others cannot."""
    found: dict[str, Work] = {}
    absent = []
    for peer in peers:
        missing = [name for name in peer.packages if find_spec(name) is None]
        if missing:
            absent.append((peer.name, f"{', '.join(missing)} not installed; make bench does"))
            continue
        made = opened.enter_context(peer.make(directory))
        if isinstance(made, str):
            absent.append((peer.name, made))
        else:
            found[peer.name] = made
    return found, absent


@contextmanager
def _langgraph(directory: Path) -> Iterator[Callable[[int], int]]:
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.func import entrypoint, task

    place = directory / f"langgraph-{time.monotonic_ns()}.db"
    connection = sqlite3.connect(place, check_same_thread=False)
    numbers = itertools.count()

    @task
    def noop(i: int) -> int:
        return i

    @entrypoint(checkpointer=SqliteSaver(connection))
    def flow(n: int) -> int:
        for i in range(n):
            noop(i).result()
        return n

    def run(steps: int) -> int:
        settings = {"configurable": {"thread_id": str(next(numbers))}}
        return flow.invoke(steps, settings, durability="sync")

    run(WARM_STEPS)
    yield run
    connection.close()


@contextmanager
def _langgraph_sequential(directory: Path) -> Iterator[Work]:
    with _langgraph(directory) as run:
        yield timed(lambda: run(STEPS))


@contextmanager
def _langgraph_many(directory: Path) -> Iterator[Work]:
    """In one thread: its saver has one connection, and more threads do not make it faster."""
    with _langgraph(directory) as run:
        yield timed(lambda: sum(run(MANY_STEPS) > 0 for _ in range(MANY_WORKFLOWS)))


@contextmanager
def _langgraph_chain(directory: Path) -> Iterator[Work]:
    """A StateGraph with its SQLite saver, each super-step written before the next one."""
    import sqlite3
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict):
        value: int

    def add_one(state: Any) -> Any:
        return {"value": state["value"] + 1}

    builder = StateGraph(State)
    names = [f"a{i}" for i in range(CHAIN)]
    for name in names:
        builder.add_node(name, add_one)
    for one, other in itertools.pairwise([START, *names, END]):
        builder.add_edge(one, other)
    place = directory / f"langgraph-{time.monotonic_ns()}.db"
    connection = sqlite3.connect(place, check_same_thread=False)
    graph = builder.compile(checkpointer=SqliteSaver(connection))
    numbers = itertools.count()

    def run() -> int:
        thread = {"configurable": {"thread_id": str(next(numbers))}, "recursion_limit": 2 * CHAIN}
        answer = graph.invoke({"value": 0}, thread, durability="sync")
        assert answer == {"value": CHAIN}
        return CHAIN

    for _ in range(WARM_STEPS // CHAIN):
        run()
    yield timed(lambda: sum(run() for _ in range(CHAINS)))
    connection.close()


@contextmanager
def _pydantic_chain(directory: Path) -> Iterator[Work]:
    """Steps of pydantic-graph, which keeps nothing of them."""
    import asyncio

    from pydantic_graph import GraphBuilder

    builder = GraphBuilder(input_type=int, output_type=int)

    async def add_one(context: Any) -> int:
        value: int = context.inputs
        return value + 1

    steps = [builder.step(add_one, node_id=f"a{i}") for i in range(CHAIN)]
    for one, other in itertools.pairwise([builder.start_node, *steps, builder.end_node]):
        builder.add_edge(one, other)
    graph = builder.build()

    async def run() -> int:
        for _ in range(CHAINS):
            assert await graph.run(inputs=0) == CHAIN
        return CHAINS * CHAIN

    with asyncio.Runner() as runner:
        yield timed(lambda: runner.run(run()))


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
        yield timed(lambda: flow(STEPS))


@contextmanager
def _dbos_many(directory: Path) -> Iterator[Work]:
    with _dbos(directory) as (dbos, flow):

        def work() -> int:
            handles = [dbos.start_workflow(flow, MANY_STEPS) for _ in range(MANY_WORKFLOWS)]
            for handle in handles:
                handle.get_result()
            return MANY_WORKFLOWS

        yield timed(work)


@contextmanager
def _absurd(directory: Path) -> Iterator[Any]:
    with postgres(directory) as url:
        if url is None:
            yield "no PostgreSQL server is installed (Debian: postgresql)"
            return
        import absurdctl
        import psycopg
        from absurd_sdk import Absurd

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(absurdctl.BUNDLED_SCHEMA_SQL)
        yield url, psycopg, Absurd


def _absurd_turn(
    url: str, psycopg: Any, absurd: Any, *, queue: str, workers: int, steps: int, tasks: int
) -> Work:
    def app() -> Any:
        client = absurd(url, queue_name=queue)

        @client.register_task(name="flow")
        def flow(parameters: dict[str, int], context: Any) -> int:
            for i in range(parameters["n"]):
                context.step(f"s{i}", lambda i=i: i)
            return parameters["n"]

        return client

    client = app()
    client.create_queue()
    done = 0

    def turn() -> Turn:
        nonlocal done
        with _working([app() for _ in range(workers)]):
            begin = time.perf_counter()
            for _ in range(tasks):
                client.spawn("flow", {"n": steps})
            done += tasks
            with psycopg.connect(url, autocommit=True) as connection:
                query = f"SELECT count(*) FROM absurd.t_{queue} WHERE state = 'completed'"
                while connection.execute(query).fetchone()[0] < done:
                    time.sleep(0.002)
            seconds = time.perf_counter() - begin
        return Turn(steps if tasks == 1 else tasks, seconds)

    return turn


@contextmanager
def _working(workers: list[Any]) -> Iterator[None]:
    """Workers poll: they are there for their own turn only, and not while others have theirs."""
    settings = {"concurrency": 1, "batch_size": 10, "poll_interval": 0.005}
    threads = [
        threading.Thread(target=worker.start_worker, kwargs=settings, daemon=True)
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    yield
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
            yield _absurd_turn(*found, queue="one", workers=1, steps=STEPS, tasks=1)


def _absurd_many(workers: int) -> Callable[[Path], Any]:
    @contextmanager
    def make(directory: Path) -> Iterator[Work | str]:
        with _absurd(directory) as found:
            if isinstance(found, str):
                yield found
            else:
                yield _absurd_turn(
                    *found, queue="all", workers=workers, steps=MANY_STEPS, tasks=MANY_WORKFLOWS
                )

    return make


_ABSURD = ("absurd_sdk", "absurdctl", "psycopg")
_LANGGRAPH = ("langgraph", "langgraph.checkpoint.sqlite")
PATTERNS = (
    Peer("LangGraph StateGraph", _LANGGRAPH, _langgraph_chain),
    Peer("pydantic-graph", ("pydantic_graph",), _pydantic_chain),
)
SEQUENTIAL = (
    Peer("LangGraph functional", _LANGGRAPH, _langgraph_sequential),
    Peer("DBOS on SQLite", ("dbos",), _dbos_sequential),
    Peer("Absurd", _ABSURD, _absurd_sequential),
)
MANY = (
    Peer("Absurd, 4 workers", _ABSURD, _absurd_many(4)),
    Peer("Absurd, 8 workers", _ABSURD, _absurd_many(8)),
    Peer("LangGraph functional", _LANGGRAPH, _langgraph_many),
    Peer("DBOS on SQLite", ("dbos",), _dbos_many),
)
