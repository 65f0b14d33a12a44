"""Runs as in-toto statements."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.provenance.agents_at_work import Office, at_work
from tests.unit.provenance.flows import evidence_mails

from tarl.crypto import dsse
from tarl.crypto.keys import Keyring
from tarl.errors import Missing
from tarl.provenance.statement import PAYLOAD_TYPE, statement
from tarl.values.canonical import encode
from tarl.values.ids import RunId


def envelope_of(tmp_path: Path) -> dict[str, Any]:
    async def work(place: Office) -> bytes:
        place.settle()
        await place.runtime.run(evidence_mails, 2, id="m", agent="clerk", task="t")
        place.export("m")
        note = place.store.checkpoints()[0].note
        with pytest.raises(Missing):
            statement(place.store, place.keyring, RunId("default", "none", 1), note=note)
        run = RunId("default", "m", 1)
        (tmp_path / "head").write_bytes(list(place.store.read(run.stream))[-1].digest)
        return encode(statement(place.store, place.keyring, run, note=note))

    envelope: dict[str, Any] = json.loads(at_work(tmp_path, work, evidence_mails))
    return envelope


def test_a_run_is_the_subject_of_a_statement_that_the_operator_signed(tmp_path: Path) -> None:
    envelope = envelope_of(tmp_path)
    said = json.loads(dsse.verify(envelope, PAYLOAD_TYPE, Keyring().public("operator")))

    assert set(envelope) == {"payload", "payloadType", "signatures"}
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "urn:tarl:run:v1"
    digest = {"sha256": (tmp_path / "head").read_bytes().hex()}
    assert said["subject"] == [{"name": "run/default/m/1", "digest": digest}]
    details = said["predicate"]["runDetails"]
    assert details["metadata"]["steps"] == {"completed": 3, "denied": 0, "failed": 0}
    assert details["metadata"]["status"] == "completed"
    names = [record["name"].split(" ")[0] for record in details["byproducts"]]
    assert sorted(names) == ["attestation", "authority", "delegation", "genesis"]
    asked = said["predicate"]["runDefinition"]
    assert asked["externalParameters"] == {"agent": "clerk", "task": "t"}
    assert asked["workflow"].endswith("evidence_mails")


def test_the_statement_is_signed_with_its_type(tmp_path: Path) -> None:
    envelope = envelope_of(tmp_path)
    payload = base64.b64decode(envelope["payload"])

    assert dsse.pae(PAYLOAD_TYPE, payload).startswith(b"DSSEv1 28 application/vnd.in-toto+json ")
