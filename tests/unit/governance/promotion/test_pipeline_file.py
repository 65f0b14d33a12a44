"""Pipelines as files write them: what is read, and what is refused with its place."""

from __future__ import annotations

import re

import msgspec
import pytest
from tests.docs.snippets import ROOT
from tests.unit.governance.promotion.promotion_parts import APPROVALS, HEAD, RELEASE, STEPS, TESTS

from tarl.errors import TarlError
from tarl.governance.promotion.conditions import Condition, Truth, checked, truth
from tarl.governance.promotion.pipeline import Step, read_pipeline
from tarl.governance.promotion.pipeline_file import example_text, parse


def test_the_example_is_a_pipeline_and_the_one_in_examples() -> None:
    found = parse(example_text())
    assert found.steps == (Step(source="dev", target="stage"), Step(source="stage", target="prod"))
    assert [g.name for g in found.gates_before("stage")] == ["authorship", "unit tests", "review"]
    assert found.gates[2].independent
    assert found.person("ann-admin") == "ann"
    assert (ROOT / "examples" / "pipeline.toml").read_text() == example_text()


def test_the_digest_is_of_what_decides() -> None:
    one = parse(RELEASE)
    assert parse("# a comment\n" + RELEASE.replace('"7d"', '"168h"')).digest == one.digest
    for before, after in (
        ('"7d"', '"8d"'),
        ("threshold = 2", "threshold = 3"),
        ('"PASSED"', '"WARNED"'),
        ('"1m"', '"2m"'),
        ('verifiers = ["ci"]', 'verifiers = ["ci", "ann"]'),
    ):
        assert parse(RELEASE.replace(before, after)).digest != one.digest, before
    again = read_pipeline(msgspec.json.decode(msgspec.json.encode(one.as_data)))
    assert (again, again.digest) == (one, one.digest)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "missing required field `pipeline`"),
        ("[pipeline", "table declaration"),
        (HEAD + TESTS, "missing required field `step`"),
        (HEAD + STEPS, "missing required field `gate`"),
        (HEAD.replace("release", "") + STEPS + TESTS, "is empty"),
        (HEAD + "colour = 1\n" + STEPS + TESTS, "colour"),
        (RELEASE.replace("max_age", "maxage"), "maxage"),
        (RELEASE.replace('"7d"', '"7 days"'), "no duration"),
        (RELEASE.replace('"7d"', '"0d"'), "no duration"),
        (RELEASE.replace('"7d"', '"99999d"'), "too long"),
        (RELEASE.replace('from = "stage"', 'from = "prod"'), "not onwards"),
        (RELEASE.replace('from = "dev"\nto = "stage"\n[[step]]\n', ""), "no step leads to stage"),
        (RELEASE + STEPS, "twice"),
        (RELEASE + TESTS, "two gates are called 'tests'"),
        (RELEASE.replace("threshold = 2", "threshold = 4"), "threshold of 4"),
        (RELEASE.replace("threshold = 2", "threshold = 0"), "threshold of 0"),
        (RELEASE + '[people]\nann = ["ann", "ben", "cleo"]\n', "its signers are 1 people"),
        (RELEASE + '[people]\nann = ["x"]\nben = ["x"]\n', "two people's"),
        (RELEASE + '[people]\nann = ["ann"]\nzoe = ["ann"]\n', "two people's"),
        (RELEASE.replace("threshold = 2", "independent = false"), "an author cannot approve"),
        (RELEASE.replace('signers = ["ci"]', "signers = []"), "0 names"),
        (RELEASE.replace('predicate_types = ["https://in', 'predicate_types = ["in'), "no URI"),
        (RELEASE.replace("max_age", 'function = "f"\nmax_age'), "one of the two"),
        (HEAD + STEPS + '[[gate]]\nname = "g"\n', "one of the two"),
        (HEAD + STEPS + TESTS.replace("max_age", "optional = true\nmax_age"), "no required gate"),
        (HEAD + STEPS + APPROVALS, "no required gate stands before stage"),
        (RELEASE.replace("max_age", 'level = "SLSA_BUILD_LEVEL_3"\nmax_age', 1), "the level"),
        (RELEASE.replace("max_age", 'level = "FAILED"\nmax_age', 1), "the level"),
        (RELEASE.replace('"1m"', '"1m"\nearlier_editions = ["abc"]'), "no SHA-256"),
        (RELEASE.replace('"1m"', '"1m"\nresource = "nowhere"'), "no URI"),
        (RELEASE.replace('is = "PASSED"', "is = nan"), "nan"),
        (RELEASE + "#" * 300_000, "bytes"),
    ],
)
def test_what_is_no_pipeline_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(TarlError) as refused:
        parse(text)
    assert refused.value.code == "promotion.pipeline"
    assert re.search(re.escape(says), refused.value.message), refused.value.message
    assert refused.value.next_step


