"""The verdict of the editions in force about one effect.

1. A forbid that matches refuses, whatever else permits.
2. Nothing is refused for lack of a permit, but by a closed edition, for the actions it is about.
3. An error in evaluating any rule that could decide refuses: nothing that guards fails open. (A
   permit of an edition that is not closed decides nothing, and is not evaluated.)
4. What refuses at level ``required`` denies; at ``warning`` and ``audit`` it is a reason of an
   Allow.
5. No edition in force: Allow, without reasons.

Open editions that share level and vocabulary are evaluated as one set of policies; only rules whose
head takes the action are in the set that is asked (a head that does not take the action can match
nothing, so that leaving it out changes no answer). Of many forbids a few long ones are asked first
(see ``together.py``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tarl.errors import TarlError
from tarl.policy.cedar import tree
from tarl.policy.cedar.check import Rule
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.request import Problem, Question, entities_json, request_of
from tarl.policy.cedar.together import matches_nothing, together
from tarl.policy.cedar.vocabulary import Vocabulary
from tarl.policy.enforcement import Level
from tarl.values.verdict import Allow, Deny, Reason, Verdict

ACTIONS_REMEMBERED = 512
"""Actions whose sets of policies are kept parsed."""

ENTITIES_REMEMBERED = 1_024
"""Combinations of agent, action and resource that are kept parsed."""

ERROR_CHARS_MAX = REASON_CHARS_MAX = 500
REASONS_MAX = 5
"""Of one edition in one verdict."""

RESOURCE_CHARS_MAX = 1_000
"""Of a resource whose entities are kept parsed."""

_NAMED = re.compile(r"policy `(policy\d+)`")

CODES: Mapping[Level, str] = {
    "required": "policy.denied",
    "warning": "policy.warning",
    "audit": "policy.audited",
}
"""The code of a refusal, by its edition's level."""


class Member(NamedTuple):
    """A rule, and the edition it is of."""

    edition: Edition
    rule: Rule


class Refusal(NamedTuple):
    """An edition refuses: ``forbid`` (a rule matches), ``permit`` (none does, and it is closed) or
    ``error``.
    """

    edition: Edition
    why: str
    rule: Rule | None = None
    error: str = ""


class _Group(NamedTuple):
    """Rules that are evaluated together; ``closed`` is the edition that needs a permit."""

    vocabulary: Vocabulary
    closed: Edition | None
    members: tuple[Member, ...]


class _Asked(NamedTuple):
    """A group's rules that are about one action, what they read, and the rules parsed; ``few`` are
    policies that match if one of them does, where there are some.
    """

    group: _Group
    members: tuple[Member, ...]
    mentions: tree.Mentions
    policies: Any
    few: Any


