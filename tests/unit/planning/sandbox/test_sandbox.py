"""The sandbox, tried by functions that do their worst (``escapes.py``), in real processes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import ActivityFailed, Denied, Exceeded, Invalid, TarlError
from tarl.planning.sandbox.running import ARGUMENTS_BYTES_MAX, Sandbox, SandboxLimits

SANDBOX = Sandbox()
CAN_ISOLATE = asyncio.run(SANDBOX.is_available())

UNSHARE = shutil.which("unshare")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no namespaces")
isolating = pytest.mark.skipif(not CAN_ISOLATE, reason="this machine cannot isolate")


@pytest.fixture(autouse=True)
def escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the hostile functions and a secret."""
    shutil.copy(Path(__file__).with_name("escapes.py"), tmp_path / "escapes.py")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def run(function: str, limits: SandboxLimits | None = None, **arguments: Any) -> Any:
    return asyncio.run(SANDBOX.run(f"escapes:{function}", arguments, limits=limits))


def refused(function: str, limits: SandboxLimits | None = None, **arguments: Any) -> TarlError:
    with pytest.raises(TarlError) as caught:
        run(function, limits, **arguments)
    return caught.value


@pytest.mark.skipif(UNSHARE is None, reason="unshare is not installed")
def test_a_machine_with_namespaces_can_isolate() -> None:
    made = subprocess.run([str(UNSHARE), "-Urnmpif", "true"], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("this machine has no namespaces")
    assert asyncio.run(SANDBOX.hindrance()) == ""


@isolating
def test_a_function_is_given_its_arguments_and_answers() -> None:
    assert run("add", a=2, b=3) == {"sum": 5, "argv": 1}
    assert run("Shelf.top") == "reached"


@isolating
def test_what_it_prints_is_no_answer() -> None:
    assert run("say", letters=3) == "xxx"


# --- network


@pytest.fixture
def listeners(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Somebody who listens, on the loopback interface and at two local addresses."""
    path = str(tmp_path / "socket")
    name = str(tmp_path)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as local,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        local.bind(path)
        abstract.bind(f"\0{name}")
        local.listen()
        abstract.listen()
        port = tcp.getsockname()[1]
        # They can be reached from here: the test would see it if the sandbox did nothing.
        socket.create_connection(("127.0.0.1", port)).close()
        for address in (path, f"\0{name}"):
            with socket.socket(socket.AF_UNIX) as reached:
                reached.connect(address)
        yield {"port": port, "path": path, "name": name}


@isolating
def test_there_is_nobody_to_talk_to(listeners: dict[str, Any]) -> None:
    said = run("talk", **listeners)
    assert said.pop("local") == "FileNotFoundError"
    assert said.pop("abstract") == "ConnectionRefusedError"
    assert set(said.values()) == {"PermissionError"}, said


# --- files


@isolating
def test_nothing_can_be_written(escapes: Path) -> None:
    before = {path.name: path.stat() for path in escapes.iterdir()}
    said = run("write", beside=str(escapes))
    assert not [way for way, outcome in said.items() if outcome.startswith("done")], said
    assert {path.name: path.stat() for path in escapes.iterdir()} == before


@isolating
def test_only_what_it_needs_can_be_seen(escapes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1")
    hidden = [str(escapes / "secret.txt"), "/proc/1", "/sys", "/etc/passwd", "/etc/hosts"]
    hidden += [str(Path(__file__)), "/.old/proc", "/var"]
    said = run("read", paths=[*hidden, str(escapes / "escapes.py"), os.__file__])
    assert said["found"] == [str(escapes / "escapes.py"), os.__file__]
    assert "SECRET" not in said["environment"]
    assert said["directory"] == "/"
    assert said["files"] == [3]


# --- rights


@isolating
def test_no_right_can_be_had() -> None:
    said = run("rise")
    assert said.pop("killed") in ("ProcessLookupError", "PermissionError")
    assert said.pop("parent") == "1"
    assert said.pop("segment") == "-1"
    assert set(said.values()) == {"refused"}, said


# --- bounds


def named(name: str) -> list[str]:
    """The machine's processes of that name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            found += [path.parent.name] if path.read_text().strip() == name else []
        except OSError:  # it has ended meanwhile
            continue
    return found


@isolating
def test_few_processes_can_be_started_and_none_is_left() -> None:
    name = f"left-{os.getpid()}"
    assert 1 <= run("multiply", name=name) <= 6
    assert named(name) == []


@isolating
def test_a_fork_bomb_ends_with_its_time() -> None:
    error = refused("fork_bomb", SandboxLimits(wall_s=1.0, cpu_s=30))
    assert error.code == "sandbox.wall_time"


@isolating
@pytest.mark.parametrize(
    ("function", "arguments", "limits", "kind", "code"),
    [
        ("fill", {"megabytes": 400}, {}, Exceeded, "sandbox.memory"),
        ("spin", {}, {"cpu_s": 1, "wall_s": 20.0}, Exceeded, "sandbox.cpu"),
        ("sleep", {"seconds": 30}, {"wall_s": 1.0}, Exceeded, "sandbox.wall_time"),
        ("say", {"letters": 2_000}, {"output_bytes": 1_000}, Exceeded, "sandbox.output"),
        ("flood", {}, {}, Exceeded, "sandbox.output"),
        ("forge", {}, {}, ActivityFailed, "sandbox.crashed"),
        ("vanish", {}, {}, ActivityFailed, "sandbox.crashed"),
        ("fault", {}, {}, ActivityFailed, "sandbox.crashed"),
        ("leave", {}, {}, ActivityFailed, "sandbox.failed"),
        ("add", {"a": 1, "b": "x"}, {}, ActivityFailed, "sandbox.failed"),
        ("add", {"c": 1}, {}, ActivityFailed, "sandbox.failed"),
        ("oddly", {}, {}, Invalid, "sandbox.result"),
        ("nan", {}, {}, Invalid, "sandbox.result"),
        ("missing", {}, {}, Invalid, "sandbox.function"),
        ("Shelf.bottom", {}, {}, Invalid, "sandbox.function"),
        ("os.system; x", {}, {}, Invalid, "sandbox.function"),
        ("", {}, {}, Invalid, "sandbox.function"),
        ("add", {"a": object()}, {}, Invalid, "sandbox.arguments"),
        ("add", {"a": float("nan")}, {}, Invalid, "sandbox.arguments"),
        ("add", {"a": "x" * ARGUMENTS_BYTES_MAX}, {}, Invalid, "sandbox.arguments"),
    ],
)
def test_every_end_has_its_code(
    function: str,
    arguments: dict[str, Any],
    limits: dict[str, Any],
    kind: type[TarlError],
    code: str,
) -> None:
    error = refused(function, SandboxLimits(**limits), **arguments)
    assert (type(error), error.code) == (kind, code)


@isolating
def test_memory_within_the_bound_can_be_had() -> None:
    assert run("fill", megabytes=100) == 100 * 1024 * 1024


def test_a_module_that_is_not_there_is_none() -> None:
    with pytest.raises(Invalid, match="no such module"):
        asyncio.run(SANDBOX.run("no_such_module:f", {}, override="unsandboxed"))


@pytest.mark.parametrize(
    "wrong", [{"memory_mb": 1}, {"cpu_s": 0}, {"wall_s": 0}, {"output_bytes": 0}]
)
def test_limits_that_let_nothing_start_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        SandboxLimits(**wrong)


@isolating
def test_one_that_is_cancelled_is_killed() -> None:
    async def cancelled() -> None:
        call = asyncio.create_task(SANDBOX.run("escapes:linger", {"name": name}))
        async with asyncio.timeout(10):
            while not named(name):
                await asyncio.sleep(0.02)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    name = f"gone-{os.getpid()}"
    asyncio.run(cancelled())
    _until(lambda: not named(name))


@isolating
def test_nothing_outlives_whoever_called_it() -> None:
    name = f"orphan-{os.getpid()}"
    calls = json.dumps([("escapes:linger", {"name": name}, None)])
    caller = subprocess.Popen([sys.executable, "-c", ELSEWHERE, json.dumps(sys.path), calls])
    _until(lambda: bool(named(name)))
    caller.kill()
    caller.wait()
    _until(lambda: not named(name))


def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if is_so():
            return
        time.sleep(0.02)
    pytest.fail("it has not come to that in a minute")


# --- where the machine cannot

ELSEWHERE = """
import asyncio, json, sys
sys.path[:0] = json.loads(sys.argv[1])
from tarl.errors import TarlError
from tarl.planning.sandbox.running import Sandbox, SandboxLimits

async def tried():
    sandbox, said = Sandbox(), []
    for function, arguments, override in json.loads(sys.argv[2]):
        try:
            said.append(await sandbox.run(
                function, arguments, override=override, limits=SandboxLimits(cpu_s=1)))
        except TarlError as error:
            said.append([error.code, error.next_step])
    print(json.dumps(said))

asyncio.run(tried())
"""


def elsewhere(prefix: list[str], *calls: tuple[str, dict[str, Any], str | None]) -> list[Any]:
    """What the calls come to in a process that is started in another way."""
    said = subprocess.run(
        [*prefix, sys.executable, "-c", ELSEWHERE, json.dumps(sys.path), json.dumps(calls)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    if said.returncode != 0 and b"unshare" in said.stderr:
        pytest.skip("this machine has no namespaces to try it in")
    assert said.returncode == 0, said.stderr.decode()
    return json.loads(said.stdout)


@pytest.mark.skipif(UNSHARE is None, reason="unshare is not installed")
def test_where_nothing_can_be_isolated_nothing_runs_unless_a_consent_says_so() -> None:
    lame = [str(UNSHARE), "-Ur", "sh", "-c"]
    lame += ['echo 0 > /proc/sys/user/max_user_namespaces || exit 9; exec "$@"', "sh"]
    denied, allowed, spun, full = elsewhere(
        lame,
        ("escapes:add", {"a": 1, "b": 1}, None),
        ("escapes:add", {"a": 1, "b": 1}, "unsandboxed"),
        ("escapes:spin", {}, "unsandboxed"),
        ("escapes:fill", {"megabytes": 400}, "unsandboxed"),
    )
    assert denied[0] == "sandbox.unavailable"
    assert "unsandboxed" in denied[1]
    assert allowed == {"sum": 2, "argv": 1}
    # Not isolated, and yet bounded.
    assert spun[0] == "sandbox.cpu"
    assert full[0] == "sandbox.memory"


@isolating
@pytest.mark.skipif(UNSHARE is None, reason="unshare is not installed")
def test_nobody_has_to_be_root(listeners: dict[str, Any], escapes: Path) -> None:
    user = [str(UNSHARE), "-U", "--map-user=1000", "--map-group=1000"]
    talked, wrote, rose = elsewhere(
        user,
        ("escapes:talk", listeners, None),
        ("escapes:write", {"beside": str(escapes)}, None),
        ("escapes:rise", {}, None),
    )
    assert not [way for way, outcome in (talked | wrote).items() if outcome.startswith("done")]
    rose["killed"] = rose["killed"].startswith("done")
    assert "done" not in rose.values(), rose


@pytest.mark.skipif(sys.platform != "linux", reason="it says so of others")
def test_a_machine_whose_calls_are_not_known_cannot_isolate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    with pytest.raises(Denied) as caught:
        asyncio.run(Sandbox().run("escapes:add", {"a": 1, "b": 1}))
    assert caught.value.code == "sandbox.unavailable"
