"""Signed statements against the files and the journal that are there: what is wrong is named."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.unit.provenance.agents_at_work import Office, office
from tests.unit.provenance.lineage.lineage_flows import lineage_adds, lineage_breaks
from tests.unit.provenance.provenance_parts import OPERATOR, Place, an_artifact, digest_of, subject
from tests.unit.tenancy.parts import HandClock

from tarl.crypto.note import Checkpoint
from tarl.errors import Missing
from tarl.journal.log import Log
from tarl.provenance import slsa
from tarl.provenance.artifacts.artifact import Relation
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations import predicates
from tarl.provenance.attestations.statement import Statement, Subject, make, read
from tarl.provenance.lineage import told
from tarl.provenance.lineage.comparing import Finding, against_files, against_journal
from tarl.provenance.lineage.registering import register_run
from tarl.values.ids import RunId

RUN = RunId("default", "a", 1)
MODEL, DATA, EVAL = an_artifact("m", "model"), an_artifact("d", "dataset"), an_artifact("o")


class Told(NamedTuple):
    """What was told of a journal, and the journal."""

    artifacts: Artifacts
    type: str
    subjects: list[Subject]
    predicate: dict[str, Any]

    def changed(self, change: Callable[[dict[str, Any]], None]) -> list[Finding] | None:
        """What is found when the predicate was changed before it was signed."""
        predicate = copy.deepcopy(self.predicate)
        change(predicate)
        return against_journal(self.signed(predicate), self.artifacts)

    def signed(self, predicate: dict[str, Any]) -> Statement:
        return read(make(self.subjects, self.type, predicate, signers=[OPERATOR]))


def log_of(artifacts: Artifacts) -> Checkpoint:
    size = artifacts.store.log_size()
    return Checkpoint(artifacts.store.origin, size, Log(artifacts.store).root(size))


def with_lineage(then: Callable[[Told], None]) -> None:
    artifacts = Place().artifacts
    trained = Relation(source=MODEL.sha256, target=DATA.sha256, type="trained_on")
    artifacts.record([MODEL, DATA], [trained], by="alice")
    found = told.lineage(artifacts, MODEL.sha256, log=log_of(artifacts))
    then(Told(artifacts, predicates.LINEAGE, *found))


def with_provenance(path: Path, then: Callable[[Told], None]) -> None:
    def tell(artifacts: Artifacts) -> Told:
        register_run(artifacts, RUN, by="operator")
        found = slsa.provenance(artifacts, RUN, log=log_of(artifacts))
        return Told(artifacts, predicates.SLSA_PROVENANCE, *found)

    _at_work(path, tell, then)


def _at_work(path: Path, tell: Callable[[Artifacts], Told], then: Callable[[Told], None]) -> None:
    async def go() -> None:
        async with office(path / "t.db", lineage_adds, lineage_breaks) as place:
            await _ran(place)
            then(tell(Artifacts(place.store, HandClock())))

    asyncio.run(go())


async def _ran(place: Office) -> None:
    runs: list[Awaitable[Any]] = [place.runtime.run(lineage_adds, 1, id="a")]
    await asyncio.gather(*runs)


class TestLineage:
    def test_what_was_drawn_is_drawn_again(self) -> None:
        def then(found: Told) -> None:
            assert found.changed(lambda _: None) == []
            found.artifacts.register(EVAL, by="alice")
            found.artifacts.relate(MODEL.sha256, EVAL.sha256, "uses", by="alice")
            assert found.changed(lambda _: None) == []  # what came later is not compared
            assert found.changed(lambda said: said.update(expiresOn="2030-01-01T00:00:00Z")) == []

        with_lineage(then)

    def test_a_missing_component(self) -> None:
        def then(found: Told) -> None:
            got = found.changed(lambda said: said["artifacts"].pop())
            assert got == [
                ("verify.component_missing", f"the component d ({DATA.sha256}) is missing")
            ]

        with_lineage(then)

    def test_a_component_of_another_digest(self) -> None:
        def then(found: Told) -> None:
            def change(said: dict[str, Any]) -> None:
                said["artifacts"][1]["sha256"] = digest_of("other")

            (got,) = found.changed(change) or ()
            assert got.code == "verify.component_changed"
            assert "component d" in got.text

        with_lineage(then)

    def test_a_component_that_is_described_otherwise(self) -> None:
        def then(found: Told) -> None:
            def change(said: dict[str, Any]) -> None:
                said["artifacts"][1]["kind"] = "model"

            (got,) = found.changed(change) or ()
            assert got.code == "verify.component_changed"

        with_lineage(then)

    def test_an_invented_component(self) -> None:
        def then(found: Told) -> None:
            other = {"sha256": digest_of("x"), "kind": "model", "name": "x"}
            (got,) = found.changed(lambda said: said["artifacts"].append(other)) or ()
            assert got.code == "verify.component_unknown"

        with_lineage(then)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda said: said["relations"].clear(), "verify.relation_missing"),
            (
                lambda said: said["relations"][0].update(type="evaluated_on"),
                "verify.relation_changed",
            ),
            (
                lambda said: said["relations"][0].update(facts={"n": 1}),
                "verify.relation_changed",
            ),
            (
                lambda said: said["relations"].append(
                    {"source": DATA.sha256, "target": MODEL.sha256, "type": "uses"}
                ),
                "verify.relation_unknown",
            ),
            (lambda said: said.update(extra=1), "verify.changed"),
        ],
    )
    def test_a_relation_that_is_another(
        self, change: Callable[[dict[str, Any]], None], code: str
    ) -> None:
        def then(found: Told) -> None:
            (got,) = found.changed(change) or ()
            assert got.code == code

        with_lineage(then)

    def test_a_log_that_never_was(self) -> None:
        def then(found: Told) -> None:
            def change(said: dict[str, Any]) -> None:
                said["log"]["digest"]["sha256"] = "0" * 64

            (got,) = found.changed(change) or ()
            assert got.code == "verify.log"
            (got,) = found.changed(lambda s: s["log"]["annotations"].update(size=10**6)) or ()
            assert got.code == "verify.log"

        with_lineage(then)

    def test_another_journal_says_nothing(self) -> None:
        def then(found: Told) -> None:
            def change(said: dict[str, Any]) -> None:
                said["log"]["annotations"]["origin"] = "tarl/other"

            assert found.changed(change) is None
            for spoilt in ({}, {"log": 5}, {"log": {"annotations": []}}):
                assert against_journal(found.signed(spoilt), found.artifacts) is None

        with_lineage(then)

    def test_a_subject_that_the_journal_does_not_know(self) -> None:
        def then(found: Told) -> None:
            other = found._replace(subjects=[subject("unheard of")])
            (got,) = other.changed(lambda _: None) or ()
            assert got.code == "verify.redrawn"

        with_lineage(then)


class TestProvenance:
    def test_what_was_drawn_is_drawn_again(self, tmp_path: Path) -> None:
        def then(found: Told) -> None:
            assert found.changed(lambda _: None) == []

        with_provenance(tmp_path, then)

    def test_what_was_changed_is_named(self, tmp_path: Path) -> None:
        def then(found: Told) -> None:
            def codes(change: Callable[[dict[str, Any]], None]) -> list[str]:
                return [each.code for each in found.changed(change) or ()]

            assert codes(lambda s: s["buildDefinition"]["resolvedDependencies"].clear()) == [
                "verify.component_missing"
            ]
            (got,) = (
                found.changed(
                    lambda s: s["runDetails"]["metadata"].update(finishedOn="2020-01-01T00:00:00Z")
                )
                or ()
            )
            assert got == (
                "verify.changed",
                "runDetails.metadata.finishedOn is not what the journal says",
            )
            assert codes(
                lambda s: s["buildDefinition"]["externalParameters"].update(workflow="x")
            ) == ["verify.changed"]

        with_provenance(tmp_path, then)

    def test_a_result_that_is_another(self, tmp_path: Path) -> None:
        def then(found: Told) -> None:
            (head, result) = found.subjects
            other = found._replace(subjects=[head, Subject(name=result.name, sha256=head.sha256)])
            (got,) = other.changed(lambda _: None) or ()
            assert (got.code, result.name in got.text) == ("verify.subject_changed", True)
            (got,) = found._replace(subjects=[head]).changed(lambda _: None) or ()
            assert got.code == "verify.subject_missing"

        with_provenance(tmp_path, then)

    def test_it_parses_as_the_protobuf_of_in_toto(self, tmp_path: Path) -> None:
        from google.protobuf import json_format
        from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
        from in_toto_attestation.v1 import statement_pb2

        def then(found: Told) -> None:
            parsed = json_format.ParseDict(found.predicate, provenance_pb2.Provenance())
            definition = parsed.build_definition
            assert definition.build_type == slsa.BUILD_TYPE
            assert parsed.run_details.metadata.started_on.seconds > 0
            assert [each.name[:5] for each in definition.resolved_dependencies] == ["code "]
            content = found.signed(found.predicate).payload
            whole = json_format.Parse(content, statement_pb2.Statement())
            assert whole.subject[0].digest["sha256"] == found.subjects[0].sha256
            spoilt = {**found.predicate, "unheardOf": 1}
            with pytest.raises(json_format.ParseError):
                json_format.ParseDict(spoilt, provenance_pb2.Provenance())

        with_provenance(tmp_path, then)

    def test_a_run_that_was_not_registered_or_is_not_covered(self, tmp_path: Path) -> None:
        def tell(artifacts: Artifacts) -> Told:
            with pytest.raises(Missing) as refused:
                slsa.provenance(artifacts, RUN, log=log_of(artifacts))
            assert refused.value.code == "artifact.missing"
            with pytest.raises(Missing) as refused:
                slsa.provenance(artifacts, RUN, log=Checkpoint("x", 0, b""))
            assert refused.value.code == "evidence.not_covered"
            other = RunId("default", "gone", 1)
            with pytest.raises(Missing) as refused:
                slsa.provenance(artifacts, other, log=log_of(artifacts))
            assert refused.value.code == "run.missing"
            return Told(artifacts, "", [], {})

        _at_work(tmp_path, tell, lambda _: None)


def test_files_that_are_not_what_was_signed() -> None:
    said = [subject("a"), subject("b"), subject("c"), subject("elsewhere")]
    digests = {"a": digest_of("a"), "b": digest_of("tampered"), "c": None}
    found = list(against_files(said, digests))
    assert [each.code for each in found] == ["verify.subject_changed", "verify.subject_missing"]
    assert "the file b " in found[0].text
    assert digest_of("tampered") in found[0].text
