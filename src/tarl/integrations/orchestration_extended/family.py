"""Trees of workflows: who has begun whom, how each stands, and what may follow what.

Laws:
1. A workflow has at most one parent, and is nobody's ancestor and descendant at once.
2. ``pending`` is followed by any other status, ``running`` by the ends alone, an end by nothing.
3. Who is cancelled, and who fails by propagation, takes all open descendants along.
4. A failure that is propagated ends every workflow above it that is open, up to the root.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tarl.integrations.orchestration_extended.chronicle import Fact
from tarl.integrations.orchestration_extended.refusals import BadValue, Busy, UnknownName

SPAWNED = "hierarchy.child_spawned/1"
CHANGED = "hierarchy.status_changed/1"
ROOT_FAILED = "hierarchy.root_failed/1"

PENDING, RUNNING = "pending", "running"
ENDS = ("completed", "failed", "cancelled")
STATUSES = (PENDING, RUNNING, *ENDS)

FOLLOWS: dict[str, tuple[str, ...]] = {
    PENDING: (RUNNING, *ENDS),
    RUNNING: ENDS,
    **dict.fromkeys(ENDS, ()),
}
"""Which statuses may follow which."""

DEPTH_MAX = 1_000
"""Ancestors of one workflow; more is a loop that nobody meant."""


@dataclass
class Member:
    """A child as its events tell it; instants in milliseconds."""

    child_id: str
    parent_id: str
    workflow_type: str
    status: str = PENDING
    result: Any = None
    error: str | None = None
    spawned_at_ms: int = 0
    ended_at_ms: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can follow."""
        return not FOLLOWS[self.status]


@dataclass
class Family:
    """All trees of a journal."""

    members: dict[str, Member] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    failed_roots: dict[str, str] = field(default_factory=dict)

    def member(self, child_id: str) -> Member:
        """A child.

        Raises:
            UnknownName: there is none.
        """
        found = self.members.get(child_id)
        if found is None:
            raise UnknownName(
                f"no child workflow {child_id!r} was spawned",
                code="hierarchy.missing",
                child=str(child_id),
            )
        return found

    def of(self, parent_id: str) -> list[Member]:
        """A workflow's children, in the order in which they were spawned."""
        return [self.members[child] for child in self.children.get(parent_id, ())]

    def ancestors(self, workflow_id: str) -> Iterator[str]:
        """A workflow's parent, the parent's parent and so on."""
        while (member := self.members.get(workflow_id)) is not None:
            workflow_id = member.parent_id
            yield workflow_id

    def descendants(self, workflow_id: str) -> Iterator[Member]:
        """Everybody below a workflow, parents first."""
        below = self.of(workflow_id)
        while below:
            yield from below
            below = [child for member in below for child in self.of(member.child_id)]


def evolve(family: Family, kind: str, body: dict[str, Any], at_ms: int) -> None:
    """Take one more event in."""
    if kind == SPAWNED:
        member = Member(body["child"], body["parent"], body["type"], spawned_at_ms=at_ms)
        family.members[member.child_id] = member
        family.children.setdefault(member.parent_id, []).append(member.child_id)
    elif kind == CHANGED:
        member = family.members[body["child"]]
        member.status = body["status"]
        member.result, member.error = body.get("result"), body.get("error")
        member.ended_at_ms = at_ms if member.is_over else None
    elif kind == ROOT_FAILED:
        family.failed_roots[body["root"]] = body["error"]


# --- deciding


