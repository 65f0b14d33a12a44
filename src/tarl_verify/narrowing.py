"""Whether one grant lies within another: the constraints of grants, and what implies what."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tarl_verify.checks import INTEGER_MAX, fields, require, text_of, whole

CONSTRAINTS = {  # kind: members besides the kind
    "at_most": "limit",
    "at_least": "limit",
    "one_of": "values",
    "interval": "hi lo",
    "prefix": "prefixes",
    "required": "values",
    "forbidden": "values",
    "window": "zone",
    "budget": "limit unit",
}
RANGES = ("at_most", "at_least", "interval")
WEEK_MINUTES = 7 * 1440
CLIMBS = re.compile(r"(?:\A|[/\\])(?:\.|%2[eE]){2}(?:[/\\]|\Z)|\x00")  # .. in a path
NOTHING = {"kind": "one_of", "values": []}


def covers(pattern: str, name: str, separator: str) -> bool:
    """Whether a pattern covers a name, or all that another pattern covers.

    ``*`` covers everything, ``mail.*`` what is below ``mail``, anything else itself.
    """
    if pattern in ("*", name):
        return True
    stem = pattern.removesuffix(f"{separator}*")
    return stem != pattern and name.startswith(stem + separator)


def constraints_of(*envelopes: Any) -> dict[str, list[dict[str, Any]]]:
    """All the constraints of several envelopes together, by dimension."""
    found: dict[str, list[dict[str, Any]]] = {}
    for envelope in envelopes:
        require(isinstance(envelope, dict), "format", "constraints are not an object", envelope)
        for dimension, listed in envelope.items():
            require(isinstance(listed, list), "format", "constraints are not a list", listed)
            found.setdefault(dimension, []).extend(constraint(one) for one in listed)
    return found


def constraint(one: Any) -> dict[str, Any]:
    """A constraint of a known kind, of the form that its kind has."""
    kind = one.get("kind") if isinstance(one, dict) else None
    require(isinstance(kind, str) and kind in CONSTRAINTS, "constraint", "unknown kind", one)
    optional = "days from_minute to_minute" if kind == "window" else ""
    fields(one, f"kind {CONSTRAINTS[str(kind)]}", optional)
    for name in ("limit", "lo", "hi", "from_minute", "to_minute"):
        number = one.get(name, 0)
        is_whole = type(number) is int and abs(number) <= INTEGER_MAX
        require(is_whole, "format", "a bound is no integer", one)
    for name in ("values", "prefixes", "days"):
        types = {"values": (str, int, bool), "prefixes": (str,), "days": (int,)}[name]
        values = one.get(name, [])
        listed = isinstance(values, list) and all(type(value) in types for value in values)
        require(listed, "format", "not a list of texts and numbers", one)
    return dict(one)


def implies(have: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    """Whether everything that constraints admit together is admitted by one more.

    What cannot be shown counts as no. ``have`` is read as: some listed values, a range of
    integers, texts with a prefix, or arrays that hold something; each without what is forbidden.
    """

    def of(*kinds: str) -> list[dict[str, Any]]:
        return [one for one in have if one["kind"] in kinds]

    kind, wanted_values = wanted["kind"], wanted.get("values", [])
    gaps = [value for one in of("forbidden") for value in one["values"]]
    listed, ranges, prefixes, required = of("one_of"), of(*RANGES), of("prefix"), of("required")
    if any(one["values"] == [] for one in listed):
        return True
    if of("window", "budget"):
        return other_implies(have, wanted)
    if listed:
        left = (v for v in listed[0]["values"] if all(admits(one, v) for one in have))
        return all(admits(wanted, value) for value in left)
    if sum(map(bool, (ranges, prefixes, required))) > 1:
        return True  # nothing is of two types
    if ranges:
        return range_implies(ranges, gaps, wanted)
    if prefixes:
        return prefix_implies(prefixes, gaps, wanted)
    held = [value for one in required for value in one["values"]]
    if any(value in gaps for value in held):
        return True  # nothing is held and forbidden
    if kind == "required":
        return all(tagged(value) in map(tagged, held) for value in wanted_values)
    return bool(have) and kind == "forbidden" and all(value in gaps for value in wanted_values)


def tagged(value: Any) -> tuple[str, Any]:
    """What tells a value from every other one: ``True`` from ``1``."""
    return type(value).__name__, value


def admits(one: dict[str, Any], value: Any) -> bool:
    """Whether a constraint admits a text, an integer or a boolean."""
    kind = one["kind"]
    if kind in RANGES:
        low, high = bounds([one])
        return type(value) is int and low <= value <= high
    if kind == "prefix":
        begins = isinstance(value, str) and value.startswith(tuple(one["prefixes"]))
        return begins and CLIMBS.search(value) is None
    if kind == "one_of":
        return tagged(value) in map(tagged, one["values"])
    return kind == "forbidden" and value not in one["values"]


def bounds(ranges: list[dict[str, Any]]) -> tuple[int, int]:
    """The least and the greatest integer that all the ranges admit."""
    lows = [one["lo" if "lo" in one else "limit"] for one in ranges if one["kind"] != "at_most"]
    highs = [one["hi" if "hi" in one else "limit"] for one in ranges if one["kind"] != "at_least"]
    return max([-INTEGER_MAX, *lows]), min([INTEGER_MAX, *highs])


def range_implies(ranges: list[dict[str, Any]], gaps: list[Any], wanted: dict[str, Any]) -> bool:
    """``implies`` for integers between bounds; ``True`` is forbidden with 1."""
    low, high = bounds(ranges)
    out = {int(value) for value in gaps if not isinstance(value, str)}
    while low in out:
        low += 1
    while high in out:
        high -= 1
    if low > high:
        return True
    if wanted["kind"] in RANGES:
        least, most = bounds([wanted])
        return least <= low and high <= most
    if wanted["kind"] == "forbidden":
        numbers = {int(value) for value in wanted["values"] if not isinstance(value, str)}
        return all(number in out for number in numbers if low <= number <= high)
    allowed = {v for v in wanted.get("values", []) if type(v) is int}
    few = high - low + 1 - sum(low < n < high for n in out) <= len(allowed)
    return wanted["kind"] == "one_of" and few and allowed | out >= set(range(low, high + 1))


def prefix_implies(prefixes: list[dict[str, Any]], gaps: list[Any], wanted: dict[str, Any]) -> bool:
    """``implies`` for texts that begin with one of some prefixes."""
    stems = {""}
    for one in prefixes:
        pairs = ((p, q) for p in stems for q in one["prefixes"])
        stems = {max(p, q, key=len) for p, q in pairs if p.startswith(q) or q.startswith(p)}
    if not stems:
        return True
    if wanted["kind"] == "prefix":
        return all(stem.startswith(tuple(wanted["prefixes"])) for stem in stems)
    mine = {"kind": "prefix", "prefixes": sorted(stems)}
    touched = [value for value in wanted.get("values", []) if admits(mine, value)]
    return wanted["kind"] == "forbidden" and all(value in gaps for value in touched)


def other_implies(have: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    """``implies`` for windows of time and for budgets, which mix with nothing else."""
    if {one["kind"] for one in have} == {wanted["kind"]} == {"budget"}:
        same = {one["unit"] for one in have} == {wanted["unit"]}
        return same and min(one["limit"] for one in have) <= wanted["limit"]
    if {one["kind"] for one in have} != {"window"}:
        return False
    whole_week = (1 << WEEK_MINUTES) - 1
    open_minutes: dict[str, int] = {}
    for one in have:
        zone = text_of(one["zone"])
        open_minutes[zone] = open_minutes.get(zone, whole_week) & week(one)
    if 0 in open_minutes.values():
        return True
    if wanted["kind"] != "window":
        return False
    outside = whole_week & ~week(wanted)
    return outside == 0 or open_minutes.get(wanted["zone"], outside) & outside == 0


def week(window: dict[str, Any]) -> int:
    """The minutes of the week within a window, one bit each from Monday 00:00."""
    start, end = window.get("from_minute", 0), window.get("to_minute", 1440)
    require(0 <= start < 1440 and 0 < end <= 1440 and start != end, "format", "minutes", window)
    mask, length = 0, (end - start) % 1440 or 1440
    for day in window.get("days", range(1, 8)):
        require(1 <= day <= 7, "format", "no day of a week", window)
        span = ((1 << length) - 1) << ((day - 1) * 1440 + start)
        mask |= span & ((1 << WEEK_MINUTES) - 1) | span >> WEEK_MINUTES
    return mask


class Grant(NamedTuple):
    """What may be done on what, with the constraints of the grant and of the whole record."""

    action: str
    resource: str
    limits: dict[str, list[dict[str, Any]]]

    def admits(self, facts: dict[str, str]) -> bool:
        """Whether it covers an action on a resource, as far as these facts go."""
        covered = covers(self.action, facts["action"], ".")
        covered = covered and covers(self.resource, facts["resource"], "/")
        known = [(facts[at], one) for at in facts for one in self.limits.get(at, [])]
        return covered and all(admits(one, value) for value, one in known)

    def is_within(self, wide: Grant) -> bool:
        """Whether everything that it allows is allowed by a wider one."""
        if not covers(wide.action, self.action, ".") or not covers(
            wide.resource, self.resource, "/"
        ):
            return False
        mine = constraints_of(self.limits, self.implied())
        if any(implies(have, NOTHING) for have in mine.values()):
            return True
        limits = wide.limits.items()
        return all(implies(mine.get(at, []), one) for at, ones in limits for one in ones)

    def implied(self) -> dict[str, list[dict[str, Any]]]:
        """What the patterns say, as constraints."""
        found = {}
        for name, pattern in (("action", self.action), ("resource", self.resource)):
            if pattern.endswith("*") and pattern != "*":
                found[name] = [{"kind": "prefix", "prefixes": [pattern[:-1]]}]
            elif pattern != "*":
                found[name] = [{"kind": "one_of", "values": [pattern]}]
        return found


def grants_of(says: dict[str, Any]) -> list[Grant]:
    """A record's grants."""
    require(isinstance(says["grants"], list), "format", "grants are not a list", says["grants"])
    found = []
    for one in says["grants"]:
        fields(one, "action", "constraints resource")
        limits = constraints_of(one.get("constraints", {}), says["envelope"] or {})
        found.append(Grant(text_of(one["action"]), text_of(one.get("resource", "*")), limits))
    return found


def check_within(child: dict[str, Any], parent: dict[str, Any]) -> None:
    """Fail unless each grant of the child lies within one grant of the parent."""
    wide = grants_of(parent)
    for grant in grants_of(child):
        inside = any(grant.is_within(one) for one in wide)
        what = f"the grant of {grant.action} on {grant.resource} is wider than its source"
        require(inside, "wider", what)


def check_lasts(says: dict[str, Any], above: dict[str, Any]) -> None:
    """Fail if a record lasts longer than the one above it."""
    end, limit = says["expires_at_ms"], above["expires_at_ms"]
    shorter = limit is None or (end is not None and whole(end) <= whole(limit))
    require(shorter, "wider", "lasts longer than its source", end)