class Judge:
    """Decides by a set of editions.

    Args:
        editions: Those in force, in the order in which their reasons are given.

    Attributes:
        reads_traits: Whether any rule reads an agent's roles or posture.

    Raises:
        Invalid, Exceeded: an edition is unsound (``policy.*``).
        Unavailable: there is no engine (``policy.no_engine``).
    """

    def __init__(self, editions: Iterable[Edition]) -> None:
        self.editions = tuple(editions)
        self._groups = _grouped(self.editions)
        self._asked: dict[str, tuple[_Asked, ...]] = {}
        self._entities: dict[tuple[Any, ...], Any] = {}
        self._followed = {edition.policy: _followed(edition) for edition in self.editions}
        self._allow = Allow(tuple(self._followed.values()))
        self.reads_traits = any(_reads_traits(m.rule) for g in self._groups for m in g.members)
        if self.editions:
            self._evaluate = engine()._internal.is_authorized_batch

    def decide(self, questions: Sequence[Question]) -> Verdict:
        """The verdict about an effect, which asks one question for each action it takes."""
        if not self.editions:
            return self._allow
        refusals = [refusal for q in questions for refusal in self.refusals(q)]
        if not refusals:
            return self._allow
        stopping = [r for r in refusals if r.edition.level == "required"]
        noted = _reasons([r for r in refusals if r.edition.level != "required"])
        if stopping:
            return Deny((*_reasons(stopping), *noted))
        refused = {refusal.edition.policy for refusal in refusals}
        followed = [r for policy, r in self._followed.items() if policy not in refused]
        return Allow((*followed, *noted))

    def refusals(self, question: Question) -> list[Refusal]:
        """Every refusal of any level, in the order of the editions' groups and their rules."""
        asked = self._asked.get(question.action)
        if asked is None:
            asked = self._ask_about(question.action)
        entities = self._entities_of(question)
        return [refusal for one in asked for refusal in self._ask(one, question, entities)]

    def _ask_about(self, action: str) -> tuple[_Asked, ...]:
        asked = tuple(filter(None, (_about(group, action) for group in self._groups)))
        if len(self._asked) >= ACTIONS_REMEMBERED:
            self._asked.clear()
        self._asked[action] = asked
        return asked

    def _entities_of(self, question: Question) -> Any:
        key = (
            question.tenant,
            question.agent,
            question.roles,
            question.posture,
            question.action,
            question.resource,
        )
        entities = self._entities.get(key)
        if entities is None:
            try:
                entities = engine().Entities.from_json_str(entities_json(question))._inner
            except ValueError as error:
                entities = error
            if len(question.resource) <= RESOURCE_CHARS_MAX:
                if len(self._entities) >= ENTITIES_REMEMBERED:
                    self._entities.clear()
                self._entities[key] = entities
        return entities

    def _ask(self, asked: _Asked, question: Question, entities: Any) -> list[Refusal]:
        group = asked.group
        if not asked.members:
            return [] if group.closed is None else [Refusal(group.closed, "permit")]
        try:
            if isinstance(entities, Exception):
                raise Problem(f"the agent or resource cannot be asked about: {entities}")
            request = request_of(question, asked.mentions, group.vocabulary)
            if asked.few is not None:
                (text,) = self._evaluate([request], asked.few, entities, None, False)
                if matches_nothing(json.loads(text)):
                    return []
            (text,) = self._evaluate([request], asked.policies, entities, None, False)
            answer = json.loads(text)
        except Problem as problem:
            return _erring(_readers(asked.members, problem.argument), str(problem))
        except ValueError as error:
            return _erring(asked.members, str(error))
        return _refusals(asked, answer)


def _refusals(asked: _Asked, answer: Mapping[str, Any]) -> list[Refusal]:
    """What Cedar's answer about a group comes to."""
    diagnostics = answer["diagnostics"]
    closed, members = asked.group.closed, asked.members
    found: list[Refusal] = []
    for error in diagnostics["errors"]:
        named = _NAMED.search(error)
        if answer["decision"] == "NoDecision" or named is None:
            return _erring(members, error)
        member = members[int(named[1].removeprefix("policy"))]
        found.append(Refusal(member.edition, "error", member.rule, _cause(error)))
    if answer["decision"] == "Allow":
        return found
    numbers = sorted(int(id.removeprefix("policy")) for id in diagnostics["reason"])
    matched = [members[n] for n in numbers]
    found += [Refusal(m.edition, "forbid", m.rule) for m in matched if m.rule.effect == "forbid"]
    if closed is not None and not found:
        found.append(Refusal(closed, "permit"))
    return found


def _erring(members: Iterable[Member], error: str) -> list[Refusal]:
    editions = {member.edition.policy: member.edition for member in members}
    return [Refusal(edition, "error", error=_cause(error)) for edition in editions.values()]


def _readers(members: Sequence[Member], argument: str | None) -> Sequence[Member]:
    """The rules that read an argument; all where it is not known which."""
    if argument is None:
        return members
    return [m for m in members if m.rule.mentions.reads("args", argument)] or members


def _cause(error: str) -> str:
    text = re.sub(r"^error while evaluating policy `[^`]*`: ", "", " ".join(error.split()))
    return text[:ERROR_CHARS_MAX]


