"""The court of compliance: no effect of a workflow without the attestations that are demanded.

It fills the kernel's port ``Gate``. What counts is a statement about what runs: the digest of the
code that asks for the effect, or that of the workflow artifact which is this code in this
environment.

1. Nothing demanded: allowed at the cost of asking whether anybody has changed that.
2. A statement counts by the signature of a demanded signer who is not revoked now; each signer
   counts once, however much was signed.
3. It counts until it expires, and until it is as old as the demand permits: what lapses while a run
   goes on stops its next effect.
4. What cannot be read, or of which nobody knows what it runs, is denied.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from tarl.errors import TarlError
from tarl.governance.compliance.component import code_of
from tarl.governance.compliance.demand import Demand, Demands
from tarl.governance.compliance.events import Need
from tarl.governance.compliance.state import GENERATION
from tarl.governance.environment import Environment
from tarl.journal.store import Store
from tarl.kernel.effect import Effect
from tarl.provenance.attestations.ledger import Attestation, Attestations
from tarl.provenance.attestations.statement import OPERATOR
from tarl.trust.keyholders import Keyholders
from tarl.values.canonical import encode
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow, Deny, Reason, Verdict

TENANTS_REMEMBERED = 256
CODES_REMEMBERED = 4_096
FOREVER = 2**62

_ALLOW = Allow()


class _Known(NamedTuple):
    """A tenant's demands at a generation, or why they cannot be read."""

    revision: int
    generation: int
    demands: Sequence[Demand] | Deny


class _Runs(NamedTuple):
    """What runs: a workflow, and the digest of its code; None where nobody can say."""

    tenant: str
    workflow: str
    code: str | None


class _Decided(NamedTuple):
    """What was decided about some code, at a revision of the tables, until an instant."""

    revision: int
    until_ms: int
    verdict: Verdict


