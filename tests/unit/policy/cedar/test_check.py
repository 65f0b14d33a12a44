"""What is wrong with a policy text is found before it decides anything, with its place."""

from __future__ import annotations

import pytest
from tests.unit.policy.cedar.texts import LIMIT, VOCABULARY

from tarl.errors import Exceeded, Invalid
from tarl.policy.cedar.check import examine, parse_rules, read_rules
from tarl.policy.cedar.source import (
    DEPTH_MAX,
    OPERATORS_MAX,
    TEXT_BYTES_MAX,
    read_text,
    statements,
)
from tarl.policy.cedar.vocabulary import FREE, Vocabulary

WHEN = "forbid (principal, action, resource)\nwhen {{ {} }};"


def test_a_sound_text_is_its_rules() -> None:
    (rule,) = read_rules(LIMIT, VOCABULARY)
    assert (rule.name, rule.effect, rule.line) == ("limit", "forbid", 1)
    assert rule.reason == "above 100 EUR a person pays"
    assert rule.scope == {"bank.pay"}
    assert rule.mentions.attributes["args"] == {"amount_minor"}


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('forbid (principal, action == Action::"bank.pai", resource);', "unknown_action", (1, 30)),
        ('forbid (principal, action in Action::"bnk.*", resource);', "unknown_action", (1, 30)),
        ("forbid (principal is User, action, resource);", "unknown_type", (1, 22)),
        (WHEN.format('context.acess == "read"'), "unknown_attribute", (2, 16)),
        (WHEN.format("context has acess"), "unknown_attribute", (2, 20)),
        (WHEN.format("context.args has amont"), "unknown_attribute", (2, 25)),
        (WHEN.format('principal.rols.contains("a")'), "unknown_attribute", (2, 18)),
        (WHEN.format("resource has size"), "unknown_attribute", (2, 21)),
        (WHEN.format("context.access == 1"), "ill_typed", (1, 1)),
        (WHEN.format("context.access"), "ill_typed", (1, 1)),
        (WHEN.format("context.task like 1"), "syntax", (2, 21)),
        (WHEN.format('context.task == "x"'), "optional", (2, 16)),
        (WHEN.format("context.access = 1"), "syntax", (1, 1)),
        ("forbid (principal, action, resource)\nwhen {", "syntax", (1, 1)),
        ("allow (principal, action, resource);", "syntax", (1, 1)),
        ("forbid (principal == ?principal, action, resource);", "template", (1, 1)),
        ('forbid (principal == Agent::"bob", action, resource);', "agent", (1, 29)),
        ('forbid (principal == Agent::"other/bob", action, resource);', "agent", (1, 29)),
        ('forbid (principal, action == Action::"bank.*", resource);', "pattern", (1, 38)),
        ('forbid (principal, action, resource == Resource::"a/*");', "pattern", (1, 50)),
        ('forbid (principal in Agent::"acme/*", action, resource);', "pattern", (1, 29)),
        (WHEN.format('context.access == "reed"'), "unknown_value", (2, 26)),
        (WHEN.format('"text " != context.output'), "unknown_value", (2, 8)),
        (WHEN.format('principal.posture == "supervized"'), "unknown_value", (2, 29)),
        ('@id("a") forbid (principal, action, resource);\n' * 2, "rule_name", (2, 1)),
        ('@id("") forbid (principal, action, resource);', "rule_name", (1, 1)),
        ("// nothing but words\n", "empty", (1, 1)),
        ("", "empty", (1, 1)),
    ],
)
def test_what_is_wrong_is_found_with_its_place(text: str, code: str, place: object) -> None:
    found = examine(text, VOCABULARY, tenant="acme")[1]
    assert [finding.code for finding in found][:1] == [f"policy.{code}"]
    assert (found[0].line, found[0].column) == place
    with pytest.raises(Invalid, match=f"line {found[0].line}, column") as refused:
        read_rules(text, VOCABULARY, tenant="acme")
    assert refused.value.code == f"policy.{code}"


