"""The verdict of the editions in force about one effect.

1. A forbid that matches refuses, whatever else permits.
2. Nothing is refused for lack of a permit, but by a closed edition, for the actions it is about.
3. An error in evaluating any rule that could decide refuses: nothing that guards fails open. (A
   permit of an edition that is not closed decides nothing, and is not evaluated.)
4. What refuses at level ``required`` denies; at ``warning`` and ``audit`` it is a reason of an
   Allow.
5. No edition in force: Allow, without reasons.

What is evaluated of all that is in force, and how much of it at once: ``asked.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.errors import TarlError
from tarl.policy.cedar.asked import About, Asked, Member, Screen, grouped, key_of
from tarl.policy.cedar.check import Rule
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.request import Problem, Question, agent_uid, entities_json, request_of
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


class Refusal(NamedTuple):
    """An edition refuses: ``forbid`` (a rule matches), ``permit`` (none does, and it is closed) or
    ``error``.
    """

    edition: Edition
    why: str
    rule: Rule | None = None
    error: str = ""


class _Told(msgspec.Struct):
    """What the engine says of its reasons."""

    reason: list[str]
    errors: list[str]


class _Answer(msgspec.Struct):
    """What the engine answers."""

    decision: str
    diagnostics: _Told


_read = msgspec.json.Decoder(_Answer).decode


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
        self._groups = grouped(self.editions)
        self._abouts: dict[str, About] = {}
        self._entities: dict[str | tuple[Any, ...], Any] = {}
        self._followed = {key_of(edition): _followed(edition) for edition in self.editions}
        self.reads_traits = any(_reads_traits(m.rule) for g in self._groups for m in g.members)
        if self.editions:
            self._evaluate = engine()._internal.is_authorized_batch

    def decide(self, questions: Sequence[Question]) -> Verdict:
        """The verdict about an effect, which asks one question for each action it takes.

        An Allow names the editions that had something to say and did not refuse.
        """
        asked = [(question, self._screens(question)) for question in questions]
        refusals = [refusal for q, screens in asked for refusal in self._refused(q, screens)]
        followed = dict.fromkeys(key for _, s in asked for screen in s for key in screen.editions)
        if refusals:
            return self._verdict(refusals, followed)
        return Allow(tuple(self._followed[key] for key in followed))

    def _verdict(self, refusals: Sequence[Refusal], asked: Iterable[tuple[str, int]]) -> Verdict:
        stopping = [r for r in refusals if r.edition.level == "required"]
        noted = self._reasons([r for r in refusals if r.edition.level != "required"])
        if stopping:
            return Deny((*self._reasons(stopping), *noted))
        refused = {key_of(refusal.edition) for refusal in refusals}
        followed = [self._followed[key] for key in asked if key not in refused]
        return Allow((*followed, *noted))

    def _reasons(self, refusals: Sequence[Refusal]) -> list[Reason]:
        """A reason for each rule that refuses, but no more than ``REASONS_MAX`` of one edition:
        they are recorded with each denial. The last of them says how many others there are.
        """
        of: dict[tuple[str, int], list[Refusal]] = {}
        for refusal in refusals:
            held = of.setdefault(key_of(refusal.edition), [])
            if refusal not in held:
                held.append(refusal)
        reasons: list[Reason] = []
        for key, held in of.items():
            shown, more = held[:REASONS_MAX], max(0, len(held) - REASONS_MAX)
            names = self._followed[key].facts  # worked out once: a digest of all that it says
            reasons += [reason_of(refusal, names=names) for refusal in shown[:-1]]
            reasons.append(reason_of(shown[-1], names=names, more=more))
        return reasons

    def refusals(self, question: Question) -> list[Refusal]:
        """Every refusal of any level, in the order of the editions' groups and their rules."""
        return self._refused(question, self._screens(question))

    def _screens(self, question: Question) -> tuple[Screen, ...]:
        about = self._abouts.get(question.action)
        if about is None:
            about = self._ask_about(question.action)
        return about.screens(agent_uid(question.tenant, question.agent), question.resource)

    def _refused(self, question: Question, screens: Sequence[Screen]) -> list[Refusal]:
        return [
            refusal
            for screen in screens
            if not self._is_silent(screen, question)
            for refusal in self._ask(screen, question, self._entities_of(question))
        ]

    def _ask_about(self, action: str) -> About:
        if len(self._abouts) >= ACTIONS_REMEMBERED:
            self._abouts.clear()
        about = self._abouts[action] = About(self._groups, action)
        return about

    def _is_silent(self, screen: Screen, question: Question) -> bool:
        """Whether nothing of a screen's groups refuses; False where that is not known."""
        if screen.few is None:
            return False
        # Most rules read nothing of an agent or a resource: these need not be told to the engine.
        entities = self._entities_of(question, whole=screen.few_read_entities)
        if isinstance(entities, Exception):
            return False
        try:
            request = request_of(question, screen.mentions, screen.vocabulary)
            answer = self._answer(request, screen.few, entities)
        except (Problem, ValueError):
            return False  # each group is asked, and says it
        told = answer.diagnostics
        return answer.decision == "Deny" and not told.reason and not told.errors

    def _answer(self, request: dict[str, Any], policies: Any, entities: Any) -> _Answer:
        (text,) = self._evaluate([request], policies, entities, None, False)
        return _read(text)

    def _entities_of(self, question: Question, *, whole: bool = True) -> Any:
        """A question's entities, as the engine takes them; the action alone if not the whole."""
        of = (question.tenant, question.agent, question.roles, question.posture, question.resource)
        key = (question.action, *of) if whole else question.action
        entities = self._entities.get(key)
        if entities is None:
            try:
                text = entities_json(question, whole=whole)
                entities = engine().Entities.from_json_str(text)._inner
            except ValueError as error:
                entities = error
            if len(question.resource) <= RESOURCE_CHARS_MAX or not whole:
                if len(self._entities) >= ENTITIES_REMEMBERED:
                    self._entities.clear()
                self._entities[key] = entities
        return entities

    def _ask(self, screen: Screen, question: Question, entities: Any) -> list[Refusal]:
        members = screen.members
        if not members:
            return [Refusal(c, "permit") for one in screen.groups if (c := one.group.closed)]
        try:
            if isinstance(entities, Exception):
                raise Problem(f"the agent or resource cannot be asked about: {entities}")
            request = request_of(question, screen.mentions, screen.vocabulary)
            answer = self._answer(request, screen.policies, entities)
        except (Problem, ValueError) as error:
            if len(screen.groups) > 1:  # it is not of all of them
                return [r for one in screen.apart for r in self._ask(one, question, entities)]
            argument = error.argument if isinstance(error, Problem) else None
            return _erring(_readers(members, argument), str(error))
        return _refusals(screen, answer)


