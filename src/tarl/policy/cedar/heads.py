"""Rules by what their heads take: found by an effect's agent and resource, however many there are.

A head that does not take an effect matches nothing and fails at nothing, so that leaving its rule
out changes no answer. What a head takes that is not understood here counts as anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Place = tuple[str, str]
"""What a head takes of agents and of resources; see ``place_of``."""

ANY = ""


class Heads:
    """The places of rules, numbered as they are given.

    Args:
        places: The place of each rule.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._rules: dict[Place, list[int]] = {}
        for number, place in enumerate(places):
            self._rules.setdefault(place, []).append(number)
        self._by_agent: dict[str, frozenset[str]] = {}
        for agent, resource in self._rules:
            self._by_agent[agent] = self._by_agent.get(agent, frozenset()) | {resource}

    def places(self, agent: str, resource: str) -> tuple[Place, ...]:
        """The places that take an agent, by its id in policies, and a resource."""
        found = []
        for taken in (ANY, f"={agent}"):
            resources = self._by_agent.get(taken)
            if resources is not None:
                found += [(taken, one) for one in _paths(resource, resources) if one in resources]
        return tuple(found)

    def rules(self, places: Iterable[Place]) -> list[int]:
        """The rules of places, in their order."""
        return sorted(number for place in places for number in self._rules[place])


def place_of(policy: Mapping[str, Any]) -> Place:
    """What a parsed policy's head takes: ``=ID`` is one agent or resource, ``/PATH`` resources
    within a path, empty any.
    """
    return _agent(policy["principal"]), _resource(policy["resource"])


def is_placed(name: str, part: Mapping[str, Any]) -> bool:
    """Whether the place of a head says all that its part about agents (``principal``) or resources
    says: whoever was found by it needs not be asked again.
    """
    entity, kind = _entity(part), {"principal": "Agent", "resource": "Resource"}[name]
    of_kind = part["op"] != "is" or part["entity_type"] == kind
    return of_kind and (entity is None or entity["type"] == kind)


def _paths(resource: str, known: frozenset[str]) -> list[str]:
    if len(known) == 1 and ANY in known:
        return [ANY]
    parts = resource.split("/")
    within = ["/" + "/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return [ANY, f"={resource}", *within]


def _agent(part: Mapping[str, Any]) -> str:
    entity = _entity(part)  # agents lie in nothing, so that `in` takes the one it names
    return f"={entity['id']}" if entity is not None and entity["type"] == "Agent" else ANY


def _resource(part: Mapping[str, Any]) -> str:
    entity = _entity(part)
    if entity is None or entity["type"] != "Resource":
        return ANY
    return f"{'=' if part['op'] == '==' else '/'}{entity['id']}"


def _entity(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    held: Mapping[str, Any] = part.get("in", part) if part["op"] == "is" else part
    entity: Mapping[str, Any] | None = held.get("entity")
    return entity
