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
from tarl.policy.cedar.source import as_forbid
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


class Asked(NamedTuple):
    """A group's rules that can decide about an effect."""

    group: Group
    members: tuple[Member, ...]


class Screen:
    """Groups that are asked at once.

    Args:
        groups: Which; one that has no rules is alone.
        action: What they are asked about.
        fields: The types of the arguments that their rules read, where those are known of several.

    Attributes:
        editions: Those that have something to say.
        few: A few policies, one of which matches or fails if anything refuses; None where asking
            them first is not worth it.
        few_read_entities: Whether these read anything of the agent or the resource.
    """

    def __init__(
        self, groups: tuple[Asked, ...], action: str, fields: dict[str, Field] | None = None
    ) -> None:
        self.groups = groups
        self.members = tuple(member for one in groups for member in one.members)
        self.editions = _editions(groups)
        self.mentions = tree.joined([member.rule.mentions for member in self.members])
        self.vocabulary = groups[0].group.vocabulary
        if len(groups) > 1:
            self.vocabulary = Vocabulary({action: fields}) if fields else FREE
        self.few = together(_conditions(groups), several=len(groups) > 1) if self.members else None
        read, whole = self.mentions.attributes, self.mentions.whole
        self.few_read_entities = bool(
            read["principal"] or read["resource"] or whole & {"principal", "resource"}
        )
        self._action = action
        self._policies: Any = None
        self._apart: tuple[Screen, ...] | None = None

    @property
    def policies(self) -> Any:
        """Each rule as a forbid, so that the engine names all that match, permits too; numbered."""
        if self._policies is None:
            # By their texts: a long chain of operators is too deep for Cedar's JSON.
            text = "\n".join(as_forbid(member.rule.text) for member in self.members)
            self._policies = engine().PolicySet.from_str(text)
        return self._policies

    @property
    def apart(self) -> tuple[Screen, ...]:
        """The groups one by one."""
        if self._apart is None:
            self._apart = tuple(Screen((one,), self._action) for one in self.groups)
        return self._apart


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
        return tuple(
            Screen(groups, self._action, fields) for groups, fields in _parted(asked, self._action)
        )


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


def _parted(
    asked: Iterable[Asked], action: str
) -> list[tuple[tuple[Asked, ...], dict[str, Field]]]:
    """Groups that can be asked at once, because they agree about the types of the arguments that
    their rules read; and these types.
    """
    parts: list[tuple[tuple[Asked, ...], dict[str, Field]]] = []
    for one in asked:
        read = _read(one, action)
        for at, (groups, fields) in enumerate(parts):
            if (
                read is not None
                and _read(groups[0], action) is not None
                and all(fields.get(name, field) == field for name, field in read.items())
            ):
                parts[at] = (*groups, one), fields | read
                break
        else:
            parts.append(((one,), read or {}))
    return parts


def _read(asked: Asked, action: str) -> dict[str, Field] | None:
    """The arguments that a group's rules read, as its vocabulary declares them; None where it says
    not all of that, and the group is asked alone.
    """
    mentions = tree.joined([member.rule.mentions for member in asked.members])
    actions = asked.group.vocabulary.actions
    if not asked.members or "args" in mentions.whole:
        return None
    names = mentions.attributes["args"]
    if not names or actions is None:
        return {}
    declared = actions.get(action)
    if declared is None:
        return None
    return {name: declared[name] for name in names if name in declared}


def _conditions(groups: Iterable[Asked]) -> list[dict[str, Any]]:
    """Conditions one of which is true, or fails, if any of the groups refuses."""
    return [
        condition
        for one in groups
        for condition in refusing(
            [(member.rule.effect, member.rule.tree) for member in one.members],
            needs_permit=one.group.closed is not None,
        )
    ]


def _editions(groups: Iterable[Asked]) -> tuple[tuple[str, int], ...]:
    found: dict[tuple[str, int], None] = {}
    for one in groups:
        editions = [member.edition for member in one.members]
        if one.group.closed is not None:
            editions.append(one.group.closed)
        found |= dict.fromkeys(map(key_of, editions))
    return tuple(found)
