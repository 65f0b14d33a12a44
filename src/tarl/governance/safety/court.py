"""The court of safety: what is blocked, watched and guarded, at the moment of the effect.

It fills the kernel's port ``Gate``. Where a tenant has no safety settings it allows at once; what
is set is read again when anybody, in any process, has changed it.

1. Every call counts for the watches, whatever comes of it.
2. What is blocked is denied first; then the watches speak, then the guardrails (``panel``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tarl.errors import TarlError
from tarl.governance.safety.calls import Calls
from tarl.governance.safety.panel import Hit, Panel, asked_about, denial
from tarl.governance.safety.state import Block, Settings
from tarl.governance.safety.watch import KEYS_MAX, Full, Over, Watch, matches
from tarl.governance.severity import severity
from tarl.journal.store import Store
from tarl.kernel.effect import Effect
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow, Deny, Reason, Verdict

TENANTS_REMEMBERED = 256
KINDS: Mapping[str, tuple[str, str]] = {
    "calls": ("tool_abuse", "safety.tool_abuse"),
    "loop": ("loop", "safety.loop"),
    "spend": ("cost_spike", "safety.cost_spike"),
}
"""Kinds of anomalies and codes of refusals, by kinds of watches."""


class SafetyCourt:
    """Decides about effects by the safety settings of the run's tenant.

    Args:
        store: The journal, as the loop's courts look at it.
        panel: Asks the guardrails.
        clock: What time it is.
        metrics: Where decisions are counted.
    """

    def __init__(
        self,
        store: Store,
        panel: Panel,
        *,
        clock: Clock,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._store = store
        self._clock = clock
        self._panel = panel
        self._metrics = metrics
        self._calls: dict[str, tuple[dict[str, Watch], Calls]] = {}
        self._blocks: dict[str, _Blocks] = {}

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        tenant = effect.run.tenant
        try:
            settings = self._panel.safety.settings(tenant=tenant)
            if settings.guards_nothing:
                return Allow()
            verdict = self._decided(effect, settings)
        except TarlError as error:
            verdict = denial(error.code, error.message[:500])
        answer = type(verdict).__name__.lower()
        self._metrics.count("safety.decisions", answer=answer)
        return verdict

    def is_quiet(self, effect: Effect) -> bool:
        """See ``Quiet.is_quiet``."""
        return self._panel.safety.settings(tenant=effect.run.tenant).guards_nothing

    # --- inside

    def _decided(self, effect: Effect, settings: Settings) -> Verdict:
        if settings.is_unreadable:
            return denial("safety.unreadable", "the safety settings are erased: they may forbid it")
        overs = self._over(effect, settings) if settings.watches else ()
        if isinstance(overs, Deny):
            return overs
        blocked = self._blocked(effect, settings.blocks) if settings.blocks else None
        if blocked is not None:
            return blocked
        for over in overs:
            refused = self._panel.found(effect, _hit(over, effect.command.at_ms))
            if refused is not None:
                return refused
        if not settings.guardrails:
            return Allow()
        return self._panel.ask(effect, asked_about(effect), settings, on="call")

    def _blocked(self, effect: Effect, blocks: Mapping[str, Block]) -> Deny | None:
        """The denial of what is blocked."""
        known = self._blocks.get(effect.run.tenant)
        if known is None or known.blocks is not blocks:
            if len(self._blocks) >= TENANTS_REMEMBERED:
                self._blocks.clear()
            known = self._blocks[effect.run.tenant] = _Blocks(blocks)
        block = known.about(effect)
        if block is None:
            return None
        said = block.said
        text = f"{said.action} is blocked ({block.id}): {said.reason or 'no reason is given'}"
        facts = {"block": block.id, "by": said.by, "found_by": said.found_by}
        return denial("safety.blocked", text, **facts)

    def _over(self, effect: Effect, settings: Settings) -> Sequence[Over] | Deny:
        tenant = effect.run.tenant
        known, calls = self._calls.get(tenant, (None, None))
        now_ms = self._clock.now_ms()
        if calls is None or known is not settings.watches:
            if calls is None or known != settings.watches:
                if len(self._calls) >= TENANTS_REMEMBERED:
                    self._calls.clear()
                calls = Calls(self._store, tenant, settings.watches.values(), now_ms)
            self._calls[tenant] = settings.watches, calls
        try:
            return calls.over(effect, now_ms)
        except Full:
            text = f"more than {KEYS_MAX} runs or agents at once: the watches cannot count them"
            return denial("safety.watch_full", text)


class _Blocks:
    """Blocks by what they are about, for those that name it whole; the others in a row."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self.blocks = blocks
        self._named: dict[str, list[Block]] = {}
        self._starred: list[Block] = []
        for block in blocks.values():
            if block.said.action.endswith("*"):
                self._starred.append(block)
            else:
                self._named.setdefault(block.said.action, []).append(block)

    def about(self, effect: Effect) -> Block | None:
        """A block of an effect."""
        agent = "" if effect.acting is None else effect.acting.agent
        for name in (effect.activity.name, *effect.actions):
            for block in self._named.get(name, ()):
                if matches(block.said.agent, agent):
                    return block
            for block in self._starred:
                if matches(block.said.action, name) and matches(block.said.agent, agent):
                    return block
        return None


def _hit(over: Over, at_ms: int) -> Hit:
    """What a watch found; noted once in each of its windows."""
    watch, (kind, code) = over.watch, KINDS[over.watch.kind]
    agent = over.key if watch.per == "agent" and over.key else "*"
    reason = Reason(code=code, text=over.text, facts=dict(over.facts))
    level, seen = severity(watch.severity), (over.key, at_ms // watch.window_ms)
    return Hit(kind, f"watch:{watch.name}", level, reason, agent, seen)
