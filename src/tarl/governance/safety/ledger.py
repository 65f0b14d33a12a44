"""A tenant's safety settings in the journal: changed by name, looked at, asked by the court.

1. Every change is an event that names who made it.
2. Blocking narrows, and a tenant's own caller may do it; everything else is the operator's, which
   the store sees to.
3. A block is lifted by somebody who may lift it, and never by the agent that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tarl.errors import Conflict, Denied, Exceeded, Invalid, Missing
from tarl.governance.safety.events import (
    KINDS,
    ActionBlocked,
    BlockLifted,
    Body,
    GuardrailDisabled,
    GuardrailEnabled,
    RedactionRemoved,
    RedactionSet,
    WatchRemoved,
    WatchSet,
    blocks_stream,
    body_bytes,
    settings_stream,
)
from tarl.governance.safety.sensitive.classes import expand
from tarl.governance.safety.state import GENERATION, Block, Settings, block_id, evolve
from tarl.governance.safety.watch import (
    COUNT_MAX,
    LOOP_CALLS_MAX,
    WINDOW_MS_MAX,
    Watch,
    severity_word,
)
from tarl.journal.store import Batch, Store
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.work.streams import continued

GUARDRAILS_MAX = 100
WATCHES_MAX = 50
REDACTIONS_MAX = 1_000
BLOCKS_MAX = 10_000
"""Of a tenant at once: each is looked at before every effect."""

REASON_CHARS_MAX = 1_000
TENANTS_REMEMBERED = 256
_TRIES_MAX = 100


class Safety:
    """The safety settings of one journal.

    Args:
        store: The journal, with the projection of safety.
        clock: What events are dated by.
        metrics: Where blocks are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self.store = store
        self.clock = clock
        self.metrics = metrics
        self._known: dict[str, tuple[int, int, Settings]] = {}

    # --- looking

    def settings(self, *, tenant: str = DEFAULT_TENANT) -> Settings:
        """All of a tenant's settings as they are now, whoever changed them."""
        revision = self.store.tables_revision()
        known = self._known.get(tenant)
        if known is not None and known[0] == revision:
            return known[2]
        record = self.store.get(GENERATION.name, tenant)
        generation = 0 if record is None else record["generation"]
        settings = Settings() if known is None else known[2]
        if generation and (known is None or known[1] != generation):
            # Lifts first: what they refer to was committed before them.
            lifts = list(self.store.read(settings_stream(tenant), after=settings.settings_seq))
            blocks = list(self.store.read(blocks_stream(tenant), after=settings.blocks_seq))
            settings = evolve(settings, [*blocks, *lifts])
        if len(self._known) >= TENANTS_REMEMBERED:
            self._known.clear()
        self._known[tenant] = revision, generation, settings
        return settings

    def block(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Block:
        """A block that counts.

        Raises:
            Missing: there is none of that id (``safety.no_block``).
        """
        block = self.settings(tenant=tenant).blocks.get(id)
        if block is None:
            raise _missing(
                "block", id, "safety.no_block", "tarl safety blocks shows what is blocked"
            )
        return block

    # --- guardrails

    def enable(
        self,
        guardrail: str,
        *,
        by: str,
        severity: str | None = None,
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        """Have a guardrail asked about every effect, after those that are enabled already.

        Raises:
            Invalid: ``severity.unknown``.
            Exceeded: too many are enabled (``safety.too_many``).
        """
        check_name(guardrail, "guardrail")
        word = None if severity is None else severity_word(severity)
        said = GuardrailEnabled(by=by, reason=reason, guardrail=guardrail, severity=word)

        def decided(now: Settings) -> Body:
            _few({**now.guardrails, guardrail: said}, GUARDRAILS_MAX, "guardrails")
            return said

        self._change(tenant, decided)

    def disable(
        self, guardrail: str, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT
    ) -> None:
        """Have a guardrail asked no more.

        Raises:
            Missing: it is not enabled (``safety.no_guardrail``).
        """

        def decided(now: Settings) -> Body:
            if guardrail not in now.guardrails:
                raise _missing(
                    "guardrail", guardrail, "safety.no_guardrail", "tarl safety guardrails ls"
                )
            return GuardrailDisabled(by=by, reason=reason, guardrail=guardrail)

        self._change(tenant, decided)

    # --- watches

    def watch(
        self, watch: Watch, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT
    ) -> None:
        """Have a watch count, instead of the one of its name.

        Raises:
            Invalid: nothing that it could be over, or bounds that are none (``safety.watch``).
            Exceeded: too many watches (``safety.too_many``).
        """
        _check_watch(watch)

        def decided(now: Settings) -> Body:
            _few({**now.watches, watch.name: watch}, WATCHES_MAX, "watches")
            return WatchSet(by=by, reason=reason, watch=watch)

        self._change(tenant, decided)

    def unwatch(
        self, name: str, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT
    ) -> None:
        """Have a watch count no more.

        Raises:
            Missing: there is none of that name (``safety.no_watch``).
        """

        def decided(now: Settings) -> Body:
            if name not in now.watches:
                raise _missing("watch", name, "safety.no_watch", "tarl safety watch ls")
            return WatchRemoved(by=by, reason=reason, watch=name)

        self._change(tenant, decided)

    # --- redaction

    def redact(
        self,
        tool: str,
        classes: Sequence[str],
        *,
        by: str,
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        """Have values of some classes taken out of what activities answer, before it is recorded.

        Raises:
            Invalid: a class that is none (``safety.class``).
            Exceeded: too many rules (``safety.too_many``).
        """
        check_name(tool, "tool")
        said = RedactionSet(by=by, reason=reason, tool=tool, classes=tuple(sorted(expand(classes))))

        def decided(now: Settings) -> Body:
            _few({**now.redactions, tool: said}, REDACTIONS_MAX, "redactions")
            return said

        self._change(tenant, decided)

    def unredact(
        self, tool: str, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT
    ) -> None:
        """Have what those activities answer recorded as it is.

        Raises:
            Missing: there is no such rule (``safety.no_redaction``).
        """

        def decided(now: Settings) -> Body:
            if tool not in now.redactions:
                raise _missing("redaction", tool, "safety.no_redaction", "tarl safety redact ls")
            return RedactionRemoved(by=by, reason=reason, tool=tool)

        self._change(tenant, decided)

    # --- blocks

    def block_action(
        self,
        action: str,
        *,
        by: str,
        agent: str = "*",
        severity: str = "critical",
        reason: str = "",
        found_by: str = "",
        lifters: Sequence[str] = (),
        tenant: str = DEFAULT_TENANT,
    ) -> Block:
        """Block an action (a capability, or an activity by its name) from the next effect on, in
        every process; what is blocked already stays as it is.

        Raises:
            Invalid: ``severity.unknown``.
            Exceeded: too many blocks (``safety.too_many``).
        """
        check_name(action, "action")
        check_name(agent, "agent")
        said = ActionBlocked(
            by=by,
            reason=reason,
            action=action,
            agent=agent,
            severity=severity_word(severity),
            found_by=found_by,
            lifters=tuple(lifters),
        )
        held: list[Block] = []

        def decided(now: Settings) -> Body | None:
            held[:] = [
                block
                for block in now.blocks.values()
                if (block.said.action, block.said.agent) == (action, agent)
                and block.said.lifters == said.lifters
            ]
            _few({**now.blocks, "": said}, BLOCKS_MAX, "blocks")
            return None if held else said

        seq = self._change(tenant, decided)
        if held:
            return held[0]
        self.metrics.count("safety.blocked", found_by=found_by or "person")
        return self.block(block_id(blocks_stream(tenant), seq), tenant=tenant)

    def lift(self, block: str, *, by: str, reason: str = "", tenant: str = DEFAULT_TENANT) -> None:
        """Lift a block.

        Raises:
            Missing: there is none of that id (``safety.no_block``).
            Denied: somebody who may not lift it (``safety.may_not_lift``), or a caller who acts for
                the tenant (``tenant.operator``).
        """

        def decided(now: Settings) -> Body:
            held = now.blocks.get(block)
            if held is None:
                raise _missing(
                    "block", block, "safety.no_block", "tarl safety blocks shows what is blocked"
                )
            if not held.may_lift(by):
                raise Denied(
                    f"{by} may not lift the block {block} of {held.said.action}",
                    code="safety.may_not_lift",
                    next_step=f"ask {', '.join(held.said.lifters) or 'another operator'}",
                    block=block,
                    lifters=list(held.said.lifters),
                )
            return BlockLifted(by=by, reason=reason, block=block)

        self._change(tenant, decided)

    # --- inside

    def _change(self, tenant: str, decided: Callable[[Settings], Body | None]) -> int:
        """Record what is decided about the settings as they stand, deciding anew when others were
        faster; the event's number, 0 where there is nothing to record.
        """
        check_name(tenant, "tenant")
        for _ in range(_TRIES_MAX):
            now = self.settings(tenant=tenant)
            body = decided(now)
            if body is None:
                return 0
            check_name(body.by, "name of who decides")
            _check_reason(body.reason)
            own = isinstance(body, ActionBlocked)
            stream = blocks_stream(tenant) if own else settings_stream(tenant)
            writer = continued(self.store, stream, tenant=tenant)
            if writer.seq != (now.blocks_seq if own else now.settings_seq):
                continue
            row = writer.append(KINDS[type(body)], body_bytes(body), at_ms=self.clock.now_ms())
            try:
                self.store.commit(Batch([row]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return row.seq
        raise Conflict(
            f"the safety settings of {tenant} never stood still", code="journal.position"
        )


def _check_watch(watch: Watch) -> None:
    check_name(watch.name, "watch")
    check_name(watch.tool, "tool")
    severity_word(watch.severity)
    why = ""
    most = LOOP_CALLS_MAX // 2 if watch.kind == "loop" else COUNT_MAX
    least = 2 if watch.kind == "loop" else 1
    if not 0 < watch.window_ms <= WINDOW_MS_MAX:
        why = f"its window is {watch.window_ms} ms; there are 1 to {WINDOW_MS_MAX}"
    elif watch.kind != "spend" and not least <= watch.count_max <= most:
        why = f"it counts to {watch.count_max}; a watch of {watch.kind} counts to {least}..{most}"
    elif watch.kind == "spend" and not watch.unit:
        why = "it names no unit that calls spend"
    elif watch.kind == "spend" and watch.amount_max is None and watch.factor is None:
        why = "it has neither a largest amount nor a factor"
    elif (watch.amount_max or 0) < 0 or (watch.factor is not None and not watch.factor > 1):
        why = "an amount is not negative, and a factor is above 1"
    if why:
        raise Invalid(
            f"watch {watch.name}: {why}",
            code="safety.watch",
            next_step="tarl safety watch set --help",
        )


def _check_reason(reason: str) -> None:
    if len(reason) > REASON_CHARS_MAX:
        raise Exceeded(
            f"the reason has {len(reason)} characters; the limit is {REASON_CHARS_MAX}",
            code="safety.reason",
            next_step="say it shorter",
        )


def _few(held: dict[str, object], most: int, what: str) -> None:
    if len(held) > most:
        raise Exceeded(
            f"there would be {len(held)} {what}; the limit is {most}",
            code="safety.too_many",
            next_step=f"remove {what} that are not needed any more",
        )


def _missing(what: str, name: str, code: str, next_step: str) -> Missing:
    return Missing(
        f"there is no {what} {name[:80]}",
        code=code,
        next_step=next_step,
        name=name[:80],
    )