def spawn(family: Family, parent_id: str, workflow_type: str, child_id: str) -> list[Fact]:
    """Begin a child; nothing if this parent has begun it already.

    Raises:
        BadValue: it would be its own ancestor (``hierarchy.cycle``), or a tree too deep.
        Busy: it has another parent or type, or the parent is over.
    """
    known = family.members.get(child_id)
    if known is not None:
        if (known.parent_id, known.workflow_type) == (parent_id, workflow_type):
            return []
        raise Busy(
            f"{child_id} is a {known.workflow_type} of {known.parent_id} already",
            code="hierarchy.exists",
            next_step="choose another child id",
            child=child_id,
        )
    above = list(family.ancestors(parent_id))
    if child_id == parent_id or child_id in above:
        raise BadValue(
            f"{child_id} cannot be a child of {parent_id}: it is above it, or itself",
            code="hierarchy.cycle",
            child=child_id,
            parent=parent_id,
        )
    if len(above) >= DEPTH_MAX:
        raise BadValue(f"{parent_id} has {DEPTH_MAX} ancestors", code="hierarchy.depth")
    if child_id in family.failed_roots:
        raise Busy(f"{child_id} has failed and is begun by nobody", code="hierarchy.over")
    parent = family.members.get(parent_id)
    if (parent is not None and parent.is_over) or parent_id in family.failed_roots:
        status = "failed" if parent is None else parent.status
        raise Busy(f"{parent_id} is {status} and begins nothing", code="hierarchy.over")
    return [(SPAWNED, {"child": child_id, "parent": parent_id, "type": workflow_type})]


def turn(
    family: Family, child_id: str, status: str, result: Any = None, error: str | None = None
) -> list[Fact]:
    """Let a child have another status; nothing if it stands so already.

    Raises:
        UnknownName: there is no such child.
        BadValue: there is no such status.
        Busy: the status cannot follow the child's (``hierarchy.over``).
    """
    if status not in STATUSES:
        raise BadValue(
            f"{status!r} is no status of a child",
            code="hierarchy.status",
            next_step=f"one of {', '.join(STATUSES)}",
        )
    member = family.member(child_id)
    if (member.status, member.result, member.error) == (status, result, error):
        return []
    if status not in FOLLOWS[member.status]:
        raise Busy(
            f"{child_id} is {member.status}, which {status} cannot follow",
            code="hierarchy.over",
            child=child_id,
            status=member.status,
        )
    return [_changed(child_id, status, result=result, error=error)]


def cancel(family: Family, child_id: str, reason: str = "cancelled") -> list[Fact]:
    """Cancel a child and all that is open below it; nothing if it is over.

    Raises:
        UnknownName: there is no such child.
    """
    if family.member(child_id).is_over:
        return []
    own = turn(family, child_id, "cancelled", error=reason)
    return [*own, *_cancelled(family, child_id, f"{child_id} was cancelled")]


def fail(family: Family, child_id: str, error: str) -> list[Fact]:
    """Let a child's failure end the workflows above it, and whatever is open below those; nothing
    if the child has completed or was cancelled: it did not fail.

    Raises:
        UnknownName: there is no such child.
    """
    member = family.member(child_id)
    facts: dict[str, Fact] = {}
    if member.status in ("completed", "cancelled"):
        return []
    if member.status != "failed":
        facts[child_id] = _changed(child_id, "failed", error=error)
    below, said = child_id, error
    for above in family.ancestors(child_id):
        said = f"{below} failed: {said}"
        parent = family.members.get(above)
        if parent is None:
            if above not in family.failed_roots:
                facts[above] = (ROOT_FAILED, {"child": child_id, "error": said, "root": above})
        elif not parent.is_over:
            facts[above] = _changed(above, "failed", error=said)
        below = above
    for other in family.descendants(below):
        if not other.is_over and other.child_id not in facts and _falls(family, other, facts):
            reason = f"{other.parent_id} failed"
            facts[other.child_id] = _changed(other.child_id, "cancelled", error=reason)
    return list(facts.values())


def _falls(family: Family, member: Member, facts: dict[str, Fact]) -> bool:
    """Whether somebody above it ends now."""
    return any(above in facts for above in family.ancestors(member.child_id))


def _cancelled(family: Family, workflow_id: str, reason: str) -> list[Fact]:
    return [
        _changed(member.child_id, "cancelled", error=reason)
        for member in family.descendants(workflow_id)
        if not member.is_over
    ]


def _changed(child_id: str, status: str, *, result: Any = None, error: str | None = None) -> Fact:
    body: dict[str, Any] = {"child": child_id, "status": status}
    if result is not None:
        body["result"] = result
    if error is not None:
        body["error"] = error
    return CHANGED, body
