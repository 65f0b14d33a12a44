"""The analysis, rule by rule: each line of workflow code with what is found in it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tarl.kernel import guard
from tarl.kernel.analysis.review import (
    Finding,
    analyse,
    check_manifest,
    refuse_nondeterminism,
    required_capabilities,
)

Load = Callable[..., ModuleType]

MODULE = """
import asyncio, collections, concurrent.futures, datetime as dt, functools, itertools, json
import logging, math, multiprocessing, os, os.path, pathlib, random, secrets, socket, subprocess
import sys, threading, time, urllib.request, uuid
from datetime import date, datetime
from os import environ, path as where, urandom as noise
from pathlib import Path, PurePath
from random import choice
from time import time as t, sleep as nap
from tarl import activity, workflow

LOG = logging.getLogger("sample")
RNG = random.Random(7)
COLOURS = frozenset({"red", "green"})
CACHE, SEEN = {}, []
COUNTER = itertools.count()
HOME = Path("home")
clock = time.monotonic
today = dt.date.today
total = 0

@activity(needs={"net.connect"})
def fetch(url="x"): return url

@activity(needs={"file.read"})
def read(name="x"): return name

@activity(pure=True)
def double(x): return 2 * x

class Settings:
    limit = 1
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Import a module of this text, behind what every sample uses."""

    def load_text(text: str, *, name: str = "analysed", header: str = MODULE) -> ModuleType:
        file = tmp_path / f"{name}.py"
        file.write_text(header + textwrap.dedent(text))
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load_text


def body(lines: str) -> str:
    return "async def sample(ctx, input=None):\n" + textwrap.indent(textwrap.dedent(lines), "    ")


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


REFUSED = {
    "D101": [
        "time.time()",
        "time.monotonic_ns()",
        "t()",
        "clock()",
        "today()",
        "dt.datetime.now()",
        "dt.datetime.now(dt.timezone.utc)",
        "datetime.utcnow()",
        "datetime.today()",
        "date.today()",
        "sorted(input, key=lambda _: time.time())",
        "[time.perf_counter for _ in input]",
        "time.localtime()",
        "time.strftime('%Y')",
        "f'{time.time()}'",
        "import time as now; now.time()",
        "from time import time as mine; mine()",
        "mine = time.time; later = 1",
        "def inner(at=time.time()): return at",
        "x: float = time.time()",
        "for x in input: t()",
        "x = [t()]",
        "x = t(), 1",
        "(lambda at=t(): at)()",
        "(lambda: t())()",
        "@t\ndef inner(): pass",
        "async for x in t(): pass",
        "with t() as x: pass",
        "match t():\n    case 1: pass",
    ],
    "D102": [
        "random.random()",
        "random.shuffle(input)",
        "choice(input)",
        "input.sort(key=random.random)",
        "random.Random()",
        "random.SystemRandom()",
        "RNG.random()",
        "RNG.randint(1, 6)",
        "secrets.token_hex()",
        "uuid.uuid4()",
        "uuid.uuid1().hex",
        "os.urandom(8)",
        "noise(8)",
    ],
    "D103": [
        "open('x')",
        "input_ = globals()['open'] if False else open",
        "os.environ['X']",
        "environ.get('X')",
        "os.environ['X'] = '1'",
        "os.getenv('X')",
        "os.system('true')",
        "os.path.exists('x')",
        "where.isfile('x')",
        "Path('x').read_text()",
        "pathlib.Path('a', 'b').write_bytes(b'')",
        "(Path('a') / 'b').exists()",
        "Path('a').joinpath('b').with_suffix('.c').open()",
        "p = Path('x'); q = p / 'y'; q.unlink()",
        "list(HOME.iterdir())",
        "(HOME / 'x').touch()",
        "Path.cwd()",
        "def inner(p: Path): return p.read_text()",
        "socket.socket()",
        "socket.create_connection(('x', 1))",
        "subprocess.run(['true'])",
        "urllib.request.urlopen('http://x')",
        "await asyncio.create_subprocess_exec('true')",
        "sys.stdin.read()",
    ],
    "D104": [
        "threading.Thread(target=fetch).run",
        "threading.Lock()",
        "concurrent.futures.ThreadPoolExecutor()",
        "multiprocessing.Process()",
        "await asyncio.to_thread(len, input)",
        "await asyncio.get_running_loop().run_in_executor(None, len)",
        "asyncio.run(input)",
    ],
    "D105": ["time.sleep(1)", "nap(1)"],
    "D106": [
        "for x in {1, 2}: pass",
        "for x in set(input): pass",
        "for x in COLOURS: pass",
        "for x in sys.modules['os'].x if input else {'a'}: pass",
        "list({'a', 'b'})",
        "tuple(frozenset(input))",
        "','.join({'a', 'b'})",
        "[x for x in set(input)]",
        "{x: 1 for x in set(input)}",
        "[await ctx.call(double, x) for x in set(input)]",
        "{await ctx.call(double, x) for x in set(input)}",
        "sum(x for x in {0.1, 0.2})",
        "sum({0.1, 0.2})",
        "enumerate({'a'})",
        "next(iter_ for iter_ in {'a'})",
        "dict.fromkeys({'a'})",
        "str({'a', 'b'})",
        "f'{COLOURS}'",
        "[*COLOURS]",
        "x = (*COLOURS, 1)",
        "await asyncio.gather(*{input})",
        "a, b = {'a', 'b'}",
        "input.extend({'a'})",
        "set(input).pop()",
        "s = set(); s.add(1); s.pop()",
        "s = {'a'} | set(input)\nfor x in s: pass",
        "s = input.keys() & {'a'}\nfor x in s: pass",
        "for x in input.keys() - input.keys(): pass",
        "for x in set(input).union(input): pass",
        "s: set[str] = set()\nlist(s)",
        "for x in (s := set(input)): pass",
        "list(input | {'a'})",
        "list({'a'} - input)",
        "list({'a'} if input else [])",
        "def inner(names: set[str]): return list(names)",
        "s = r = set(input)\nlist(r)",
        "list(itertools.chain({'a'}))",
        "sorted(set(input), key=len)",
        "max({'a', 'b'}, key=len)",
        "def inner():\n    yield from set(input)",
    ],
    "D107": ["id(input)", "hash('x')", "sorted(input, key=hash)"],
    "D108": [
        "global total; total = 1",
        "CACHE['x'] = 1",
        "CACHE['x']['y'] += 1",
        "del CACHE['x']",
        "SEEN.append(1)",
        "mine = SEEN; mine.append(1)",
        "CACHE.setdefault('x', 1)",
        "Settings.limit = 2",
        "next(COUNTER)",
        "json.x = 1",
        "import json as mine; mine.x = 1",
    ],
    "D109": ["print('x')", "LOG.info('x')", "logging.warning('x')", "sys.stdout.write('x')"],
    "D110": ["fetch('x')", "await asyncio.gather(fetch('x'))"],
}

FINE = [
    "ctx.now(); ctx.random('x').random(); ctx.uuid(); await ctx.sleep(1); await asyncio.sleep(1)",
    "await ctx.call(fetch, 'x'); await ctx.call(read.options(idempotent=False))",
    "double(2)",
    "time = 1; time.time()",
    "random = ctx.random('x'); random.random(); random.choice(input)",
    "random.Random(5).random()",
    "rng = random.Random(input); rng.shuffle(input)",
    "for time in input: time.time()",
    "[t() for t in input]",
    "(lambda open: open())(input)",
    "def inner(id, hash): return id(hash(1))",
    "time.strftime('%Y', input); time.gmtime(0)",
    "dt.datetime.fromtimestamp(0, dt.timezone.utc); dt.datetime(2026, 1, 1); date(2026, 1, 1)",
    "uuid.uuid5(uuid.NAMESPACE_URL, 'x'); uuid.UUID(int=1)",
    "secrets.compare_digest('a', 'b')",
    "at: dt.datetime = ctx.now(); x: Path = input; y: time.time = 1",
    "Path('a') / 'b'; Path('a').name; PurePath('a').parent; os.path.join('a', 'b'); os.sep",
    "sorted({'a', 'b'}); sorted(x for x in set(input)); sorted(list(set(input)))",
    "min(set(input)); max({1}); any(x for x in {1}); len(set(input)); {x for x in set(input)}",
    "s = {'a'}; 'a' in s; s.add('b'); s |= {'c'}; len(s)",
    "s = set(input); s = sorted(s)\nfor x in s: pass",
    "for x in [1, 2]: pass\nfor y in {'a': 1}: pass",
    "set(list(set(input)))",
    "tasks = {asyncio.create_task(x) for x in input}\nfor task in tasks: await task",
    "tasks = set(asyncio.create_task(x) for x in input); list(tasks)",
    "tasks = {asyncio.ensure_future(input), asyncio.create_task(input)}; list(tasks)",
    "def inner(names: list[str]): return list(names)",
    "def inner(names): return list(names)",
    "def inner(p: str): return p.exists()",
    "json.loads('x').exists(); p = Path('x'); p.x = 1",
    "with input as time: time.time()",
    "from . import time; time.time()",
    "import os.path; os.path.join('a', 'b')",
    "match input:\n    case [time, *random]: time.time(); random.choice()",
    "try: pass\nexcept ValueError as time: time.time()",
    "input.pop(); input['x'] = 1; input.append(1)",
    "mine = []; mine.append(1); mine[0] = 2; next(iter(mine))",
    "n = 0\ndef inner():\n    nonlocal n\n    n += 1",
    "CACHE.get('x'); CACHE['x']; SEEN.index(1); Settings.limit",
    "raise subprocess.CalledProcessError(1, 'x')",
    "isinstance(input, threading.Thread)",
    "logging.getLogger('x'); ctx.logger.info('x')",
    "json.dumps(input); math.sqrt(2); collections.Counter(input)",
    "async with asyncio.TaskGroup() as group: group.create_task(ctx.sleep(1))",
    "async with asyncio.timeout(1): await asyncio.wait_for(ctx.sleep(1), 1)",
    "try: pass\nexcept socket.timeout: pass",
]


@pytest.mark.parametrize(
    ("code", "lines"), [(code, lines) for code in REFUSED for lines in REFUSED[code]]
)
def test_one_finding(load: Load, code: str, lines: str) -> None:
    findings = analyse(load(body(lines)).sample)

    assert codes(findings) == [code]
    assert findings[0].instead


@pytest.mark.parametrize("lines", FINE)
def test_no_finding(load: Load, lines: str) -> None:
    assert analyse(load(body(lines)).sample) == ()


def test_severities(load: Load) -> None:
    lines = "print('x'); max({'a'}, key=len); list({'a'}); time.time()"

    findings = analyse(load(body(lines)).sample)

    assert [(f.code, f.severity) for f in findings] == [
        ("D109", "warning"),
        ("D106", "warning"),
        ("D106", "error"),
        ("D101", "error"),
    ]


@pytest.mark.parametrize(
    ("lines", "instead"),
    [
        ("time.time()", "ctx.now()"),
        ("random.random()", "ctx.random(name)"),
        ("uuid.uuid4()", "ctx.uuid()"),
        ("open('x')", "ctx.call(...)"),
        ("time.sleep(1)", "ctx.sleep(...)"),
        ("print(1)", "ctx.logger"),
        ("list({'a'})", "sorted(...)"),
        ("fetch()", "ctx.call(...)"),
    ],
)
def test_a_finding_names_the_call_to_use(load: Load, lines: str, instead: str) -> None:
    (finding,) = analyse(load(body(lines)).sample)

    assert instead in finding.instead


def test_a_finding_shows_the_code_as_it_is_written_and_its_line(load: Load) -> None:
    module = load(body("x = 1\n\ny = dt.datetime.now()\n"))

    (finding,) = analyse(module.sample)

    assert finding.message == "dt.datetime.now reads the clock"
    assert finding.file == module.__file__
    line = Path(finding.file).read_text().splitlines()[finding.line - 1]
    assert line == "    y = dt.datetime.now()"


def test_what_the_guard_has_replaced_is_still_known(load: Load) -> None:
    guard.install()
    module = load(body("t(); choice(input); noise(1); nap(1)"))

    assert codes(analyse(module.sample)) == ["D101", "D102", "D102", "D105"]


@pytest.mark.skipif("requests" in sys.modules, reason="needs a module that is not loaded")
def test_a_module_that_is_not_loaded_is_known_by_its_name(load: Load) -> None:
    lines = "import requests\nfrom numpy import random as dice\nrequests.get('x'); dice.rand()"

    assert codes(analyse(load(body(lines)).sample)) == ["D103", "D102"]


# --- what is followed


def test_functions_of_the_module_are_followed_through_functions(load: Load) -> None:
    text = """
    def deepest(): return t()
    @functools.lru_cache
    def deeper(): return deepest()
    def deep(): return [f() for f in (deeper, deep)]
    def unused(): return open("x")
    async def sample(ctx): return deep()
    """
    module = load(text)

    (finding,) = analyse(module.sample)

    assert finding.code == "D101"
    assert finding.line == inspect.getsourcelines(module.deepest)[1]


def test_a_function_behind_a_decorator_is_followed(load: Load) -> None:
    text = """
    def traced(fn):
        @functools.wraps(fn)
        def inner(*args): return fn(*args)
        return inner
    @traced
    def helper(): return t()
    async def sample(ctx): return helper()
    """
    assert codes(analyse(load(text).sample)) == ["D101"]


def test_a_closure_is_looked_into(load: Load) -> None:
    text = """
    def make(clock, fn, names):
        async def sample(ctx):
            return clock(), fn(), list(names)
        return sample
    def helper(): return random.random()
    sample = make(time.time, helper, {"a"})
    """
    assert codes(analyse(load(text).sample)) == ["D101", "D106", "D102"]


def test_a_closure_that_is_changed_outlives_the_run(load: Load) -> None:
    text = """
    def make(n):
        async def sample(ctx):
            nonlocal n
            n += 1
        return sample
    sample = make(1)
    """
    assert codes(analyse(load(text).sample)) == ["D108"]


def test_a_closure_that_is_still_empty_is_passed_over(load: Load) -> None:
    text = """
    def make():
        async def sample(ctx): return later(), time.time()
        return sample
        later = 1
    sample = make()
    """
    assert codes(analyse(load(text).sample)) == ["D101"]


def test_functions_inside_are_part_of_the_workflow(load: Load) -> None:
    lines = """
    async def one(x):
        return await ctx.call(double, x), (lambda: t())()
    return await asyncio.gather(one(1), one(2))
    """
    assert codes(analyse(load(body(lines)).sample)) == ["D101"]


def test_a_workflow_that_is_awaited_inside_is_followed(load: Load) -> None:
    text = """
    @workflow
    async def part(ctx): return time.time()
    @workflow
    async def whole(ctx): return await part(ctx)
    """
    assert codes(analyse(load(text).whole)) == ["D101"]


def test_a_function_of_another_module_is_followed_if_it_receives_the_context(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = """
    async def with_context(ctx): return inner()
    def inner(): return time.time()
    def without(): return time.time_ns()
    """
    monkeypatch.setitem(sys.modules, "analysed_other", load(other, name="analysed_other"))
    text = """
    from analysed_other import with_context, without
    async def sample(ctx): return await with_context(ctx), without()
    """
    (finding,) = analyse(load(text).sample)

    assert finding.message == "time.time reads the clock"


def test_activities_are_not_part_of_the_workflow(load: Load) -> None:
    text = """
    @activity
    def stamp(): return time.time()
    async def sample(ctx): return await ctx.call(stamp)
    """
    assert analyse(load(text).sample) == ()


# --- sources


def test_code_without_source_is_said_to_be_unseen() -> None:
    space: dict[str, Any] = {}
    exec("async def sample(ctx): return __import__('time').time()", space)

    (finding,) = analyse(space["sample"])

    assert (finding.code, finding.severity) == ("D100", "warning")
    assert "sample" in finding.message


def test_a_file_that_has_changed_since_it_was_loaded_is_unseen(load: Load) -> None:
    module = load(body("return time.time()"))
    assert module.__file__ is not None
    Path(module.__file__).write_text("x = 1\n")

    assert codes(analyse(module.sample)) == ["D100"]


def test_an_indented_function_with_flush_text_is_read(load: Load) -> None:
    text = '''
if True:
    async def sample(ctx):
        text = """
