"""The ledger of workflow trees against a naive model that is told the same."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tarl.integrations.orchestration_extended import WorkflowHierarchyManager
from tarl.integrations.orchestration_extended.family import ENDS, STATUSES

NAMES = st.sampled_from([f"w{n}" for n in range(8)])
ORDER = {"pending": 0, "running": 1} | dict.fromkeys(ENDS, 2)


class Trees(RuleBasedStateMachine):
    """``parents`` and ``status`` are the whole model."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = WorkflowHierarchyManager()
        self.parents: dict[str, str] = {}
        self.status: dict[str, str] = {}
        self.failed_roots: set[str] = set()

    def above(self, name: str) -> list[str]:
        found = []
        while name in self.parents:
            name = self.parents[name]
            found.append(name)
        return found

    def is_over(self, name: str) -> bool:
        return name in self.failed_roots or self.status.get(name) in ENDS

    def refused(self, call: Any) -> bool:
        try:
            call()
        except (ValueError, KeyError):
            return True
        return False

    @rule(parent=NAMES, child=NAMES)
    def spawn(self, parent: str, child: str) -> None:
        refused = self.refused(lambda: self.tree.spawn_child(parent, "t", child))
        if child in self.parents:
            assert refused == (self.parents[child] != parent)
            return
        assert refused == (
            child == parent
            or child in self.above(parent)
            or self.is_over(parent)
            or child in self.failed_roots
        )
        if not refused:
            self.parents[child], self.status[child] = parent, "pending"

    @rule(child=NAMES, status=st.sampled_from(STATUSES))
    def turn(self, child: str, status: str) -> None:
        refused = self.refused(lambda: self.tree.update_child_status(child, status))
        if child not in self.status:
            assert refused
            return
        forward = ORDER[status] > ORDER[self.status[child]]
        told_more = self.tree.get_child(child).error is not None
        assert refused == (not forward and (status != self.status[child] or told_more))
        if not refused:
            self.status[child] = status

    @rule(child=NAMES)
    def cancel(self, child: str) -> None:
        assert self.refused(lambda: self.tree.cancel_child(child)) == (child not in self.status)
        if child in self.status and not self.is_over(child):
            for name, status in self.status.items():
                if status not in ENDS and (name == child or child in self.above(name)):
                    self.status[name] = "cancelled"

    @rule(child=NAMES)
    def fail(self, child: str) -> None:
        refused = self.refused(lambda: self.tree.propagate_failure(child, "e"))
        assert refused == (child not in self.status)
        if refused or self.status[child] in ("completed", "cancelled"):
            return
        ended = {name for name in (child, *self.above(child)) if not self.is_over(name)}
        for name in ended:
            if name in self.status:
                self.status[name] = "failed"
            else:
                self.failed_roots.add(name)
        for name, status in self.status.items():
            if status not in ENDS and ended.intersection(self.above(name)):
                self.status[name] = "cancelled"

    @invariant()
    def they_agree(self) -> None:
        for name in self.status:
            child = self.tree.get_child(name)
            assert (child.parent_id, child.status) == (self.parents[name], self.status[name])
        for name in (f"w{n}" for n in range(8)):
            assert (self.tree.get_failure(name) is not None) == (name in self.failed_roots)


TestTrees = Trees.TestCase
TestTrees.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
