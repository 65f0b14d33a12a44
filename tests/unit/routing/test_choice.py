"""The pure decision and its reasons."""

from __future__ import annotations

import pytest

from tarl.routing.choice import Choice, Work, choose, considered
from tarl.routing.node import Node, NodeSpec
from tarl.routing.rule import Rule, make_rule


def node(
    name: str,
    *capabilities: str,
    priority: int = 0,
    load: int = 0,
    max_load: int = 10,
    status: str = "active",
    silent: bool = False,
) -> Node:
    spec = NodeSpec(
        capabilities=capabilities, priority=priority, max_load=max_load, heartbeat_ms=50
    )
    silent_ms = 90 if silent else 10
    return Node(node=name, status=status, spec=spec, load=load, is_lost=silent, silent_ms=silent_ms)


def chosen(choice: Choice) -> str | None:
    return choice.node.node if choice.node else None


def pick(work: Work, *nodes: Node, rules: tuple[Rule, ...] = ()) -> str | None:
    return chosen(choose(work, nodes, rules))


ANY = Work("job")


def test_no_node_takes_it_when_there_is_none() -> None:
    assert pick(ANY) is None


@pytest.mark.parametrize(
    "other",
    [
        node("a", "ml", status="draining", priority=9),
        node("a", "ml", silent=True, priority=9),
        node("a", "ml", load=10, priority=9),
        node("a", "ml", load=11, priority=9),
        node("a", "web", priority=9),
    ],
    ids=["draining", "silent", "full", "more than full", "incapable"],
)
def test_a_node_that_cannot_take_it_is_passed_over(other: Node) -> None:
    assert pick(Work("job", ("ml",)), other, node("z", "ml")) == "z"
    assert pick(Work("job", ("ml",)), other) is None


def test_every_capability_is_required() -> None:
    some, all_ = node("a", "ml"), node("b", "ml", "gpu")
    assert pick(Work("job", ("gpu", "ml")), some, all_) == "b"


def test_the_highest_priority_wins_over_the_least_load() -> None:
    assert pick(ANY, node("a", load=0), node("b", priority=1, load=9)) == "b"


def test_within_a_priority_the_smallest_share_of_the_load_wins() -> None:
    assert pick(ANY, node("a", load=5), node("b", load=4)) == "b"
    assert pick(ANY, node("a", load=4), node("b", load=5, max_load=100)) == "b"


@pytest.mark.parametrize("order", [("b", "a", "c"), ("a", "b", "c"), ("c", "b", "a")])
def test_a_tie_goes_to_the_first_by_name_whatever_the_order(order: tuple[str, ...]) -> None:
    assert pick(ANY, *(node(name) for name in order)) == "a"


def test_a_rule_s_node_comes_before_priority_and_load() -> None:
    rule = make_rule("r", "j*", node="a")
    nodes = node("a", load=9), node("b", priority=9)
    assert pick(ANY, *nodes, rules=(rule,)) == "a"
    assert pick(Work("other"), *nodes, rules=(rule,)) == "b"


def test_a_rule_s_node_must_be_capable_too() -> None:
    rule = make_rule("r", "j*", node="a")
    assert pick(Work("job", ("ml",)), node("a"), node("b", "ml"), rules=(rule,)) == "b"


def test_a_rule_may_aim_at_capabilities_beside_the_required_ones() -> None:
    rule = make_rule("r", "j*", capabilities=["gpu"])
    nodes = node("a", "ml"), node("b", "gpu", load=5), node("c", "gpu", "ml", load=9)
    assert pick(ANY, *nodes, rules=(rule,)) == "b"
    assert pick(Work("job", ("ml",)), *nodes, rules=(rule,)) == "c"


def test_a_rule_that_cannot_be_followed_lets_the_next_be_asked() -> None:
    first = make_rule("r1", "*", node="a", priority=2)
    second = make_rule("r2", "*", node="c", priority=1)
    nodes = node("a", load=10), node("b"), node("c", load=3)
    choice = choose(ANY, nodes, (first, second))
    assert chosen(choice) == "c"
    assert choice.rule is second
    assert [reason.code for reason in choice.reasons] == ["rule_passed", "rule"]


def test_a_strict_rule_makes_the_work_wait() -> None:
    strict = make_rule("r", "*", node="a", strict=True)
    choice = choose(ANY, (node("a", load=10), node("b")), (strict,))
    assert chosen(choice) is None
    assert [reason.code for reason in choice.reasons] == ["rule_strict"]


def test_a_node_that_is_left_gets_nothing() -> None:
    choice = choose(ANY, (node("a"), node("b", load=9)), (), leaving="a")
    assert chosen(choice) == "b"


def test_each_node_says_why_or_why_not() -> None:
    nodes = [
        node("best", "ml", priority=2, load=1),
        node("busier", "ml", priority=2, load=5),
        node("drained", "ml", status="draining"),
        node("full", "ml", load=10),
        node("later", "ml", priority=2, load=1),
        node("lesser", "ml", priority=1),
        node("other", "web", load=10),
        node("quiet", "ml", silent=True),
    ]
    work = Work("job", ("ml",))
    found = considered(work, nodes, choose(work, nodes, ()))
    assert {each.node: [reason.code for reason in each.reasons] for each in found} == {
        "best": ["chosen"],
        "busier": ["more_loaded"],
        "drained": ["draining"],
        "full": ["full"],
        "later": ["tie"],
        "lesser": ["lower_priority"],
        "other": ["lacks", "full"],
        "quiet": ["silent"],
    }
    assert [each.node for each in found if each.chosen] == ["best"]
    texts = {each.node: each.reasons[0].text for each in found}
    assert texts["busier"] == "has load 5 of 10, best has 1 of 10"
    assert texts["quiet"] == "has been silent for 90 ms and may be for 50 ms"


def test_nodes_that_a_rule_does_not_aim_at_say_so() -> None:
    nodes = node("a"), node("b", load=10), node("c", priority=5)
    found = considered(ANY, nodes, choose(ANY, nodes, (make_rule("r", "*", node="a"),)))
    codes = {each.node: [reason.code for reason in each.reasons] for each in found}
    assert codes == {"a": ["chosen"], "b": ["full", "not_aimed"], "c": ["not_aimed"]}