class ComplianceCourt:
    """Decides about effects by what is demanded of the run's workflow.

    Args:
        store: The journal.
        attestations: What is signed.
        clock: When now is.
        here: The environment of this process as plain data, for digests of workflow artifacts;
            asked when something is demanded.
        environment: In which of dev, stage and prod it decides; in all when None.
        metrics: Where refusals are counted.
    """

    def __init__(
        self,
        store: Store,
        attestations: Attestations,
        *,
        clock: Clock,
        here: Callable[[], Any] | None = None,
        environment: Environment | None = None,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._metrics = metrics
        self._store = store
        self._attestations = attestations
        self._clock = clock
        self._here = here
        self._environment = environment
        self._demands = Demands(store, clock=clock)
        self._known: dict[str, _Known] = {}
        self._decided: OrderedDict[_Runs, _Decided] = OrderedDict()
        self._artifacts: OrderedDict[_Runs, str] = OrderedDict()

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        known = self._knows(effect.run.tenant)
        revision = known.revision
        if not known.demands:
            return _ALLOW
        if isinstance(known.demands, Deny):
            return known.demands
        now_ms, runs = self._clock.now_ms(), self._runs(effect)
        decided = self._decided.get(runs)
        if decided is None or decided.revision != revision or now_ms >= decided.until_ms:
            decided = self._decide(runs, known.demands, revision, now_ms)
            self._decided[runs] = decided
            if len(self._decided) > CODES_REMEMBERED:
                self._decided.popitem(last=False)
        if isinstance(decided.verdict, Deny):
            self._metrics.count("compliance.denials")
        return decided.verdict

    def is_quiet(self, effect: Effect) -> bool:
        """See ``Quiet.is_quiet``: nothing is demanded."""
        return not self._knows(effect.run.tenant).demands

    # --- what is demanded

    def _knows(self, tenant: str) -> _Known:
        revision = self._store.tables_revision()
        known = self._known.get(tenant)
        if known is None or known.revision != revision:
            known = self._read(tenant, revision)
        return known

    def _read(self, tenant: str, revision: int) -> _Known:
        """The demands in force here, read again where their generation is another one."""
        record = self._store.get(GENERATION.name, tenant)
        generation = 0 if record is None else record["generation"]
        known = self._known.get(tenant)
        if known is None or known.generation != generation:
            known = _Known(revision, generation, self._in_force(tenant) if generation else ())
            if len(self._known) >= TENANTS_REMEMBERED:
                self._known.clear()
            self._decided.clear()
        known = self._known[tenant] = known._replace(revision=revision)
        return known

    def _in_force(self, tenant: str) -> Sequence[Demand] | Deny:
        try:
            found = self._demands.in_force(tenant=tenant)
        except TarlError as error:
            return _deny("compliance.unreadable", f"demands cannot be read: {error.message}")
        here = self._environment
        return [d for d in found if here is None or here in (d.said.environments or (here,))]

    # --- what is there

    def _runs(self, effect: Effect) -> _Runs:
        """What carries the effect out: the code of this process that asks for it, else what the
        run recorded, else the activity that is a task by itself.
        """
        tenant, workflow = effect.run.tenant, effect.workflow
        if workflow is not None:
            return _Runs(tenant, workflow.name, workflow.code_digest)
        row = self._store.get("run", tenant, effect.run.workflow_id, effect.run.n)
        if row is None:
            return _Runs(tenant, effect.activity.name, None)
        return _Runs(tenant, str(row["workflow"] or ""), code_of(self._store, effect.run))

    def _decide(
        self, runs: _Runs, demands: Sequence[Demand], revision: int, now_ms: int
    ) -> _Decided:
        about = [each for each in demands if each.is_about(runs.workflow)]
        if not about:
            return _Decided(revision, FOREVER, _ALLOW)
        if runs.code is None:
            text = f"nobody knows which code {runs.workflow} runs, and it needs attestations"
            return _Decided(revision, now_ms, _deny("compliance.no_digest", text))
        try:
            return self._weigh(runs, about, revision, now_ms)
        except TarlError as error:
            text = f"what is attested cannot be read: {error.message}"
            return _Decided(revision, now_ms, _deny("compliance.unreadable", text))

    def _weigh(
        self, runs: _Runs, demands: Iterable[Demand], revision: int, now_ms: int
    ) -> _Decided:
        digests = self._digests(runs)
        said = [s for d in digests for s in self._attestations.about(d, tenant=runs.tenant)]
        until_ms, missing = FOREVER, []
        for demand in demands:
            for need in demand.said.needs:
                lapses_ms = self._lapses_ms(need, said, runs.tenant, now_ms)
                if lapses_ms is None:
                    missing.append(_lacking(demand, need, runs.workflow, digests, said, now_ms))
                else:
                    until_ms = min(until_ms, lapses_ms)
        if missing:
            return _Decided(revision, now_ms, Deny(tuple(missing)))
        return _Decided(revision, until_ms, _ALLOW)

    def _digests(self, runs: _Runs) -> list[str]:
        """Of the code, and of the workflow artifact that is this code in this environment."""
        assert runs.code is not None
        if self._here is None:
            return [runs.code]
        artifact = self._artifacts.get(runs)
        if artifact is None:
            manifest = {
                "code": runs.code,
                "environment": self._here(),
                "workflow": runs.workflow,
            }
            artifact = self._artifacts[runs] = sha256(encode(manifest)).hexdigest()
            if len(self._artifacts) > CODES_REMEMBERED:
                self._artifacts.popitem(last=False)
        return [runs.code, artifact]

    def _lapses_ms(
        self, need: Need, said: Iterable[Attestation], tenant: str, now_ms: int
    ) -> int | None:
        """Until when what is there meets a need; None where it does not."""
        holders, until = Keyholders(self._store, tenant), dict[str, int]()
        for each in said:
            if each.predicate_type != need.predicate_type:
                continue
            lapses_ms = _end_ms(each, need)
            if lapses_ms <= now_ms:
                continue
            for name in each.signers:
                if name in need.signers and _is_live(holders, name):
                    until[name] = max(until.get(name, 0), lapses_ms)
        ends = sorted(until.values(), reverse=True)
        return ends[need.threshold - 1] if len(ends) >= need.threshold else None


def _end_ms(each: Attestation, need: Need) -> int:
    """From when on a statement does not meet a need any more."""
    expires_ms = FOREVER if each.expires_at_ms is None else each.expires_at_ms
    aged_ms = each.recorded_at_ms + need.max_age_ms if need.max_age_ms else FOREVER
    return min(expires_ms, aged_ms)


def _is_live(holders: Keyholders, name: str) -> bool:
    if name == OPERATOR:
        return True
    holder = holders.find(name)
    return holder is not None and holder.is_live


def _lacking(
    demand: Demand,
    need: Need,
    workflow: str,
    digests: Sequence[str],
    said: Iterable[Attestation],
    now_ms: int,
) -> Reason:
    """What is missing, what there is instead, and how it is got."""
    of_type = [each for each in said if each.predicate_type == need.predicate_type]
    signers = " or ".join(need.signers)
    there = "; ".join(_why_not(each, need, now_ms) for each in of_type) or "there is none"
    text = (
        f"{workflow} takes no effect: demand {demand.id} (version {demand.said.version}) wants"
        f" {need.predicate_type} about sha256:{digests[0][:16]}… signed by {signers}; {there}"
    )
    facts = {
        "demand": demand.id,
        "version": demand.said.version,
        "workflow": workflow,
        "predicate_type": need.predicate_type,
        "signers": list(need.signers),
        "threshold": need.threshold,
        "subjects": list(digests),
        "next_step": f"tarl attest RUN registers the code; then {signers} signs: tarl attest"
        f" {digests[0]} --type {need.predicate_type} --as NAME",
    }
    return Reason(code="compliance.demanded", text=text[:2_000], facts=facts)


def _why_not(each: Attestation, need: Need, now_ms: int) -> str:
    name = f"{each.id[:12]}"
    if not set(each.signers) & set(need.signers):
        return f"{name} is signed by {', '.join(each.signers)}"
    if _end_ms(each, need) <= now_ms:
        return f"{name} has expired or is too old"
    return f"{name} is signed by too few, or by somebody who is revoked"


def _deny(code: str, text: str) -> Deny:
    return Deny((Reason(code=code, text=text),))
