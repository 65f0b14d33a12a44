"""Runs among the artifacts: what they stood on, drawn from what the journal recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from tests.opened import until_test_ends
from tests.unit.agents.world import together
from tests.unit.planning.plans.plan_parts import plan
from tests.unit.provenance.agents_at_work import Office, office
from tests.unit.provenance.lineage.lineage_flows import (
    carries_out,
    lineage_adds,
    lineage_counts,
    lineage_trains,
    lineage_writes,
)
from tests.unit.provenance.provenance_parts import an_artifact, digest_of
from tests.unit.tenancy.parts import HandClock

from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.errors import Exceeded, Missing
from tarl.journal.store import Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.shelves import RecordedValues
from tarl.planning.plans.ledger import PlanLedger
from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.provenance.artifacts.ledger import Artifacts, Lineage
from tarl.provenance.lineage.drawing import Drawer, Drawing
from tarl.provenance.lineage.environment import Distribution, Environment, environment
from tarl.provenance.lineage.registering import register_run
from tarl.provenance.lineage.story import Story, _plan_of
from tarl.storage import open_store
from tarl.values.ids import RunId

T = TypeVar("T")

DATASET = an_artifact("prices.csv", "dataset")
HERE = Environment(
    python="3.11.9",
    implementation="CPython",
    system="Linux",
    machine="x86_64",
    distributions=(
        Distribution(name="left", version="1.0", record=digest_of("left")),
        Distribution(name="unrecorded", version="2.0"),
    ),
)


def run_of(workflow_id: str, n: int = 1) -> RunId:
    return RunId("default", workflow_id, n)


def artifacts_in(store: Store) -> Artifacts:
    return Artifacts(store, HandClock())


def at_work(path: Path, work: Callable[[Office], Awaitable[T]]) -> T:
    async def go() -> T:
        flows = carries_out, lineage_adds, lineage_counts, lineage_trains, lineage_writes
        async with office(path / "t.db", *flows) as place:
            return await work(place)

    return asyncio.run(go())


async def train(place: Office, id: str = "t") -> None:
    """A run that was given a registered dataset, had a child and asked Alice."""
    artifacts_in(place.store).register(DATASET, by="alice")
    handle = await place.runtime.start(lineage_trains, {"dataset": DATASET.sha256}, id=id)
    await asked(place, id)
    answer(place, id)
    assert await handle.result() == "approved"


async def asked(place: Office, id: str) -> None:
    while not place.people.approvals.of_run(place.runtime.find(id)):
        await asyncio.sleep(0.01)


def answer(place: Office, id: str) -> None:
    (approval,) = place.people.approvals.of_run(place.runtime.find(id))
    alice = PrincipalId("default", "alice")
    place.people.ensure_human(alice, at_ms=0)
    place.people.vote(approval, alice, "approve", reason="fine", at_ms=0)


def said(found: Lineage | Drawing) -> set[tuple[str, str, str]]:
    """Relations by the names of what they are between."""
    listed = found.artifacts.values() if isinstance(found, Drawing) else found.artifacts
    names = {each.sha256: each.name for each in (found.root, *listed)}
    return {
        (names[each.source].partition(" ")[0], each.type, names[each.target].partition(" ")[0])
        for each in found.relations
    }


def test_a_run_stands_on_its_code_its_data_its_child_and_what_people_decided(
    tmp_path: Path,
) -> None:
    async def work(place: Office) -> None:
        await train(place)
        artifacts = artifacts_in(place.store)
        drawing = register_run(artifacts, run_of("t"), by="operator", environment=HERE)
        again = register_run(artifacts, run_of("t"), by="operator", environment=HERE)

        assert again.artifacts == drawing.artifacts
        assert again.relations == drawing.relations
        flow, adder = (f"{each.name}" for each in (lineage_trains, lineage_adds))
        run, child = "run/default/t/1", "run/default/adder/1"
        assert said(artifacts.up(drawing.root.sha256)) == {
            (run, "uses", "code"),
            (run, "uses", flow),
            (flow, "contains", "code"),
            (flow, "depends_on", "left"),
            (run, "contains", child),
            (child, "uses", "code"),
            (child, "uses", adder),
            (adder, "contains", "code"),
            (adder, "depends_on", "left"),
            (run, "uses", "prices.csv"),
            ("alice:", "decided", run),
        }
        assert drawing.root.facts["status"] == "completed"
        below = artifacts.down(DATASET.sha256)
        assert [each.kind for each in below.artifacts] == ["run"]

    at_work(tmp_path, work)


def test_what_came_of_a_run_is_not_what_it_used(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        await place.runtime.run(lineage_writes, {"into": DATASET.sha256}, id="w")
        artifacts = artifacts_in(place.store)
        run = register_run(artifacts, run_of("w"), by="operator").root
        artifacts.register(DATASET, by="alice")
        artifacts.relate(run.sha256, DATASET.sha256, "produces", by="alice")
        again = register_run(artifacts, run_of("w"), by="operator")
        assert DATASET.sha256 not in again.artifacts

    at_work(tmp_path, work)


def test_of_a_run_that_is_erased_its_history_is_left(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        await place.runtime.run(lineage_adds, 1, id="a")
        run = run_of("a")
        story = Story(run, RecordedValues(place.store, run.tenant))
        for event in place.store.read(run.stream):
            story.take(event._replace(body=None))
        assert (story.started, story.code, story.status) == (None, [], "completed")
        assert len(story.head) == 64

    at_work(tmp_path, work)


def test_a_workflow_is_its_code_with_what_is_installed(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        await place.runtime.run(lineage_adds, 1, id="a")
        artifacts = artifacts_in(place.store)

        def workflow(here: Environment) -> Artifact:
            found = Drawer(place.store, registered=artifacts, environment=here).draw(run_of("a"))
            (one,) = [each for each in found.artifacts.values() if each.kind == "workflow"]
            return one

        assert workflow(HERE) == workflow(HERE)
        other = msgspec.structs.replace(HERE, python="3.12.0")
        assert workflow(other).sha256 != workflow(HERE).sha256
        names = [
            each["name"]
            for each in workflow(HERE).facts["manifest"]["environment"]["distributions"]
        ]
        assert names == ["left", "unrecorded"]

    at_work(tmp_path, work)


def test_a_run_that_goes_on_has_another_digest_then(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        artifacts_in(place.store).register(DATASET, by="alice")
        handle = await place.runtime.start(lineage_trains, {"dataset": DATASET.sha256}, id="t")
        await asked(place, "t")
        open_one = register_run(artifacts_in(place.store), run_of("t"), by="operator")
        assert open_one.root.facts["status"] == "open"
        answer(place, "t")
        await handle.result()
        closed = register_run(artifacts_in(place.store), run_of("t"), by="operator")
        assert closed.root.facts["status"] == "completed"
        assert closed.root.sha256 != open_one.root.sha256

    at_work(tmp_path, work)


def test_runs_that_went_on_as_others_and_forks(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        await place.runtime.run(lineage_counts, 2, id="c")
        await place.runtime.run(lineage_adds, 1, id="a")
        forked = await place.runtime.fork("a", at=1, input=5, id="f")
        assert await forked.result() == 6
        artifacts = artifacts_in(place.store)

        drawing = register_run(artifacts, run_of("c", 3), by="operator")
        assert ("run/default/c/3", "derived_from", "run/default/c/2") in said(drawing)
        register_run(artifacts, run_of("c", 2), by="operator")
        assert said(artifacts.up(drawing.root.sha256)) >= {
            ("run/default/c/3", "derived_from", "run/default/c/2"),
            ("run/default/c/2", "derived_from", "run/default/c/1"),
        }
        drawing = register_run(artifacts, run_of("f"), by="operator")
        (origin,) = [each for each in drawing.relations if each.type == "derived_from"]
        first = next(place.store.read(run_of("a").stream))
        assert origin.target == first.digest.hex()

    at_work(tmp_path, work)


def test_models_are_found_by_name_and_prompts_by_digest(tmp_path: Path) -> None:
    agent = ModelAgent("judge", ScriptedModel("m", "x"))

    async def moves(session: Any) -> Any:
        return await session.ask(agent, "run", "What is it?")

    together(tmp_path / "w", moves, agent)
    store = until_test_ends(open_store(tmp_path / "w" / "t.db"))
    artifacts = artifacts_in(store)
    drawing = Drawer(store, registered=artifacts).draw(run_of("it"))
    (call,) = drawing.story.calls
    assert (call.model, drawing.artifacts[call.prompt].kind) == ("m", "prompt")
    (model,) = [each for each in drawing.artifacts.values() if each.kind == "model"]
    assert model.facts == {"content": "unknown: the digest is of the name"}

    weights, data = an_artifact("weights", "model"), DATASET
    weights = Artifact(sha256=weights.sha256, kind="model", name="m", version="2")
    trained = Relation(source=weights.sha256, target=data.sha256, type="trained_on")
    artifacts.record([weights, data], [trained], by="alice")
    drawing = register_run(artifacts, run_of("it"), by="operator")
    assert ("m", "trained_on", "prices.csv") in said(artifacts.up(drawing.root.sha256))
    assert [each.facts for each in drawing.relations if each.target == weights.sha256] == [
        {"known": "by name"}
    ]


def test_a_run_of_a_plan_is_derived_from_the_version_that_was_made(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        plans = PlanLedger(place.store, clock=HandClock())
        plans.record(plan("p"))
        made = plans.record(plan("p", version=2))
        given = {"plan": {"plan_id": "p", "version": 2}}
        await place.runtime.run(carries_out, given, id="r")
        drawing = Drawer(place.store, registered=artifacts_in(place.store)).draw(run_of("r"))
        assert said(drawing) >= {
            ("run/default/r/1", "derived_from", "p"),
            ("p", "derived_from", "context"),
        }
        (found,) = [each for each in drawing.artifacts.values() if each.kind == "plan"]
        assert (found.sha256, found.version) == (made.digest, "2")

    at_work(tmp_path, work)


@pytest.mark.parametrize("given", [b'{"plan":"p"}', b'{"plan":{}}', b"5", b"", None])
def test_what_is_no_plan(given: bytes | None) -> None:
    assert _plan_of(given) is None


def test_too_many_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(place: Office) -> None:
        await train(place)
        monkeypatch.setattr("tarl.provenance.lineage.drawing.RUNS_MAX", 1)
        with pytest.raises(Exceeded) as refused:
            register_run(artifacts_in(place.store), run_of("t"), by="operator")
        assert refused.value.code == "lineage.too_many"

    at_work(tmp_path, work)


def test_a_run_that_is_none(tmp_path: Path) -> None:
    async def work(place: Office) -> None:
        with pytest.raises(Missing) as refused:
            register_run(artifacts_in(place.store), run_of("gone"), by="operator")
        assert refused.value.code == "run.missing"

    at_work(tmp_path, work)


class TestEnvironment:
    def test_it_is_the_same_twice_and_names_what_is_installed(self) -> None:
        here = environment()
        assert here == environment()
        assert here.sha256 == environment().sha256
        found = {each.name: each for each in here.distributions}
        assert found["msgspec"].record is not None
        assert found["msgspec"].purl.startswith("pkg:pypi/msgspec@")
        assert list(found) == sorted(found)
