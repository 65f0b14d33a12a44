"""A decision that a stranger checks, with a key, a digest and an environment."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.unit.governance.promotion.promotion_parts import (
    RELEASE,
    SUBJECT,
    Yard,
    key_of,
    release,
)
from tests.unit.provenance.provenance_parts import OPERATOR, digest_of

from tarl.errors import Invalid
from tarl.governance.promotion.checking import Checked, Wanted, check
from tarl.governance.promotion.form import EXTENSION, schema
from tarl.governance.promotion.pipeline import SUMMARY, TEST_RESULT
from tarl.governance.promotion.pipeline_file import parse
from tarl.governance.promotion.summary import levels_of, read_summary
from tarl.provenance.attestations.statement import Subject, make


@pytest.fixture
def yard() -> Yard:
    return Yard().people()


def passed(yard: Yard, **options: Any) -> dict[str, Any]:
    yard.tested()
    made = yard.promote(**options).statement
    assert made is not None
    return made.envelope


def wanted(yard: Yard, **options: Any) -> Wanted:
    said: dict[str, Any] = {
        "sha256": SUBJECT.sha256,
        "environment": "stage",
        "at_ms": yard.clock.at_ms,
        **options,
    }
    return Wanted(**said)


CI = key_of("ci").verifier
SCHEMA = Draft202012Validator(schema())


def broken(found: Checked) -> list[str]:
    return [each.name for each in found.checks if not each.holds]


def test_what_passed_is_proved_and_what_is_not_is_said(yard: Yard) -> None:
    found = check(passed(yard), [CI], wanted(yard, pipeline=release()))
    assert (found.outcome, broken(found)) == ("PASSED", [])
    assert [each.name for each in found.checks] == [
        *("signature", "subject", "verifier", "environment", "verifiers", "pipeline"),
        *("time", "decision"),
    ]
    assert len(found.unknown) == 1
    assert "nobody has said FAILED" in found.unknown[0]
    without = check(passed(yard), [CI], wanted(yard))
    assert without.outcome == "PASSED"
    assert any("by which rules" in text for text in without.unknown)
    assert json.dumps(without.as_data())


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"sha256": digest_of("another")}, ["subject"]),
        ({"environment": "prod"}, ["environment"]),
        ({"environment": "prod", "pipeline": release()}, ["environment"]),
        ({"pipeline": parse(RELEASE.replace("7d", "8d"))}, ["pipeline"]),
        ({"pipeline": parse(RELEASE.replace('verifiers = ["ci"]', 'verifiers = ["ann"]'))}, None),
        ({"max_age_ms": 1_000}, ["age"]),
        ({"at_ms": 0}, ["time"]),
    ],
)
def test_what_does_not_fit_is_not_proved(
    yard: Yard, options: dict[str, Any], names: list[str] | None
) -> None:
    envelope = passed(yard)
    yard.clock.at_ms += 2_000
    found = check(envelope, [CI], wanted(yard, **options))
    assert found.outcome == "NOT PROVED"
    assert broken(found) == (names or ["verifiers", "pipeline"])


def test_another_key_or_a_changed_byte_proves_nothing(yard: Yard) -> None:
    envelope = passed(yard)
    stranger = check(envelope, [key_of("ann").verifier], wanted(yard))
    assert (stranger.outcome, broken(stranger)) == ("NOT PROVED", ["signature"])
    payload = base64.b64decode(envelope["payload"]).replace(b"stage", b"prodx")
    changed = {**envelope, "payload": base64.b64encode(payload).decode()}
    assert broken(check(changed, [CI], wanted(yard))) == ["signature"]
    assert broken(check({"payload": 1}, [CI], wanted(yard))) == ["signature"]
    with pytest.raises(Invalid):
        check(envelope, [], wanted(yard))


def test_whoever_signs_in_anothers_name_proves_nothing(yard: Yard) -> None:
    said = yard.attestations.get(read_id(passed(yard))).predicate
    for signer in (key_of("ann"), key_of("ci", "acme")):
        forged = make([SUBJECT], SUMMARY, said, signers=[signer])
        assert broken(check(forged, [signer.verifier], wanted(yard))) == ["verifier"]
    other = make([SUBJECT], TEST_RESULT, {"result": "PASSED"}, signers=[key_of("ci")])
    assert broken(check(other, [CI], wanted(yard))) == ["signature"]


def read_id(envelope: dict[str, Any]) -> str:
    from tarl.provenance.attestations.statement import read

    return read(envelope).id


def test_a_revocation_that_is_laid_beside_it_wins(yard: Yard) -> None:
    envelope = passed(yard)
    ann = key_of("ann").verifier
    revoked = yard.words.revoke(SUBJECT, "stage", release(), reason="bad", signer=key_of("ann"))
    found = check(envelope, [CI, ann], wanted(yard), beside=[revoked.envelope])
    assert found.outcome == "FAILED"
    assert "bad" in found.checks[-1].text
    alone = check(revoked.envelope, [ann], wanted(yard))
    assert alone.outcome == "FAILED"
    unknown = check(envelope, [CI], wanted(yard), beside=[revoked.envelope])
    assert unknown.outcome == "PASSED"
    assert any("beside it" in text for text in unknown.unknown[1:])
    elsewhere = yard.words.revoke(SUBJECT, "prod", release(), reason="x", signer=key_of("ann"))
    other = check(envelope, [CI, ann], wanted(yard), beside=[elsewhere.envelope])
    assert other.outcome == "PASSED"


def test_a_pass_that_knew_of_a_failure_is_newer_than_it(yard: Yard) -> None:
    yard.tested("FAILED")
    failed = yard.promote().statement
    again = passed(yard)
    assert failed is not None
    assert check(again, [CI], wanted(yard), beside=[failed.envelope]).outcome == "PASSED"


def test_the_operator_may_decide_where_the_pipeline_says_so(yard: Yard) -> None:
    pipeline = parse(RELEASE.replace('verifiers = ["ci"]', 'verifiers = ["operator"]'))
    yard.tested()
    made = yard.promotions.promote(SUBJECT, "dev", "stage", pipeline, signer=OPERATOR).statement
    assert made is not None
    assert made.signers == ("operator",)
    found = check(made.envelope, [OPERATOR.verifier], wanted(yard, pipeline=pipeline))
    assert (found.outcome, broken(found)) == ("PASSED", [])


# --- summaries as SLSA specifies them


def good(yard: Yard) -> dict[str, Any]:
    predicate = yard.attestations.get(read_id(passed(yard))).predicate
    return json.loads(json.dumps(predicate))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "changes",
    [
        {"verifiedLevels": "SLSA_BUILD_LEVEL_1"},  # a list, as the specification says
        {"verifiedLevels": []},
        {"verifiedLevels": ["MINE", "MINE"]},
        {"verifiedLevels": ["FAILED"]},
        {"verifiedLevels": ["SLSA_MINE"]},
        {"verifiedLevels": ["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_2"]},
        {"verificationResult": "INCONCLUSIVE"},
        {"verificationResult": "FAILED"},
        {"timeVerified": "yesterday"},
        {"timeVerified": "2026-13-01T00:00:00Z"},
        {"resourceUri": "stage"},
        {"policy": {"digest": {"sha256": "0" * 64}}},
        {"policy": {"uri": "https://x.y", "digest": {"sha256": "xyz"}}},
        {"verifier": {}},
        {"inputAttestations": [{"uri": "https://x.y"}]},
        {"dependencyLevels": {"SLSA_BUILD_LEVEL_1": -1}},
        {"dependencyLevels": {"SLSA_BUILD_LEVEL_1": 1.5}},
        {EXTENSION: {"to": "stage", "supersedes": ["abc"]}},
    ],
)
def test_what_is_no_summary_is_refused(yard: Yard, changes: dict[str, Any]) -> None:
    predicate = good(yard)
    read_summary("0" * 64, predicate)
    SCHEMA.validate(predicate)
    bad = {**predicate, **changes}
    with pytest.raises(Invalid) as refused:
        read_summary("0" * 64, bad)
    assert not SCHEMA.is_valid(bad) or "2026-13" in bad["timeVerified"]  # no month to a pattern
    assert refused.value.code == "promotion.summary"


def test_the_specifications_example_and_unknown_members_are_read() -> None:
    example = {
        "verifier": {"id": "https://example.com/publication_verifier", "version": {"a": "1"}},
        "timeVerified": "1985-04-12T23:20:50.52Z",
        "resourceUri": "https://example.com/example-1.2.3.tar.gz",
        "policy": {"uri": "https://example.com/example_tarball.policy"},
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
        "dependencyLevels": {"SLSA_BUILD_LEVEL_3": 5, "SLSA_BUILD_LEVEL_2": 7},
        "slsaVersion": "1.0",
        "unknown": True,
    }
    SCHEMA.validate(example)
    found = read_summary("0" * 64, example)
    assert (found.levels, found.policy_digest, found.at_ms) == (
        ("SLSA_BUILD_LEVEL_3",),
        None,
        482196050520,
    )
    assert schema()["$id"].startswith("https://tarl.dev/")


def test_the_highest_level_of_the_build_track_is_stated(yard: Yard) -> None:
    from tarl.governance.promotion.outcome import GateResult

    def of(level: str | None, *, required: bool = True) -> GateResult:
        return GateResult(gate="g", outcome="PASSED", level=level, is_required=required)

    assert levels_of([of("SLSA_BUILD_LEVEL_1"), of("SLSA_BUILD_LEVEL_3"), of("SMOKED")]) == (
        "SLSA_BUILD_LEVEL_3",
        "SMOKED",
    )
    assert levels_of([of(None), of("SLSA_BUILD_LEVEL_3", required=False)]) == ("TARL_GATES_PASSED",)


def test_levels_of_what_it_stands_on_are_counted(yard: Yard) -> None:
    from tarl.provenance.artifacts.artifact import Artifact

    yard.artifacts.register(Artifact(sha256=SUBJECT.sha256, kind="binary", name="app"), by="dan")
    for name in ("lib", "left-pad"):
        yard.artifacts.register(Artifact(sha256=digest_of(name), kind="package", name=name), by="x")
        yard.artifacts.relate(SUBJECT.sha256, digest_of(name), "depends_on", by="dan")
    leveled = parse(
        RELEASE.replace("test-result/v0.1", "x")
        .replace('"https://in-toto.io/attestation/x"', '"https://slsa.dev/provenance/v1"')
        .replace("max_age", 'level = "SLSA_BUILD_LEVEL_2"\nmax_age', 1)
    )
    for name in ("lib", "app"):
        subject = Subject(name=name, sha256=digest_of(name))
        yard.say("https://slsa.dev/provenance/v1", {"result": "PASSED"}, "ci", of=subject)
        yard.clock.at_ms += 1
        made = yard.promotions.promote(subject, "dev", "stage", leveled, signer=key_of("ci"))
    assert made.statement is not None
    assert made.statement.predicate["verifiedLevels"] == ["SLSA_BUILD_LEVEL_2"]
    assert made.statement.predicate["dependencyLevels"] == {
        "SLSA_BUILD_LEVEL_0": 1,
        "SLSA_BUILD_LEVEL_2": 1,
    }
