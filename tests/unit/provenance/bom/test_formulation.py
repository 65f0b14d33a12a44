"""How runs went: steps that failed, were denied, hid what they were given; children; approvals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.unit.provenance.agents_at_work import Office, office
from tests.unit.provenance.bom.formulation_flows import (
    formed_child,
    formed_fails,
    formed_flow,
    formed_open,
)

from tarl.errors import TarlError
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.history import verified
from tarl.kernel.shelves import RecordedValues
from tarl.provenance.bom.formulation import formulation_of
from tarl.provenance.bom.graph import Formulation
from tarl.values.canonical import encode
from tarl.values.ids import RunId


def digest(value: Any) -> str:
    return sha256(encode(value)).hexdigest()


def formed(path: Path, work: Callable[[Office], Any]) -> Formulation:
    """How the run ``f`` went, after some work."""

    async def go() -> Formulation:
        flows = (formed_flow, formed_child, formed_fails, formed_open)
        async with office(path / "t.db", *flows) as place:
            await work(place)
            run = RunId("default", "f", 1)
            history = list(verified(run.stream, place.store.read(run.stream)))
            found = formulation_of(history, shelf=RecordedValues(place.store, "default"))
            assert found is not None
            return found

    return asyncio.run(go())


def test_every_step_child_and_approval_is_a_task(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        handle = await place.runtime.start(formed_flow, id="f")
        while not (asked := place.people.approvals.of_run(place.runtime.find("f"))):
            await asyncio.sleep(0.01)
        alice = PrincipalId("default", "alice")
        place.people.ensure_human(alice, at_ms=0)
        place.people.vote(asked[0], alice, "approve", reason="fine", at_ms=0)
        await handle.result()

    went = formed(tmp_path, work)
    assert went.status == "completed"
    hidden, large, child, approval = went.tasks
    assert [each.status for each in went.tasks] == ["completed"] * 3 + ["received"]

    assert [(each.name, each.sha256) for each in hidden.inputs] == [
        ("args", digest(["secret"])),
        ("kwargs", digest({"loud": True})),
    ]
    assert [(each.name, each.sha256) for each in hidden.outputs] == [("result", digest(6))]
    assert large.outputs[0].sha256 == digest("x" * 40_000)
    assert large.outputs[0].size_bytes == 40_002
    assert dict(large.facts) == {"mode": "pure"}
    assert (child.uid, dict(child.facts)["child"]) == ("child-1", "below")
    assert child.outputs[0].sha256 == digest(2)
    assert approval.name == "approval"
    assert [each.kind for each in approval.moments] == ["approval.asked/1", "approval.received/1"]
    assert went.outputs[0].sha256 == digest("done")


def test_a_step_that_failed_and_was_tried_again(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        with pytest.raises(TarlError):
            await place.runtime.run(formed_fails, id="f")

    went = formed(tmp_path, work)
    (step,) = went.tasks
    assert (went.status, step.status) == ("failed", "failed")
    assert [each.kind for each in step.moments] == [
        "step.scheduled/1",
        "step.attempt_failed/1",
        "step.failed/1",
    ]
    (error,) = step.outputs
    assert error.sha256 == digest({"message": "no luck", "type": "ValueError"})
    assert [each.name for each in went.outputs] == ["error"]


def test_a_run_that_goes_on_has_tasks_that_are_open(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        await place.runtime.start(formed_open, id="f")
        while not place.people.approvals.of_run(place.runtime.find("f")):
            await asyncio.sleep(0.01)

    went = formed(tmp_path, work)
    assert (went.status, went.ended_ms) == ("open", None)
    assert [(each.status, each.ended_ms, each.outputs) for each in went.tasks] == [
        ("open", None, ())
    ]


def test_what_is_erased_is_not_told() -> None:
    assert formulation_of([], shelf=RecordedValues(None, "default")) is None  # type: ignore[arg-type]
