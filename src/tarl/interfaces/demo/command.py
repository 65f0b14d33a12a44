"""``tarl demo``: a workflow on real prices is killed, resumed, proved, and its proof attacked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import TarlError, Unavailable
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import command
from tarl.interfaces.demo.home.command import home
from tarl.interfaces.demo.performance import Performance
from tarl.interfaces.demo.places import PAUSES_MS, free_directory, speed_option
from tarl.interfaces.demo.research.command import research

if TYPE_CHECKING:
    from tarl.interfaces.demo.loads import Price, Window
    from tarl.journal.event import Event
    from tarl.journal.store import Store

RUN_ID = "cheapest-windows"
STEP_WAIT_S_MAX = 30.0
KILL_AFTER_SCHEDULED = 2
BARS = "▁▂▃▄▅▆▇█"


class Effects(NamedTuple):
    """What really happened, from the file that every effect writes a line to."""

    attempts: int
    keys: int

    @classmethod
    def of(cls, directory: Path) -> Effects:
        """Count the lines and the different keys in them."""
        lines = (directory / "effects.log").read_text().splitlines()
        return cls(len(lines), len({json.loads(line)["key"] for line in lines}))


class Recorded(NamedTuple):
    """What the journal holds of the run at one moment."""

    events: int
    results: int
    scheduled: int
    is_closed: bool


@click.group(invoke_without_command=True, short_help="See it all on real data, in a minute.")
@speed_option
@click.option("--yes", is_flag=True, help="Do not ask before starting.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    help="Where files go (default: the first free of tarl-demo, tarl-demo-2 ...).",
)
@common_options
@click.pass_context
def demo(ctx: click.Context, speed: str, yes: bool, directory: str | None) -> int:
    """Find the cheapest hours for a household's loads on real day-ahead prices.

    A worker process runs the workflow and is killed (SIGKILL) in the middle; a second one takes the
    run up; the evidence is verified by the separate program tarl-verify, and a copy of it with one
    flipped bit is refused. Every printed number is computed from what happened.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    invocation: Invocation = ctx.obj
    place = Path(directory) if directory else free_directory("tarl-demo")
    if not yes and sys.stdin.isatty():
        question = f"This writes to {place}/ and kills a process that it starts. Go on?"
        click.confirm(question, default=True, abort=True, err=True)
    place.mkdir(parents=True, exist_ok=True)
    invocation.keyring.ensure()
    return _Demo(invocation, place, pause_ms=PAUSES_MS[speed]).play()


demo.add_command(research)
demo.add_command(home)


