"""Where an artifact stands, by summaries that came from several clocks and several editions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.promotion.promotion_parts import NOW_MS, RELEASE, release

from tarl.governance.promotion.pipeline_file import parse
from tarl.governance.promotion.standing import place_of
from tarl.governance.promotion.summary import Summary, verifier_id

PIPELINE = release()


def said(result: str, at_ms: int = 0, by: str = "ci", **options: Any) -> Summary:
    known: dict[str, Any] = {
        "id": f"{result}{at_ms}{by}",
        "result": result,
        "verifier": verifier_id(by, tenant="default"),
        "resource": PIPELINE.resource_of("stage", tenant="default"),
        "policy_uri": PIPELINE.uri,
        "policy_digest": PIPELINE.digest,
        "at_ms": NOW_MS + at_ms,
        "levels": ("X",),
        "signers": (by,),
        **options,
    }
    return Summary(**known)


def word(*found: Summary, pipeline: Any = PIPELINE) -> str:
    return place_of(pipeline, "stage", found, tenant="default", at_ms=NOW_MS).word


@pytest.mark.parametrize(
    ("failed_at_ms", "expected"),
    [(-60_001, "promoted"), (-60_000, "failed"), (-1, "failed"), (0, "failed"), (1, "failed")],
)
def test_a_failure_by_a_slower_clock_stands_against_a_pass(
    failed_at_ms: int, expected: str
) -> None:
    assert word(said("PASSED"), said("FAILED", failed_at_ms, "ann")) == expected


def test_a_pass_that_names_a_failure_is_newer_whatever_the_clocks_say() -> None:
    failed = said("FAILED", 50_000)
    assert word(failed, said("PASSED", supersedes=(failed.id,))) == "promoted"
    assert word(failed, said("PASSED", supersedes=("another",))) == "failed"


def test_what_is_dated_ahead_counts_against_and_not_in_favour() -> None:
    assert word(said("PASSED", 60_000)) == "promoted"
    assert word(said("PASSED", 60_001)) == "absent"
    assert word(said("PASSED"), said("FAILED", 99_000_000)) == "failed"


def test_a_pass_is_by_a_verifier_under_this_edition_about_this_place() -> None:
    assert word(said("PASSED", by="ann")) == "absent"  # a revoker
    assert word(said("PASSED", signers=("ann",))) == "absent"
    assert word(said("PASSED", verifier=verifier_id("ci", tenant="acme"))) == "absent"
    assert word(said("PASSED", policy_digest="0" * 64)) == "absent"
    assert word(said("PASSED", policy_digest=None)) == "absent"
    assert word(said("PASSED", policy_uri="https://tarl.dev/pipeline/other")) == "absent"
    assert word(said("PASSED", resource="https://tarl.dev/environment/default/x/stage")) == "absent"
    later = parse(RELEASE.replace('"1m"', f'"2m"\nearlier_editions = ["{PIPELINE.digest}"]'))
    assert word(said("PASSED"), pipeline=later) == "promoted"


def test_a_failure_counts_whatever_edition_it_is_of() -> None:
    assert word(said("PASSED"), said("FAILED", by="ann", policy_digest=None)) == "failed"
    assert word(said("PASSED"), said("FAILED", by="cleo")) == "promoted"
    assert word(said("PASSED"), said("FAILED", 1, "ann", revokes=True)) == "revoked"
