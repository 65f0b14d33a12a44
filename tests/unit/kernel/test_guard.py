"""Inside a drive the world refuses, with the call to use instead; outside, it is what it was."""

from __future__ import annotations

import copy
import gc
import importlib
import inspect
import io
import logging
import os
import pickle
import random
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tarl.errors import NondeterminismError
from tarl.kernel import guard


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    guard.install()
    yield
    guard.exit()
    guard.install()


@contextmanager
def driven() -> Iterator[None]:
    guard.enter()
    try:
        yield
    finally:
        guard.exit()


WORLD: list[tuple[str, str, Callable[[], Any]]] = [
    ("guard.clock", "time.time()", lambda: time.time()),
    ("guard.clock", "time.time_ns()", lambda: time.time_ns()),
    ("guard.clock", "time.monotonic()", lambda: time.monotonic()),
    ("guard.clock", "time.perf_counter()", lambda: time.perf_counter()),
    ("guard.clock", "time.clock_gettime()", lambda: time.clock_gettime(time.CLOCK_REALTIME)),
    ("guard.clock", "time.sleep()", lambda: time.sleep(0)),
    ("guard.random", "random.random()", lambda: random.random()),
    ("guard.random", "random.randint()", lambda: random.randint(1, 6)),
    ("guard.random", "random.choice()", lambda: random.choice([1])),
    ("guard.random", "random.shuffle()", lambda: random.shuffle([1, 2])),
    ("guard.random", "random.seed()", lambda: random.seed(1)),
    ("guard.random", "uuid.uuid1()", lambda: uuid.uuid1()),
    ("guard.random", "uuid.uuid4()", lambda: uuid.uuid4()),
    ("guard.random", "os.urandom()", lambda: os.urandom(8)),
    ("guard.random", "secrets.token_hex()", lambda: secrets.token_hex()),
    ("guard.random", "secrets.randbelow()", lambda: secrets.randbelow(2)),
    ("guard.file", "open()", lambda: open(os.devnull)),  # noqa: SIM115
    ("guard.file", "open()", lambda: io.open(os.devnull)),  # noqa: SIM115, UP020
    ("guard.file", "open()", lambda: os.open(os.devnull, os.O_RDONLY)),
    ("guard.file", "open()", lambda: Path(os.devnull).read_bytes()),
    ("guard.file", "os.listdir", lambda: os.listdir(".")),
    ("guard.file", "os.scandir", lambda: os.scandir(".")),
    ("guard.file", "os.remove", lambda: os.remove("nothing-of-this-name")),
    ("guard.file", "os.mkdir", lambda: os.mkdir("nothing-of-this-name/either")),
    ("guard.file", "sqlite3.connect", lambda: sqlite3.connect(":memory:")),
    ("guard.socket", "socket.__new__", lambda: socket.socket()),
    ("guard.socket", "socket.getaddrinfo", lambda: socket.getaddrinfo("localhost", 80)),
    ("guard.process", "subprocess.Popen", lambda: subprocess.run(["true"], check=False)),
    ("guard.process", "os.system", lambda: os.system("true")),
    ("guard.process", "os.exec", lambda: os.execv("/nothing", ["nothing"])),
    ("guard.process", "os.fork", lambda: os.fork()),
    ("guard.process", "os.putenv", lambda: os.putenv("TARL_TEST", "1")),
]


@pytest.mark.parametrize(("code", "call", "use"), WORLD, ids=[call for _, call, _ in WORLD])
def test_the_world_refuses_inside_a_drive(code: str, call: str, use: Callable[[], Any]) -> None:
    with driven(), pytest.raises(NondeterminismError, match=r"workflow code used") as caught:
        use()

    assert caught.value.code == code
    assert caught.value.facts == {"call": call}


def test_a_thread_refuses_inside_a_drive_and_leaves_nothing_half_started() -> None:
    before = threading.enumerate()
    thread = threading.Thread(target=print)

    with driven(), pytest.raises(NondeterminismError) as caught:
        thread.start()

    assert caught.value.code == "guard.thread"
    assert threading.enumerate() == before