def test_an_environment_that_there_is_not_is_refused() -> None:
    with pytest.raises(TarlError) as refused:
        parse(RELEASE.replace('to = "prod"', 'to = "production"'))
    assert refused.value.code == "environment.unknown"


@pytest.mark.parametrize(
    "condition",
    [
        '{ at = "result", is = 1 }',
        '{ at = "/a~2", is = 1 }',
        '{ at = "/result" }',
        '{ at = "/result", is = 1, in = [1] }',
        '{ at = "/result", in = [] }',
        '{ at = "/result", is_target = false }',
    ],
)
def test_a_condition_that_is_none_is_refused(condition: str) -> None:
    with pytest.raises(TarlError) as refused:
        parse(re.sub(r"requires = \[.*\]", f"requires = [{condition}]", RELEASE))
    assert refused.value.code == "promotion.condition"


HOLDS, FAILS, UNKNOWN = Truth.HOLDS, Truth.FAILS, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("condition", "predicate", "expected"),
    [
        (Condition(at="/a", equals=1), {"a": 1}, HOLDS),
        (Condition(at="/a", equals=1), {"a": 1.0}, HOLDS),
        (Condition(at="/a", equals=1), {"a": True}, FAILS),
        (Condition(at="/a", equals=True), {"a": 1}, FAILS),
        (Condition(at="/a", equals=1), {"a": "1"}, FAILS),
        (Condition(at="/a", equals=None), {"a": None}, HOLDS),
        (Condition(at="/a", equals=None), {}, UNKNOWN),
        (Condition(at="/a", equals=1), {"a": [1]}, UNKNOWN),
        (Condition(at="/a/b", equals=1), {"a": 1}, UNKNOWN),
        (Condition(at="/a/0", equals=1), {"a": [1]}, HOLDS),
        (Condition(at="/a/00", equals=1), {"a": [1]}, UNKNOWN),
        (Condition(at="/a/-1", equals=1), {"a": [1]}, UNKNOWN),
        (Condition(at="/a/1", equals=1), {"a": [1]}, UNKNOWN),
        (Condition(at="/a~1b/~0c", equals=1), {"a/b": {"~c": 1}}, HOLDS),
        (Condition(at="/", equals=1), {"": 1}, HOLDS),
        (Condition(at="/a", one_of=("x", 2)), {"a": 2}, HOLDS),
        (Condition(at="/a", one_of=("x", 2)), {"a": 3}, FAILS),
        (Condition(at="/a", at_least=2), {"a": 2}, HOLDS),
        (Condition(at="/a", at_least=2), {"a": 1.9}, FAILS),
        (Condition(at="/a", at_most=0), {"a": 0}, HOLDS),
        (Condition(at="/a", at_most=0), {"a": False}, UNKNOWN),
        (Condition(at="/a", at_most=0), {"a": "0"}, UNKNOWN),
        (Condition(at="/a", contains="x"), {"a": ["y", "x"]}, HOLDS),
        (Condition(at="/a", contains="x"), {"a": ["y"]}, FAILS),
        (Condition(at="/a", contains="x"), {"a": "x"}, UNKNOWN),
        (Condition(at="/a", length=0), {"a": []}, HOLDS),
        (Condition(at="/a", length=0), {"a": [1]}, FAILS),
        (Condition(at="/a", length=0), {"a": 0}, UNKNOWN),
        (Condition(at="/a", is_target=True), {"a": "prod"}, HOLDS),
        (Condition(at="/a", is_target=True), {"a": "stage"}, FAILS),
    ],
)
def test_conditions_are_typed(
    condition: Condition, predicate: dict[str, object], expected: Truth
) -> None:
    assert truth(checked(condition), predicate, target="prod") is expected
    assert condition.text
