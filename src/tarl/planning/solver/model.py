"""A ``Problem`` as a model of CP-SAT.

Each way to place a job is a literal, so that prices, quiet hours and discomfort are coefficients,
and each slot of a resource and of the house's power is one linear row over the literals that fill
it: the rows are what the proof of optimality lives on.

1. A hard rule either holds by construction, or, in a *named* model, as long as its literal does:
   the literals are the assumptions from which a conflict is read.
2. Import is a variable only in slots where the balance can fall below nothing; elsewhere it is the
   balance itself. It is pressed down by the objective, since no slot sells dearer than it buys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tarl.planning.problem import Placed, Problem, Rule
from tarl.planning.solver.accounting import capacity_of
from tarl.planning.solver.choices import (
    PLACE_KINDS,
    Choice,
    choices_of,
    lawful,
    place_rules,
)
from tarl.planning.solver.numbers import (
    Flow,
    fraction_of,
    jobs_of,
    rounds_to_at_most,
    slots_of,
)
from tarl.planning.solver.storing import Stored
from tarl.planning.solver.sums import Derived, Sum, alone, raised, value_of

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

When = Callable[[Choice], int]

TERMS = ("cost", "latency", "discomfort", "exposure", "co2", "peak", "makespan", "change")


class Model:
    """The variables and rows of a problem.

    Args:
        is_named: Whether hard rules hold as long as their literals do.
        ways: By job, all of its lawful ways that matter; all when left out.

    Attributes:
        model: The library's.
        holds: By hard rule, the literal under which it holds (a named model only).
        objective: In units of ``1 / q``.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        is_named: bool = False,
        ways: Mapping[str, Sequence[Choice]] | None = None,
    ) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        self.p, self.q = fraction_of(problem.slot_ms)
        self.flow = Flow(problem.power, problem.count)
        self.model: cp_model.CpModel = cp_model.CpModel()
        self.is_named = is_named
        self.holds: dict[str, Any] = {}
        self.literals: dict[str, list[tuple[Choice, Any]]] = {}
        self.dropped: dict[str, Any] = {}
        self.charge: dict[str, list[Any]] = {}
        self.discharge: dict[str, list[Any]] = {}
        self.penalty = Sum()
        self._by_then: list[tuple[str, When, dict[int, Any]]] = []
        self._derived: list[Derived] = []
        self._at_rest: list[tuple[Any, int]] = []
        self._imports: dict[int, Sum] = {}
        self._terms: dict[str, Sum] = {}
        self._add_jobs(ways)
        self._add_place_rules()
        self._add_resources()
        self._add_precedence()
        for battery in problem.batteries:
            stored = Stored(self.model, battery, problem)
            self.charge[battery.id], self.discharge[battery.id] = stored.charge, stored.discharge
            self._at_rest += stored.at_rest
        self.net = self._net()
        self.height = raised(self.net, self.pairs(self.literals))
        self._add_connection()
        for rule in problem.rules:
            if rule.kind not in PLACE_KINDS:
                self._add_sum_rule(rule)
        self.objective = self._objective()

    # ------------------------------------------------------------------------------------- jobs

    def _add_jobs(self, ways: Mapping[str, Sequence[Choice]] | None) -> None:
        if self.is_named:
            ways = {job.id: choices_of(job, self.problem) for job in self.problem.jobs}
        elif ways is None:
            ways = lawful(self.problem)
        frozen = {each.job for each in self.problem.frozen}
        for job in self.problem.jobs:
            literals = [(choice, self.model.new_bool_var("")) for choice in ways[job.id]]
            self.literals[job.id] = literals
            one_of = [literal for _, literal in literals]
            if job.drop_penalty is not None and job.id not in frozen:
                self.dropped[job.id] = self.model.new_bool_var("")
                self.penalty.add(self.dropped[job.id], job.drop_penalty)
                one_of.append(self.dropped[job.id])
            self.model.add_exactly_one(one_of)

    def pairs(self, jobs: Iterable[str]) -> Iterable[tuple[Choice, Any]]:
        """The ways of these jobs, with their literals."""
        for job in self.literals:
            if job in jobs:
                yield from self.literals[job]

    def held(self, rule: Rule) -> list[Any]:
        """What a hard rule's rows are enforced by: nothing, or its literal in a named model."""
        if not self.is_named:
            return []
        if rule.id not in self.holds:
            self.holds[rule.id] = self.model.new_bool_var("")
        return [self.holds[rule.id]]

    def _add_place_rules(self) -> None:
        for each in place_rules(self.problem):
            rule = each.rule
            if rule.penalty is None and not self.is_named:
                continue
            breaking = [
                (literal, units)
                for choice, literal in self.pairs(each.jobs)
                if (units := each.units(choice))
            ]
            if rule.penalty is None:
                never = [~literal for literal, _ in breaking]
                self.model.add_bool_and(never).only_enforce_if(self.held(rule))
            elif rule.kind == "not_options":
                once = self.model.new_bool_var("")
                self.penalty.add(once, rule.penalty)
                self._derived.append(Derived(once, [alone(literal) for literal, _ in breaking]))
                for literal, _ in breaking:
                    self.model.add_implication(literal, once)
            else:
                for literal, units in breaking:
                    self.penalty.add(literal, rule.penalty * units)

    def _add_resources(self) -> None:
        rows: dict[str, dict[int, Sum]] = defaultdict(lambda: defaultdict(Sum))
        for choice, literal in self.pairs(self.literals):
            for resource, amount in choice.option.demands.items():
                for slot in range(choice.start, choice.end):
                    rows[resource][slot].add(literal, amount)
        for each in self.problem.resources:
            capacity = capacity_of(each.capacity, range(self.problem.count))
            for slot, used in rows[each.id].items():
                self._at_most(used, capacity[slot])

    def _at_most(self, used: Sum, most: int) -> None:
        """A row of literals; a clause where only one of them fits."""
        alone = [v for v, c in zip(used.variables, used.coefficients, strict=True) if 2 * c > most]
        if len(alone) == len(used.variables) and all(c <= most for c in used.coefficients):
            self.model.add_at_most_one(alone)
        else:
            self.model.add(used.expression <= most)

    # ------------------------------------------------------------------------------------ order

    def _add_precedence(self) -> None:
        ended: dict[str, dict[int, Any]] = {}
        for job in self.problem.jobs:
            if not job.after:
                continue
            begun = self._by(job.id, lambda choice: choice.start)
            for other, wait in job.after.items():
                if other not in ended:
                    ended[other] = self._by(other, lambda choice: choice.end)
                self._follow(begun, ended[other], wait)

    def _by(self, job: str, when: When) -> dict[int, Any]:
        """By instant that matters, in order: the literal of "by then"."""
        groups: dict[int, list[Any]] = defaultdict(list)
        for choice, literal in self.literals[job]:
            groups[when(choice)].append(literal)
        by: dict[int, Any] = {}
        earlier: Any = 0
        for instant in sorted(groups):
            by[instant] = self.model.new_bool_var("")
            self.model.add(by[instant] == earlier + sum(groups[instant]))
            earlier = by[instant]
        self._by_then.append((job, when, by))
        return by

    def _follow(self, begun: Mapping[int, Any], ended: Mapping[int, Any], wait: int) -> None:
        """Begun by then only if the other ended so much before."""
        instants = list(ended)
        position, latest = 0, None
        for start, literal in begun.items():
            while position < len(instants) and instants[position] + wait <= start:
                latest = ended[instants[position]]
                position += 1
            if latest is None:
                self.model.add(literal == 0)
            else:
                self.model.add_implication(literal, latest)

    # ------------------------------------------------------------------------------------ power

    def loads(self, jobs: Iterable[str]) -> list[Sum]:
        """What these jobs draw in each slot."""
        loads = [Sum() for _ in range(self.problem.count)]
        for choice, literal in self.pairs(jobs):
            for slot, watts in enumerate(choice.option.power_w, choice.start):
                loads[slot].add(literal, watts)
        return loads

    def _net(self) -> list[Sum]:
        """The balance of each slot; nothing where no power is counted."""
        if self.problem.power is None:
            return [Sum() for _ in range(self.problem.count)]
        net = self.loads(self.literals)
        for slot, row in enumerate(net):
            row.constant = self.flow.net_w[slot]
            for battery in self.problem.batteries:
                row.add(self.charge[battery.id][slot], most=battery.charge_w_max)
                row.add(self.discharge[battery.id][slot], -1)
        return net

    def _add_connection(self) -> None:
        if self.flow.import_w_max is not None:
            for row in self.height:
                if row.variables or row.constant > self.flow.import_w_max:
                    self._at_most_w(row, self.flow.import_w_max, [])

    def _at_most_w(self, row: Sum, limit_w: int, enforced_by: list[Any]) -> None:
        if row.variables:
            self.model.add(row.expression <= limit_w).only_enforce_if(enforced_by)
        elif row.constant > limit_w:
            self.model.add_bool_or([]).only_enforce_if(enforced_by)

    def _least_w(self, slot: int) -> int:
        discharge_w = sum(battery.discharge_w_max for battery in self.problem.batteries)
        return self.flow.net_w[slot] - discharge_w

    def imported(self, slot: int) -> Sum:
        """What the house draws in a slot, or more where nothing presses it down. Where what is fed
        in brings more than what is drawn costs, more would pay: there it is no more."""
        if slot not in self._imports:
            net = self.net[slot]
            if self._least_w(slot) < 0:
                variable = self.model.new_int_var(0, max(0, net.most), "")
                if self.flow.export_micro[slot] > self.flow.import_micro[slot]:
                    self.model.add_max_equality(variable, [0, net.expression])
                else:
                    self.model.add(variable >= net.expression)
                self._derived.append(Derived(variable, [net]))
                most_w = max(0, net.most)
                net = Sum()
                net.add(variable, most=most_w)
            self._imports[slot] = net
        return self._imports[slot]

    def _lost(self, slot: int) -> Sum:
        """What could not be fed in."""
        lost, limit_w = Sum(), self.flow.export_w_max
        if limit_w is not None and self._least_w(slot) < -limit_w:
            variable = self.model.new_int_var(0, -self._least_w(slot) - limit_w, "")
            self.model.add(variable >= -self.net[slot].expression - limit_w)
            fed_in = Sum()
            fed_in.extend(self.net[slot], -1)
            self._derived.append(Derived(variable, [fed_in], beyond=limit_w))
            lost.add(variable)
        return lost

    # ------------------------------------------------------------------------------ rules of sums

    def _add_sum_rule(self, rule: Rule) -> None:
        jobs = jobs_of(rule, self.problem)
        if rule.kind == "power_max":
            for slot in slots_of(rule, self.problem):
                self._limit(rule, self.height[slot], denominator=1)
            return
        if rule.kind == "cost_max":
            total, denominator = self._bill(jobs), self.q
        elif rule.kind == "energy_max":
            total, denominator = Sum(), self.q
            for choice, literal in self.pairs(jobs):
                total.add(literal, 1000 * self.p * sum(choice.option.power_w))
        else:
            total, denominator = Sum(), 1
            for choice, literal in self.pairs(jobs):
                total.add(literal, choice.option.latency_ms)
        self._limit(rule, total, denominator=denominator)

    def _bill(self, jobs: frozenset[str]) -> Sum:
        """The bill of these jobs over ``q``; the sun that is left over counts where it saves."""
        total = Sum()
        price, spare_w = self.flow.import_micro, self.flow.spare_sun_w
        sunny = [price[t] > 0 and spare_w[t] > 0 for t in range(self.problem.count)]
        for choice, literal in self.pairs(jobs):
            drawn = sum(
                watts * price[slot]
                for slot, watts in enumerate(choice.option.power_w, choice.start)
                if not sunny[slot]
            )
            total.add(literal, self.p * drawn + self.q * choice.option.cost_micro)
        if any(sunny):
            for slot, load in enumerate(self.loads(jobs)):
                if sunny[slot] and load.variables:
                    drawn_w = self.model.new_int_var(0, load.most, "")
                    self.model.add(drawn_w >= load.expression - spare_w[slot])
                    self._derived.append(Derived(drawn_w, [load], beyond=spare_w[slot]))
                    total.add(drawn_w, self.p * price[slot], most=load.most)
        return total

    def _limit(self, rule: Rule, total: Sum, *, denominator: int) -> None:
        """A sum stays within a rule's limit, or what is beyond costs its penalty."""
        most = rounds_to_at_most(rule.limit, denominator)
        if rule.penalty is None:
            self._at_most_w(total, most, self.held(rule))
            return
        if total.most > most:
            beyond = self.model.new_int_var(0, -((most - total.most) // denominator), "")
            self.model.add(total.expression - denominator * beyond <= most)
            self._derived.append(Derived(beyond, [total], most, denominator))
            self.penalty.add(beyond, rule.penalty)

    # ------------------------------------------------------------------------------------- terms

    def term(self, name: str) -> Sum:
        """A term of the objective; ``cost`` and ``co2`` over ``q``."""
        if name not in self._terms:
            self._terms[name] = getattr(self, f"_{name}")()
        return self._terms[name]

    def _objective(self) -> Sum:
        total = Sum()
        total.extend(self.penalty, self.q)
        for name in TERMS:
            if weight := getattr(self.problem.weights, name):
                total.extend(
                    self.term(name), weight if name in ("cost", "co2") else weight * self.q
                )
        return total

    def _of_choices(self, worth: Any) -> Sum:
        total = Sum()
        for choice, literal in self.pairs(self.literals):
            total.add(literal, worth(choice))
        return total

    def _cost(self) -> Sum:
        total = self._of_choices(lambda choice: self.q * choice.option.cost_micro)
        if self.problem.power is not None:
            total.extend(self._metered())
        for battery in self.problem.batteries:
            for discharge in self.discharge[battery.id]:
                total.add(discharge, self.p * battery.wear_micro_per_kwh)
        return total

    def _metered(self) -> Sum:
        """Import less export, over ``q``: the balance at the price of export, and what import
        costs more.
        """
        total, price = Sum(), self.flow.import_micro
        linear = [self._least_w(slot) >= 0 for slot in range(self.problem.count)]
        for choice, literal in self.pairs(self.literals):
            total.add(
                literal,
                self.p
                * sum(
                    watts * (price[slot] if linear[slot] else self.flow.export_micro[slot])
                    for slot, watts in enumerate(choice.option.power_w, choice.start)
                ),
            )
        for slot, is_linear in enumerate(linear):
            sold = price[slot] if is_linear else self.flow.export_micro[slot]
            total.constant += self.p * sold * self.flow.net_w[slot]
            for sign, flows in ((1, self.charge), (-1, self.discharge)):
                for variables in flows.values():
                    total.add(variables[slot], sign * self.p * sold)
            if not is_linear:
                if price[slot] != sold:
                    total.extend(self.imported(slot), self.p * (price[slot] - sold))
                if sold > 0:
                    total.extend(self._lost(slot), self.p * sold)
        return total

    def _co2(self) -> Sum:
        total = Sum()
        if self.problem.power is not None:
            for slot, grams in enumerate(self.flow.co2_g_per_kwh):
                total.extend(self.imported(slot), self.p * grams)
        return total

    def _peak(self) -> Sum:
        peak = Sum()
        if self.problem.power is not None:
            slots = range(self.problem.count)
            least = max(0, *(self._least_w(slot) for slot in slots))
            most = max(least, *(self.net[slot].most for slot in slots))
            variable = self.model.new_int_var(least, most, "")
            for slot in slots:
                if self.net[slot].variables:
                    self.model.add(variable >= self.net[slot].expression)
            self._derived.append(Derived(variable, self.net, least=least))
            peak.add(variable)
        return peak

    def _makespan(self) -> Sum:
        makespan = Sum()
        makespan.add(variable := self.model.new_int_var(0, self.problem.count, ""))
        rows = []
        for literals in self.literals.values():
            ends = Sum()
            for choice, literal in literals:
                ends.add(literal, choice.end)
            if ends.variables:
                rows.append(ends)
                self.model.add(variable >= ends.expression)
        self._derived.append(Derived(variable, rows))
        return makespan

    def _latency(self) -> Sum:
        return self._of_choices(lambda choice: choice.option.latency_ms)

    def _exposure(self) -> Sum:
        return self._of_choices(lambda choice: choice.option.exposure)

    def _discomfort(self) -> Sum:
        costs = {job.id: job.discomfort for job in self.problem.jobs}
        return self._of_choices(
            lambda choice: costs[choice.job][choice.start] if costs[choice.job] else 0
        )

    def _change(self) -> Sum:
        before = {each.job: each for each in self.problem.before}
        total = Sum(sum(job.id in before for job in self.problem.jobs))
        for choice, literal in self.pairs(self.literals):
            if choice.placed == before.get(choice.job):
                total.add(literal, -1)
        return total

    @property
    def size(self) -> int:
        """How many ways there are to place jobs."""
        return sum(map(len, self.literals.values()))

    # -------------------------------------------------------------------------- what was found

    def hint(self, placed: Iterable[Placed]) -> None:
        """Begin the search with these placements, batteries at rest; as a whole solution where they
        are one, since the search makes little of a part.
        """
        known = {each.job: each for each in placed}
        values: dict[int, int] = {}

        def say(variable: Any, value: int) -> None:
            values[variable.index] = value
            self.model.add_hint(variable, value)

        for job, literals in self.literals.items():
            if job in known or job in self.dropped:
                for choice, literal in literals if known else ():
                    say(literal, choice.placed == known.get(job))
            if known and job in self.dropped:
                say(self.dropped[job], job not in known)
        for job, when, by in self._by_then:
            for instant, literal in by.items() if job in known else ():
                earlier = (
                    values[each.index] for c, each in self.literals[job] if when(c) <= instant
                )
                say(literal, any(earlier))
        if known and known.keys() | self.dropped.keys() >= self.literals.keys():
            for variable, value in self._at_rest:
                say(variable, value)
            for each in self._derived:
                say(each.variable, value_of(each, values))

    def placed(self, values: Any) -> list[Placed]:
        """The placements in a solution; ``values`` gives a variable's value."""
        return [choice.placed for choice, literal in self.pairs(self.literals) if values(literal)]

    def levels(self, values: Any) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
        """What batteries take in and give in a solution."""
        charge, discharge = (
            {id: tuple(int(values(each)) for each in variables) for id, variables in flows.items()}
            for flows in (self.charge, self.discharge)
        )
        return charge, discharge