@pytest.mark.parametrize(
    ("use", "named"),
    [
        (lambda: time.time(), "ctx.now()"),
        (lambda: time.sleep(1), "ctx.sleep("),
        (lambda: random.random(), "ctx.random(name)"),
        (lambda: uuid.uuid4(), "ctx.uuid()"),
        (lambda: open(os.devnull), "ctx.call("),  # noqa: SIM115
        (lambda: threading.Thread().start(), "@activity"),
    ],
)
def test_a_refusal_names_the_call_to_use(use: Callable[[], Any], named: str) -> None:
    with driven(), pytest.raises(NondeterminismError) as caught:
        use()

    assert caught.value.next_step is not None
    assert named in caught.value.next_step


@pytest.mark.skipif(sys.version_info < (3, 13), reason="time.sleep is audited from 3.13 on")
def test_a_sleep_that_was_bound_before_is_still_refused() -> None:
    sleep = inspect.unwrap(time.sleep)
    assert sleep is not time.sleep

    with driven(), pytest.raises(NondeterminismError) as caught:
        sleep(0)

    assert caught.value.code == "guard.clock"


def test_outside_a_drive_every_function_answers() -> None:
    with driven():
        pass

    assert abs(time.time() - time.time_ns() / 1e9) < 60
    assert time.clock_gettime(time.CLOCK_REALTIME) > 1e9
    assert 0 <= random.random() < 1
    assert random.choices([7], k=2) == [7, 7]
    assert len(os.urandom(5)) == 5
    assert len(secrets.token_hex(nbytes=4)) == 8
    assert uuid.uuid4().version == 4
    open(os.devnull).close()


def test_what_is_pure_passes_inside_a_drive() -> None:
    with driven():
        drawn = random.Random(5).randint(1, 1000)
        named = uuid.uuid5(uuid.NAMESPACE_URL, "x")
        joined = Path("a") / "b"

    assert drawn == random.Random(5).randint(1, 1000)
    assert named.version == 5
    assert joined == Path("a/b")


def test_a_drive_is_one_threads_own() -> None:
    heard: list[object] = []
    inside, looked = threading.Event(), threading.Event()

    def drive() -> None:
        with driven():
            inside.set()
            looked.wait(10)
            try:
                time.time()
            except NondeterminismError as error:
                heard.append(error.code)

    thread = threading.Thread(target=drive)
    thread.start()
    assert inside.wait(10)
    assert time.time() > 0  # this thread drives nothing
    assert 0 <= random.random() < 1
    open(os.devnull).close()
    with driven(), pytest.raises(NondeterminismError):
        time.time()
    assert time.time() > 0
    looked.set()
    thread.join(10)

    assert heard == ["guard.clock"]


def test_suspended_code_passes_and_the_drive_goes_on() -> None:
    with driven():
        with guard.suspended():
            assert time.time() > 0
            with guard.suspended():
                open(os.devnull).close()
            assert time.time() > 0
        with pytest.raises(NondeterminismError):
            time.time()
        with pytest.raises(ZeroDivisionError), guard.suspended():
            _ = 1 / 0
        with pytest.raises(NondeterminismError):
            time.time()


def test_suspended_outside_a_drive_starts_none() -> None:
    with guard.suspended():
        pass

    assert time.time() > 0


def test_plain_logging_passes_even_when_its_handler_opens_a_file(tmp_path: Path) -> None:
    logger = logging.Logger("plain")
    logger.addHandler(logging.FileHandler(tmp_path / "log.txt", delay=True))

    with driven():
        logger.warning("at %d", 1)
    logger.handlers[0].close()

    assert (tmp_path / "log.txt").read_text() == "at 1\n"


