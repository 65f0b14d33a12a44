"""Promotions in a journal: what is asked, decided, taken back and lifted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.unit.governance.promotion.promotion_parts import (
    RELEASE,
    SUBJECT,
    Yard,
    answers,
    codes,
    key_of,
    ready,
    release,
)

from tarl.errors import Conflict, Denied, Invalid, Missing
from tarl.governance.promotion import events
from tarl.governance.promotion.deciding import IN_SOURCE, NOT_REVOKED
from tarl.governance.promotion.form import EXTENSION, schema
from tarl.governance.promotion.pipeline import SUMMARY, TEST_RESULT
from tarl.governance.promotion.pipeline_file import parse
from tarl.provenance.attestations import statement


@pytest.fixture
def yard() -> Yard:
    return Yard().people()


def test_an_artifact_goes_from_dev_to_prod_by_what_others_signed(yard: Yard) -> None:
    yard.made_by("dan")
    tested = yard.tested()
    staged = yard.promote()
    assert staged.outcome == "PASSED"
    yard.approve("ann", "ben")
    promoted = yard.promote("stage", "prod")
    assert answers(promoted) == {
        IN_SOURCE: "PASSED",
        NOT_REVOKED: "PASSED",
        "tests": "PASSED",
        "approvals": "PASSED",
    }
    assert promoted.outcome == "PASSED"
    assert staged.statement is not None
    assert promoted.statement is not None
    said = promoted.statement.predicate
    inputs = {each["digest"]["sha256"] for each in said["inputAttestations"]}
    assert {tested.id, staged.statement.id} < inputs
    assert len(inputs) == 4
    assert (yard.place("stage"), yard.place("prod")) == ("promoted", "promoted")


def test_the_decision_is_a_verification_summary_over_the_digest(yard: Yard) -> None:
    yard.tested()
    made = yard.promote().statement
    assert made is not None
    assert (made.predicate_type, made.signers) == (SUMMARY, ("ci",))
    assert [s.sha256 for s in made.subjects] == [SUBJECT.sha256]
    Draft202012Validator(schema()).validate(made.predicate)
    assert made.predicate["verifiedLevels"] == ["TARL_GATES_PASSED"]
    assert made.predicate["verifier"] == {"id": "https://tarl.dev/principal/default/ci"}
    assert made.predicate["policy"]["digest"] == {"sha256": release().digest}
    assert made.predicate["resourceUri"] == "https://tarl.dev/environment/default/release/stage"
    assert statement.check(made.envelope, {key_of("ci").verifier.label: key_of("ci").verifier})


def test_missing_evidence_is_inconclusive_and_signed_by_nobody(yard: Yard) -> None:
    made = yard.promote()
    assert (made.outcome, made.statement) == ("INCONCLUSIVE", None)
    assert "promotion.evidence" in codes(made)
    assert yard.attestations.about(SUBJECT.sha256) == ()
    assert yard.place("stage") == "absent"


def test_evidence_that_says_no_is_failed_and_takes_the_place_away(yard: Yard) -> None:
    yard.tested()
    assert yard.promote().outcome == "PASSED"
    yard.tested("FAILED")
    made = yard.promote()
    assert made.outcome == "FAILED"
    assert made.statement is not None
    assert made.statement.predicate["verificationResult"] == "FAILED"
    assert made.statement.predicate["verifiedLevels"] == ["FAILED"]
    assert yard.place("stage") == "failed"
    yard.tested()
    assert yard.promote().outcome == "PASSED"
    assert yard.place("stage") == "promoted"


def test_what_is_inconclusive_leaves_what_stood(yard: Yard) -> None:
    yard.tested()
    yard.promote()
    yard.clock.at_ms += 8 * 86_400_000
    assert yard.promote().outcome == "INCONCLUSIVE"
    assert yard.place("stage") == "promoted"


def test_no_step_is_skipped_unless_the_pipeline_declares_it(yard: Yard) -> None:
    with pytest.raises(Denied, match="no step from dev to prod") as refused:
        yard.promote("dev", "prod")
    assert refused.value.code == "promotion.step"
    assert yard.promotions.way(SUBJECT.sha256).seq == 0
    short = parse(RELEASE + '[[step]]\nfrom = "dev"\nto = "prod"\n')
    ready(yard)
    assert yard.promote("dev", "prod", short).outcome == "PASSED"


def test_prod_asks_for_the_decision_about_stage(yard: Yard) -> None:
    yard.made_by("dan")
    yard.tested()
    yard.approve("ann", "ben")
    made = yard.promote("stage", "prod")
    assert (made.outcome, answers(made)[IN_SOURCE]) == ("INCONCLUSIVE", "INCONCLUSIVE")
    yard.promote()
    assert yard.promote("stage", "prod").outcome == "PASSED"


def test_a_decision_under_another_edition_of_the_pipeline_does_not_count(yard: Yard) -> None:
    ready(yard)
    looser = parse(RELEASE.replace("threshold = 2", "threshold = 1"))
    assert yard.promote("stage", "prod", looser).outcome == "INCONCLUSIVE"
    accepting = RELEASE.replace(
        'clock_skew = "1m"', f'clock_skew = "1m"\nearlier_editions = ["{release().digest}"]'
    )
    assert yard.promote("stage", "prod", parse(accepting)).outcome == "PASSED"


def test_the_author_cannot_approve(yard: Yard) -> None:
    yard.made_by("ann")
    yard.tested()
    yard.promote()
    yard.approve("ann", "ben")
    made = yard.promote("stage", "prod")
    assert (made.outcome, answers(made)["approvals"]) == ("INCONCLUSIVE", "INCONCLUSIVE")
    assert "promotion.author" in codes(made)
    yard.approve("cleo")
    assert yard.promote("stage", "prod").outcome == "PASSED"


def test_whoever_says_who_made_it_cannot_approve_either(yard: Yard) -> None:
    yard.say("https://tarl.dev/attestation/authorship/v1", {"authors": ["dan"]}, "ann")
    yard.tested()
    yard.promote()
    yard.approve("ann", "ben")
    assert yard.promote("stage", "prod").outcome == "INCONCLUSIVE"


def test_whoever_registered_it_made_it(yard: Yard) -> None:
    from tarl.provenance.artifacts.artifact import Artifact

    artifact = Artifact(sha256=SUBJECT.sha256, kind="binary", name="app")
    yard.artifacts.register(artifact, by="ben")
    yard.tested()
    yard.promote()
    yard.approve("ann", "ben")
    assert "promotion.author" in codes(yard.promote("stage", "prod"))


def test_without_an_author_nobody_can_approve(yard: Yard) -> None:
    yard.tested()
    yard.promote()
    yard.approve("ann", "ben")
    made = yard.promote("stage", "prod")
    assert made.outcome == "INCONCLUSIVE"
    assert "promotion.author_unknown" in codes(made)


def test_one_person_counts_once_under_two_keys(yard: Yard) -> None:
    yard.made_by("dan")
    yard.tested()
    yard.promote()
    yard.approve("ann")
    new = yard.rotate("ann")
    yard.clock.at_ms += 1
    yard.words.answer(SUBJECT, "prod", "approve", signer=new)
    made = yard.promote("stage", "prod")
    assert (made.outcome, answers(made)["approvals"]) == ("INCONCLUSIVE", "INCONCLUSIVE")


def test_one_person_counts_once_under_two_principals(yard: Yard) -> None:
    yard.register("ann-admin")
    pipeline = parse(
        RELEASE.replace('"ann", "ben", "cleo"]', '"ann", "ann-admin", "ben"]')
        + '[people]\nann = ["ann", "ann-admin"]\n'
    )
    yard.made_by("dan")
    yard.tested()
    yard.promote("dev", "stage", pipeline)
    yard.approve("ann", "ann-admin")
    assert yard.promote("stage", "prod", pipeline).outcome == "INCONCLUSIVE"
    yard.approve("ben")
    assert yard.promote("stage", "prod", pipeline).outcome == "PASSED"


def test_a_rejection_fails_whatever_others_approve(yard: Yard) -> None:
    ready(yard)
    yard.approve("cleo", decision="reject")
    assert yard.promote("stage", "prod").outcome == "FAILED"
    yard.approve("cleo")
    assert yard.promote("stage", "prod").outcome == "PASSED"


def test_an_approval_for_another_environment_or_by_a_program_does_not_count(yard: Yard) -> None:
    ready(yard)
    pipeline = parse(RELEASE.replace('"ann", "ben", "cleo"]', '"ann", "bot"]'))
    yard.register("bot", "agent")
    yard.approve("bot")
    yard.promote("dev", "stage", pipeline)
    made = yard.promote("stage", "prod", pipeline)
    assert made.outcome == "INCONCLUSIVE"
    assert "promotion.not_human" in codes(made)
    yard.words.answer(SUBJECT, "stage", "approve", signer=key_of("cleo"))
    cleo = parse(RELEASE.replace('"ann", "ben", "cleo"]', '"ann", "cleo"]'))
    yard.promote("dev", "stage", cleo)
    assert yard.promote("stage", "prod", cleo).outcome == "INCONCLUSIVE"


def test_whoever_is_revoked_promotes_nothing(yard: Yard) -> None:
    from tarl.kernel.approvals.names import PrincipalId

    ready(yard)
    yard.principals.revoke(PrincipalId("default", "ben"), "left", at_ms=yard.clock.now_ms())
    made = yard.promote("stage", "prod")
    assert made.outcome == "INCONCLUSIVE"
    assert "promotion.signer" in codes(made)
    yard.principals.revoke(PrincipalId("default", "ci"), "stolen", at_ms=yard.clock.now_ms())
    assert yard.place("stage") == "absent"


# --- taken back


def test_a_revocation_wins_over_what_was_decided_before(yard: Yard) -> None:
    ready(yard)
    yard.promote("stage", "prod")
    made = yard.words.revoke(SUBJECT, "prod", release(), reason="a hole", signer=key_of("ann"))
    assert made.predicate["verificationResult"] == "FAILED"
    assert yard.place("prod") == "revoked"
    again = yard.promote("stage", "prod")
    assert (again.outcome, answers(again)[NOT_REVOKED]) == ("FAILED", "FAILED")
    assert yard.place("stage") == "promoted"


def test_an_older_decision_that_is_replayed_brings_nothing_back(yard: Yard) -> None:
    yard.tested()
    passed = yard.promote().statement
    assert passed is not None
    yard.clock.at_ms += 3_600_000
    revoked = yard.words.revoke(SUBJECT, "stage", release(), reason="no", signer=key_of("ann"))
    yard.attestations.record(passed.envelope)
    assert yard.place("stage") == "revoked"
    other = Yard().people()  # a journal that hears of it in the other order
    other.clock.at_ms = yard.clock.at_ms + 1
    other.attestations.record(revoked.envelope)
    other.attestations.record(passed.envelope)
    assert other.place("stage") == "revoked"


def test_a_revocation_wins_though_the_clock_was_set_back(yard: Yard) -> None:
    yard.tested()
    yard.promote()
    yard.clock.at_ms -= 86_400_000
    yard.words.revoke(SUBJECT, "stage", release(), reason="no", signer=key_of("ann"))
    assert yard.place("stage") == "revoked"


@pytest.mark.parametrize("fails", ["revoked", "failed"])
def test_a_decision_by_a_clock_that_was_ahead_does_not_come_true_later(
    yard: Yard, fails: str
) -> None:
    ahead = Yard().people()
    ahead.clock.at_ms += 86_400_000
    ahead.tested()
    passed = ahead.promote().statement
    assert passed is not None
    yard.attestations.record(passed.envelope)
    assert yard.place("stage") == "absent"
    if fails == "revoked":
        yard.words.revoke(SUBJECT, "stage", release(), reason="no", signer=key_of("ann"))
    else:
        yard.tested("FAILED")
        assert yard.promote().outcome == "FAILED"
    yard.clock.at_ms += 2 * 86_400_000
    assert yard.place("stage") == fails


def test_a_revocation_stands_until_somebody_else_lifts_it_and_the_gates_decide(yard: Yard) -> None:
    yard.made_by("ben")
    yard.tested()
    yard.promote()
    yard.words.revoke(SUBJECT, "stage", release(), reason="a hole", signer=key_of("ann"))
    yard.tested()
    assert yard.promote().outcome == "FAILED"
    with pytest.raises(Denied) as author:
        yard.words.reinstate(SUBJECT, "stage", release(), reason="ok", signer=key_of("ben"))
    assert author.value.code == "promotion.author"
    with pytest.raises(Denied) as stranger:
        yard.words.reinstate(SUBJECT, "stage", release(), reason="ok", signer=key_of("cleo"))
    assert stranger.value.code == "promotion.revoker"
    yard.words.reinstate(SUBJECT, "stage", release(), reason="not reached", signer=key_of("ann"))
    assert yard.place("stage") == "failed"
    assert yard.promote().outcome == "PASSED"
    assert yard.place("stage") == "promoted"
    with pytest.raises(Conflict) as lifted:
        yard.words.reinstate(SUBJECT, "stage", release(), reason="ok", signer=key_of("ann"))
    assert lifted.value.code == "promotion.not_revoked"


def test_an_authors_own_statement_lifts_nothing(yard: Yard) -> None:
    yard.made_by("ben")
    yard.tested()
    yard.promote()
    made = yard.words.revoke(SUBJECT, "stage", release(), reason="no", signer=key_of("ann"))
    kind = "https://tarl.dev/attestation/reinstatement/v1"
    for name in ("ben", "cleo", "ci"):
        yard.say(kind, {"revocation": made.id, "reason": name}, name)
    for said in ({}, {"revocation": [made.id]}, {"revocation": None}):
        yard.say(kind, said, "ann")
    assert yard.promote().outcome == "FAILED"


def test_summaries_of_strangers_count_for_nothing(yard: Yard) -> None:
    yard.tested()
    passed = yard.promote().statement
    assert passed is not None
    forged = json.loads(json.dumps(passed.predicate))
    forged["resourceUri"] = forged["resourceUri"].replace("stage", "prod")
    yard.say(SUMMARY, forged, "cleo")  # says that ci decided
    forged["verifier"] = {"id": "https://tarl.dev/principal/default/cleo"}
    yard.say(SUMMARY, forged, "cleo")
    assert yard.place("prod") == "absent"
    failed = {**forged, "verificationResult": "FAILED", "verifiedLevels": ["FAILED"]}
    failed["resourceUri"] = passed.predicate["resourceUri"]
    del failed[EXTENSION]
    yard.say(SUMMARY, failed, "cleo")
    assert yard.place("stage") == "promoted"


# --- who may, and what is refused


def test_only_verifiers_decide_and_only_revokers_revoke(yard: Yard) -> None:
    with pytest.raises(Denied) as verifier:
        yard.promote(by="ann")
    assert verifier.value.code == "promotion.verifier"
    with pytest.raises(Denied) as revoker:
        yard.words.revoke(SUBJECT, "prod", release(), reason="no", signer=key_of("ci"))
    assert revoker.value.code == "promotion.revoker"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda y: y.promote("dev", "production"), "environment.unknown"),
        (lambda y: y.words.answer(SUBJECT, "prod", "maybe", signer=key_of("ann")), None),
        (lambda y: y.promotions.pipeline_of(SUBJECT.sha256), "promotion.missing"),
        (
            lambda y: y.words.revoke(SUBJECT, "prod", release(), reason=" ", signer=key_of("ann")),
            "promotion.reason",
        ),
        (lambda y: y.promotions.ls(limit=0), "page.bounds"),
        (lambda y: y.promotions.way("abc"), "artifact.digest"),
    ],
)
def test_what_is_malformed_is_refused(yard: Yard, call: Any, code: str | None) -> None:
    with pytest.raises((Invalid, Missing)) as refused:
        call(yard)
    assert refused.value.code == (code or "promotion.decision")
    assert refused.value.next_step


# --- on record


def test_an_open_request_is_taken_up(yard: Yard) -> None:
    yard.tested()
    asks: list[str] = []

    def dies(question: Any) -> bool:
        asks.append(question.target)
        return True

    pipeline = release('[[gate]]\nname = "smoke"\nfunction = "smoke"\n')
    yard.functions.register("smoke", dies)
    request = yard.promotions._requested(_asked(yard, pipeline), "dev", "stage")
    way = yard.promotions.way(SUBJECT.sha256)
    assert (way.open is not None, way.seq, asks) == (True, 1, [])
    (row,) = yard.promotions.ls().items
    assert (row["outcome"], row["environment"]) == ("OPEN", "stage")
    made = yard.promote("dev", "stage", pipeline)
    assert (made.request.id, made.outcome, asks) == (request, "PASSED", ["stage"])
    assert yard.promotions.way(SUBJECT.sha256).seq == 2


def test_a_request_for_something_else_ends_the_open_one_without_a_promotion(yard: Yard) -> None:
    yard.tested()
    first = yard.promotions._requested(_asked(yard, release()), "dev", "stage")
    made = yard.promote("dev", "stage", parse(RELEASE.replace("7d", "6d")))
    way = yard.promotions.way(SUBJECT.sha256)
    ended = way.requests[first].decided
    assert ended is not None
    assert (ended.outcome, ended.statement, made.outcome) == ("INCONCLUSIVE", None, "PASSED")


def _asked(yard: Yard, pipeline: Any) -> Any:
    from tarl.governance.promotion.ledger import _Asked

    return _Asked(SUBJECT, pipeline, key_of("ci"), False, "default")


def test_the_same_answer_makes_no_second_statement(yard: Yard) -> None:
    yard.tested()
    first, second = yard.promote(), yard.promote()
    assert first.statement is not None
    assert second.statement is not None
    assert (first.statement.id, second.decided.repeats) == (second.statement.id, True)
    third = yard.promote(again=True)
    assert third.statement is not None
    assert third.statement.id != first.statement.id
    assert not third.decided.repeats


def test_a_statement_that_was_taken_back_is_not_made_use_of_again(yard: Yard) -> None:
    yard.made_by("dan")
    yard.tested()
    first = yard.promote().statement
    yard.words.revoke(SUBJECT, "stage", release(), reason="no", signer=key_of("ann"))
    yard.words.reinstate(SUBJECT, "stage", release(), reason="yes", signer=key_of("ben"))
    second = yard.promote()
    assert first is not None
    assert second.statement is not None
    assert (second.statement.id != first.id, second.decided.repeats) == (True, False)
    assert yard.place("stage") == "promoted"


def test_what_is_said_while_gates_are_asked_is_heard(yard: Yard) -> None:
    yard.tested()
    said: list[int] = []

    def smoke(question: Any) -> bool:
        if not said:
            said.append(1)
            yard.tested("FAILED")
        return True

    yard.functions.register("smoke", smoke)
    made = yard.promote("dev", "stage", release('[[gate]]\nname = "smoke"\nfunction = "smoke"\n'))
    assert made.outcome == "FAILED"


def test_a_tenant_has_promotions_of_its_own(yard: Yard) -> None:
    yard.tested()
    yard.promote()
    yard.register("ci", "service", tenant="acme")
    made = yard.promotions.promote(
        SUBJECT, "dev", "stage", release(), signer=key_of("ci", "acme"), tenant="acme"
    )
    assert made.outcome == "INCONCLUSIVE"
    assert [row["outcome"] for row in yard.promotions.ls(tenant="acme").items] == ["INCONCLUSIVE"]
    with pytest.raises(Denied):
        yard.promotions.promote(
            SUBJECT, "dev", "stage", release(), signer=key_of("ci"), tenant="acme", again=True
        )


def test_what_was_done_is_listed_page_by_page(yard: Yard) -> None:
    ready(yard)
    yard.promote("stage", "prod")
    yard.words.revoke(SUBJECT, "stage", release(), reason="no", signer=key_of("ann"))
    first = yard.promotions.ls(limit=1)
    assert [(r["environment"], r["outcome"]) for r in first.items] == [("stage", "REVOKED")]
    second = yard.promotions.ls(limit=1, cursor=first.cursor)
    assert [(r["environment"], r["outcome"]) for r in second.items] == [("prod", "PASSED")]
    assert second.cursor is None
    assert len(yard.promotions.ls(outcome="PASSED", environment="prod").items) == 1


def test_every_kind_of_event_reads_back(yard: Yard) -> None:
    ready(yard)
    yard.promote("stage", "prod")
    yard.words.revoke(SUBJECT, "prod", release(), reason="no", signer=key_of("ann"))
    yard.words.reinstate(SUBJECT, "prod", release(), reason="yes", signer=key_of("ben"))
    stream = events.promotion_stream("default", SUBJECT.sha256)
    assert {e.kind for e in yard.store.read(stream)} == set(events.BODIES)
    kinds = [type(said.body).__name__ for said in yard.promotions.way(SUBJECT.sha256).said]
    assert kinds[-2:] == ["Revoked", "Reinstated"]
    assert yard.promotions.pipeline_of(SUBJECT.sha256, "prod") == release()


def test_results_of_tests_are_of_the_newest(yard: Yard) -> None:
    yard.tested("FAILED")
    yard.tested("PASSED")
    assert yard.promote().outcome == "PASSED"
    yard.say(TEST_RESULT, {"other": 1}, "ci")
    assert yard.promote().outcome == "INCONCLUSIVE"
