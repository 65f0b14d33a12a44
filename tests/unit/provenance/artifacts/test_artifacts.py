"""Artifacts in the journal: one description for a digest, both ends of a relation, no cycle."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.opened import until_test_ends
from tests.unit.provenance.provenance_parts import PROJECTIONS, Place, an_artifact, digest_of

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.journal.codec import Codec
from tarl.journal.memory import MemoryStore
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.provenance.artifacts.artifact import (
    FACTS_BYTES_MAX,
    KINDS,
    STANDS_ON_ITS_TARGET,
    Artifact,
    Relation,
)
from tarl.provenance.artifacts.ledger import Artifacts


def filled(*names: str) -> Artifacts:
    artifacts = Place().artifacts
    artifacts.record([an_artifact(name) for name in names], by="alice")
    return artifacts


def relate(artifacts: Artifacts, source: str, type: str, target: str) -> None:
    artifacts.relate(digest_of(source), digest_of(target), type, by="alice")


class TestRegistering:
    def test_an_artifact_is_found_by_its_digest(self) -> None:
        place = Place()
        said = an_artifact(
            "requests",
            "package",
            version="2.32.5",
            purl="pkg:pypi/requests@2.32.5",
            media_type="application/zip",
            facts={"licence": "Apache-2.0"},
        )
        assert place.artifacts.register(said, by="alice") == said
        found = place.artifacts.registered(said.sha256)
        assert found == (said, "alice", place.clock.at_ms, 1)

    def test_the_same_again_changes_nothing(self) -> None:
        artifacts = filled("a")
        size = artifacts.store.log_size()
        artifacts.register(an_artifact("a"), by="bob")
        assert artifacts.store.log_size() == size
        assert artifacts.registered(digest_of("a")).by == "alice"

    @pytest.mark.parametrize(
        ("change", "members"),
        [
            ({"kind": "binary"}, ["kind"]),
            ({"name": "b"}, ["name"]),
            ({"version": "2", "facts": {"n": 1}}, ["version", "facts"]),
        ],
    )
    def test_other_facts_under_the_same_digest(
        self, change: dict[str, Any], members: list[str]
    ) -> None:
        artifacts = filled("a")
        said = {"sha256": digest_of("a"), "kind": "module", "name": "a", **change}
        with pytest.raises(Conflict) as refused:
            artifacts.register(Artifact(**said), by="mallory")
        assert refused.value.code == "artifact.conflict"
        assert refused.value.facts["members"] == members

    def test_one_call_that_says_two_things(self) -> None:
        artifacts = Place().artifacts
        with pytest.raises(Conflict):
            artifacts.record([an_artifact("a"), an_artifact("a", "binary")], by="alice")
        assert artifacts.ls().items == ()

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"sha256": "a" * 63}, "artifact.digest"),
            ({"sha256": "A" * 64}, "artifact.digest"),
            ({"kind": "thing"}, "artifact.kind"),
            ({"name": ""}, "id.empty"),
            ({"version": "\x00"}, "id.characters"),
            ({"purl": "requests@1"}, "artifact.malformed"),
            ({"purl": f"pkg:pypi/{'x' * 600}"}, "artifact.malformed"),
            ({"media_type": "text"}, "artifact.malformed"),
            ({"facts": {"n": float("nan")}}, "value.not_finite"),
            ({"facts": {"b": b"x"}}, "value.type"),
        ],
    )
    def test_what_cannot_be_an_artifact(self, change: dict[str, Any], code: str) -> None:
        said = {"sha256": digest_of("a"), "kind": "module", "name": "a", **change}
        with pytest.raises(Invalid) as refused:
            Place().artifacts.register(Artifact(**said), by="alice")
        assert refused.value.code == code

    def test_facts_that_are_too_large(self) -> None:
        with pytest.raises(Exceeded) as refused:
            filled().register(an_artifact("a", facts={"t": "x" * FACTS_BYTES_MAX}), by="alice")
        assert refused.value.code == "artifact.oversized"

    def test_facts_are_copied(self) -> None:
        artifacts, facts = Place().artifacts, {"n": [1]}
        found = artifacts.register(an_artifact("a", facts=facts), by="alice")
        facts["n"].append(2)
        found.facts["n"].append(3)
        assert artifacts.get(digest_of("a")).facts == {"n": [1]}

    def test_an_unknown_artifact(self) -> None:
        artifacts = Place().artifacts
        assert artifacts.find(digest_of("a")) is None
        for ask in (artifacts.get, artifacts.up, artifacts.down):
            with pytest.raises(Missing) as refused:
                ask(digest_of("a"))
            assert refused.value.code == "artifact.missing"

    def test_pages_are_newest_first(self) -> None:
        artifacts = Place().artifacts
        kinds = ("model", "dataset")
        for n in range(6):
            artifacts.register(an_artifact(f"{n}", kinds[n % 2]), by="alice")
        first = artifacts.ls(limit=4)
        assert [each.artifact.name for each in first.items] == ["5", "4", "3", "2"]
        rest = artifacts.ls(limit=4, cursor=first.cursor)
        assert ([each.artifact.name for each in rest.items], rest.cursor) == (["1", "0"], None)
        of_kind = artifacts.ls(kind="dataset")
        assert [each.artifact.name for each in of_kind.items] == ["5", "3", "1"]
        assert [each.number for each in artifacts.ls(name="2").items] == [3]

    def test_tenants_are_apart(self) -> None:
        artifacts = filled("a")
        assert artifacts.find(digest_of("a"), tenant="acme") is None
        artifacts.register(an_artifact("a", "binary"), by="ann", tenant="acme")
        artifacts.register(an_artifact("b"), by="ann", tenant="acme")
        with pytest.raises(Missing):
            relate(artifacts, "a", "uses", "b")


class TestRelating:
    def test_up_and_down(self) -> None:
        artifacts = filled("run", "workflow", "package", "report", "sbom", "vote")
        for source, type, target in (
            ("run", "uses", "workflow"),
            ("workflow", "depends_on", "package"),
            ("run", "produces", "report"),
            ("workflow", "described_by", "sbom"),
            ("vote", "decided", "run"),
        ):
            relate(artifacts, source, type, target)

        def names(side: Callable[..., Any], of: str, depth: int | None = None) -> list[str]:
            return [each.name for each in side(digest_of(of), depth).artifacts]

        assert sorted(names(artifacts.up, "report")) == ["package", "run", "vote", "workflow"]
        assert names(artifacts.up, "report", 1) == ["run"]
        assert names(artifacts.up, "report", 0) == []
        assert names(artifacts.up, "workflow") == ["package"]
        assert sorted(names(artifacts.down, "package")) == ["report", "run", "sbom", "workflow"]
        found = artifacts.up(digest_of("report"))
        assert found.root.name == "report"
        assert sorted(each.type for each in found.relations) == [
            "decided",
            "depends_on",
            "produces",
            "uses",
        ]

    @pytest.mark.parametrize("ends", [("a", "gone"), ("gone", "a")])
    def test_a_missing_end(self, ends: tuple[str, str]) -> None:
        artifacts = filled("a")
        with pytest.raises(Missing) as refused:
            relate(artifacts, ends[0], "trained_on", ends[1])
        assert refused.value.code == "artifact.missing"
        assert refused.value.facts["artifact"] == digest_of("gone")

    @pytest.mark.parametrize("type", sorted(STANDS_ON_ITS_TARGET))
    def test_nothing_relates_to_itself(self, type: str) -> None:
        with pytest.raises(Conflict) as refused:
            relate(filled("a"), "a", type, "a")
        assert refused.value.code == "artifact.cycle"

    def test_a_cycle_is_named_with_its_path(self) -> None:
        artifacts = filled("a", "b", "c", "d")
        relate(artifacts, "a", "uses", "b")
        relate(artifacts, "c", "produces", "b")
        relate(artifacts, "c", "uses", "d")
        with pytest.raises(Conflict) as refused:
            relate(artifacts, "d", "derived_from", "a")
        assert refused.value.code == "artifact.cycle"
        path = refused.value.facts["path"]
        assert path[0] == path[-1]
        assert set(path) == {digest_of(name) for name in "abcd"}
        assert f"d ({digest_of('d')[:12]})" in refused.value.message
        assert len(artifacts.up(digest_of("d")).relations) == 0

    def test_a_long_cycle_is_named_by_its_beginning_and_end(self) -> None:
        names = [f"{n}" for n in range(100)]
        artifacts = filled(*names)
        for one, other in pairwise(names):
            relate(artifacts, one, "uses", other)
        with pytest.raises(Conflict) as refused:
            relate(artifacts, "99", "uses", "0")
        assert refused.value.facts["steps"] == 100
        assert len(refused.value.facts["path"]) == 20
        assert "81 more" in refused.value.message

    def test_a_cycle_within_one_call(self) -> None:
        artifacts = Place().artifacts
        said = [an_artifact("a"), an_artifact("b")]
        a, b = (each.sha256 for each in said)
        round_trip = [
            Relation(source=a, target=b, type="uses"),
            Relation(source=b, target=a, type="uses"),
        ]
        with pytest.raises(Conflict) as refused:
            artifacts.record(said, round_trip, by="alice")
        assert refused.value.code == "artifact.cycle"
        assert artifacts.ls().items == ()

    def test_two_who_relate_at_once_close_no_cycle(self) -> None:
        """The second has looked before the first committed."""

        class Slow(MemoryStore):
            meanwhile: Callable[[], None] | None = None

            def commit(self, batch: Batch, **options: Any) -> None:
                then, self.meanwhile = self.meanwhile, None
                if then is not None:
                    then()
                super().commit(batch, **options)

        store = Slow(origin="tarl/test", projections=PROJECTIONS)
        artifacts = Place(store).artifacts
        artifacts.record([an_artifact("a"), an_artifact("b")], by="alice")
        store.meanwhile = lambda: relate(artifacts, "a", "uses", "b")
        with pytest.raises(Conflict) as refused:
            relate(artifacts, "b", "uses", "a")
        assert refused.value.code == "artifact.cycle"

    def test_a_type_that_is_none(self) -> None:
        with pytest.raises(Invalid) as refused:
            relate(filled("a", "b"), "a", "likes", "b")
        assert refused.value.code == "artifact.relation"

    def test_the_same_relation_with_other_facts(self) -> None:
        artifacts = filled("a", "b")
        relate(artifacts, "a", "uses", "b")
        relate(artifacts, "a", "uses", "b")
        with pytest.raises(Conflict) as refused:
            artifacts.relate(digest_of("a"), digest_of("b"), "uses", {"n": 1}, by="alice")
        assert refused.value.code == "artifact.conflict"
        relate(artifacts, "a", "requires", "b")
        assert len(artifacts.up(digest_of("a")).relations) == 2

    def test_too_much_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tarl.provenance.artifacts.ledger.TOGETHER_MAX", 1)
        with pytest.raises(Exceeded) as refused:
            filled("a", "b")
        assert refused.value.code == "artifact.too_many"


class TestModels:
    """A model with its data, its evaluation, and who decided about it."""

    MODEL, DATA, HELD_OUT, SCORES, VOTE = (
        an_artifact(name, kind)
        for name, kind in (
            ("m", "model"),
            ("train", "dataset"),
            ("held-out", "dataset"),
            ("scores", "evaluation"),
            ("alice: approve", "decision"),
        )
    )

    def relation(self, source: Artifact, type: str, target: Artifact) -> Relation:
        return Relation(source=source.sha256, target=target.sha256, type=type)

    def test_a_model_whose_data_nobody_knows_is_not_registered(self) -> None:
        artifacts = Place().artifacts
        with pytest.raises(Missing) as refused:
            artifacts.record(
                [self.MODEL], [self.relation(self.MODEL, "trained_on", self.DATA)], by="alice"
            )
        assert refused.value.facts["artifact"] == self.DATA.sha256
        assert artifacts.find(self.MODEL.sha256) is None

    def test_what_stands_on_what(self) -> None:
        artifacts = Place().artifacts
        artifacts.record(
            [self.MODEL, self.DATA, self.HELD_OUT, self.SCORES, self.VOTE],
            [
                self.relation(self.MODEL, "trained_on", self.DATA),
                self.relation(self.SCORES, "evaluates", self.MODEL),
                self.relation(self.SCORES, "evaluated_on", self.HELD_OUT),
                self.relation(self.VOTE, "decided", self.MODEL),
            ],
            by="alice",
        )
        up = [each.name for each in artifacts.up(self.SCORES.sha256).artifacts]
        assert sorted(up) == ["alice: approve", "held-out", "m", "train"]
        below = [each.name for each in artifacts.down(self.DATA.sha256).artifacts]
        assert below == ["m", "scores"]


def test_every_kind_and_type_goes_through_a_file_and_its_tables_are_a_fold(tmp_path: Path) -> None:
    def opened() -> SqliteStore:
        store = SqliteStore(
            tmp_path / "t.db", origin="tarl/test", codec=Codec(), projections=PROJECTIONS
        )
        return until_test_ends(store)

    artifacts = Place(opened()).artifacts
    artifacts.record([an_artifact(kind, kind) for kind in KINDS], by="alice")
    for type in STANDS_ON_ITS_TARGET:
        ends = ("model", "dataset") if STANDS_ON_ITS_TARGET[type] else ("dataset", "model")
        relate(artifacts, ends[0], type, ends[1])

    elsewhere = Place(opened()).artifacts
    assert len(elsewhere.ls().items) == len(KINDS)
    assert elsewhere.up(digest_of("model")) == artifacts.up(digest_of("model"))
    assert len(elsewhere.up(digest_of("model")).relations) == len(STANDS_ON_ITS_TARGET)
    assert list(changed_tables(elsewhere.store)) == []