flush
"""
        return text, time.time()
'''
    assert codes(analyse(load(text).sample)) == ["D101"]


def test_nothing_is_run_by_looking(load: Load) -> None:
    text = """
    class Trap:
        def __getattr__(self, name): raise AssertionError(name)
        @property
        def __class__(self): raise AssertionError("class")
        @property
        def needs(self): raise AssertionError("needs")
    TRAP = Trap()
    async def sample(ctx):
        for x in TRAP.members: pass
        TRAP.needs[1] = 2
        await ctx.call(TRAP.needs)
        await ctx.call(TRAP)
        return TRAP.now(), list(TRAP)
    """
    assert codes(analyse(load(text).sample)) == ["D108"]


def test_a_name_that_stands_for_itself_ends(load: Load) -> None:
    lines = "a = b; b = a; a.x(); list(a)\nawait ctx.call(a)"

    assert analyse(load(body(lines)).sample) == ()


# --- what is allowed


def test_allowed_codes_are_left_out(load: Load) -> None:
    sample = load(body("time.time(); random.random()")).sample

    assert codes(analyse(sample, allow=frozenset({"D101"}))) == ["D102"]
    assert analyse(sample, allow=frozenset({"D101", "D102"})) == ()


def test_warnings_alone_refuse_nothing(load: Load) -> None:
    text = """
    @workflow(capabilities={"net.*"})
    async def sample(ctx):
        print("x")
        return await ctx.call(ctx.info)
    """
    sample = load(text).sample

    refuse_nondeterminism(sample)

    assert codes(analyse(sample)) == ["D109", "C202"]


# --- capabilities


def needs(function: Callable[..., Any]) -> list[tuple[str, str]]:
    return [(need.activity, need.capability) for need in required_capabilities(function).needs]


FETCH, READ = ("fetch", "net.connect"), ("read", "file.read")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("await ctx.call(fetch, 'x')", [FETCH]),
        ("await ctx.call(fetch.options(pure=True).options(timeout_ms=1), 'x')", [FETCH]),
        ("await ctx.call(double, 1)", []),
        ("act = fetch if input else read; await ctx.call(act)", [FETCH, READ]),
        ("act = fetch\nif input: act = read\nawait ctx.call(act)", [FETCH, READ]),
        ("for act in (fetch, read): await ctx.call(act)", [FETCH, READ]),
        ("await asyncio.gather(*[ctx.call(a) for a in [fetch, read]])", [FETCH, READ]),
        ("await ctx.call(act := fetch)", [FETCH]),
        ("c = ctx; await c.call(fetch)", [FETCH]),
        ("async def one(): await ctx.call(fetch)\nawait one()", [FETCH]),
        ("async def one(ctx): await ctx.call(fetch)\nawait one(ctx)", [FETCH]),
        ("await asyncio.gather(ctx.call(read), ctx.call(fetch))", [READ, FETCH]),
        ("ctx.logger.info(await ctx.call(read))", [READ]),
        ("(await ctx.call(read)).strip().lower()", [READ]),
        ("(await ctx.call(read)).x.y", [READ]),
        ("run = lambda: ctx.call(fetch)", [FETCH]),
        ("x = await ctx.call(fetch); y: str = await ctx.call(read)", [FETCH, READ]),
        ("from analysed_acts import fetch as get\nawait ctx.call(get)", [FETCH]),
        ("await input.call(fetch)", []),
        ("async with asyncio.TaskGroup() as g: g.create_task(ctx.call(fetch))", [FETCH]),
    ],
)
def test_needs_are_found(
    load: Load, monkeypatch: pytest.MonkeyPatch, lines: str, expected: list[tuple[str, str]]
) -> None:
    monkeypatch.setitem(sys.modules, "analysed_acts", load("", name="analysed_acts"))
    sample = load(body(lines)).sample

    assert needs(sample) == expected
    assert required_capabilities(sample).dynamic == ()
    assert required_capabilities(sample).capabilities == {need for _, need in expected}


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("await ctx.call(input['tool'], 'x')", "ctx.call(input['tool'], 'x')"),
        ("act = fetch\nif input: act = input\nawait ctx.call(act)", "ctx.call(act)"),
        ("for act in input: await ctx.call(act)", "ctx.call(act)"),
        ("await ctx.call()", "ctx.call()"),
        ("call = ctx.call; await call(fetch)", "ctx.call"),
        ("await input.run(ctx)", "input.run(ctx)"),
        ("functools.partial(input, ctx)", "functools.partial(input, ctx)"),
        ("input.ctx = ctx", "ctx"),
        ("return [ctx]", "ctx"),
        ("async def one(c): await c.call(fetch)\nawait one(ctx)", "one(ctx)"),
    ],
)
def test_calls_that_the_source_does_not_explain(load: Load, lines: str, text: str) -> None:
    use = required_capabilities(load(body(lines)).sample)

    assert [call.text for call in use.dynamic] == [text]
    assert use.needs == ()


def test_functions_that_receive_the_context_are_followed(load: Load) -> None:
    text = """
    async def third(*, context): await context.call(read)
    async def second(x, c): await third(context=c)
    async def first(c): await asyncio.gather(c.call(fetch), second(1, c))
    async def other(ctx): await ctx.call(read)
    async def sample(ctx): await first(ctx)
    """
    module = load(text)
    use = required_capabilities(module.sample)

    assert needs(module.sample) == [FETCH, READ]
    assert use.needs[1].line == inspect.getsourcelines(module.third)[1]
    assert use.dynamic == ()


def test_functions_that_call_each_other_end(load: Load) -> None:
    text = """
    async def ping(ctx): await pong(ctx); await ctx.call(fetch)
    async def pong(ctx): await ping(ctx)
    """
    assert needs(load(text).ping) == [FETCH]


def test_a_need_outside_the_manifest_is_an_error(load: Load) -> None:
    lines = "await ctx.call(read)\nawait ctx.call(fetch)\nawait ctx.call(input)"
    sample = load(body(lines)).sample

    found = check_manifest(sample, frozenset({"file.*"}))

    assert [(f.code, f.severity) for f in found] == [("C201", "error"), ("C202", "warning")]
    assert "fetch needs net.connect" in found[0].message
    assert found[1].line == found[0].line + 1
    assert "ctx.call(input)" in found[1].message


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"net.connect"}, []),
        ({"net.*"}, []),
        ({"*"}, []),
        (set(), ["C201"]),
        ({"net"}, ["C201"]),
        ({"net.connect.tls"}, ["C201"]),
        ({"ne*"}, ["C201"]),
    ],
)
def test_manifest_entries(load: Load, manifest: set[str], expected: list[str]) -> None:
    sample = load(body("await ctx.call(fetch)")).sample

    assert codes(check_manifest(sample, frozenset(manifest))) == expected


def test_a_definition_brings_its_manifest_and_its_allowances(load: Load) -> None:
    text = """
    @workflow(capabilities={"file.*"}, allow={"D101", "C202"})
    async def sample(ctx):
        time.time()
        await ctx.call(ctx.info)
        return await ctx.call(fetch), random.random()
    """
    assert codes(analyse(load(text).sample)) == ["D102", "C201"]
