"""Parent and child workflows as a user of the seed sees them; the laws are ``family``'s."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.ledger import stream_name
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended import family
from tarl.integrations.orchestration_extended.chronicle import Chronicle, Fact
from tarl.integrations.orchestration_extended.family import Family, Member
from tarl.integrations.orchestration_extended.place import Place, Where, drawn
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    UnknownName,
    translated,
)
from tarl.values.ids import check_name

__all__ = ["Busy", "ChildWorkflow", "UnknownName", "WorkflowHierarchyManager"]


@dataclass
class ChildWorkflow:
    """A child as it was when it was read."""

    child_id: str
    parent_id: str
    workflow_type: str
    status: str = "pending"
    result: Any = None
    error: str | None = None


class WorkflowHierarchyManager:
    """Which workflow has begun which, and how each stands.

    Args:
        data_dir: Where its journal lies, ``tarl.db``; in memory when neither this nor a journal is
            given.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = None,
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._book: Chronicle[Family] = Chronicle(
            self.place, stream_name("hierarchy"), Family, family.evolve
        )

    # --- changing

    def spawn_child(self, parent_id: str, workflow_type: str, child_id: str | None = None) -> str:
        """Begin a child; its id. The same child again is the one that there is.

        Raises:
            BadValue: a name that cannot be one, or a child above its parent.
            Busy: the id is another child's, or the parent is over.
        """
        with translated():
            for name, what in ((parent_id, "workflow id"), (workflow_type, "workflow type")):
                check_name(name, what)
            if child_id is not None:
                check_name(child_id, "child id")
        details = {"parent": parent_id, "type": workflow_type, "child": child_id}
        spawned: str = once("spawn_child", details, lambda: self._spawn(**details))
        return spawned

    def _spawn(self, *, parent: Any, type: Any, child: Any) -> str:
        id = child or drawn("child")
        self._book.change(lambda found: family.spawn(found, parent, type, id))
        self.place.metrics.count("hierarchy.spawned")
        return str(id)

    def update_child_status(
        self, child_id: str, status: str, result: Any = None, error: str | None = None
    ) -> None:
        """Let a child have another status.

        Raises:
            UnknownName: there is no such child.
            BadValue: there is no such status, or the result is not JSON.
            Busy: the child has ended, or would go backwards.
        """
        if error is not None and not isinstance(error, str):
            raise BadValue(f"{error!r} is no text", code="hierarchy.status")
        plain = copied(result, "the result")
        details = {"child": child_id, "status": status, "result": plain, "error": error}

        def update() -> None:
            self._book.change(lambda found: family.turn(found, child_id, status, plain, error))

        once("update_child_status", details, update)

    def cancel_child(self, child_id: str) -> list[str]:
        """Cancel a child and everything open below it; the ids of all that have ended by it: none
        if the child is over.

        Raises:
            UnknownName: there is no such child.
        """

        def decide(found: Family) -> list[Fact]:
            return family.cancel(found, child_id)

        ended: list[str] = once("cancel_child", {"child": child_id}, lambda: self._end(decide))
        return ended

    def propagate_failure(self, child_id: str, error: str) -> list[str]:
        """Let a child's failure end its ancestors, and whatever is open below those; the ids of
        all that have ended by it: none if the child has completed or was cancelled.

        Raises:
            UnknownName: there is no such child.
        """

        def decide(found: Family) -> list[Fact]:
            return family.fail(found, child_id, str(error))

        details = {"child": child_id, "error": str(error)}
        ended: list[str] = once("propagate_failure", details, lambda: self._end(decide))
        return ended

    def _end(self, decide: Callable[[Family], list[Fact]]) -> list[str]:
        ended: list[str] = []

        def decided(found: Family) -> list[Fact]:
            facts = decide(found)
            ended[:] = [body.get("root") or body["child"] for _, body in facts]
            return facts

        self._book.change(decided)
        return ended

    # --- looking

    def wait_for_child(self, parent_id: str, child_id: str) -> ChildWorkflow | None:
        """The parent's child if it is over, else None; does not block."""
        member = self._members(parent_id).get(child_id)
        return member if member is not None and _is_over(member) else None

    def wait_for_all_children(self, parent_id: str) -> list[ChildWorkflow]:
        """The children that are over, in the order in which they were spawned; does not block."""
        return [child for child in self._members(parent_id).values() if _is_over(child)]

    def get_children(self, parent_id: str) -> list[ChildWorkflow]:
        """All children, in the order in which they were spawned."""
        return list(self._members(parent_id).values())

    def get_child(self, child_id: str) -> ChildWorkflow:
        """One child.

        Raises:
            UnknownName: there is none.
        """

        def look() -> dict[str, Any]:
            return asdict(_shown(self._book.state().member(child_id)))

        return ChildWorkflow(**once("get_child", {"child": child_id}, look))

    def get_failure(self, workflow_id: str) -> str | None:
        """Why a workflow without a parent has failed by propagation; None if it has not."""

        def look() -> str | None:
            return self._book.state().failed_roots.get(workflow_id)

        found: str | None = once("get_failure", {"workflow": workflow_id}, look)
        return found

    def get_metrics(self) -> dict[str, int]:
        """How many children there are, of each status, and how many parents."""

        def look() -> dict[str, int]:
            state = self._book.state()
            counts = Counter(member.status for member in state.members.values())
            return {
                "children": len(state.members),
                **{status: counts[status] for status in family.STATUSES},
                "parents": len(state.children),
                "failed_roots": len(state.failed_roots),
            }

        found: dict[str, int] = once("hierarchy_metrics", {}, look)
        return found

    def get_status(self) -> dict[str, int]:
        """How many workflows have children."""
        return {"parents": self.get_metrics()["parents"]}

    def _members(self, parent_id: str) -> dict[str, ChildWorkflow]:
        def look() -> list[dict[str, Any]]:
            return [asdict(_shown(member)) for member in self._book.state().of(parent_id)]

        found = once("get_children", {"parent": parent_id}, look)
        return {each["child_id"]: ChildWorkflow(**each) for each in found}


def _shown(member: Member) -> ChildWorkflow:
    return ChildWorkflow(
        member.child_id,
        member.parent_id,
        member.workflow_type,
        member.status,
        copied(member.result, "the result"),
        member.error,
    )


def _is_over(child: ChildWorkflow) -> bool:
    return child.status in family.ENDS
