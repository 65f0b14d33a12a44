"""``tarl replay --engine temporal``: a check of code before it is deployed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.temporal_server import Server, program, server
from tests.unit.engines.temporal import recounts

import tarl
from tarl.storage import open_store

COMMAND = (sys.executable, "-P", "-m", "tarl.interfaces.cli.main", "replay")
LONG_S = 240.0
CODE = Path("flows.py")
EACH = 60
WHOLE = 12


class Shop:
    """A server with some hundred runs, and the journal that they wrote."""

    def __init__(self, temporal: Server, folder: Path) -> None:
        self.temporal = temporal
        self.folder = folder
        self.db = folder / "tarl.db"
        self.runs: list[str] = []

    async def live(self) -> None:
        """Have the runs live."""
        async with tarl.open(self.db, workflows=recounts.WORKFLOWS) as runtime:
            engine = await tarl.connect_temporal(runtime, self.temporal.address)
            async with engine.working(workflows=recounts.WORKFLOWS):
                handles = []
                for n in range(EACH):
                    handles.append(await engine.start(recounts.recount_gives_up, id=f"g{n}"))
                    handles.append(await engine.start(recounts.recount_goes_on, 1, id=f"o{n}"))
                    await engine.start(recounts.recount_waits, id=f"w{n}")
                handles.append(await engine.start(recounts.recount_large, "x", id="large"))
                for n in range(WHOLE):
                    handles.append(await engine.start(recounts.recounted, "tea", id=f"r{n}"))
                    await engine.update(f"r{n}", "discount", n)
                    await engine.signal(f"r{n}", "go")
                    await engine.start(recounts.recount_cancelled, id=f"c{n}")
                for each in handles:
                    await each.result()
                for n in range(WHOLE):
                    await engine.cancel(f"c{n}")
                    with pytest.raises(tarl.RunFailed):
                        await engine.result(f"c{n}")
                async for each in engine.list(status="running"):
                    while not [m async for m in engine.history(each.run) if m.kind == _OVER]:
                        await asyncio.sleep(0.05)
            self.runs = [each.run.ref async for each in engine.list(limit=1_000)]

    async def sizes(self) -> dict[str, int]:
        """How many entries each history has."""
        async with tarl.open(self.db) as runtime:
            engine = await tarl.connect_temporal(runtime, self.temporal.address)
            found = {}
            async for each in engine.client.list_workflows():
                description = await engine.client.get_workflow_handle(
                    each.id, run_id=each.run_id
                ).describe()
                found[each.run_id] = description.history_length
            return found

    def log_size(self) -> int:
        """How many events the journal has."""
        store = open_store(self.db)
        try:
            return store.log_size()
        finally:
            store.close()

    def command(self, *words: str, code: Path = CODE) -> list[str]:
        """``tarl replay``, of this shop."""
        place = ["--temporal", self.temporal.address, "--code", str(self.folder / code)]
        return [*COMMAND, *words, *place, "--db", str(self.db)]

    def replay(self, *words: str, code: Path = CODE) -> subprocess.CompletedProcess[str]:
        """What the command says."""
        command = self.command(*words, code=code)
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LONG_S, cwd=self.folder
        )

    def replay_all(self, *words: str, code: Path = CODE) -> tuple[int, list[dict[str, Any]]]:
        """The exit code, and the row of each run."""
        said = self.replay("--all", "--engine", "temporal", "--json", *words, code=code)
        assert said.stdout, said.stderr
        document = json.loads(said.stdout)
        assert document["schema"] == "tarl.replay/1", said.stdout
        return said.returncode, document["runs"]

    def changed(self, what: str, folder: Path, *, old: str = "", new: str = "") -> Path:
        """The code, changed."""
        text = Path(recounts.__file__).read_text()
        if what:
            old, new = "CHANGED: set[str] = set()", f"CHANGED: set[str] = {{{what!r}}}"
        assert old in text
        path = folder / "changed.py"
        path.write_text(text.replace(old, new))
        return path


_OVER = "step.completed/1"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch, server() as running:
        patch.setenv("TARL_HOME", str(folder / "home"))
        (folder / CODE).write_text(Path(recounts.__file__).read_text())
        made = Shop(running, folder)
        asyncio.run(asyncio.wait_for(made.live(), LONG_S))
        yield made


@pytest.mark.timeout(300)
def test_unchanged_code_replays_everything_and_writes_nothing(shop: Shop) -> None:
    log, sizes = shop.log_size(), asyncio.run(shop.sizes())
    code, rows = shop.replay_all("--processes", "2")
    assert code == 0
    assert sorted(row["run"] for row in rows) == sorted(shop.runs)
    assert len(rows) == 4 * EACH + 1 + 4 * WHOLE
    assert {row["replay"] for row in rows} == {"ok"}
    assert Counter(row["status"] for row in rows) == {
        "completed": 2 * EACH + 1 + 2 * WHOLE,
        "continued": EACH,
        "running": EACH,
        "failed": WHOLE,
        "cancelled": WHOLE,
    }
    assert (shop.log_size(), asyncio.run(shop.sizes())) == (log, sizes)


def test_changed_code_diverges_where_it_is_changed_and_nowhere_else(
    shop: Shop, tmp_path: Path
) -> None:
    log, sizes = shop.log_size(), asyncio.run(shop.sizes())
    code, rows = shop.replay_all(code=shop.changed("timer", tmp_path))
    assert code == 7
    failed = [row for row in rows if row["replay"] == "failed"]
    assert sorted(row["run"] for row in failed) == sorted(f"r{n}/1" for n in range(WHOLE))
    assert {(row["code"], row["workflow"], row["exit"]) for row in failed} == {
        ("replay.diverged", "recounted", 7)
    }
    assert {row["facts"]["expected"] for row in failed} == {
        'timer.started/1 {"delay_ms":20,"timer":1}'
    }
    assert {row["facts"]["actual"] for row in failed} == {
        'timer.started/1 {"delay_ms":30,"timer":1}'
    }
    assert (shop.log_size(), asyncio.run(shop.sizes())) == (log, sizes)


def test_a_patched_change_passes(shop: Shop, tmp_path: Path) -> None:
    code, rows = shop.replay_all("--workflow", "recounted", code=shop.changed("patched", tmp_path))
    assert (code, len(rows)) == (0, WHOLE)


def test_runs_under_way_are_checked_alone_where_that_is_asked(shop: Shop, tmp_path: Path) -> None:
    words = ("--status", "running", "--limit", "7", "--processes", "1")
    code, rows = shop.replay_all(*words, code=shop.changed("waiting", tmp_path))
    assert code == 7
    assert {row["workflow"] for row in rows} == {"recount_waits"}
    assert len(rows) == 7
    said = shop.replay("--all", "--engine", "temporal", "--limit", "1")
    assert f"of {len(shop.runs)} runs the newest 1 are replayed" in said.stderr
    assert shop.replay("o3", "--until", "2").returncode == 2
    code, rows = shop.replay_all("--since", "2999-01-01T00:00:00Z")
    assert (code, rows) == (0, [])


def test_what_is_said_to_a_person(shop: Shop, tmp_path: Path) -> None:
    words = ("--all", "--engine", "temporal", "--workflow", "recount_large")
    said = shop.replay(*words)
    assert said.returncode == 0
    assert said.stdout.splitlines()[1].split() == ["large/1", "ok", "8"]
    assert said.stderr.splitlines()[-1] == "replayed 1 of 1"
    assert "\x1b" not in said.stdout + said.stderr
    said = shop.replay(*words, code=shop.changed("large", tmp_path))
    assert said.returncode == 7
    assert "large/1@6: the code decided something else" in said.stderr
    assert "replayed 1 of 1, 1 failed" in said.stderr
    assert "Traceback" not in said.stderr


def test_one_run_is_replayed_by_its_name(shop: Shop, tmp_path: Path) -> None:
    log = shop.log_size()
    said = shop.replay("o3/1", "--engine", "temporal", "--json")
    assert said.returncode == 0, said.stderr
    replayed = json.loads(said.stdout)
    assert (replayed["run"], replayed["status"]) == ("o3/1", "continued")
    assert shop.replay("o3").stdout.startswith("replayed o3/2: ")  # its first event says where
    said = shop.replay("o3/1", "--engine", "temporal", code=shop.changed("continued", tmp_path))
    assert said.returncode == 7
    assert '{"input":3}' in said.stderr
    assert shop.log_size() == log


def test_a_process_that_dies_takes_one_run_with_it(shop: Shop, tmp_path: Path) -> None:
    ends = "    weight = await ctx.call(recount_weighs"
    code = shop.changed("", tmp_path, old=ends, new="    import os; os._exit(9)\n" + ends)
    status, rows = shop.replay_all("--status", "completed", "--processes", "2", code=code)
    assert status == 10
    died = {row["run"]: row for row in rows if row["replay"] == "failed"}
    assert sorted(died) == sorted(f"default/r{n}" for n in range(WHOLE))
    assert {(row["code"], row["facts"]["exit_code"]) for row in died.values()} == {
        ("replay.process", 9)
    }
    assert len(rows) == 2 * EACH + 1 + 2 * WHOLE


def test_code_that_does_not_load_is_said_once(shop: Shop, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import nothing_of_this_name\n")
    said = shop.replay("--all", "--engine", "temporal", code=broken)
    assert said.returncode == 2
    assert "code: code.load" in said.stderr


def test_workflows_that_are_not_loaded_are_named(shop: Shop, tmp_path: Path) -> None:
    less = tmp_path / "less.py"
    less.write_text("from tarl import workflow\n")
    code, rows = shop.replay_all("--workflow", "recount_large", code=less)
    assert (code, rows[0]["code"]) == (3, "workflow.unknown")


def test_an_interruption_leaves_no_process(shop: Shop, tmp_path: Path) -> None:
    ends = "    weight = await ctx.call(recount_weighs"
    loops = f"    print('here', flush=True)\n    while True: pass\n{ends}"
    code = shop.changed("", tmp_path, old=ends, new=loops)
    words = ("--all", "--engine", "temporal", "--workflow", "recounted", "--processes", "2")
    command = shop.command(*words, code=code)
    running = subprocess.Popen(
        command, cwd=shop.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    for _ in range(2):
        assert running.stderr.readline() == "here\n"
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(children) == 2
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_a_server_that_does_not_answer_is_said(shop: Shop) -> None:
    command = [*COMMAND, "--all", "--engine", "temporal", "--temporal", "127.0.0.1:1"]
    said = subprocess.run(
        [*command, "--code", str(shop.folder / CODE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 10
    assert "code: temporal.unavailable" in said.stderr


def test_a_saved_history_replays_on_another_machine(shop: Shop, tmp_path: Path) -> None:
    saved = _saved(shop, "default/r1", tmp_path)
    said = _elsewhere(tmp_path, str(saved), "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["run"] == "r1/1"
    said = _elsewhere(tmp_path, str(saved), code=shop.changed("answer", tmp_path))
    assert said.returncode == 7
    assert '"result":2' in said.stderr
    said = _elsewhere(tmp_path, str(_saved(shop, "default/large", tmp_path)))
    assert said.returncode == 0, said.stderr


def test_a_broken_file_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"events": [')
    said = _elsewhere(tmp_path, str(broken))
    assert said.returncode == 6
    assert "code: temporal.history" in said.stderr


@pytest.mark.parametrize(
    "words",
    [["o3", "--status", "running"], [], ["--all", "--until", "3"]],
    ids=["one", "none", "all"],
)
def test_usage_that_means_nothing_is_refused(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "o3").touch()
    words = [str(tmp_path / word) if word == "o3" else word for word in words]
    said = _elsewhere(tmp_path, *words, "--engine", "temporal")
    assert said.returncode == 2, said.stderr
    assert "Usage" in said.stderr or "usage" in said.stderr


@pytest.mark.parametrize(
    "words", [["--processes", "2"], ["--status", "running"], ["--limit", "3"], ["--workflow", "a"]]
)
def test_what_chooses_runs_on_temporal_is_refused_elsewhere(
    words: list[str], tmp_path: Path
) -> None:
    said = _elsewhere(tmp_path, "--all", *words)
    assert said.returncode == 2
    assert "--engine temporal" in said.stderr


def _saved(shop: Shop, workflow_id: str, folder: Path) -> Path:
    """A history as Temporal's own tool saves it."""
    tool = program()
    assert tool is not None
    command = [str(tool), "workflow", "show", "--address", shop.temporal.address]
    command += ["--workflow-id", workflow_id, "--output", "json"]
    path = folder / f"{workflow_id.rpartition('/')[2]}.json"
    path.write_bytes(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    return path


def _elsewhere(folder: Path, *words: str, code: Path = CODE) -> subprocess.CompletedProcess[str]:
    """``tarl replay`` where there is no journal."""
    other = folder / f"other-{time.monotonic_ns()}"
    other.mkdir()
    (other / CODE).write_text(Path(recounts.__file__).read_text())
    return subprocess.run(
        [*COMMAND, *words, "--code", str(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
        cwd=other,
        env={**os.environ, "TARL_HOME": str(other / "home")},
    )