def test_every_wrong_rule_is_named() -> None:
    text = (
        LIMIT
        + WHEN.format("context.acess == 1")
        + '\n@id("x")\n'
        + WHEN.format("context.access > 1")
    )
    with pytest.raises(Invalid, match="and 1 more") as refused:
        read_rules(text, VOCABULARY)
    found = refused.value.facts["findings"]
    assert [(f["rule"], f["line"]) for f in found] == [("rule2", 6), ("x", 7)]


def test_a_free_vocabulary_takes_any_action_and_knows_no_argument() -> None:
    (rule,) = read_rules('forbid (principal, action in Action::"mail.*", resource);', FREE)
    assert rule.scope == {"mail.*"}
    (finding,) = examine(LIMIT, FREE)[1]
    assert (finding.code, finding.line) == ("policy.no_arguments", 4)


def test_an_argument_of_another_action_is_no_argument_of_this_one() -> None:
    text = LIMIT.replace("amount_minor > 10000", 'tags == ["a"]')
    (finding,) = examine(text, VOCABULARY)[1]
    assert finding.code == "policy.unknown_attribute"


@pytest.mark.parametrize(
    "condition",
    [
        "(" * (DEPTH_MAX + 1) + "true" + ")" * (DEPTH_MAX + 1),
        "true" + " && true" * (OPERATORS_MAX + 1),
        "1" + "+1" * (OPERATORS_MAX + 1) + " == 1",
        "if true then true else " * (OPERATORS_MAX + 1) + "true",
        "context" + ".args" * (OPERATORS_MAX + 1),
        "(" * 100_000,
        "[" * 100_000,
        "!" * 100_000 + "true",
    ],
    ids=lambda text: text[:4],
)
def test_what_would_exhaust_the_stack_does_not_reach_the_engine(condition: str) -> None:
    for read in (lambda text: read_rules(text, VOCABULARY), parse_rules):
        with pytest.raises(Exceeded) as refused:
            read(WHEN.format(condition))
        assert refused.value.code == "policy.too_deep"


def test_what_is_just_small_enough_passes_in_a_small_stack() -> None:
    import threading

    texts = [
        WHEN.format("(" * (DEPTH_MAX - 2) + "true" + ")" * (DEPTH_MAX - 2)),
        WHEN.format("true" + " && true" * OPERATORS_MAX),
        WHEN.format("[" * (DEPTH_MAX - 2) + "1" + "]" * (DEPTH_MAX - 2) + " == 1"),
    ]
    answers: list[object] = []

    def work() -> None:
        answers.extend(len(examine(text, Vocabulary())[0]) for text in texts)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert answers == [1, 1, 1]


def test_statements_are_found_whatever_stands_in_strings_and_comments() -> None:
    text = (
        '// a; comment\n@reason("semi; colon \\" // no comment")\n'
        "forbid (principal, action, resource); // after;\n\n permit (principal, action, resource);"
    )
    first, second = statements(text)
    assert (first.line, second.line, second.column) == (2, 5, 2)
    assert second.text == "permit (principal, action, resource);"
    assert len(read_rules(text, VOCABULARY)) == 2


def test_bytes_that_are_no_text_are_refused_with_the_line() -> None:
    with pytest.raises(Invalid, match="line 2") as refused:
        read_text(b"// one\n\xff", "a.cedar")
    assert refused.value.code == "policy.encoding"
    with pytest.raises(Invalid) as refused:
        read_text(b"a\x00b", "a.cedar")
    assert refused.value.code == "policy.encoding"
    with pytest.raises(Exceeded) as large:
        read_text(b" " * (TEXT_BYTES_MAX + 1), "a.cedar")
    assert large.value.code == "policy.too_large"
    assert read_text(b"a\r\nb", "a.cedar") == "a\nb"