def _about(group: _Group, action: str) -> _Asked | None:
    """What of a group is asked about an action; None where it has nothing to say."""
    members = tuple(m for m in group.members if tree.is_about(m.rule.scope, action))
    if group.closed is None and not members:
        return None
    if group.closed is not None and not _is_closed_to(group, action):
        members = tuple(m for m in members if m.rule.effect == "forbid")
        if not members:
            return None
        group = group._replace(closed=None)
    policies = engine().PolicySet.from_str("\n".join(m.rule.text for m in members))
    mentions = tree.joined([member.rule.mentions for member in members])
    few = together([m.rule.tree for m in members]) if group.closed is None else None
    return _Asked(group, members, mentions, policies, few)


def _is_closed_to(group: _Group, action: str) -> bool:
    """Whether a closed edition needs a permit for an action: its vocabulary names it, or any."""
    return group.vocabulary.actions is None or action in group.vocabulary.actions


def _grouped(editions: Sequence[Edition]) -> list[_Group]:
    together: dict[Any, list[Member]] = {}
    closed: dict[Any, Edition] = {}
    for edition in editions:
        members = [
            Member(edition, rule)
            for rule in edition.parsed()
            if edition.closed or rule.effect == "forbid"
        ]
        if edition.closed:
            key: Any = ("closed", edition.policy)
            closed[key] = edition
        else:
            key = (edition.level, json.dumps(edition.vocabulary.as_data(), sort_keys=True))
        together.setdefault(key, []).extend(members)
    return [
        _Group(
            members[0].edition.vocabulary,
            closed.get(key),
            tuple(members),
        )
        for key, members in together.items()
        if members
    ]


def _reads_traits(rule: Rule) -> bool:
    return any(rule.mentions.reads("principal", name) for name in ("roles", "posture"))


def _followed(edition: Edition) -> Reason:
    text = f"policy {edition.label} does not refuse it"
    return Reason(code="policy.allowed", text=text, facts=named(edition))


def _reasons(refusals: Sequence[Refusal]) -> list[Reason]:
    """A reason for each rule that refuses, but no more than ``REASONS_MAX`` of one edition: they
    are recorded with each denial. The last of them says how many others there are.
    """
    of: dict[str, list[Refusal]] = {}
    for refusal in refusals:
        held = of.setdefault(refusal.edition.policy, [])
        if refusal not in held:
            held.append(refusal)
    reasons: list[Reason] = []
    for held in of.values():
        more = len(held) - REASONS_MAX
        reasons += [reason_of(refusal) for refusal in held[: REASONS_MAX - 1]]
        reasons += [
            reason_of(refusal, more=max(0, more)) for refusal in held[REASONS_MAX - 1 :][:1]
        ]
    return reasons


def reason_of(refusal: Refusal, *, more: int = 0) -> Reason:
    """A refusal as a reason: which policy, which version, which rule, and how many ``more`` of its
    rules refuse.
    """
    edition, rule = refusal.edition, refusal.rule
    facts: dict[str, Any] = {**named(edition), "level": edition.level, "why": refusal.why}
    said = ""
    if rule is not None:
        facts["rule"] = rule.name
        said = (
            f": {rule.reason[:REASON_CHARS_MAX]}" if rule.reason and refusal.why == "forbid" else ""
        )
    name = f"policy {edition.label}" + (f" (rule {rule.name})" if rule else "")
    match refusal.why:
        case "forbid":
            text = f"{name} forbids it{said}"
        case "permit":
            text = f"{name} is closed, and none of its rules permits it"
        case _:
            facts["error"] = refusal.error
            text = f"{name} cannot be evaluated: {refusal.error}"
    if more:
        facts["more"] = more
        text = f"{text} (and {more} more of its rules)"
    return Reason(code=CODES[edition.level], text=text, facts=facts)


def named(edition: Edition) -> dict[str, Any]:
    """The facts that name an edition."""
    return {
        "policy": edition.policy,
        "version": edition.version,
        "digest": edition.digest,
    }


def unreadable(error: TarlError) -> Deny:
    """The verdict where the editions in force cannot be evaluated at all."""
    facts = {"error": error.code}
    text = f"the policies in force cannot be evaluated: {error.message}"
    return Deny((Reason(code="policy.unreadable", text=text, facts=facts),))
