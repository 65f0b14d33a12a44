"""The settings of taint of a journal: changed by the operator, asked about at every suspect effect.

Each change reads what holds, decides, and writes at the position that it has read; it says who made
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.governance.taint.events import (
    KINDS,
    Body,
    Configured,
    Endorsed,
    Withdrawn,
    body_bytes,
)
from tarl.governance.taint.rules import RULES_MAX, Rule, checked_rule, mode
from tarl.governance.taint.state import GENERATION, NOTHING_SET, Settings, evolve, stream_of
from tarl.journal.store import Batch, Store
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued

TRIES_MAX = 100
APPROVERS_MAX = 50
REASON_CHARS_MAX = 1_000
TENANTS_REMEMBERED = 256


class TaintSettings:
    """The settings of every tenant.

    Args:
        store: The journal, with the projection of taint.
        clock: What events are dated by.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self._clock = clock
        self._known: dict[str, tuple[int, int, Settings]] = {}

    def of(self, tenant: str = DEFAULT_TENANT) -> Settings:
        """What holds for a tenant; read again when anybody has changed it."""
        revision = self.store.tables_revision()
        known = self._known.get(tenant)
        if known is not None and known[0] == revision:
            return known[2]
        record = self.store.get(GENERATION.name, tenant)
        generation = 0 if record is None else record["generation"]
        if known is not None and known[1] == generation:
            settings = known[2]
        else:
            settings = evolve(self.store.read(stream_of(tenant))) if generation else NOTHING_SET
        if len(self._known) >= TENANTS_REMEMBERED:
            self._known.clear()
        self._known[tenant] = revision, generation, settings
        return settings

    def configure(
        self,
        *,
        by: str,
        mode_word: str | None = None,
        approvers: Sequence[str] = (),
        needed: int | None = None,
        guards_reads: bool = False,
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> Settings:
        """Say how suspect effects that no rule endorses are treated; see ``Configured``.

        Raises:
            Invalid: no such mode (``taint.mode``), ``hold`` without people to ask, or more
                approvals than approvers (``taint.approvers``).
        """
        chosen = None if mode_word is None else mode(mode_word)
        for approver in approvers:
            check_name(approver, "principal")
        few = needed is not None and not 1 <= needed <= len(approvers)
        if few or len(set(approvers)) > APPROVERS_MAX or (chosen == "hold" and not approvers):
            raise Invalid(
                f"{needed or 'all'} of {len(approvers)} people cannot approve suspect effects",
                code="taint.approvers",
                next_step=f"name 1 to {APPROVERS_MAX} people: --approver NAME",
            )
        said = Configured(
            by=check_name(by, "principal"),
            mode=chosen,
            approvers=tuple(dict.fromkeys(approvers)),
            needed=needed,
            guards_reads=guards_reads,
            reason=reason[:REASON_CHARS_MAX],
        )
        return self._change(tenant, lambda settings: said)

    def allow(self, rule: Rule, *, by: str, tenant: str = DEFAULT_TENANT) -> Settings:
        """Endorse what a rule says, in the place of a rule of the same id.

        Raises:
            Invalid: it is none (``taint.rule``, ``taint.condition``).
            Exceeded: the tenant has too many (``taint.too_many``).
        """
        data: dict[str, Any] = plain(checked_rule(rule))
        said = Endorsed(by=check_name(by, "principal"), rule=data)

        def decided(settings: Settings) -> Body:
            if len(settings.rules) >= RULES_MAX and rule.id not in settings.rules:
                raise Exceeded(
                    f"tenant {tenant!r} has {RULES_MAX} rules",
                    code="taint.too_many",
                    next_step="withdraw one: tarl taint withdraw RULE",
                )
            return said

        return self._change(tenant, decided)

    def withdraw(
        self, rule: str, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT
    ) -> Settings:
        """Have a rule count no more.

        Raises:
            Missing: there is none of that id (``taint.no_rule``).
        """
        said = Withdrawn(
            by=check_name(by, "principal"), rule=rule, reason=reason[:REASON_CHARS_MAX]
        )

        def decided(settings: Settings) -> Body:
            if rule not in settings.rules:
                raise Missing(
                    f"no rule {rule} endorses anything",
                    code="taint.no_rule",
                    next_step="tarl taint show lists the rules",
                )
            return said

        return self._change(tenant, decided)

    def _change(self, tenant: str, decided: Callable[[Settings], Body]) -> Settings:
        check_name(tenant, "tenant")
        for _ in range(TRIES_MAX):
            writer = continued(self.store, stream_of(tenant), tenant=tenant)
            body = decided(self.of(tenant))
            row = writer.append(KINDS[type(body)], body_bytes(body), at_ms=self._clock.now_ms())
            try:
                self.store.commit(Batch([row]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return self.of(tenant)
        raise Conflict(f"{stream_of(tenant)} never stood still", code="journal.position")
