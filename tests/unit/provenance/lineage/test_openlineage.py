"""OpenLineage events: against a schema written from the specification, and the same twice."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from tests.unit.provenance.agents_at_work import office
from tests.unit.provenance.lineage.lineage_flows import lineage_adds, lineage_breaks
from tests.unit.provenance.provenance_parts import an_artifact
from tests.unit.tenancy.parts import HandClock

from tarl.errors import TarlError
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.lineage.drawing import Drawer
from tarl.provenance.openlineage import run_events
from tarl.values.ids import RunId

_FACETS = {
    "type": "object",
    "additionalProperties": {"type": "object", "required": ["_producer", "_schemaURL"]},
}
_DATASETS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"facets": _FACETS},
        "required": ["namespace", "name"],
    },
}
SCHEMA = {
    "type": "object",
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "producer": {"type": "string", "pattern": "^https://"},
        "schemaURL": {"type": "string", "pattern": r"#/\$defs/RunEvent$"},
        "run": {
            "type": "object",
            "properties": {"runId": {"type": "string"}, "facets": _FACETS},
            "required": ["runId"],
        },
        "job": {
            "type": "object",
            "properties": {"facets": _FACETS},
            "required": ["namespace", "name"],
        },
        "inputs": _DATASETS,
        "outputs": _DATASETS,
    },
    "required": ["eventTime", "job", "producer", "run", "schemaURL"],
    "additionalProperties": False,
}


def events_of(path: Path, id: str) -> list[dict[str, Any]]:
    path.mkdir(exist_ok=True)

    async def go() -> list[dict[str, Any]]:
        async with office(path / "t.db", lineage_adds, lineage_breaks) as place:
            await place.runtime.run(lineage_adds, 1, id="good")
            with contextlib.suppress(TarlError):
                await place.runtime.run(lineage_breaks, id="bad")
            artifacts = Artifacts(place.store, HandClock())
            drawing = Drawer(place.store, registered=artifacts).draw(RunId("default", id, 1))
            report, code = an_artifact("report", "report"), an_artifact("code")
            return run_events(drawing, origin="tarl/x", produced=[report, code])

    return asyncio.run(go())


def test_a_run_has_a_beginning_and_an_end(tmp_path: Path) -> None:
    told = events_of(tmp_path / "1", "good")
    for event in told:
        Draft202012Validator(SCHEMA).validate(event)
    started, ended = told
    assert (started["eventType"], ended["eventType"]) == ("START", "COMPLETE")
    assert started["run"]["runId"] == ended["run"]["runId"]
    assert uuid.UUID(started["run"]["runId"]).version == 5
    assert started["job"]["name"] == lineage_adds.name
    assert [each["name"] for each in ended["outputs"]] == [an_artifact("report").sha256]
    assert events_of(tmp_path / "2", "good")[0]["run"]["runId"] == started["run"]["runId"]


def test_a_run_that_failed(tmp_path: Path) -> None:
    told = events_of(tmp_path, "bad")
    assert [event["eventType"] for event in told] == ["START", "FAIL"]
