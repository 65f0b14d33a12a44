"""Signs what agents do: one signature for each agent and commit, over all of it.

A *leaf* says what an agent was permitted, or what came of it, as canonical JSON. The leaves of one
agent in one commit stand in one ``effects.signed/1`` of the agent's stream, beside an envelope in
which the agent's own key signs the RFC 6962 root over them; so the leaves of one run can be shown
and proved without those of another.

1. A leaf is committed with what it is about, or not at all.
2. An outcome names its permit by digest, so a permit has the outcomes of its one attempt.
3. What a budget set aside for an effect is settled in the commit that records the effect's outcome.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from weakref import WeakKeyDictionary

from tarl.crypto.dsse import pae
from tarl.journal.event import Row
from tarl.journal.merkle import fold
from tarl.journal.store import Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events as run_events
from tarl.kernel.approvals.register import continued
from tarl.kernel.approvals.request import canonical
from tarl.kernel.permit import Deed, Permit
from tarl.trust.accounts import CALLS, SETTLED, BudgetSettled
from tarl.trust.events import EFFECTS, agent_stream
from tarl.trust.keyholders import Keyholders
from tarl.trust.kms import KeyService, SigningService
from tarl.trust.signed import payload_type
from tarl.values.canonical import encode, quote
from tarl.values.ids import RunId
from tarl.values.verdict import Reason

RESERVED = "budget.reserved"
"""The code of the ground that says what a budget set aside: its ``units``."""

REASONS_REMEMBERED_MAX = 1_024
"""Grounds that many permits share, as JSON; beyond it all are dropped."""

_PAYLOAD_TYPE = payload_type("effects")
_NOT_OVER = frozenset({run_events.ATTEMPT_FAILED})


class AgentNotary:
    """Fills ``Notary`` for the agents whose keys can be reached from here.

    Args:
        store: The journal.
        keys: Who signs with an agent's key.
        now_ms: The clock.
        now_s: The gateway's clock, by which permits are dated.
        draw_nonce: 16 fresh bytes in hex.
    """

    def __init__(
        self,
        store: Store,
        keys: KeyService,
        *,
        now_ms: Callable[[], int],
        now_s: Callable[[], float],
        draw_nonce: Callable[[], str],
    ) -> None:
        self._store = store
        self._keys = keys
        self._now_ms = now_ms
        self._now_s = now_s
        self._draw_nonce = draw_nonce
        self._writers: dict[str, StreamWriter] = {}
        self._signers: dict[tuple[str, str], tuple[int, SigningService]] = {}
        self._open: WeakKeyDictionary[Permit, str] = WeakKeyDictionary()
        self._changes: list[tuple[Permit, str | None]] = []
        self._generations: dict[str, tuple[int, int]] = {}
        self._labels: WeakKeyDictionary[SigningService, str] = WeakKeyDictionary()
        self._reasons: dict[int, tuple[Reason, bytes, bytes]] = {}

    def signer(self, tenant: str, agent: str, generation: int) -> SigningService:
        """Who signs for an agent at a generation of its tenant's records.

        Raises:
            Missing: nobody is registered under this name, or the key is not here.
            Denied, Corrupt, Unavailable: the key cannot be used.
        """
        known = self._signers.get((tenant, agent))
        if known is not None and known[0] == generation:
            return known[1]
        signer = self._keys.signer(Keyholders(self._store, tenant).get(agent).key)
        self._signers[tenant, agent] = generation, signer
        return signer

    def sign(self, deeds: Sequence[Deed]) -> list[Row]:
        """See ``Notary.sign``; the rows go into the agents' streams.

        Raises:
            Missing, Denied, Corrupt, Unavailable: an agent's key cannot be used.
        """
        by_agent: dict[tuple[str, str], list[Deed]] = {}
        for deed in deeds:
            effect = deed.permit.effect
            assert effect.acting is not None
            by_agent.setdefault((effect.run.tenant, effect.acting.agent), []).append(deed)
        rows = []
        for (tenant, agent), own in by_agent.items():
            rows += self._signed(tenant, agent, own)
        return rows

    def committed(self) -> None:
        """See ``Notary.committed``."""
        for permit, digest in self._changes:
            if digest is None:
                self._open.pop(permit, None)
            else:
                self._open[permit] = digest
        self._changes.clear()

    def forget(self) -> None:
        """See ``Notary.forget``: the streams are read anew."""
        self._writers.clear()
        self._changes.clear()

    # --- inside

    def _signed(self, tenant: str, agent: str, deeds: Sequence[Deed]) -> list[Row]:
        at_ms = self._now_ms()
        leaves: list[bytes] = []
        for deed in deeds:
            leaves += self._leaves(deed, at_ms)
        signer = self.signer(tenant, agent, self._generation(tenant))
        label = self._label(signer)
        envelope = self._envelope(
            signer,
            label,
            b'{"agent":%b,"count":%d,"issued_at_ms":%d,"key":%b,"nonce":"%b","root":"%b",'
            b'"tenant":%b,"type":"tarl.effects/1"}'
            % (
                _text(agent),
                len(leaves),
                at_ms,
                _text(label),
                self._draw_nonce().encode(),
                fold([sha256(b"\x00" + leaf).digest() for leaf in leaves]).hex().encode(),
                _text(tenant),
            ),
        )
        body = b'{"envelope":%b,"leaves":[%b]}' % (envelope, b",".join(leaves))
        writer = self._writer(tenant, agent)
        rows = [writer.append(EFFECTS, body, at_ms=at_ms)]
        for deed in deeds:
            for ground in deed.permit.grounds:
                if ground.code == RESERVED:
                    rows += [writer.append(SETTLED, b, at_ms=at_ms) for b in _settled(deed, ground)]
        return rows

    def _envelope(self, signer: SigningService, label: str, payload: bytes) -> bytes:
        """An ``Effects`` record as ``signed.sign`` would write it."""
        signature = signer.sign(pae(_PAYLOAD_TYPE, payload))
        return b'{"payload":"%b","payloadType":"%b","signatures":[{"keyid":%b,"sig":"%b"}]}' % (
            b64encode(payload),
            _PAYLOAD_TYPE.encode(),
            _text(label),
            b64encode(signature),
        )

    def _label(self, signer: SigningService) -> str:
        label = self._labels.get(signer)
        if label is None:
            label = self._labels[signer] = signer.verifier.label
        return label

    def _leaves(self, deed: Deed, at_ms: int) -> list[bytes]:
        """The permit, unless it has been signed before, and the outcome if there is one.

        A permit says when it was given, which may be long before it is signed: whether something
        was revoked before an effect or while it ran is told by that.
        """
        permit, leaves = deed.permit, []
        run = _run_json(permit.effect.run)
        comes_first = permit.effect.activity.records_intent_first  # others are signed with outcomes
        digest = self._open.get(permit) if comes_first else None
        if digest is None:
            age_ms = max(0, round((self._now_s() - permit.given_at_s) * 1000))
            leaf = self._permit_leaf(permit, run, at_ms - age_ms)
            leaves.append(leaf)
            digest = sha256(leaf).hexdigest()
        if deed.kind is not None:
            leaves.append(_outcome_leaf(deed, run, digest))
        if comes_first:
            self._changes.append((permit, digest if deed.kind is None else None))
        return leaves

    def _permit_leaf(self, permit: Permit, run: bytes, at_ms: int) -> bytes:
        effect = permit.effect
        assert effect.acting is not None
        grant, grounds = self._grounds_of(permit.grounds)
        return (
            b'{"permit":{"actions":%b,"at_ms":%d,"attempt":%d,"grant":%b,"grounds":[%b],'
            b'"intent":"%b","key":"%b","resource":%b,"run":%b,"step":%d,"task":%b}}'
            % (
                _list_json(effect.actions),
                at_ms,
                permit.attempt,
                grant,
                grounds,
                effect.intent.encode(),
                effect.key.encode(),
                _text(effect.resource),
                run,
                effect.step,
                _text(effect.acting.task),
            )
        )

    def _grounds_of(self, grounds: Sequence[Reason]) -> tuple[bytes, bytes]:
        """The first grant that is among the grounds, and the grounds, as JSON."""
        grant, parts = b"null", []
        for reason in grounds:
            known = self._reasons.get(id(reason))
            if known is None or known[0] is not reason:
                if len(self._reasons) >= REASONS_REMEMBERED_MAX:
                    self._reasons.clear()
                data = encode({"code": reason.code, "facts": dict(reason.facts)})
                held = encode(reason.facts.get("grant"))
                known = self._reasons[id(reason)] = reason, data, held
            parts.append(known[1])
            if grant == b"null":
                grant = known[2]
        return grant, b",".join(parts)

    def _writer(self, tenant: str, agent: str) -> StreamWriter:
        stream = agent_stream(tenant, agent)
        writer = self._writers.get(stream)
        if writer is None:
            writer = self._writers[stream] = continued(self._store, stream, tenant=tenant)
        return writer

    def _generation(self, tenant: str) -> int:
        """The generation of a tenant's records, read again when it may have changed."""
        revision = self._store.tables_revision()
        known = self._generations.get(tenant)
        if known is None or known[0] != revision:
            record = self._store.get("trust_generation", tenant)
            known = revision, 0 if record is None else int(record["generation"])
            self._generations[tenant] = known
        return known[1]


