"""What workflow code must not use, as a table.

Codes: D1xx is about determinism, C2xx about capabilities. An author who knows better accepts a code
with ``@workflow(allow={"D103"})``. Names are the public dotted ones; one that ends in ``.`` stands
for everything below it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from tarl.kernel.analysis.finding import Finding, Severity


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding, and what to use instead.

    Attributes:
        used: Names that are refused wherever they stand, called or handed on.
        called: Names that are refused when called: their modules also hold types and constants.
        called_with_fewer: Names that are refused when called with fewer arguments than this,
            because they then ask the world for the rest.
        methods: Method names that are refused on any receiver.
    """

    code: str
    what: str
    instead: str
    severity: Severity = "error"
    used: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    called_with_fewer: Mapping[str, int] = {}
    methods: tuple[str, ...] = ()

    def finding(self, message: str, *, file: str, line: int) -> Finding:
        """A finding under this rule."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=message,
            file=file,
            line=line,
            instead=self.instead,
        )


def _in(module: str, names: str) -> tuple[str, ...]:
    return tuple(f"{module}.{name}" for name in names.split())


_ACTIVITY = "an @activity, and await ctx.call(...)"

UNSEEN = Rule(
    code="D100",
    what="has no source that could be analysed",
    instead="a module in a file; the runtime guard alone watches this code",
    severity="warning",
)
CLOCK = Rule(
    code="D101",
    what="reads the clock",
    instead="ctx.now()",
    used=(
        *_in("time", "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns"),
        *_in("time", "process_time process_time_ns thread_time thread_time_ns"),
        *_in("time", "clock_gettime clock_gettime_ns"),
        *_in("datetime.datetime", "now utcnow today"),
        "datetime.date.today",
        "timeit.default_timer",
    ),
    called_with_fewer={
        "time.localtime": 1,
        "time.gmtime": 1,
        "time.ctime": 1,
        "time.asctime": 1,
        "time.strftime": 2,
    },
)
DICE = Rule(
    code="D102",
    what="draws from chance",
    instead="ctx.random(name) or ctx.uuid()",
    used=(
        *_in("random", "betavariate binomialvariate choice choices expovariate gammavariate gauss"),
        *_in("random", "getrandbits getstate lognormvariate normalvariate paretovariate randbytes"),
        *_in("random", "randint random randrange sample seed setstate shuffle triangular uniform"),
        *_in("random", "vonmisesvariate weibullvariate SystemRandom"),
        "random.Random.",  # the methods of a generator that every run of the process shares
        *_in("secrets", "choice randbelow randbits token_bytes token_hex token_urlsafe"),
        "secrets.SystemRandom",
        *_in("uuid", "uuid1 uuid4 uuid6 uuid7"),
        *_in("os", "urandom getrandom"),
    ),
    called=("numpy.random.",),
    called_with_fewer={
        "random.Random": 1,
        "numpy.random.default_rng": 1,
        "numpy.random.RandomState": 1,
        "numpy.random.SeedSequence": 1,
        "numpy.random.PCG64": 1,
        "numpy.random.Generator": 1,
    },
)
WORLD = Rule(
    code="D103",
    what="touches files, the network, the environment or other processes",
    instead=_ACTIVITY,
    used=(
        "builtins.open",
        "builtins.input",
        "builtins.breakpoint",
        "io.open",
        *_in("os", "access chdir chmod chown close cpu_count environ fsync getcwd getenv getlogin"),
        *_in(
            "os", "getpid getppid kill killpg link listdir lstat makedirs mkdir open popen putenv"
        ),
        *_in("os", "read readlink remove removedirs rename renames replace rmdir scandir stat"),
        *_in("os", "symlink system truncate uname unlink unsetenv utime walk write fork forkpty"),
        *_in("os", "execl execle execlp execv execve execvp posix_spawn posix_spawnp spawnl"),
        *_in("os", "spawnv startfile"),
        *_in("os.path", "abspath exists expanduser expandvars getatime getctime getmtime getsize"),
        *_in("os.path", "isdir isfile islink ismount lexists realpath samefile"),
        *_in("pathlib.Path", "absolute chmod cwd exists expanduser glob group hardlink_to home"),
        *_in("pathlib.Path", "is_dir is_file is_symlink iterdir lchmod lstat mkdir open owner"),
        *_in("pathlib.Path", "read_bytes read_text readlink rename replace resolve rglob rmdir"),
        *_in("pathlib.Path", "samefile stat symlink_to touch unlink walk write_bytes write_text"),
        *_in("platform", "node uname platform processor"),
        *_in("sys", "stdin"),
        *_in("asyncio", "open_connection open_unix_connection start_server start_unix_server"),
        *_in("asyncio", "create_subprocess_exec create_subprocess_shell"),
    ),
    called=(
        "aiofiles.",
        "aiohttp.",
        "boto3.",
        "fileinput.",
        "ftplib.",
        "getpass.",
        "glob.",
        "http.client.",
        "httpx.",
        "imaplib.",
        "psycopg.",
        "redis.",
        "requests.",
        "shutil.",
        "smtplib.",
        "socket.",
        "sqlite3.",
        "sqlalchemy.create_engine",
        "ssl.",
        "subprocess.",
        "tempfile.",
        "urllib.request.",
        "urllib3.",
        "webbrowser.",
        "websockets.",
    ),
)
THREADS = Rule(
    code="D104",
    what="leaves the deterministic loop for a thread or another process",
    instead="asyncio tasks, or an @activity",
    used=(
        *_in("asyncio", "to_thread run run_coroutine_threadsafe new_event_loop Runner"),
        "_thread.start_new_thread",
    ),
    called=("concurrent.futures.", "multiprocessing.", "threading."),
    methods=("run_in_executor",),
)
SLEEP = Rule(
    code="D105",
    what="blocks the loop",
    instead="await ctx.sleep(...)",
    used=("time.sleep",),
)
SETS = Rule(
    code="D106",
    what="is read in the order of a set, which changes from process to process",
    instead="sorted(...) or a list",
)
TIES = Rule(
    code="D106",
    what="keeps the order of a set among equal keys, which changes from process to process",
    instead="a key that tells all members apart",
    severity="warning",
)
IDENTITY = Rule(
    code="D107",
    what="depends on an address or on the hash seed of the process",
    instead="the value itself, or hashlib",
    used=("builtins.id", "builtins.hash"),
)
STATE = Rule(
    code="D108",
    what="changes state outside the run, which a replay changes again",
    instead="variables of the workflow",
)
OUTPUT = Rule(
    code="D109",
    what="writes again on every replay",
    instead="ctx.logger",
    severity="warning",
    used=("builtins.print", "pprint.pprint", "pprint.pp", "sys.stdout", "sys.stderr"),
    called=("logging.", "warnings.warn"),
)
UNRECORDED = Rule(
    code="D110",
    what="is an activity that is called directly, so that nothing records its result",
    instead=_ACTIVITY.replace("an @activity, and ", ""),
)

OUTSIDE_MANIFEST = Rule(
    code="C201",
    what="is not in the manifest",
    instead="@workflow(capabilities=...) with the capability",
)
CHECKED_LATER = Rule(
    code="C202",
    what="cannot be told from the source; its needs are checked when it runs",
    instead="the activity by its name",
    severity="warning",
)

BY_NAME = (CLOCK, DICE, WORLD, THREADS, SLEEP, IDENTITY, OUTPUT)

FINE = frozenset(
    {
        "logging.getLogger",
        "socket.htonl",
        "socket.htons",
        "socket.inet_aton",
        "socket.inet_ntoa",
        "socket.inet_ntop",
        "socket.inet_pton",
        "socket.ntohl",
        "socket.ntohs",
        "threading.current_thread",
        "threading.local",
    }
)
"""Names below a refused module that compute only."""


def rule_for_use(names: Collection[str]) -> Rule | None:
    """The rule against something known under these names, wherever it stands."""
    return next((rule for rule in BY_NAME if _holds(rule.used, names)), None)


def rule_for_call(names: Collection[str], *, arguments_count: int) -> Rule | None:
    """The rule against a call of something known under these names, beyond its mere use."""
    for rule in BY_NAME:
        for name in names:
            if name in FINE:
                return None
            if name in rule.called_with_fewer:
                fewer = arguments_count < rule.called_with_fewer[name]
                return rule if fewer else None
    return next((rule for rule in BY_NAME if _holds(rule.called, names)), None)


def rule_for_method(name: str) -> Rule | None:
    """The rule against a method of this name on any receiver."""
    return next((rule for rule in BY_NAME if name in rule.methods), None)


def _holds(patterns: Collection[str], names: Collection[str]) -> bool:
    return any(
        name == pattern or (pattern.endswith(".") and name.startswith(pattern))
        for name in names
        for pattern in patterns
    )
