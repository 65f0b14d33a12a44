"""Rules as their operator sees them: add, remove, list in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tarl.errors import Conflict, Exceeded, Missing
from tarl.journal.event import Row
from tarl.journal.projection import Tables
from tarl.journal.store import Store
from tarl.routing import events
from tarl.routing.commits import committed, row_after
from tarl.routing.rule import RULES_MAX, Rule, make_rule
from tarl.routing.tables import RULE, all_rules, rule_from
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.work.streams import stream_of


class Rules:
    """The rules of a tenant, shared by all processes that have the journal open."""

    def __init__(self, store: Store, *, clock: Clock, tenant: str = DEFAULT_TENANT) -> None:
        self.store = store
        self.clock = clock
        self.tenant = check_name(tenant, "tenant")

    def add(
        self,
        pattern: str,
        *,
        node: str | None = None,
        capabilities: Iterable[str] | None = None,
        priority: int = 0,
        strict: bool = False,
        rule: str | None = None,
    ) -> Rule:
        """Add a rule; the same one again gives the rule that there is.

        The node need not be known yet. An id is drawn up if none is given: ``r1``, ``r2``, ...

        Raises:
            Invalid: see ``make_rule``.
            Conflict: the id has another rule (``rule.exists``).
            Exceeded: too many rules (``rule.too_many``).
        """
        wanted = None if capabilities is None else tuple(capabilities)
        number = self.store.count(RULE.name, {"tenant": self.tenant})
        while True:
            number += 1
            new = make_rule(
                f"r{number}" if rule is None else rule,
                pattern,
                node=node,
                capabilities=wanted,
                priority=priority,
                strict=strict,
            )
            head = self.store.head(self._stream(new.rule))
            known = self.find(new.rule)
            if rule is None and head is not None:
                continue  # the id is or was another rule's
            if known is not None:
                return self._same(known, new)
            body = events.RuleAdded(
                pattern=new.pattern,
                priority=new.priority,
                strict=new.strict,
                node=new.node,
                capabilities=new.capabilities,
            )
            row = self._row(new.rule, head, events.RULE_ADDED, body)
            if committed(self.store, [row], guards=(self._has_room,)):
                return new

    def remove(self, rule: str, *, reason: str = "") -> None:
        """Take a rule away.

        Raises:
            Missing: there is no such rule (``rule.missing``).
        """
        while True:
            head = self.store.head(self._stream(rule))
            if self.find(rule) is None:
                raise Missing(
                    f"there is no rule {rule!r}",
                    code="rule.missing",
                    next_step="tarl nodes rules ls shows them",
                    rule=rule,
                )
            body = events.Reason(reason=reason)
            if committed(self.store, [self._row(rule, head, events.RULE_REMOVED, body)]):
                return

    def find(self, rule: str) -> Rule | None:
        """The rule of an id."""
        record = self.store.get(RULE.name, self.tenant, rule)
        return None if record is None else rule_from(record)

    def ls(self) -> list[Rule]:
        """Every rule, in the order in which they are asked."""
        return all_rules(self.store, self.tenant)

    # --- inside

    def _same(self, known: Rule, new: Rule) -> Rule:
        if known != new:
            raise Conflict(
                f"rule {known.rule} says {known.pattern} to {known.target} already",
                code="rule.exists",
                next_step="remove it first, or choose another id",
                rule=known.rule,
            )
        return known

    def _has_room(self, tables: Tables) -> None:
        if tables.count(RULE.name, {"tenant": self.tenant}) >= RULES_MAX:
            raise Exceeded(
                f"tenant {self.tenant} has {RULES_MAX} rules, which is the limit",
                code="rule.too_many",
                next_step="one pattern may stand for several: tarl nodes rules ls",
            )

    def _row(self, rule: str, head: Any, kind: str, body: Any) -> Row:
        at_ms = self.clock.now_ms()
        return row_after(head, self._stream(rule), kind, body, tenant=self.tenant, at_ms=at_ms)

    def _stream(self, rule: str) -> str:
        return stream_of("node_rule", self.tenant, rule)
