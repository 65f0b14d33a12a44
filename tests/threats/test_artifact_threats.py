"""Somebody who holds the store writes past the ledger of artifacts: what was said first stands."""

from __future__ import annotations

import pytest
from tests.unit.provenance.provenance_parts import Place, an_artifact, digest_of

from tarl.errors import Missing
from tarl.journal.store import Batch
from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.provenance.artifacts.events import (
    ARTIFACT_REGISTERED,
    ARTIFACT_RELATED,
    ArtifactRegistered,
    ArtifactRelated,
    artifact_stream,
)
from tarl.values.canonical import encode
from tarl.values.plain import plain
from tarl.work.streams import continued

A, B = digest_of("a"), digest_of("b")


@pytest.fixture
def place() -> Place:
    here = Place()
    here.artifacts.record([an_artifact("a"), an_artifact("b")], by="alice")
    here.artifacts.relate(A, B, "uses", {"n": 1}, by="alice")
    return here


def written(place: Place, sha256: str, said: Artifact | Relation) -> None:
    writer = continued(place.store, artifact_stream("default", sha256), tenant="default")
    if isinstance(said, Artifact):
        body = encode(plain(ArtifactRegistered(artifact=said, by="mallory")))
        row = writer.append(ARTIFACT_REGISTERED, body, at_ms=0)
    else:
        body = encode(plain(ArtifactRelated(relation=said, by="mallory")))
        row = writer.append(ARTIFACT_RELATED, body, at_ms=0)
    place.store.commit(Batch([row]))


def test_another_description_of_the_same_content(place: Place) -> None:
    written(place, A, Artifact(sha256=A, kind="model", name="other"))
    written(place, B, Artifact(sha256=A, kind="model", name="other"))
    assert place.artifacts.get(A) == an_artifact("a")
    assert len(place.artifacts.ls().items) == 2


def test_other_facts_of_the_same_relation(place: Place) -> None:
    written(place, A, Relation(source=A, target=B, type="uses", facts={"n": 2}))
    written(place, B, Relation(source=A, target=B, type="requires"))
    (found,) = place.artifacts.up(A).relations
    assert (found.type, found.facts) == ("uses", {"n": 1})


def test_a_circle_ends_and_a_missing_end_is_named(place: Place) -> None:
    written(place, B, Relation(source=B, target=A, type="uses"))
    assert [each.name for each in place.artifacts.up(A).artifacts] == ["b"]
    written(place, B, Relation(source=B, target=digest_of("gone"), type="uses"))
    with pytest.raises(Missing) as refused:
        place.artifacts.up(A)
    assert refused.value.facts["artifact"] == digest_of("gone")
