"""What the research demonstration does to its worker and its journal, and what it sees there.

Everything lies in one directory: the journal, the keys of the agents and of the person who
approves, the file of what really happened, the reports and the evidence.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tarl.errors import Unavailable
from tarl.interfaces.demo.research.crew import GRANTS, REVIEWER, TASK, Task
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.crypto.keys import Keyring
    from tarl.engines.embedded.people import People
    from tarl.journal.store import Store
    from tarl.kernel.approvals.names import ApprovalId
    from tarl.kernel.difference import Difference

AUTHORITY = "library"
QUIET_S_MAX = 30.0
LIVE_QUIET_S_MAX = 360.0
POLL_S = 0.05


class Step(NamedTuple):
    """A step as the journal has it; ``ending`` is None while it is under way."""

    number: int
    agent: str
    activity: str
    given: list[Any]
    named: dict[str, Any]
    began_seq: int
    ending: str | None = None
    seq: int = 0
    result: Any = None
    reasons: str = ""

    @property
    def is_model(self) -> bool:
        """Whether a model is asked."""
        return self.activity.startswith("model.")


class Stage:
    """A directory with a journal, keys and a worker.

    Args:
        directory: Where everything goes.
    """

    def __init__(self, directory: Path) -> None:
        from tarl.crypto.keys import Keyring

        self.directory = directory
        self.db = directory / "tarl.db"
        self.home = directory / "home"
        self.keyring: Keyring = Keyring(self.home)

    # --- before

    def prepare(self) -> None:
        """Keys, an authority, four agents with what each may do, and a person who approves."""
        from tarl.crypto.principals import PrincipalKeys
        from tarl.engines.embedded.clock import SystemClock
        from tarl.kernel.approvals.names import PrincipalId
        from tarl.stack import open_trust
        from tarl.trust.kms import FileKeys, LocalSigner
        from tarl.trust.operations import TrustOperations

        self.keyring.ensure()
        clock = SystemClock()
        with self.people() as (store, people):
            kinds = {AUTHORITY: "service", REVIEWER: "human", **dict.fromkeys(GRANTS, "agent")}
            for name, kind in kinds.items():
                id = PrincipalId("default", name)
                people.create(id, kind=kind, at_ms=clock.now_ms())  # type: ignore[arg-type]  # the dict says str
            operations = TrustOperations(
                open_trust(store, self.keyring),
                keys=FileKeys(PrincipalKeys(self.home)),
                clock=clock,
                operator=LocalSigner(self.keyring.signer("operator")),
            )
            operations.establish_authority(AUTHORITY, capabilities=["*"])
            for agent, actions in GRANTS.items():
                operations.establish(agent, AUTHORITY, capabilities=actions, task_id=TASK)

    # --- the worker

    def start(self, task: Task, run_id: str, *, fork: str | None = None) -> subprocess.Popen[bytes]:
        """A process that runs, or takes up, a run."""
        words = [
            str(self.db),
            run_id,
            msgspec.json.encode(task).decode(),
            *([fork] if fork else []),
        ]
        return subprocess.Popen(
            [sys.executable, "-m", "tarl.interfaces.demo.research.worker", *words],
            env={**os.environ, "TARL_HOME": str(self.home)},
        )

    def watch(
        self, worker: subprocess.Popen[bytes], run_id: str, *, after: int = 0, is_live: bool
    ) -> Iterator[tuple[list[Step], int]]:
        """The run's steps and its length each time that it grew, until the worker has ended."""
        told, quiet_since = after, time.monotonic()
        quiet_max_s = LIVE_QUIET_S_MAX if is_live else QUIET_S_MAX
        while True:
            ended = worker.poll() is not None
            steps, length = self.steps(run_id)
            if length > told:
                told, quiet_since = length, time.monotonic()
                yield steps, length
            elif ended:
                return
            elif time.monotonic() - quiet_since > quiet_max_s:
                raise Unavailable(
                    "the worker does not go on", code="demo.worker", next_step="its error is above"
                )
            time.sleep(POLL_S)

    def kill(self, worker: subprocess.Popen[bytes]) -> int:
        """SIGKILL; the exit code."""
        if worker.poll() is None:
            worker.send_signal(signal.SIGKILL)
        return worker.wait()

    # --- the journal

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The journal."""
        from tarl.storage import open_store

        store = open_store(self.db, keyring=self.keyring)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def people(self) -> Iterator[tuple[Store, People]]:
        """The journal, and who votes."""
        from tarl.engines.embedded.people import People

        with self.store() as store:
            yield store, People(store, self.keyring)

    def bodies(self, run_id: str) -> list[tuple[int, str, dict[str, Any]]]:
        """A run's events: number, kind and body."""
        if not self.db.exists():
            return []
        with self.store() as store:
            stream = RunId("default", run_id, 1).stream
            return [(e.seq, e.kind, json.loads(e.body or b"{}")) for e in store.read(stream)]

    def steps(self, run_id: str) -> tuple[list[Step], int]:
        """A run's steps in order, and how many events it has."""
        steps: dict[int, Step] = {}
        length = 0
        for seq, kind, body in self.bodies(run_id):
            length = seq
            if kind == "step.scheduled/1":
                steps[body["step"]] = _scheduled(seq, body)
            elif kind.startswith("step.") and body.get("step") in steps:
                steps[body["step"]] = _ended(steps[body["step"]], seq, kind, body)
        return [*steps.values()], length

    def report(self, run_id: str) -> dict[str, Any]:
        """What a run came to."""
        _, kind, body = self.bodies(run_id)[-1]
        if kind != "run.completed/1":
            raise Unavailable(
                f"the run {run_id} did not complete: {kind}",
                code="demo.worker",
                next_step=f"tarl runs show {run_id} --db {self.db}",
            )
        result: dict[str, Any] = body["result"]
        return result

    def asked_models(self, run_id: str) -> Counter[int]:
        """How often a model really got the request of each step."""
        path = self.directory / "effects.log"
        lines = path.read_text().splitlines() if path.exists() else []
        read = [json.loads(line) for line in lines]
        return Counter(
            line["step"]
            for line in read
            if line["run"] == run_id and line["what"].startswith("model ")
        )

    # --- the person

    def asked(self, run_id: str) -> ApprovalId | None:
        """What a person is asked now."""
        with self.people() as (_, people):
            waiting = people.approvals.of_run(RunId("default", run_id, 1))
        return waiting[0] if waiting else None

    def vote(self, asked: ApprovalId, *, approves: bool, reason: str) -> None:
        """Sign a vote with the reviewer's key."""
        from tarl.engines.embedded.clock import SystemClock
        from tarl.kernel.approvals.names import PrincipalId

        with self.people() as (_, people):
            people.vote(
                asked,
                PrincipalId("default", REVIEWER),
                "approve" if approves else "reject",
                reason=reason,
                at_ms=SystemClock().now_ms(),
            )

    # --- after

    def difference(self, one: str, other: str) -> Difference:
        """What two runs did differently."""
        from tarl.interfaces.cli.recorded import tail
        from tarl.kernel.difference import difference

        with self.store() as store:
            runs = [RunId("default", id, 1) for id in (one, other)]
            return difference(*(tail(store, run) for run in runs))

    def export(self, *run_ids: str) -> dict[str, Path]:
        """Runs' evidence in files, under one signed checkpoint."""
        from tarl.engines.embedded.checkpointer import Checkpointer
        from tarl.engines.embedded.clock import SystemClock
        from tarl.provenance.evidence import export

        written = {}
        with self.store() as store:
            note = Checkpointer(store, self.keyring, SystemClock()).sign(publish=True).note
            for run_id in run_ids:
                lines = export(store, self.keyring, RunId("default", run_id, 1), note=note)
                written[run_id] = self.directory / f"{run_id}.evidence"
                written[run_id].write_bytes(b"".join(lines))
        return written

    def verify(self, evidence: Path) -> tuple[int, list[str]]:
        """What tarl-verify says of it, and its exit code."""
        root = self.keyring.public("root").vkey
        answer = subprocess.run(
            [sys.executable, "-m", "tarl_verify", str(evidence), "--root", root],
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.returncode, (answer.stdout + answer.stderr).splitlines()


def before_the_writer(steps: list[Step]) -> int:
    """The event after which the writer begins."""
    return next(step.began_seq for step in steps if step.agent == "writer") - 1


def _scheduled(seq: int, body: dict[str, Any]) -> Step:
    return Step(
        number=body["step"],
        agent=body.get("agent") or "",
        activity=body["activity"],
        given=body.get("args") or [],
        named=body.get("kwargs") or {},
        began_seq=seq,
    )


def _ended(step: Step, seq: int, kind: str, body: dict[str, Any]) -> Step:
    if kind not in ("step.completed/1", "step.failed/1", "step.denied/1"):
        return step
    reasons = "; ".join(str(reason.get("text", "")) for reason in body.get("reasons") or [])
    ending = kind.removeprefix("step.").removesuffix("/1")
    return step._replace(ending=ending, seq=seq, result=body.get("result"), reasons=reasons)
