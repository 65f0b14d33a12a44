"""What is put to the engine about an effect: the rules that can decide, together as far as may be.

1. Rules are evaluated together that share level and vocabulary; a closed edition by itself.
2. Only rules whose head takes the action, the agent and the resource are evaluated.
3. Most effects are refused by nothing, and the engine says so at once: a *screen* is one set of a
   few conditions that match, or fail, if anything of several groups refuses. Where it says nothing,
   nothing refuses; where it says something, the groups are asked one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tarl.policy.cedar import tree
from tarl.policy.cedar.check import Rule
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.heads import Heads, Place, place_of
from tarl.policy.cedar.together import refusing, together
from tarl.policy.cedar.types import Field
from tarl.policy.cedar.vocabulary import FREE, Vocabulary

SUBSETS_REMEMBERED = 256
"""Sets of rules that are kept parsed, of one action."""


class Member(NamedTuple):
    """A rule, and the edition it is of."""

    edition: Edition
    rule: Rule


class Group(NamedTuple):
    """Rules that are evaluated together; ``closed`` is the edition that needs a permit."""

    vocabulary: Vocabulary
    closed: Edition | None
    members: tuple[Member, ...]


class Asked:
    """A group's rules that can decide, and what they read; parsed when they are first asked."""

    def __init__(self, group: Group, members: tuple[Member, ...]) -> None:
        self.group = group
        self.members = members
        self.mentions = tree.joined([member.rule.mentions for member in members])
        self._policies: Any = None

    @property
    def policies(self) -> Any:
        """The rules, parsed."""
        if self._policies is None:
            text = "\n".join(member.rule.text for member in self.members)
            self._policies = engine().PolicySet.from_str(text)
        return self._policies


class Screen(NamedTuple):
    """A few policies, one of which matches or fails if anything of some groups refuses.

    ``policies`` is None where asking them first is not worth it, or cannot be written. ``editions``
    are those that the groups' rules are of.
    """

    editions: tuple[tuple[str, int], ...]
    groups: tuple[Asked, ...]
    vocabulary: Vocabulary
    mentions: tree.Mentions
    policies: Any


class About:
    """What is asked about effects that take one action.

    Args:
        groups: All groups of rules.
        action: The action.
    """

    def __init__(self, groups: Iterable[Group], action: str) -> None:
        self._action = action
        self._groups = [about for about in (_about(g, action) for g in groups) if about is not None]
        placed = [(at, member) for at, group in enumerate(self._groups) for member in group.members]
        self._placed = placed
        self._heads = Heads(place_of(member.rule.tree) for _, member in placed)
        self._known: dict[tuple[Place, ...], tuple[Screen, ...]] = {}

    def screens(self, agent: str, resource: str) -> tuple[Screen, ...]:
        """What is asked about an agent, by its id in policies, and a resource."""
        places = self._heads.places(agent, resource)
        screens = self._known.get(places)
        if screens is None:
            if len(self._known) >= SUBSETS_REMEMBERED:
                self._known.clear()
            screens = self._known[places] = self._screens(places)
        return screens

    def _screens(self, places: Iterable[Place]) -> tuple[Screen, ...]:
        of: list[list[Member]] = [[] for _ in self._groups]
        for number in self._heads.rules(places):
            at, member = self._placed[number]
            of[at].append(member)
        asked = [
            Asked(group, tuple(members))
            for group, members in zip(self._groups, of, strict=True)
            if members or group.closed is not None
        ]
        return tuple(_screen(part, self._action) for part in _parted(asked, self._action))


def key_of(edition: Edition) -> tuple[str, int]:
    """An edition among those in force: of one policy several may be, of several environments."""
    return edition.policy, edition.version


def grouped(editions: Sequence[Edition]) -> list[Group]:
    """The rules of editions, in groups."""
    together: dict[Any, list[Member]] = {}
    closed: dict[Any, Edition] = {}
    for edition in editions:
        members = [
            Member(edition, rule)
            for rule in edition.parsed()
            if edition.closed or rule.effect == "forbid"
        ]
        if edition.closed:
            key: Any = ("closed", edition.policy, edition.version)
            closed[key] = edition
        else:
            key = (edition.level, json.dumps(edition.vocabulary.as_data(), sort_keys=True))
        together.setdefault(key, []).extend(members)
    return [
        Group(members[0].edition.vocabulary, closed.get(key), tuple(members))
        for key, members in together.items()
        if members
    ]


def _about(group: Group, action: str) -> Group | None:
    """A group's rules that are about an action; None where it has nothing to say."""
    members = tuple(m for m in group.members if tree.is_about(m.rule.scope, action))
    closed = group.closed
    if closed is not None and not _is_closed_to(group, action):
        members = tuple(m for m in members if m.rule.effect == "forbid")
        closed = None
    if closed is None and not members:
        return None
    return Group(group.vocabulary, closed, members)


def _is_closed_to(group: Group, action: str) -> bool:
    """Whether a closed edition needs a permit for an action: its vocabulary names it, or any."""
    return group.vocabulary.actions is None or action in group.vocabulary.actions


def _parted(asked: Iterable[Asked], action: str) -> list[list[tuple[Asked, dict[str, Field]]]]:
    """Groups in parts that can be asked at once: those of a part agree about the types of the
    arguments that they read.
    """
    parts: list[list[tuple[Asked, dict[str, Field]]]] = []
    alone: list[list[tuple[Asked, dict[str, Field]]]] = []
    fields: list[dict[str, Field]] = []
    for one in asked:
        read = _read(one, action)
        if read is None:
            alone.append([(one, {})])
            continue
        for part, known in zip(parts, fields, strict=True):
            if all(known.get(name, field) == field for name, field in read.items()):
                part.append((one, read))
                known |= read
                break
        else:
            parts.append([(one, read)])
            fields.append(dict(read))
    return [*parts, *alone]


def _read(asked: Asked, action: str) -> dict[str, Field] | None:
    """The arguments that a group's rules read, as its vocabulary declares them; None where it says
    not all of that, and the group is asked alone.
    """
    if not asked.members:
        return None
    mentions, actions = asked.mentions, asked.group.vocabulary.actions
    if "args" in mentions.whole:
        return None
    names = mentions.attributes["args"]
    if not names or actions is None:
        return {}
    declared = actions.get(action)
    if declared is None:
        return None
    return {name: declared[name] for name in names if name in declared}


def _screen(part: Sequence[tuple[Asked, dict[str, Field]]], action: str) -> Screen:
    groups = tuple(one for one, _ in part)
    first = groups[0]
    if len(groups) == 1:
        vocabulary, mentions = first.group.vocabulary, first.mentions
    else:
        fields = {name: field for _, read in part for name, field in read.items()}
        vocabulary = Vocabulary({action: fields}) if fields else FREE
        mentions = tree.joined([one.mentions for one in groups])
    conditions = [
        condition
        for one in groups
        for condition in refusing(
            [(m.rule.effect, m.rule.tree) for m in one.members],
            needs_permit=one.group.closed is not None,
        )
    ]
    policies = together(conditions, several=len(groups) > 1) if first.members else None
    return Screen(_editions(groups), groups, vocabulary, mentions, policies)


def _editions(groups: Iterable[Asked]) -> tuple[tuple[str, int], ...]:
    found: dict[tuple[str, int], None] = {}
    for one in groups:
        editions = [member.edition for member in one.members]
        if one.group.closed is not None:
            editions.append(one.group.closed)
        found |= dict.fromkeys(map(key_of, editions))
    return tuple(found)
