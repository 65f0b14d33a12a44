"""Laws of organisation policy, whatever the policies and the effects are."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from tarl.governance.policies.loosening import loosenings
from tarl.policy.cedar import asked, heads, together, tree
from tarl.policy.cedar.check import parse_rules
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.judge import CODES, Judge
from tarl.policy.cedar.request import Question, agent_uid, entities_json
from tarl.policy.cedar.vocabulary import groups_of, read_vocabulary
from tarl.policy.enforcement import LEVELS
from tarl.values.verdict import Allow, Deny

ACTIONS = ("bank.pay", "bank.look", "mail.send", "mail.box.read")
VOCABULARY = read_vocabulary(
    {
        "actions": {
            action: {"args": {"amount": "Long", "note?": "String", "tags?": "Set<String>"}}
            for action in ACTIONS
        }
    }
)
HEADS = (
    "action",
    *(f'action == Action::"{action}"' for action in ACTIONS),
    *(f'action in Action::"{group}"' for action in ACTIONS for group in groups_of(action)),
    'action in [Action::"bank.pay", Action::"mail.*"]',
)
CONDITIONS = (
    "true",
    "context.args.amount > 5",
    "context.args.amount * 4611686018427387904 > 5",  # fails from 2 on
    'context.args has note && context.args.note like "a*"',
    'context.args has tags && context.args.tags.contains("x")',
    'context.access == "read"',
    'principal.roles.contains("clerk")',
    'resource in Resource::"mailbox"',
)
PRINCIPALS = (
    "principal",
    'principal == Agent::"acme/bob"',
    'principal in Agent::"acme/bob"',
    "principal is Agent",
    'principal is Agent in Agent::"acme/bob"',
)
RESOURCES = ("resource", 'resource in Resource::"mailbox"', 'resource == Resource::"x"')


@st.composite
def rules(draw: st.DrawFn, effect: str | None = None) -> str:
    chosen = effect or draw(st.sampled_from(("permit", "forbid")))
    head = ", ".join(draw(st.sampled_from(part)) for part in (PRINCIPALS, HEADS, RESOURCES))
    clause = draw(st.sampled_from(("when", "unless")))
    return f"{chosen} ({head}) {clause} {{ {draw(st.sampled_from(CONDITIONS))} }};"


def texts(effect: str | None = None, size_min: int = 1) -> st.SearchStrategy[str]:
    return st.lists(rules(effect), min_size=size_min, max_size=5).map("\n".join)


VALUES = st.one_of(
    st.integers(-10, 10), st.sampled_from(["a", "b", "", 1.5, None, True, ["x"], {"a": 1}])
)
QUESTIONS = st.builds(
    Question,
    action=st.sampled_from((*ACTIONS, "disk.wipe")),
    tenant=st.just("acme"),
    agent=st.sampled_from(("bob", "eve", "")),
    roles=st.sampled_from(((), ("clerk",))),
    resource=st.sampled_from(("mailbox/bob", "x")),
    access=st.sampled_from(("read", "write")),
    args=st.dictionaries(st.sampled_from(("amount", "note", "tags", "other")), VALUES, max_size=3),
)


def edition(text: str, policy: str = "p", **options: Any) -> Edition:
    return Edition(policy=policy, version=1, text=text, vocabulary=VOCABULARY, **options)


def denies(*editions: Edition, question: Question) -> bool:
    return isinstance(Judge(editions).decide([question]), Deny)


@given(texts(), rules("forbid"), QUESTIONS, st.booleans())
def test_adding_a_forbid_never_turns_a_denial_into_an_allow(
    text: str, forbid: str, question: Question, closed: bool
) -> None:
    if denies(edition(text, closed=closed), question=question):
        assert denies(edition(f"{text}\n{forbid}", closed=closed), question=question)
        assert denies(edition(text, closed=closed), edition(forbid, "q"), question=question)


@given(texts(), texts(), QUESTIONS, st.booleans())
def test_a_further_edition_only_adds_restrictions(
    text: str, other: str, question: Question, closed: bool
) -> None:
    first, second = edition(text), edition(other, "q", closed=closed)
    alone = denies(first, question=question) or denies(second, question=question)
    assert denies(first, second, question=question) is alone


@given(texts(), QUESTIONS, st.booleans())
def test_the_level_says_what_a_refusal_comes_to_and_changes_nothing_else(
    text: str, question: Question, closed: bool
) -> None:
    verdicts = {
        level: Judge([edition(text, closed=closed, level=level)]).decide([question])
        for level in LEVELS
    }
    refused = isinstance(verdicts["required"], Deny)
    for level in ("warning", "audit"):
        assert isinstance(verdicts[level], Allow)
        codes = {reason.code for reason in verdicts[level].reasons}
        # A policy that has nothing to say about the effect is no ground for it.
        expected = {CODES[level]} if refused else codes & {"policy.allowed"}  # type: ignore[index]
        assert codes == expected
    if refused:

        def told(level: str) -> list[object]:
            return [
                (r.facts.get("rule"), r.facts["why"], r.facts.get("error"))
                for r in verdicts[level].reasons
            ]

        assert told("required") == told("warning") == told("audit")


@given(texts("permit"), QUESTIONS)
def test_an_open_edition_of_permits_refuses_nothing(text: str, question: Question) -> None:
    assert not denies(edition(text), question=question)


@given(texts("forbid"), QUESTIONS)
def test_what_an_edition_allows_it_allows_without_any_of_its_forbids(
    text: str, question: Question
) -> None:
    assume(not denies(edition(text), question=question))
    for rule in parse_rules(text):
        assert not denies(edition(rule.text), question=question)


@given(texts(), QUESTIONS, st.booleans())
def test_leaving_out_rules_about_other_actions_changes_no_answer(
    text: str, question: Question, closed: bool
) -> None:
    """What the judge does by index, done by hand: each rule by itself."""
    kept = [r.text for r in parse_rules(text) if tree.is_about(r.scope, question.action)]
    whole = denies(edition(text, closed=closed), question=question)
    if kept:
        assert denies(edition("\n".join(kept), closed=closed), question=question) is whole
    elif not closed:
        assert not whole


FITTING = st.builds(
    lambda question, args: msgspec.structs.replace(question, args=args),
    QUESTIONS.filter(lambda question: question.action in ACTIONS),
    st.fixed_dictionaries(
        {"amount": st.integers(-10, 10)},
        optional={"note": st.sampled_from(("a", "b")), "tags": st.lists(st.sampled_from("xy"))},
    ),
)
"""Effects whose arguments are what the vocabulary says."""


@given(texts("forbid"), FITTING)
def test_the_answer_is_the_engines_own_about_the_whole_text(text: str, question: Question) -> None:
    whole = {name: getattr(question, name) for name in ("access", "output", "tenant", "activity")}
    request = {
        "principal": {"type": "Agent", "id": agent_uid("acme", question.agent)},
        "action": {"type": "Action", "id": question.action},
        "resource": {"type": "Resource", "id": question.resource},
        "context": {**whole, "args": dict(question.args)},
    }
    said = engine().is_authorized(request, text, entities_json(question)).diagnostics
    refusals = Judge([edition(text)]).refusals(question)
    matched = {refusal.rule.name for refusal in refusals if refusal.rule and not refusal.error}
    assert matched == {f"rule{int(id.removeprefix('policy')) + 1}" for id in said.reasons}
    assert sum(bool(refusal.error) for refusal in refusals) == len(said.errors)


@st.composite
def several(draw: st.DrawFn) -> list[Edition]:
    """Editions of all levels, open and closed, of one vocabulary and of another."""
    return [
        edition(
            draw(texts()),
            f"p{number}",
            closed=draw(st.booleans()),
            level=draw(st.sampled_from(LEVELS)),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@given(several(), QUESTIONS)
def test_asking_a_few_first_changes_no_answer(editions: list[Edition], question: Question) -> None:
    def refusals() -> object:
        return Judge(editions).refusals(question)

    before = together.WORTH_MIN, together.WIDTH, asked.together
    try:
        together.WORTH_MIN, together.WIDTH = 1, 5
        with_few = refusals()
        asked.together = lambda conditions, several=False: None
        assert sorted(refusals(), key=repr) == sorted(with_few, key=repr)
    finally:
        together.WORTH_MIN, together.WIDTH, asked.together = before


@given(texts(), QUESTIONS)
def test_what_is_found_by_its_head_is_what_the_engine_would_match(
    text: str, question: Question
) -> None:
    rules = parse_rules(text)
    index = heads.Heads(heads.place_of(rule.tree) for rule in rules)
    found = index.rules(index.places(agent_uid("acme", question.agent), question.resource))
    for number, rule in enumerate(rules):
        head = rule.text.partition(")")[0] + ");"
        said = engine().is_authorized(
            {
                "principal": {"type": "Agent", "id": agent_uid("acme", question.agent)},
                "action": {"type": "Action", "id": question.action},
                "resource": {"type": "Resource", "id": question.resource},
                "context": {},
            },
            head,
            entities_json(question),
        )
        matches = bool(said.diagnostics.reasons)
        assert matches == (number in found and tree.is_about(rule.scope, question.action))


@given(texts("forbid"), QUESTIONS, st.sampled_from(("1", 1.5, None, [1], {"a": 1})))
def test_an_argument_of_another_type_never_opens_what_was_closed(
    text: str, question: Question, value: object
) -> None:
    assume(question.action in ACTIONS)
    args = {**question.args, "amount": value}
    changed = msgspec.structs.replace(question, args=args)
    rules = [r for r in parse_rules(text) if tree.is_about(r.scope, question.action)]
    index = heads.Heads(heads.place_of(rule.tree) for rule in rules)
    found = index.rules(index.places(agent_uid("acme", question.agent), question.resource))
    reads = any(rules[number].mentions.reads("args", "amount") for number in found)
    assert denies(edition(text), question=changed) or not reads


@st.composite
def successions(draw: st.DrawFn) -> tuple[Edition, Edition]:
    """An edition, and one in which some of its rules are others, and further ones are added."""
    before = draw(st.lists(rules(), min_size=1, max_size=4))
    after = [draw(rules()) if draw(st.integers(0, 3)) == 0 else rule for rule in before]
    after += draw(st.lists(rules(), max_size=2))
    closed = draw(st.booleans()), draw(st.booleans())
    return edition("\n".join(before), closed=closed[0]), edition("\n".join(after), closed=closed[1])


@given(successions(), FITTING)
def test_what_is_said_to_be_no_looser_lets_nothing_more_pass(
    editions: tuple[Edition, Edition], question: Question
) -> None:
    before, after = editions
    if loosenings(before, after):
        return
    assert denies(after, question=question) or not denies(before, question=question)


@given(texts(), QUESTIONS)
def test_every_reason_names_the_edition(text: str, question: Question) -> None:
    judged = edition(text)
    for reason in Judge([judged]).decide([question]).reasons:
        named = {name: reason.facts[name] for name in ("policy", "version", "digest")}
        assert named == {"policy": "p", "version": 1, "digest": judged.digest}
