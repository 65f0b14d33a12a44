"""Routing against a model that is written to be obviously right, and patterns against fnmatch."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.routing.parts import Yard

from tarl.errors import Conflict, Invalid
from tarl.routing.pattern import parse

NODES = ("a", "b", "c")
TASKS = tuple(f"t{number}" for number in range(8))
TYPES = ("ml_a", "ml_b", "web")
CAPABILITIES = ("gpu", "ml")
HEARTBEAT_MS = 100

capabilities = st.sets(st.sampled_from(CAPABILITIES)).map(lambda names: tuple(sorted(names)))
nodes, tasks, types = st.sampled_from(NODES), st.sampled_from(TASKS), st.sampled_from(TYPES)


class RoutingMachine(RuleBasedStateMachine):
    """The model: dictionaries, and the decision written out as a plain search."""

    @initialize()
    def start(self) -> None:
        self.yard = Yard()
        self.spec: dict[str, tuple[tuple[str, ...], int, int]] = {}
        self.draining: set[str] = set()
        self.heard: dict[str, int] = {}
        self.given_up: set[str] = set()
        self.rules: dict[str, tuple[str, str | None, tuple[str, ...], int, bool]] = {}
        self.held: dict[str, tuple[str, str, tuple[str, ...]]] = {}

    # --- the model

    def load(self, node: str) -> int:
        return sum(1 for where, _, _ in self.held.values() if where == node)

    def is_dead(self, node: str) -> bool:
        silent = self.yard.machine.ms - self.heard[node]
        return silent > HEARTBEAT_MS or node in self.given_up

    def expected(self, kind: str, needs: tuple[str, ...], leaving: str | None = None) -> str | None:
        able = []
        for node, (has, priority, most) in self.spec.items():
            if node in self.draining or node == leaving or self.is_dead(node):
                continue
            if set(needs) <= set(has) and self.load(node) < most:
                able.append((-priority, self.load(node) / most, node))
        for _, id in sorted((-said[3], id) for id, said in self.rules.items()):
            pattern, target, wants, _, strict = self.rules[id]
            if not fnmatchcase(kind, pattern):
                continue
            aimed = [
                one
                for one in able
                if (one[2] == target if target else set(wants) <= set(self.spec[one[2]][0]))
            ]
            if aimed:
                return min(aimed)[2]
            if strict:
                return None
        return min(able)[2] if able else None

    # --- what happens

    @rule(node=nodes, has=capabilities, priority=st.integers(0, 1), most=st.integers(1, 3))
    def register(self, node: str, has: tuple[str, ...], priority: int, most: int) -> None:
        outcome = self.yard.nodes.register(
            node, capabilities=has, priority=priority, max_load=most, heartbeat_ms=HEARTBEAT_MS
        )
        known, new = self.spec.get(node), (has, priority, most)
        same = "unchanged" if known == new else "changed"
        assert outcome == ("registered" if known is None else same)
        self.spec[node] = new
        self.heard[node] = self.yard.machine.ms
        self.given_up.discard(node)

    @rule(node=nodes)
    def turn(self, node: str) -> None:
        if node not in self.spec:
            return
        if node in self.draining:
            assert self.yard.nodes.undrain(node)
            self.draining.remove(node)
        else:
            assert self.yard.nodes.drain(node)
            self.draining.add(node)

    @rule(node=nodes)
    def remove(self, node: str) -> None:
        if node not in self.spec:
            return
        if self.load(node):
            with pytest.raises(Conflict):
                self.yard.nodes.remove(node)
            return
        self.yard.nodes.remove(node)
        del self.spec[node], self.heard[node]
        self.draining.discard(node)
        self.given_up.discard(node)

    @rule(
        pattern=st.sampled_from(("*", "ml_*", "ml_?", "[!w]*", "web", "*_[a]")),
        aim=st.none() | nodes,
        wants=st.sampled_from(CAPABILITIES),
        priority=st.integers(0, 1),
        strict=st.booleans(),
    )
    def add_rule(
        self, pattern: str, aim: str | None, wants: str, priority: int, strict: bool
    ) -> None:
        if len(self.rules) == 3:
            return
        made = self.yard.rules.add(
            pattern,
            node=aim,
            capabilities=None if aim else [wants],
            priority=priority,
            strict=strict,
        )
        self.rules[made.rule] = pattern, aim, (wants,), priority, strict

    @rule()
    def remove_rule(self) -> None:
        if self.rules:
            id = min(self.rules)
            self.yard.rules.remove(id)
            del self.rules[id]

    @rule(task=tasks, kind=types, needs=capabilities)
    def route(self, task: str, kind: str, needs: tuple[str, ...]) -> None:
        known = self.held.get(task)
        if known and known[1:] != (kind, needs):
            with pytest.raises(Conflict):
                self.yard.route(kind, needs, task=task)
            return
        decision = self.yard.route(kind, needs, task=task)
        if known and not self.is_dead(known[0]):
            assert (decision.node, decision.outcome) == (known[0], "kept")
            return
        node = self.expected(kind, needs, leaving=known[0] if known else None)
        assert decision.node == node
        if node is not None:
            self.held[task] = node, kind, needs
        whys = {each.node: each for each in decision.considered}
        assert whys.keys() == self.spec.keys()
        assert all(each.reasons for each in decision.considered)
        assert [name for name, each in whys.items() if each.chosen] == ([node] if node else [])

    @rule(kind=types, needs=capabilities)
    def explain(self, kind: str, needs: tuple[str, ...]) -> None:
        assert self.yard.explain(kind, needs).node == self.expected(kind, needs)

    @rule(task=tasks)
    def release(self, task: str) -> None:
        assert self.yard.release(task) == (self.held.pop(task, None) is not None)

    @rule(node=nodes)
    def beat(self, node: str) -> None:
        if node in self.spec:
            heard = self.yard.nodes.heartbeat(node)
            assert heard == (node in self.draining, self.load(node), self.is_dead(node))
            self.heard[node] = self.yard.machine.ms
            self.given_up.discard(node)

    @rule(ms=st.sampled_from((1, 60, 101)), wall_ms=st.integers(-3_600_000, 3_600_000))
    def pass_time(self, ms: int, wall_ms: int) -> None:
        self.yard.machine.ms += ms
        self.yard.hand.at_ms += wall_ms

    @rule(node=nodes, force=st.booleans())
    def failover(self, node: str, force: bool) -> None:
        if node not in self.spec:
            return
        if not self.is_dead(node) and not force:
            with pytest.raises(Conflict):
                self.yard.failover(node)
            return
        if self.is_dead(node):
            self.given_up.add(node)
        fences = {each.task: each.fence for each in self.yard.assignments(node=node)}
        moved, stranded = {}, []
        for task in sorted(fences, key=lambda task: fences[task]):
            _, kind, needs = self.held[task]
            to = self.expected(kind, needs, leaving=node)
            if to is None:
                stranded.append(task)
            else:
                moved[task] = to
                self.held[task] = to, kind, needs
        found = self.yard.failover(node, force=force)
        assert {move.task: move.to for move in found.moved} == moved
        assert list(found.stranded) == stranded

    # --- what always holds

    @invariant()
    def assignments_are_what_the_model_says(self) -> None:
        if hasattr(self, "yard"):
            found = {each.task: each.node for each in self.yard.assignments()}
            assert found == {task: held[0] for task, held in self.held.items()}
            assert self.yard.loads() == {node: self.load(node) for node in self.spec}

    @invariant()
    def numbers_are_never_given_twice(self) -> None:
        if hasattr(self, "yard"):
            fences = [each.fence for each in self.yard.assignments()]
            assert len(set(fences)) == len(fences)


RoutingMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestRouting = RoutingMachine.TestCase


# --- patterns

names = st.text(alphabet="ab-_[]x!?*", max_size=8)
pieces = st.sampled_from(
    ("*", "?", "a", "b", "-", "_", "x", "]", "[a-b]", "[!a-b]", "[ab]", "[x_]", "[!*]")
)


@given(pattern=st.lists(pieces, min_size=1, max_size=6).map("".join), name=names)
def test_patterns_mean_what_fnmatch_says(pattern: str, name: str) -> None:
    assert parse(pattern).matches(name) == fnmatchcase(name, pattern)


@given(text=st.text(alphabet="ab-[]!?*", max_size=10), name=names)
def test_any_text_is_a_pattern_or_is_refused(text: str, name: str) -> None:
    refusal = None
    try:
        assert parse(text).matches(name) in (True, False)
    except Invalid as error:
        refusal = error
    assert refusal is None or refusal.code == "rule.pattern"