def test_imports_pass_with_what_they_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, time\nloaded_at = time.time()\nseed = os.urandom(4)\nopen(__file__).close()"
    (tmp_path / "tarl_guard_sample.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)

    with driven():
        import tarl_guard_sample  # type: ignore[import-not-found]

    assert len(tarl_guard_sample.seed) == 4
    monkeypatch.delitem(sys.modules, "tarl_guard_sample")


def test_a_named_time_zone_is_read_whether_or_not_it_was_before() -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    zones = []
    with driven():
        for _ in range(2):
            ZoneInfo.clear_cache()
            zones.append(at.astimezone(ZoneInfo("Europe/Helsinki")).isoformat())
        with pytest.raises(NondeterminismError):
            Path("/etc/hostname").read_text()
    assert zones == ["2026-07-01T03:00:00+03:00"] * 2


def test_an_import_below_the_kernel_excuses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may run its workflows while it is itself being imported."""
    code = """
from tarl.errors import NondeterminismError
def begin(use):
    exec(compile("def drive(use): use()", "x", "exec"), kernel := {"__name__": "tarl.kernel.loop"})
    try:
        kernel["drive"](use)
    except NondeterminismError as error:
        return error.code
import time
from tarl.kernel import guard
guard.enter()
seen = begin(lambda: time.time())
guard.exit()
"""
    (tmp_path / "tarl_guard_program.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)

    program = importlib.import_module("tarl_guard_program")

    assert program.seen == "guard.clock"
    monkeypatch.delitem(sys.modules, "tarl_guard_program")


def test_tracebacks_and_warnings_read_source(monkeypatch: pytest.MonkeyPatch) -> None:
    import linecache

    linecache.clearcache()
    with driven():
        try:
            raise ValueError("here")
        except ValueError:
            text = traceback.format_exc()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn("there", stacklevel=1)
            linecache.clearcache()
            shown = warnings.formatwarning("there", UserWarning, __file__, 1)

    assert 'raise ValueError("here")' in text
    assert len(caught) == 1
    assert "Inside a drive" in shown


def test_a_finalizer_that_happens_to_run_in_a_drive_passes(tmp_path: Path) -> None:
    class Scratch:
        def __init__(self, path: Path) -> None:
            self.path = path
            self.itself = self

        def __del__(self) -> None:
            os.remove(self.path)

    path = tmp_path / "scratch"
    path.touch()
    gc.collect()
    Scratch(path)

    with driven():
        gc.collect()

    assert not path.exists()


def test_install_again_changes_nothing_and_uninstall_gives_back() -> None:
    first = time.time
    guard.install()
    assert time.time is first

    guard.uninstall()

    assert inspect.isbuiltin(time.time)
    assert time.time is not first
    assert random.random.__self__ is random._inst  # type: ignore[attr-defined]
    with driven():  # neither the functions nor what still holds them nor the audit hook refuse
        assert time.time() > 0
        assert first() > 0
        open(os.devnull).close()


def test_the_audit_hook_is_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[object] = []
    monkeypatch.setattr(sys, "addaudithook", added.append)

    guard.install()
    guard.uninstall()
    guard.install()

    assert added == []  # the fixture had added it


def test_a_clock_in_a_class_body_does_not_become_a_method() -> None:
    class Stopwatch:
        now = time.monotonic
        draw = random.random

    assert Stopwatch().now() > 0
    assert 0 <= Stopwatch().draw() < 1


@pytest.mark.parametrize("function", [time.time, random.randint, uuid.uuid4, secrets.token_hex])
def test_guarded_functions_keep_their_manners(function: Callable[..., Any]) -> None:
    module = sys.modules[function.__module__]
    guarded = getattr(module, function.__name__)
    original = inspect.unwrap(guarded)

    assert guarded is not original
    assert guarded.__name__ == original.__name__
    assert guarded.__doc__ == original.__doc__
    assert pickle.loads(pickle.dumps(guarded)) is guarded or (
        pickle.loads(pickle.dumps(guarded)) == guarded
    )
    assert copy.deepcopy([guarded])[0].__name__ == original.__name__


def test_signatures_are_the_originals() -> None:
    assert list(inspect.signature(random.randint).parameters) == ["a", "b"]
    assert list(inspect.signature(uuid.uuid4).parameters) == []
    assert list(inspect.signature(time.time).parameters) == []
    assert list(inspect.signature(secrets.token_hex).parameters) == ["nbytes"]


def test_a_library_has_answers_in_place_of_its_clocks_and_dice() -> None:
    fixed = uuid.UUID(int=7)
    answers = {"uuid.uuid4()": lambda: fixed, "os.urandom()": lambda size: b"a" * size}
    with driven(), guard.answering(answers):
        assert uuid.uuid4() == fixed
        assert os.urandom(3) == b"aaa"
        with pytest.raises(NondeterminismError):
            time.time()
        with pytest.raises(NondeterminismError):
            Path(__file__).read_text()
    assert uuid.uuid4() != fixed


def test_answers_end_with_their_block() -> None:
    with guard.answering({"time.time()": lambda: 0.0}):
        assert time.time() > 0
    with driven(), pytest.raises(NondeterminismError):
        time.time()
