"""Bills drawn from a journal: what it says, and what it said at a point of the log."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from tests.unit.provenance.bom.journals import MODEL, RUN, SCORES, journal, model_known
from tests.unit.provenance.provenance_parts import Place, an_artifact, digest_of

from tarl.errors import Invalid, Missing
from tarl.journal.store import Store
from tarl.kernel.history import verified
from tarl.provenance.artifacts.artifact import Artifact
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.bom import drawing
from tarl.provenance.bom.drawing import drawn_again, of_artifact
from tarl.provenance.bom.graph import Bill
from tarl.provenance.bom.verifying import FORMATS
from tarl.provenance.lineage.environment import environment
from tarl.values.canonical import encode


def named(bill: Bill) -> set[tuple[str, str, str]]:
    """The relations by the names of their ends."""
    names = {each.ref: each.name.partition(" ")[0] for each in bill.components}
    return {(names[each.source], each.type, names[each.target]) for each in bill.relations}


class TestRuns:
    def test_a_bill_is_what_the_journal_says(self, tmp_path: Path) -> None:
        store, run = journal(tmp_path)
        bill = of_artifact(store, run)
        lineage = Artifacts(store, Place().clock).up(run)

        assert {each.sha256 for each in bill.components} == {
            run,
            *(each.sha256 for each in lineage.artifacts),
        }
        assert {(each.source, each.target, each.type) for each in bill.relations} == {
            (f"sha256:{each.source}", f"sha256:{each.target}", each.type)
            for each in lineage.relations
        }
        assert {("m", "trained_on", "questions"), ("run/default/it/1", "uses", "m")} < named(bill)
        assert bill.completeness == "complete"

    def test_a_run_tells_how_it_went(self, tmp_path: Path) -> None:
        store, run = journal(tmp_path)
        went = of_artifact(store, run).formulation
        assert went is not None
        (asked,) = went.tasks
        history = list(verified(RUN.stream, store.read(RUN.stream)))
        kinds = {event.seq: event.kind for event in history}

        assert (went.uid, went.status) == (RUN.stream, "completed")
        assert (went.began_ms, went.ended_ms) == (
            history[0].recorded_at_ms,
            history[-1].recorded_at_ms,
        )
        assert dict(went.runtime)["name"] == "CPython 3.11.9"
        assert (asked.name, asked.status) == ("model.m", "completed")
        assert [(each.seq, each.kind) for each in asked.moments] == [
            (seq, kind) for seq, kind in kinds.items() if kind.startswith("step.")
        ]
        bodies = {event.kind: json.loads(event.body or b"") for event in history}
        args, result = bodies["step.scheduled/1"]["args"], bodies["step.completed/1"]["result"]
        assert asked.inputs[0].sha256 == sha256(encode(args)).hexdigest()
        assert [(each.name, each.sha256) for each in asked.outputs] == [
            ("result", sha256(encode(result)).hexdigest())
        ]

    def test_digests_are_those_of_the_content(self, tmp_path: Path) -> None:
        store, run = journal(tmp_path, environment=environment())
        bill = of_artifact(store, run)
        by_kind = {each.kind: each for each in bill.components}

        assert by_kind["run"].sha256 == list(store.read(RUN.stream))[-1].digest.hex()
        manifest = dict(by_kind["workflow"].facts)["manifest"]
        assert sha256(manifest.encode()).hexdigest() == by_kind["workflow"].sha256
        installed = {each.name: each.record for each in environment().distributions}
        packages = [each for each in bill.components if each.kind == "package"]
        assert len(packages) > 50
        for each in packages:
            assert (each.supplier, installed[each.name]) == ("PyPI", each.sha256)

    def test_twice_and_later_it_is_the_same(self, tmp_path: Path) -> None:
        store, run = journal(tmp_path)
        before = of_artifact(store, run)
        written = {form: write(before) for form, write in FORMATS.items()}
        Artifacts(store, Place().clock).register(an_artifact("more", "dataset"), by="bob")

        again = of_artifact(store, run)
        assert again == before
        assert {form: write(again) for form, write in FORMATS.items()} == written

    def test_what_was_recorded_later_is_not_in_an_earlier_bill(self, tmp_path: Path) -> None:
        store, run = journal(tmp_path)
        before = of_artifact(store, run)
        artifacts = Artifacts(store, Place().clock)
        artifacts.register(an_artifact("more", "dataset"), by="bob")
        artifacts.relate(MODEL, digest_of("more"), "trained_on", by="bob")

        assert ("m", "trained_on", "more") in named(of_artifact(store, run))
        assert before.basis is not None
        assert drawn_again(store)(before.basis) == before


class TestArtifacts:
    def place(self) -> Store:
        place = Place()
        model_known(place.artifacts)
        place.artifacts.register(an_artifact("user", "workflow"), by="alice")
        place.artifacts.relate(digest_of("user"), MODEL, "uses", by="alice")
        return place.store

    def test_a_models_bill_has_its_data_and_evaluations_and_not_its_users(self) -> None:
        bill = of_artifact(self.place(), MODEL)
        assert named(bill) == {
            ("m", "trained_on", "questions"),
            ("scores", "evaluates", "m"),
            ("scores", "evaluated_on", "held"),
        }
        root = bill.root
        assert root.model is not None
        assert (root.supplier, root.licence) == ("Example Labs", "Apache-2.0")
        assert (root.model.task, root.facts) == ("question-answering", (("trained_by", "Ann"),))
        assert [each.value for each in bill.measured[root.ref]] == ["0.91"]
        data = next(each for each in bill.components if each.name == "questions")
        assert data.data is not None
        assert data.data.owners == ("Data office",)
        assert data.supplier == "alice"

    def test_decisions_and_descriptions_are_found_from_the_other_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = self.place()
        artifacts = Artifacts(store, Place().clock)
        for name, kind in (("vote", "decision"), ("paper", "report"), ("note", "report")):
            artifacts.register(an_artifact(name, kind), by="bob")
        artifacts.relate(digest_of("vote"), digest_of("questions"), "decided", by="bob")
        artifacts.relate(MODEL, digest_of("paper"), "described_by", by="bob")
        artifacts.relate(digest_of("questions"), digest_of("note"), "described_by", by="bob")

        bill = of_artifact(store, MODEL)
        assert {("vote", "decided", "questions"), ("m", "described_by", "paper")} < named(bill)
        assert "note" not in {each.name for each in bill.components}
        monkeypatch.setattr(drawing, "ASKED_SINGLY_MAX", 1)
        assert of_artifact(store, MODEL) == bill

    def test_an_evaluations_bill(self) -> None:
        bill = of_artifact(self.place(), SCORES)
        assert ("m", "trained_on", "questions") in named(bill)
        assert bill.root.metrics[0].name == "accuracy"
        assert (bill.formulation, bill.completeness) == (None, "incomplete")

    def test_what_is_not_registered(self) -> None:
        store = self.place()
        with pytest.raises(Missing) as refused:
            of_artifact(store, digest_of("gone"))
        assert refused.value.code == "artifact.missing"
        with pytest.raises(Missing) as refused:
            of_artifact(store, SCORES, until=0)
        assert refused.value.code == "artifact.missing"
        with pytest.raises(Missing) as refused:
            of_artifact(store, MODEL, tenant="other")
        assert refused.value.code == "artifact.missing"

    def test_a_fact_that_is_none_of_a_card(self) -> None:
        place = Place()
        place.artifacts.register(an_artifact("m", "model", facts={"task": 5}), by="alice")
        with pytest.raises(Invalid) as refused:
            of_artifact(place.store, digest_of("m"))
        assert refused.value.code == "bill.card"

    @pytest.mark.parametrize("name", ["my run", "run/default/none/1", "run/other/a/1"])
    def test_a_run_that_this_journal_does_not_have(self, name: str) -> None:
        place = Place()
        run = Artifact(sha256=digest_of("r"), kind="run", name=name, facts={"events": 3})
        place.artifacts.register(run, by="alice")
        assert of_artifact(place.store, run.sha256).formulation is None

    def test_a_bill_of_another_journal(self) -> None:
        bill = of_artifact(self.place(), MODEL)
        assert bill.basis is not None
        other = Place()
        other.store.origin = "tarl/other"  # type: ignore[misc]
        with pytest.raises(Missing) as refused:
            drawn_again(other.store)(bill.basis)
        assert refused.value.code == "bill.other_journal"