class _Demo(Performance):
    """One performance; each act prints what it saw."""

    def __init__(self, invocation: Invocation, directory: Path, *, pause_ms: int) -> None:
        from tarl.interfaces.demo.loads import Load, Task

        super().__init__(invocation, directory)
        self._directory = directory
        self._db = directory / "tarl.db"
        prices = files("tarl.interfaces.demo") / "data" / "day_ahead_fi_2025-05-07.csv"
        self._task = Task(
            prices=str(prices),
            directory=str(directory),
            loads=[
                Load("dishwasher", quarters=6, power_w=900),
                Load("washing-machine", quarters=8, power_w=700),
                Load("water-heater", quarters=12, power_w=2000),
                Load("electric-car", quarters=16, power_w=7400),
            ],
            pause_ms=pause_ms,
        )

    def play(self) -> int:
        """All acts in order; the exit code."""
        self._show_prices()
        cut_off = self._run_and_kill()
        windows = self._resume(cut_off)
        self._show_windows(windows)
        evidence = self._prove()
        self._attack(evidence)
        if self._invocation.as_json:
            self._said.document("demo", **self._facts)
        else:
            self._say("")
            look = command("runs", "show", RUN_ID, "--db", str(self._db))
            self._say(f"Look around:  {look}")
            self._say(f"              cat {self._directory / 'report.md'}")
        return 0

    # --- the acts

    def _show_prices(self) -> None:
        prices = _read_prices(Path(self._task.prices))
        values = [p.eur_per_mwh for p in prices]
        self._title("Day-ahead prices, Finland, 2025-05-07 (Nord Pool, EUR/MWh)")
        self._say(f"  {_bars(values)}  {min(values):.2f} to {max(values):.2f}")
        self._facts["prices"] = {"count": len(values), "min": min(values), "max": max(values)}

    def _run_and_kill(self) -> Recorded:
        self._title("A worker runs the workflow, and is killed in the middle")
        worker = self._start_worker()
        try:
            seen = self._watch(worker, until_scheduled=KILL_AFTER_SCHEDULED)
            worker.send_signal(signal.SIGKILL)
        finally:
            worker.kill()
            code = worker.wait()
        if seen.is_closed:
            raise Unavailable(
                "the worker was done before it could be killed",
                code="demo.too_fast",
                next_step="tarl demo --speed normal",
            )
        recorded = self._recorded()
        self._say(
            f"  worker {worker.pid} killed ({-code}); on disk: {recorded.events} events,"
            f" {recorded.results} results"
        )
        self._facts["killed"] = {"exit": code, **recorded._asdict()}
        return recorded

    def _resume(self, cut_off: Recorded) -> list[Window]:
        self._title("A second worker takes the run up")
        worker = self._start_worker()
        try:
            self._watch(worker, until_scheduled=None, after_events=cut_off.events)
            code = worker.wait(timeout=STEP_WAIT_S_MAX)
        finally:
            worker.kill()
            worker.wait()
        if code != 0:
            raise Unavailable(f"the second worker ended with {code}", code="demo.worker")
        recorded, effects = self._recorded(), Effects.of(self._directory)
        repeated = effects.attempts - effects.keys
        self._say(
            f"  {cut_off.results} results replayed from the journal,"
            f" {recorded.results - cut_off.results} made now"
        )
        self._say(
            f"  effects carried out: {effects.attempts}, under {effects.keys} keys;"
            f" {repeated} ran twice"
        )
        self._facts["resumed"] = {
            "replayed": cut_off.results,
            "made": recorded.results - cut_off.results,
            "effects": effects.attempts,
            "repeated_effects": repeated,
        }
        return self._result()

    def _show_windows(self, windows: Sequence[Window]) -> None:
        from tarl.interfaces.demo.loads import cents

        self._title("The plan (cent, energy only)")
        self._say(f"  {'load':<16} {'from (UTC)':<11} {'hours':>5} {'cost':>7} {'dearest':>8}")
        for window in sorted(windows, key=lambda w: w.start):
            self._say(
                f"  {window.load:<16} {window.start[11:16]:<11} {window.quarters / 4:>5g}"
                f" {cents(window.cost_e4):>7} {cents(window.dearest_e4):>8}"
            )
        saved = sum(w.dearest_e4 - w.cost_e4 for w in windows)
        self._say(f"  saved against the dearest windows: {cents(saved)} cent")
        self._facts["saved_cent"] = saved / 100

    def _prove(self) -> Path:
        from tarl.interfaces.cli.commands.evidence import signed_checkpoint
        from tarl.provenance.evidence import export
        from tarl.values.ids import RunId

        self._title("The evidence, checked by tarl-verify, which shares no code with tarl")
        target = self._directory / "run.evidence"
        keyring = self._invocation.keyring
        with self._open() as store:
            note = signed_checkpoint(self._invocation, store).note
            lines = export(store, keyring, RunId("default", RUN_ID, 1), note=note)
            target.write_bytes(b"".join(lines))
        code, said = self._verify(target)
        for line in said:
            self._say(f"  {line}")
        self._facts["verified"] = {"exit": code, "evidence": str(target)}
        if code != 0:
            raise TarlError("the evidence does not verify", code="demo.unproved")
        return target

    def _attack(self, evidence: Path) -> None:
        self._title("One bit flipped in a copy")
        data = bytearray(evidence.read_bytes())
        name = b'cost_e4\\":'
        position = data.index(b",", data.index(name)) - 1
        data[position] ^= 1  # another last digit of a recorded cost
        forged = evidence.with_name("forged.evidence")
        forged.write_bytes(data)
        code, said = self._verify(forged)
        for line in said:
            self._say(f"  {line}")
        self._say(f"  exit code {code}")
        self._facts["forged"] = {"exit": code, "byte": position, "said": said}
        if code != 6:
            raise TarlError("the forged copy was not refused", code="demo.unproved")

    # --- their tools

    def _start_worker(self) -> subprocess.Popen[bytes]:
        import msgspec

        home = self._invocation.keyring.directory.parent
        words = [str(self._db), RUN_ID, msgspec.json.encode(self._task).decode()]
        worker = subprocess.Popen(
            [sys.executable, "-m", "tarl.interfaces.demo.worker", *words],
            env={**os.environ, "TARL_HOME": str(home)},
        )
        self._say(f"  worker {worker.pid} started")
        return worker

    def _watch(
        self,
        worker: subprocess.Popen[bytes],
        *,
        until_scheduled: int | None,
        after_events: int = 0,
    ) -> Recorded:
        """Tell each result as the journal gets it, until enough loads are scheduled or the end."""
        told, quiet_since = after_events, time.monotonic()
        while True:
            ended = worker.poll() is not None
            recorded = self._recorded()
            if recorded.events > told:
                told, quiet_since = self._tell(told), time.monotonic()
            enough = until_scheduled is not None and recorded.scheduled >= until_scheduled
            if enough or recorded.is_closed:
                return recorded
            if ended or time.monotonic() - quiet_since > STEP_WAIT_S_MAX:
                raise Unavailable(
                    f"the worker stopped without finishing (exit {worker.returncode})",
                    code="demo.worker",
                    next_step="its error is above",
                )
            time.sleep(0.01)

    def _tell(self, after: int) -> int:
        """Tell the results behind an event; the last event, for the worker goes on meanwhile."""
        names: dict[int, str] = {}
        for event, body in self._events():
            if event.kind == "step.scheduled/1":
                names[body["step"]] = body["activity"]
            elif event.kind == "step.completed/1" and event.seq > after:
                self._say(f"  ✓ step {body['step']:>2}  {names[body['step']]}")
        return event.seq

    def _recorded(self) -> Recorded:
        events = results = scheduled = 0
        is_closed = False
        names: dict[int, str] = {}
        for event, body in self._events():
            events = event.seq
            if event.kind == "step.scheduled/1":
                names[body["step"]] = body["activity"]
            elif event.kind == "step.completed/1":
                results += 1
                scheduled += names[body["step"]] == "schedule_load"
            is_closed = event.kind.startswith(("run.completed", "run.failed"))
        return Recorded(events, results, scheduled, is_closed)

    def _events(self) -> list[tuple[Event, dict[str, Any]]]:
        if not self._db.exists():
            return []
        with self._open() as store:
            found = list(store.read(f"run/default/{RUN_ID}/1"))
        return [(event, json.loads(event.body or b"{}")) for event in found]

    def _result(self) -> list[Window]:
        import msgspec

        from tarl.interfaces.demo.loads import Window

        _, body = self._events()[-1]
        return msgspec.convert(body["result"], list[Window])

    def _open(self) -> contextlib.closing[Store]:
        from tarl.storage import open_store

        return contextlib.closing(open_store(self._db, keyring=self._invocation.keyring))

    def _verify(self, file: Path) -> tuple[int, list[str]]:
        root = self._invocation.keyring.public("root").vkey
        answer = subprocess.run(
            [sys.executable, "-m", "tarl_verify", str(file), "--root", root],
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.returncode, (answer.stdout + answer.stderr).splitlines()


def _read_prices(path: Path) -> list[Price]:
    import csv

    from tarl.interfaces.demo.loads import Price

    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        return [Price(row["delivery_start"], float(row["eur_per_mwh"])) for row in rows]


def _bars(values: Sequence[float]) -> str:
    low, span = min(values), (max(values) - min(values)) or 1.0
    return "".join(BARS[round((v - low) / span * (len(BARS) - 1))] for v in values)
