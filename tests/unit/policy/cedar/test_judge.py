"""What editions in force say about an effect."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.policy.cedar.texts import LIMIT, asked, edition

from tarl.policy.cedar.check import parse_rules
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.judge import Judge
from tarl.policy.cedar.source import as_forbid
from tarl.policy.cedar.vocabulary import FREE, read_vocabulary
from tarl.values.verdict import Allow, Deny, Verdict

SIX_ON_SOME_EVENING_MS = 20_000 * 86_400_000 + 18 * 3_600_000
ALL = "(principal, action, resource)"


def codes(verdict: Verdict) -> list[tuple[str, str, Any]]:
    return [(r.code, r.facts["policy"], r.facts.get("rule")) for r in verdict.reasons]


def large(**facts: Any) -> Any:
    return asked(args={"amount_minor": 10_001, "to": "ann"}, **facts)


def decided(*editions: Edition, question: Any = None) -> Verdict:
    return Judge(editions).decide([question or asked()])


def test_nothing_in_force_allows_without_reasons() -> None:
    assert decided() == Allow()


def test_a_forbid_that_matches_denies_and_names_policy_version_rule_and_digest() -> None:
    limits = edition(version=3)
    verdict = decided(limits, question=large())
    (reason,) = verdict.reasons
    assert isinstance(verdict, Deny)
    assert reason.code == "policy.denied"
    assert reason.text == "policy limits@3 (rule limit) forbids it: above 100 EUR a person pays"
    assert reason.facts == {
        "policy": "limits",
        "version": 3,
        "digest": limits.digest,
        "level": "required",
        "why": "forbid",
        "rule": "limit",
    }


def test_what_no_forbid_matches_is_allowed_on_grounds() -> None:
    limits = edition(version=3)
    verdict = decided(limits)
    assert isinstance(verdict, Allow)
    (ground,) = verdict.reasons
    assert ground.code == "policy.allowed"
    assert ground.facts == {"policy": "limits", "version": 3, "digest": limits.digest}


def test_a_permit_does_not_help_against_a_forbid() -> None:
    assert isinstance(decided(edition(LIMIT + f"permit {ALL};"), question=large()), Deny)


def test_a_closed_edition_needs_a_permit_for_the_actions_it_names() -> None:
    text = 'permit (principal == Agent::"acme/bob", action == Action::"bank.pay", resource);'
    closed = edition(text, closed=True)
    assert isinstance(decided(closed), Allow)
    verdict = decided(closed, question=asked(agent="eve"))
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].facts["why"] == "permit"
    assert isinstance(decided(closed, question=asked("mail.send")), Deny)  # no rule at all
    assert isinstance(decided(closed, question=asked("disk.read")), Allow)  # not its matter
    everything = edition(text, closed=True, vocabulary=FREE)
    assert isinstance(decided(everything, question=asked("disk.read")), Deny)


def test_a_closed_edition_is_not_served_by_anothers_permit() -> None:
    closed = edition(f'permit {ALL} when {{ context.access == "read" }};', "closed", closed=True)
    other = edition(f"permit {ALL};", "other")
    assert codes(decided(closed, other)) == [("policy.denied", "closed", None)]


@pytest.mark.parametrize(("level", "code"), [("warning", "warning"), ("audit", "audited")])
def test_a_level_below_required_proceeds_and_says_so(level: Any, code: str) -> None:
    noted = edition(level=level)
    verdict = decided(noted, edition(f"forbid {ALL} when {{ false }};", "other"), question=large())
    assert isinstance(verdict, Allow)
    assert codes(verdict) == [
        ("policy.allowed", "other", None),
        (f"policy.{code}", "limits", "limit"),
    ]


def test_a_denial_carries_the_warnings_as_well() -> None:
    verdict = decided(edition(policy="a"), edition(policy="b", level="audit"), question=large())
    assert codes(verdict) == [("policy.denied", "a", "limit"), ("policy.audited", "b", "limit")]


@pytest.mark.parametrize(
    "args",
    [
        {"to": "ann"},
        {"amount_minor": "99999999", "to": "ann"},
        {"amount_minor": 99999999.5, "to": "ann"},
        {"amount_minor": None, "to": "ann"},
        {"amount_minor": {"__extn": {"fn": "decimal", "arg": "1.0"}}, "to": "ann"},
    ],
)
def test_an_argument_that_is_not_what_was_declared_denies(args: Any) -> None:
    verdict = decided(
        edition(), edition(f"forbid {ALL};", "b", level="audit"), question=asked(args=args)
    )
    assert isinstance(verdict, Deny)
    assert [r.facts["why"] for r in verdict.reasons] == ["error", "forbid"]
    assert "amount_minor" in verdict.reasons[0].text


def test_an_error_of_evaluation_denies_with_the_error() -> None:
    text = (
        f'@id("sum") forbid {ALL} when {{ context.args.amount_minor * 9223372036854775807 > 1 }};'
    )
    only = text.replace("action,", 'action == Action::"bank.pay",')
    verdict = decided(edition(only), question=large())
    assert isinstance(verdict, Deny)
    (reason,) = verdict.reasons
    assert (reason.facts["why"], reason.facts["rule"]) == ("error", "sum")
    assert "overflow" in reason.facts["error"]


def test_an_action_that_the_vocabulary_does_not_name_is_judged_all_the_same() -> None:
    text = f'forbid {ALL} when {{ context.access == "write" }};'
    assert isinstance(decided(edition(text), question=asked("disk.wipe")), Deny)
    has = f"forbid {ALL} when {{ context.args has amount_minor && context.args.amount_minor > 5 }};"
    question = asked("disk.wipe", args={"amount_minor": 6})
    assert isinstance(decided(edition(has), question=question), Deny)
    question = asked("disk.wipe", args={"amount_minor": "6"})
    assert isinstance(decided(edition(has), question=question), Deny)
    question = asked("disk.wipe", args={"amount_minor": 5, "other": 1.23456789})
    assert isinstance(decided(edition(has), question=question), Allow)


def test_an_unnamed_actions_argument_of_another_type_denies_instead_of_being_unequal() -> None:
    same = (
        f"forbid {ALL} when {{ context.args has amount_minor && context.args.amount_minor == 6 }};"
    )
    for value, kind in ((6, Deny), ("6", Deny), ({"a": 6}, Deny), (7, Allow)):
        question = asked("disk.wipe", args={"amount_minor": value})
        assert isinstance(decided(edition(same), question=question), kind), value


def test_an_error_among_many_rules_that_do_not_match_denies() -> None:
    only = 'forbid (principal, action == Action::"bank.pay", resource)'
    texts = [f"{only} when {{ context.args.amount_minor > {99_000 + n} }};" for n in range(50)]
    assert isinstance(decided(edition("\n".join(texts)), question=large()), Allow)
    texts[31] = f"{only} when {{ context.args.amount_minor * 9223372036854775807 < 1 }};"
    verdict = decided(edition("\n".join(texts)), question=large())
    assert isinstance(verdict, Deny)
    assert [r.facts["rule"] for r in verdict.reasons] == ["rule32"]
    texts[40] = f'{only} unless {{ context.args.to == "zoe" }};'
    verdict = decided(edition("\n".join(texts)), question=large())
    assert [r.facts["rule"] for r in verdict.reasons] == ["rule32", "rule41"]


@pytest.mark.parametrize(
    "condition",
    [
        'context.args == {"amount": 7, "to": "ann"}',
        '[context.args].contains({"amount": 7, "to": "ann"})',
        '{"a": context.args}.a.amount == 7',
        "[context].contains(context) && context.args.amount == 7",
    ],
)
def test_arguments_as_a_whole(condition: str) -> None:
    args = {"amount": "Long", "to": "String"}
    known = read_vocabulary({"actions": {"bank.pay": {"args": args}}})
    whole = edition(f"forbid {ALL} when {{ {condition} }};", vocabulary=known)
    assert whole.rules()
    for action in ("bank.pay", "not.named"):
        for amount, kind in ((7, Deny), (8, Allow), ("7", Deny)):
            question = asked(action, args={"amount": amount, "to": "ann"})
            assert isinstance(decided(whole, question=question), kind), (action, amount)
    unknown = asked("not.named", args={"amount": 7, "to": "ann", "other": 1})
    assert isinstance(decided(whole, question=unknown), Deny)


@pytest.mark.parametrize(
    ("head", "action", "denied"),
    [
        ('action in Action::"mail.*"', "mail.send", True),
        ('action in Action::"mail.*"', "mail.box.read", True),
        ('action in Action::"mail.box.*"', "mail.box.read", True),
        ('action in Action::"mail.box.*"', "mail.send", False),
        ('action in [Action::"bank.pay", Action::"mail.box.*"]', "mail.box.read", True),
        ('action in [Action::"bank.pay", Action::"mail.box.*"]', "bank.pay", True),
        ('action in Action::"mail.*"', "mailing.send", False),
        ('action == Action::"mail.send"', "mail.send.later", False),
    ],
)
def test_the_head_of_a_rule_takes_actions(head: str, action: str, denied: bool) -> None:
    judged = edition(f"forbid (principal, {head}, resource);", vocabulary=FREE)
    assert isinstance(decided(judged, question=asked(action)), Deny) is denied


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        ('principal.roles.contains("clerk")', {"roles": ("clerk", "a")}),
        ('principal.posture == "tool"', {"posture": "tool"}),
        ('principal == Agent::"acme/b%40x"', {"agent": "b@x"}),
        ('principal.id == "b@x"', {"agent": "b@x"}),
        ('principal.id == ""', {"agent": ""}),
        ('resource in Resource::"mailbox"', {"resource": "mailbox/ann"}),
        ('resource == Resource::"mailbox/ann"', {"resource": "mailbox/ann"}),
        ('resource.path like "mailbox/*"', {"resource": "mailbox/ann"}),
        ('action in Action::"bank.*"', {}),
        ('context.task == "t1"', {"task": "t1"}),
        ('context.activity == "pay"', {"activity": "pay"}),
        ('context.output == "text"', {"output": "text"}),
        ('context.tenant == "acme"', {}),
        ('context.at.toTime() >= duration("18h")', {}),
    ],
)
def test_everything_that_a_policy_may_read(condition: str, facts: Any) -> None:
    guard = "context has task && " if "task" in condition else ""
    judged = edition(f"forbid {ALL} when {{ {guard}{condition} }};")
    assert judged.rules(tenant="acme")
    facts = {"at_ms": SIX_ON_SOME_EVENING_MS} | facts
    assert isinstance(decided(judged, question=asked(**facts)), Deny)
    other = {"agent": "zoe", "resource": "x", "at_ms": 0, "tenant": "other"}
    assert isinstance(decided(judged, question=asked("disk.read", **other)), Allow)


def test_every_action_of_an_effect_is_asked_about() -> None:
    text = 'forbid (principal, action == Action::"mail.send", resource);'
    judge = Judge([edition(text)])
    assert isinstance(judge.decide([asked("bank.look"), asked("mail.send")]), Deny)
    assert isinstance(judge.decide([asked("bank.look")]), Allow)


def test_a_name_that_needs_quoting_is_only_a_name() -> None:
    evil = 'x"); permit(principal, action, resource); //'
    judged = edition(f"forbid {ALL};", vocabulary=FREE)
    question = asked(evil, agent=evil, resource=evil + "\n\x7f", tenant=evil)
    assert isinstance(decided(judged, question=question), Deny)


def test_what_decides_is_in_the_digest() -> None:
    digests = {
        edition().digest,
        edition(level="audit").digest,
        edition(closed=True).digest,
        edition(LIMIT + " ").digest,
        edition(vocabulary=FREE).digest,
    }
    assert len(digests) == 5
    assert edition(version=2, policy="other").digest == edition().digest


def test_a_denial_names_so_many_rules_and_counts_the_others() -> None:
    rules = "\n".join(f'@id("r{n}") forbid {ALL};' for n in range(30))
    verdict = decided(edition(rules), edition(f"forbid {ALL};", "other"))
    named = [(r.facts["policy"], r.facts["rule"], r.facts.get("more")) for r in verdict.reasons]
    first = [("limits", f"r{n}", None) for n in range(4)]
    assert named == [*first, ("limits", "r4", 25), ("other", "rule1", None)]
    assert verdict.reasons[4].text.endswith("(and 25 more of its rules)")


def test_a_long_reason_is_cut_where_it_would_be_recorded() -> None:
    said = LIMIT.replace("above 100 EUR a person pays", "why " * 10_000)
    (reason,) = decided(edition(said), question=large()).reasons
    assert len(reason.text) < 1_000


@pytest.mark.parametrize(
    "before",
    [
        "",
        '@id("permit")\n',
        '@id("a \\"permit\\" b") // permit\n@reason("//") ',
        "@quiet\n  // forbid (principal)\n",
    ],
)
@pytest.mark.parametrize("effect", ["permit", "forbid"])
def test_a_rule_is_the_same_as_a_forbid_whatever_stands_before_it(before: str, effect: str) -> None:
    text = f'{before}{effect} {ALL} when {{ context.access == "permit" }};'
    (rule,), (changed,) = parse_rules(text), parse_rules(as_forbid(text))
    assert changed.tree == {**rule.tree, "effect": "forbid"}


def test_a_long_chain_of_conditions_is_judged() -> None:
    chain = " || ".join(f"context.args.amount_minor == {n}" for n in range(60))
    text = f'forbid (principal, action == Action::"bank.pay", resource) when {{ {chain} }};'
    closed = edition(f"permit {ALL};", "closed", closed=True)
    judged = decided(edition(text), closed, question=asked(args={"amount_minor": 59, "to": ""}))
    assert isinstance(judged, Deny)
    assert isinstance(decided(edition(text), closed), Allow)


def test_a_permit_that_fails_refuses_even_where_another_matches() -> None:
    failing = "context.args.amount_minor * 9223372036854775807 > 1"
    text = f"permit {ALL}; permit (principal, action, resource) when {{ {failing} }};"
    text = text.replace("action, resource) when", 'action == Action::"bank.pay", resource) when')
    closed = edition(text, "closed", closed=True)
    for others in ([], [edition(f"forbid {ALL} when {{ false }};", f"p{n}") for n in range(9)]):
        (reason,) = (r for r in decided(closed, *others).reasons if r.facts["policy"] == "closed")
        assert (reason.facts["why"], reason.facts["rule"]) == ("error", "rule2")
