"""Trees of workflows: ends that stay, cancellation and failure through the tree, no cycles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tarl.integrations.orchestration_extended import WorkflowHierarchyManager
from tarl.integrations.orchestration_extended.family import ENDS, STATUSES


@pytest.fixture
def open_tree(journal: Path) -> Callable[[], WorkflowHierarchyManager]:
    return lambda: WorkflowHierarchyManager(journal=journal)


@pytest.fixture
def tree(open_tree: Callable[[], WorkflowHierarchyManager]) -> WorkflowHierarchyManager:
    return open_tree()


def statuses(tree: WorkflowHierarchyManager, *children: str) -> list[str]:
    return [tree.get_child(child).status for child in children]


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "pending"])
@pytest.mark.parametrize("end", ENDS)
def test_an_end_stays(tree: WorkflowHierarchyManager, end: str, status: str) -> None:
    child = tree.spawn_child("p", "t")
    tree.update_child_status(child, end, result=1)
    with pytest.raises(ValueError, match=f"is {end}, which {status} cannot follow"):
        tree.update_child_status(child, status, result=2)
    assert (tree.get_child(child).status, tree.get_child(child).result) == (end, 1)


def test_the_same_end_again_is_well(tree: WorkflowHierarchyManager) -> None:
    child = tree.spawn_child("p", "t")
    for _ in range(2):
        tree.update_child_status(child, "completed", result={"n": 1})
    with pytest.raises(ValueError, match="cannot follow"):
        tree.update_child_status(child, "completed", result={"n": 2})


def test_running_does_not_go_back(tree: WorkflowHierarchyManager) -> None:
    child = tree.spawn_child("p", "t")
    tree.update_child_status(child, "running")
    assert tree.wait_for_child("p", child) is None
    with pytest.raises(ValueError, match="cannot follow"):
        tree.update_child_status(child, "pending")


def test_what_is_unknown_is_refused(tree: WorkflowHierarchyManager) -> None:
    child = tree.spawn_child("p", "t")
    with pytest.raises(ValueError, match="'done' is no status"):
        tree.update_child_status(child, "done")
    refused: list[Callable[[], Any]] = [
        lambda: tree.update_child_status("nobody", "running"),
        lambda: tree.cancel_child("nobody"),
        lambda: tree.propagate_failure("nobody", "e"),
        lambda: tree.get_child("nobody"),
    ]
    for call in refused:
        with pytest.raises(KeyError, match="no child workflow 'nobody'"):
            call()
    assert tree.wait_for_child("p", "nobody") is None
    assert tree.wait_for_child("q", child) is None
    with pytest.raises(TypeError):
        tree.update_child_status(child, "completed", result=object())
    with pytest.raises(ValueError, match="empty"):
        tree.spawn_child("", "t")
    assert statuses(tree, child) == ["pending"]


def test_cancellation_takes_open_descendants_along(tree: WorkflowHierarchyManager) -> None:
    branch = tree.spawn_child("root", "t", "branch")
    leaf, done = tree.spawn_child(branch, "t", "leaf"), tree.spawn_child(branch, "t", "done")
    deep = tree.spawn_child(leaf, "t", "deep")
    other = tree.spawn_child("root", "t", "other")
    tree.update_child_status(done, "completed", result=7)
    assert tree.cancel_child(branch) == ["branch", "leaf", "deep"]
    assert statuses(tree, branch, leaf, deep, done, other) == [
        "cancelled",
        "cancelled",
        "cancelled",
        "completed",
        "pending",
    ]
    assert tree.cancel_child(branch) == []
    assert tree.cancel_child(done) == []
    assert tree.get_child(done).result == 7


def test_a_failure_goes_up_and_cancels_what_hangs_below(tree: WorkflowHierarchyManager) -> None:
    branch = tree.spawn_child("root", "t", "branch")
    leaf, sibling = tree.spawn_child(branch, "t", "leaf"), tree.spawn_child(branch, "t", "sibling")
    below = tree.spawn_child(leaf, "t", "below")
    done = tree.spawn_child("root", "t", "done")
    tree.update_child_status(done, "completed")
    assert set(tree.propagate_failure(leaf, "lost")) == {"leaf", "branch", "root", "sibling", below}
    assert statuses(tree, leaf, branch, sibling, below, done) == [
        "failed",
        "failed",
        "cancelled",
        "cancelled",
        "completed",
    ]
    assert tree.get_child(leaf).error == "lost"
    assert tree.get_child(branch).error == "leaf failed: lost"
    assert tree.get_failure("root") == "branch failed: leaf failed: lost"
    assert tree.propagate_failure(leaf, "lost") == []
    with pytest.raises(ValueError, match="begins nothing"):
        tree.spawn_child("root", "t")
    with pytest.raises(ValueError, match="begins nothing"):
        tree.spawn_child(branch, "t")


def test_a_failure_that_was_noted_before_still_goes_up(tree: WorkflowHierarchyManager) -> None:
    child = tree.spawn_child("root", "t", "child")
    tree.update_child_status(child, "failed", error="mine")
    assert tree.propagate_failure(child, "other") == ["root"]
    assert tree.get_child(child).error == "mine"


def test_a_completed_child_fails_nobody(tree: WorkflowHierarchyManager) -> None:
    child = tree.spawn_child("root", "t")
    tree.update_child_status(child, "completed")
    assert tree.propagate_failure(child, "late") == []
    assert tree.get_failure("root") is None


def test_no_cycles(tree: WorkflowHierarchyManager) -> None:
    tree.spawn_child("a", "t", "b")
    tree.spawn_child("b", "t", "c")
    for parent, child in (("c", "a"), ("b", "a"), ("x", "x")):
        with pytest.raises(ValueError, match="above it, or itself"):
            tree.spawn_child(parent, "t", child)
    tree.spawn_child("z", "t", "a")  # two trees become one
    with pytest.raises(ValueError, match="above it, or itself"):
        tree.spawn_child("c", "t", "z")


def test_one_parent(tree: WorkflowHierarchyManager) -> None:
    assert tree.spawn_child("p", "t", "c") == tree.spawn_child("p", "t", "c") == "c"
    with pytest.raises(ValueError, match="a t of p already"):
        tree.spawn_child("q", "t", "c")
    assert tree.get_status() == {"parents": 1}


def test_another_object_sees_and_continues_it(
    tree: WorkflowHierarchyManager, open_tree: Callable[[], WorkflowHierarchyManager]
) -> None:
    other = open_tree()
    child = tree.spawn_child("p", "t")
    assert [c.child_id for c in other.get_children("p")] == [child]
    other.update_child_status(child, "completed", result=[1])
    assert [c.result for c in tree.wait_for_all_children("p")] == [[1]]
    assert open_tree().get_metrics() == tree.get_metrics()


def test_without_a_place_it_is_in_memory() -> None:
    WorkflowHierarchyManager().spawn_child("p", "t")
    assert WorkflowHierarchyManager().get_children("p") == []


def test_only_one_of_many_ends_a_child(
    tree: WorkflowHierarchyManager, open_tree: Callable[[], WorkflowHierarchyManager]
) -> None:
    child = tree.spawn_child("p", "t")
    won: list[int] = []

    def complete(number: int) -> None:
        try:
            open_tree().update_child_status(child, "completed", result=number)
        except ValueError:
            return
        won.append(number)

    threads = [threading.Thread(target=complete, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [tree.get_child(child).result] == won


def test_what_is_shown_changes_nothing(tree: WorkflowHierarchyManager) -> None:
    child = tree.spawn_child("p", "t")
    tree.update_child_status(child, "completed", result={"n": [1]})
    tree.get_child(child).result["n"].append(2)
    assert tree.get_child(child).result == {"n": [1]}