_text = lru_cache(maxsize=1_024)(quote)
"""Names, resources and tasks as JSON: those of one run's steps are mostly the same."""


@lru_cache(maxsize=1_024)
def _run_json(run: RunId) -> bytes:
    return quote(run.stream.removeprefix("run/"))


@lru_cache(maxsize=1_024)
def _list_json(names: tuple[str, ...]) -> bytes:
    return encode([*names])


def _outcome_leaf(deed: Deed, run: bytes, permit: str) -> bytes:
    effect = deed.permit.effect
    return (
        b'{"outcome":{"attempt":%d,"body":"%b","kind":"%b","permit":"%b","run":%b,"step":%d}}'
        % (
            deed.permit.attempt,
            deed.body_digest.encode(),
            (deed.kind or "").encode(),
            permit.encode(),
            run,
            effect.step,
        )
    )


def _settled(deed: Deed, reserved: Reason) -> list[bytes]:
    """What the budgets are told of what was set aside, once an effect is over."""
    if deed.kind is None or deed.kind in _NOT_OVER:
        return []
    effect = deed.permit.effect
    happened = deed.kind == run_events.STEP_COMPLETED or deed.may_have_happened
    return [
        canonical(
            BudgetSettled(
                key=effect.key, unit=unit, spent=amount if happened or unit == CALLS else 0
            )
        )
        for unit, amount in reserved.facts["units"].items()
    ]
