"""Somebody who may write the journal's file, and holds nobody's key, wants an artifact promoted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.promotion.promotion_parts import (
    NOW_MS,
    SUBJECT,
    Yard,
    codes,
    key_of,
    ready,
    release,
)

from tarl.crypto.note import Signer
from tarl.errors import Corrupt
from tarl.governance.promotion.events import DECIDED, Decided, promotion_stream
from tarl.governance.promotion.ledger import _Asked
from tarl.governance.promotion.pipeline import APPROVAL, SUMMARY, TEST_RESULT
from tarl.journal.store import Batch
from tarl.provenance.attestations.events import STATEMENT_RECORDED, statement_stream
from tarl.provenance.attestations.statement import make
from tarl.values.canonical import encode
from tarl.values.instants import isoformat_ms
from tarl.values.plain import plain
from tarl.work.streams import continued


@pytest.fixture
def yard() -> Yard:
    return Yard().people()


def write(yard: Yard, predicate_type: str, predicate: dict[str, Any], name: str) -> None:
    """Write a statement into the journal in somebody's name, signed with another key."""
    yard.clock.at_ms += 1
    forger = Signer(key_of(name).name, key_of("mallory").key)
    envelope = make([SUBJECT], predicate_type, predicate, signers=[forger])
    envelope["signatures"][0]["keyid"] = key_of(name).verifier.label
    writer = continued(yard.store, statement_stream("default", SUBJECT.sha256), tenant="default")
    body = {"envelope": envelope, "signers": [name]}
    row = writer.append(STATEMENT_RECORDED, encode(body), at_ms=yard.clock.at_ms)
    yard.store.commit(Batch([row]))


def test_a_forged_test_result_is_not_counted(yard: Yard) -> None:
    write(yard, TEST_RESULT, {"result": "PASSED"}, "ci")
    assert yard.promote().outcome == "INCONCLUSIVE"


def test_a_forged_approval_is_not_counted(yard: Yard) -> None:
    yard.made_by("dan")
    yard.tested()
    yard.promote()
    for name in ("ann", "ben"):
        at = isoformat_ms(NOW_MS)
        said = {"decision": "approve", "environment": "prod", "decidedOn": at, "reason": ""}
        write(yard, APPROVAL, said, name)
    made = yard.promote("stage", "prod")
    assert (made.outcome, "promotion.evidence" in codes(made)) == ("INCONCLUSIVE", True)


def test_a_forged_decision_and_a_forged_lift_of_a_revocation_are_not_counted(yard: Yard) -> None:
    ready(yard)
    passed = yard.promote("stage", "prod").statement
    assert passed is not None
    revoked = yard.words.revoke(SUBJECT, "prod", release(), reason="no", signer=key_of("ann"))
    said = {**passed.predicate, "timeVerified": isoformat_ms(yard.clock.at_ms + 50_000)}
    write(yard, SUMMARY, said, "ci")
    kind = "https://tarl.dev/attestation/reinstatement/v1"
    write(yard, kind, {"revocation": revoked.id}, "ben")
    assert yard.place("prod") == "revoked"
    assert yard.promote("stage", "prod").outcome == "FAILED"


def test_a_forged_decision_about_an_open_request_is_found_out(yard: Yard) -> None:
    yard.tested()
    real = yard.promote().statement
    assert real is not None
    yard.tested("FAILED")
    asked = _Asked(SUBJECT, release(), key_of("ci"), False, "default")
    for statement in (None, "0" * 64, yard.attestations.about(SUBJECT.sha256)[0].id):
        request = yard.promotions._requested(asked, "dev", "stage")
        forged = Decided(
            request=request, outcome="PASSED", results=(), inputs=(), by="ci", statement=statement
        )
        stream = promotion_stream("default", SUBJECT.sha256)
        writer = continued(yard.store, stream, tenant="default")
        row = writer.append(DECIDED, encode(plain(forged)), at_ms=yard.clock.at_ms)
        yard.store.commit(Batch([row]))
        with pytest.raises(Corrupt) as found:
            yard.promotions._decided(asked, request)
        assert found.value.code == "promotion.unproved"
    assert yard.promote().outcome == "FAILED"
