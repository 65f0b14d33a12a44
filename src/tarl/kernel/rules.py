"""What the static analysis refuses in workflow code, as a table.

Codes: D1xx is about determinism, C2xx about capabilities. An author who knows better accepts a code
with ``@workflow(allow={"D103"})``.
"""

from __future__ import annotations

import msgspec


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding: the dotted names it is about, and what to use instead.

    A name that ends in ``.`` stands for everything below it.
    """

    code: str
    what: str
    instead: str
    names: tuple[str, ...] = ()


CLOCK = Rule(
    code="D101",
    what="reads the clock",
    instead="ctx.now()",
    names=(
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.process_time",
        "time.localtime",
        "time.gmtime",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
    ),
)
DICE = Rule(
    code="D102",
    what="draws from chance",
    instead="ctx.random(name) or ctx.uuid()",
    names=(
        "random.random",
        "random.randint",
        "random.randrange",
        "random.uniform",
        "random.choice",
        "random.choices",
        "random.sample",
        "random.shuffle",
        "random.gauss",
        "random.getrandbits",
        "random.randbytes",
        "random.SystemRandom",
        "random.seed",
        "secrets.",
        "uuid.uuid1",
        "uuid.uuid4",
        "os.urandom",
        "numpy.random.",
    ),
)
WORLD = Rule(
    code="D103",
    what="touches files, the network, the environment or other processes",
    instead="an @activity, and await ctx.call(...)",
    names=(
        "open",
        "io.open",
        "input",
        "os.environ",
        "os.getenv",
        "os.system",
        "os.popen",
        "os.listdir",
        "os.remove",
        "os.rename",
        "os.getpid",
        "pathlib.Path.read_text",
        "pathlib.Path.write_text",
        "pathlib.Path.read_bytes",
        "pathlib.Path.write_bytes",
        "pathlib.Path.open",
        "socket.",
        "subprocess.",
        "urllib.request.",
        "http.client.",
        "requests.",
        "httpx.",
        "aiohttp.",
        "sqlite3.",
        "asyncio.open_connection",
        "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
    ),
)
THREADS = Rule(
    code="D104",
    what="leaves the deterministic loop for a thread or another process",
    instead="asyncio tasks, or an @activity",
    names=(
        "threading.",
        "_thread.",
        "concurrent.futures.",
        "multiprocessing.",
        "asyncio.to_thread",
        "asyncio.run",
        "asyncio.new_event_loop",
    ),
)
SLEEP = Rule(
    code="D105",
    what="blocks the loop",
    instead="await ctx.sleep(...)",
    names=("time.sleep",),
)
SETS = Rule(
    code="D106",
    what="iterates a set, whose order changes from process to process",
    instead="sorted(...) or a list",
)
IDENTITY = Rule(
    code="D107",
    what="depends on an address or on the hash seed of the process",
    instead="the value itself, or hashlib",
    names=("id", "hash"),
)
STATE = Rule(
    code="D108",
    what="changes state outside the run, which a replay changes again",
    instead="variables of the workflow",
)

BY_NAME = (CLOCK, DICE, WORLD, THREADS, SLEEP, IDENTITY)

OUTSIDE_MANIFEST = Rule(
    code="C201",
    what="calls what the manifest does not hold",
    instead="@workflow(capabilities=...) with the capability",
)


def rule_for(name: str) -> Rule | None:
    """The rule that a fully resolved dotted name falls under."""
    for rule in BY_NAME:
        for pattern in rule.names:
            if name == pattern or (pattern.endswith(".") and name.startswith(pattern)):
                return rule
    return None