def _refusals(screen: Screen, answer: _Answer) -> list[Refusal]:
    """What Cedar's answer about each rule by itself comes to."""
    members, told = screen.members, answer.diagnostics
    errors: dict[int, str] = {}
    for error in told.errors:
        named = _NAMED.search(error)
        if answer.decision == "NoDecision" or named is None:
            return _erring(members, error)
        errors[int(named[1].removeprefix("policy"))] = _cause(error)
    matched = {int(id.removeprefix("policy")) for id in told.reason}
    found: list[Refusal] = []
    start = 0
    for asked in screen.groups:
        numbers = range(start, start + len(asked.members))
        start = numbers.stop
        found += _of_group(asked, numbers, members, matched=matched, errors=errors)
    return found


def _of_group(
    asked: Asked,
    numbers: range,
    members: Sequence[Member],
    *,
    matched: Collection[int],
    errors: Mapping[int, str],
) -> list[Refusal]:
    found = [
        Refusal(members[n].edition, "error", members[n].rule, errors[n])
        for n in numbers
        if n in errors
    ]
    met = [members[n] for n in numbers if n in matched]
    found += [Refusal(m.edition, "forbid", m.rule) for m in met if m.rule.effect == "forbid"]
    if asked.group.closed is not None and not found and not met:
        found.append(Refusal(asked.group.closed, "permit"))
    return found


def _erring(members: Iterable[Member], error: str) -> list[Refusal]:
    editions = {key_of(member.edition): member.edition for member in members}
    return [Refusal(edition, "error", error=_cause(error)) for edition in editions.values()]


def _readers(members: Sequence[Member], argument: str | None) -> Sequence[Member]:
    """The rules that read an argument; all where it is not known which."""
    if argument is None:
        return members
    return [m for m in members if m.rule.mentions.reads("args", argument)] or members


def _cause(error: str) -> str:
    text = re.sub(r"^error while evaluating policy `[^`]*`: ", "", " ".join(error.split()))
    return text[:ERROR_CHARS_MAX]


def _reads_traits(rule: Rule) -> bool:
    return any(rule.mentions.reads("principal", name) for name in ("roles", "posture"))


def _followed(edition: Edition) -> Reason:
    text = f"policy {edition.label} does not refuse it"
    return Reason(code="policy.allowed", text=text, facts=named(edition))


def reason_of(refusal: Refusal, *, more: int = 0, names: Mapping[str, Any] | None = None) -> Reason:
    """A refusal as a reason: which policy, which version, which rule, and how many ``more`` of its
    rules refuse. ``names`` are the facts that name the edition, where they are known.
    """
    edition, rule = refusal.edition, refusal.rule
    known = named(edition) if names is None else names
    facts: dict[str, Any] = {**known, "level": edition.level, "why": refusal.why}
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
    facts = {"policy": edition.policy, "version": edition.version, "digest": edition.digest}
    if not edition.is_numbered:
        facts["semver"] = edition.semver
    if edition.environment:
        facts["environment"] = edition.environment
    return facts


def unreadable(error: TarlError) -> Deny:
    """The verdict where the editions in force cannot be evaluated at all."""
    facts = {"error": error.code}
    text = f"the policies in force cannot be evaluated: {error.message}"
    return Deny((Reason(code="policy.unreadable", text=text, facts=facts),))
