"""A run as SLSA provenance v1: what it was asked, by what code, and on what it stood.

The predicate is that of slsa.dev/spec/v1.0/provenance (``https://slsa.dev/provenance/v1``), for
tools of the supply chain. It says what the signer says; whoever wants proof takes the run's
evidence. The builder is named by the journal's log, whose word the history is; that claims no level
of SLSA.

Drawn from the journal as it was at one size of its log: drawn again, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tarl.crypto.note import Checkpoint
from tarl.errors import Missing
from tarl.journal.event import Event
from tarl.provenance.artifacts.artifact import Artifact
from tarl.provenance.artifacts.ledger import Artifacts, Lineage
from tarl.provenance.attestations.statement import Subject
from tarl.provenance.bearing import Bearing
from tarl.provenance.lineage.story import Story, story_of
from tarl.trust.signed import parse
from tarl.values.ids import RunId
from tarl.values.instants import to_datetime

BUILD_TYPE = "https://tarl.dev/slsa/run/v1"


def provenance(
    artifacts: Artifacts, run: RunId, *, log: Checkpoint
) -> tuple[list[Subject], dict[str, Any]]:
    """What the provenance of a run is about, and what it says.

    Args:
        artifacts: Those of the journal, the run registered among them (``register_run``).
        run: Which run.
        log: Its log; events after it are left out.

    Raises:
        Missing: no such run, none of its events lies within the checkpoint
            (``evidence.not_covered``), or it was not registered as it is there
            (``artifact.missing``).
        ChainBrokenError: the run's history is damaged.
    """
    bearing, covered = Bearing(artifacts.store, run, size=log.size), []
    for event in artifacts.store.read(run.stream):
        if event.log_index >= log.size:
            break
        bearing.note(event)
        covered.append(event)
    if not covered and artifacts.store.head(run.stream) is not None:
        raise Missing(f"no checkpoint covers {run.ref} yet", code="evidence.not_covered")
    story = story_of(artifacts.store, run, covered)
    lineage = artifacts.up(story.head, log_size=log.size, tenant=run.tenant)
    return _subjects(story), _predicate(story, lineage, bearing, log)


def _subjects(story: Story) -> list[Subject]:
    """The run by its last event, and its result, if it has one."""
    found = [Subject(name=story.run.stream, sha256=story.head)]
    if story.result_sha256 is not None:
        found.append(Subject(name=f"{story.run.stream}#result", sha256=story.result_sha256))
    return found


def _predicate(story: Story, lineage: Lineage, bearing: Bearing, log: Checkpoint) -> dict[str, Any]:
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": _asked_for(story),
            "internalParameters": {"environments": list(_environments(lineage))},
            "resolvedDependencies": [
                resource(artifact) for artifact in sorted(lineage.artifacts, key=_place)
            ],
        },
        "runDetails": {
            "builder": {"id": f"urn:tarl:log:{log.origin}"},
            "metadata": _metadata(story),
            "byproducts": [
                resource_of_log(log),
                _course(story),
                *(entry for record in bearing.records() for entry in _record(record.event)),
            ],
        },
    }


def _asked_for(story: Story) -> dict[str, Any]:
    if story.started is None:
        return {"erased": True}
    asked: dict[str, Any] = {
        "input": {"digest": {"sha256": story.input_sha256}},
        "workflow": story.started.workflow,
    }
    acting = story.started.acting
    if acting is not None:
        asked |= {"agent": acting.agent, "task": acting.task}
    return asked


def _environments(lineage: Lineage) -> Iterator[dict[str, Any]]:
    """Where the workflow was found installed, without what it depends on there."""
    for artifact in sorted(lineage.artifacts, key=_place):
        here = artifact.facts.get("manifest", {}).get("environment")
        if artifact.kind == "workflow" and here is not None:
            yield {name: here[name] for name in sorted(here) if name != "distributions"}


def _place(artifact: Artifact) -> tuple[str, str, str]:
    return artifact.kind, artifact.name, artifact.sha256


def resource(artifact: Artifact) -> dict[str, Any]:
    """An artifact as in-toto's ResourceDescriptor."""
    found: dict[str, Any] = {
        "annotations": {"kind": artifact.kind},
        "digest": {"sha256": artifact.sha256},
        "name": artifact.name,
    }
    if artifact.version:
        found["annotations"]["version"] = artifact.version
    if artifact.purl is not None:
        found["uri"] = artifact.purl
    if artifact.media_type is not None:
        found["mediaType"] = artifact.media_type
    return found


def resource_of_log(log: Checkpoint) -> dict[str, Any]:
    """A log at one size as in-toto's ResourceDescriptor."""
    return {
        "annotations": {"origin": log.origin, "size": log.size},
        "digest": {"sha256": log.root.hex()},
        "name": "log",
    }


def _metadata(story: Story) -> dict[str, Any]:
    assert story.first is not None
    assert story.last is not None
    found = {"invocationId": story.run.stream, "startedOn": _instant(story.first)}
    return found | ({"finishedOn": _instant(story.last)} if story.is_closed else {})


def _course(story: Story) -> dict[str, Any]:
    assert story.last is not None
    steps = {word: story.steps[word] for word in ("completed", "denied", "failed")}
    course = {"events": story.last.seq, "status": story.status, "steps": steps}
    return {"annotations": course, "digest": {"sha256": story.head}, "name": "history"}


def _record(event: Event) -> Iterator[dict[str, Any]]:
    """Grants, policies and approvals that bear on the run, by digest."""
    kind = event.kind.partition(".")[0]
    if kind in ("authority", "genesis", "attestation", "delegation") and event.body is not None:
        signed = parse(msgspec.json.decode(event.body)["envelope"])
        yield {"digest": {"sha256": signed.digest}, "name": f"{kind} of {event.stream}"}
    elif kind in ("approval", "policy"):
        digest = {"sha256": event.digest.hex()}
        yield {"digest": digest, "name": f"{event.kind} in {event.stream}"}


def _instant(event: Event) -> str:
    """RFC 3339 to the second, as in-toto's timestamps."""
    return to_datetime(event.recorded_at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
