"""Loans: delegations for one task that are given back, each made once under a key.

1. Nobody lends what they do not hold; what a loan permits is the actions that were asked for, under
   the constraints of what it is lent from and those that were asked for, and nothing may be handed
   on of it.
2. A loan ends with what it is lent from, or after its life, whichever comes first.
3. The nonces of what is recorded follow from the key: whoever asks again under the same key gets
   the record that there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from tarl.errors import Conflict, Corrupt, Denied, Refused, TarlError, Unavailable
from tarl.policy.constraint import Budget
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant, Grants
from tarl.trust.admission import Admitted
from tarl.trust.chain import Link
from tarl.trust.operations import TrustOperations
from tarl.trust.records import Target
from tarl.trust.terms import delegating, may_delegate

LOAN_LIFE_MS = 3_600_000
"""How long a loan holds unless told otherwise: an hour."""


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom something may be lent from: an agent, or the authority above the taker; and how far.

    Attributes:
        lender: Who.
        constraints: Names of constraints under which it is lent from them at most.
        limits: Budgets by unit beyond which it is not.
        only: What of it must come from them, and nothing else may; whatever they hold when None.
    """

    lender: str
    constraints: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    only: tuple[str, ...] | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A loan that is asked for.

    Attributes:
        taker: Who is to have it.
        actions: What.
        task: For which task alone.
        giver: Who asks for it to be lent; must stand, whoever lends.
        sources: Whom it may be lent from, tried in order.
        constraints: Names of further constraints.
        limits: Budgets by unit.
        siblings: Among how many the lender's budgets are divided.
        life_ms: When it ends at the latest.
        is_bound: Whether nothing but a loan of all of it will do; otherwise what the taker holds
            itself need not be lent.
    """

    taker: str
    actions: tuple[str, ...]
    task: str
    giver: str | None = None
    sources: tuple[Source, ...] = ()
    constraints: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    siblings: int = 1
    life_ms: int = LOAN_LIFE_MS
    is_bound: bool = False


class Lent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it.

    Attributes:
        record: The loan's digest; None when the taker acts on what it holds itself.
        lender: Who signed it.
        is_whole: Whether it covers all that was asked for.
        code: Why nothing was lent, and the taker may not: the refusal's code.
        text: The same for people.
    """

    record: str | None = None
    lender: str | None = None
    is_whole: bool = False
    code: str | None = None
    text: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the taker says of what it did."""

    action: str
    resource: str
    result: str
    context: dict[str, Any] = {}
    parent: str | None = None


class Returned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What giving back came to: the digest of the taker's note, and why the loan still stands, if
    it does.
    """

    note: str | None = None
    problem: str | None = None


class Loans:
    """Lends and takes back with the keys of a ``TrustOperations``.

    Args:
        operations: Whose.
    """

    def __init__(self, operations: TrustOperations) -> None:
        self._operations = operations
        self._ledger = operations.ledger
        self._tenant = operations.tenant

    def lend(self, wanted: Wanted, *, key: str) -> Lent:
        """Lend something, once for each key.

        Raises:
            Conflict, Unavailable: the journal cannot be written now.
        """
        known = self._recorded(key, "loan")
        if known is not None:
            link = self._ledger.book(self._tenant).get(known)
            return Lent(
                record=known,
                lender=_lender_of(link),
                is_whole=all(_covers(link, action) for action in wanted.actions),
            )
        try:
            return self._lent(wanted, key)
        except (Conflict, Unavailable):
            raise
        except (Refused, Corrupt) as error:
            return Lent(code=error.code, text=error.message)

    def admits(
        self, taker: str, actions: Sequence[str], *, task: str, lenders: Sequence[str]
    ) -> bool:
        """Whether an agent holds what a task takes, or some lender could lend it to them."""
        try:
            if self._why_down(taker) is not None:
                return False
            own = self._own(taker, actions, task)
            return len(own) == len(actions) or any(
                self._best(lender, taker, actions, task)[1] == tuple(actions)
                for lender in lenders
                if self._why_down(lender) is None
            )
        except (Refused, Corrupt):
            return False

    def give_back(
        self, record: str | None, lender: str | None, *, key: str, taker: str, note: Note | None
    ) -> Returned:
        """Let the taker note what it did, and revoke the loan; each once for each key."""
        digest = None
        problem = None
        if note is not None:
            try:
                digest = self._noted(taker, note, key)
            except TarlError as error:
                problem = f"no note: {error.message}"
        if record is not None:
            problem = self._revoked(record, lender or "operator", key) or problem
        return Returned(note=digest, problem=problem)

    # --- lending

    def _lent(self, wanted: Wanted, key: str) -> Lent:
        for name in (wanted.giver, wanted.taker):
            why = None if name is None else self._why_down(name)
            if why is not None:
                return Lent(code=why[0], text=why[1])
        self._operations.named.envelope(wanted.constraints)  # a name that nobody knows denies
        if not wanted.actions and not wanted.constraints:
            return Lent()
        if not wanted.actions:
            text = "a turn that takes nothing acts on no loan that could be constrained"
            return Lent(code="trust.no_grant", text=text)
        own = self._own(wanted.taker, wanted.actions, wanted.task)
        why = ("trust.no_grant", f"nobody lends {wanted.taker} {_listed(wanted.actions)}")
        for source in wanted.sources:
            if source.lender == wanted.taker:
                continue
            asked = wanted.actions
            if source.only is not None:
                asked = tuple(action for action in asked if action in source.only)
            above, part = self._best(source.lender, wanted.taker, asked, wanted.task)
            is_whole = part == wanted.actions
            rest = set(wanted.actions) - set(part)
            is_enough = is_whole or (not wanted.is_bound and own >= rest)
            if above is None or not is_enough or (source.only is not None and part != asked):
                lacking = [action for action in asked if action not in part]
                why = (
                    "trust.no_grant",
                    f"{source.lender} does not hold {_listed(lacking)}, or may not hand it on",
                )
                if source.only and asked:
                    return Lent(code=why[0], text=why[1])
                continue
            down = self._why_down(source.lender)
            if down is not None:
                why = down
                continue
            made = self._made(source, above, part, wanted, key)
            return Lent(record=made.digest, lender=source.lender, is_whole=is_whole)
        if not wanted.is_bound and own >= set(wanted.actions):
            return Lent()
        return Lent(code=why[0], text=why[1])

    def _made(
        self, source: Source, above: Link, part: Sequence[str], wanted: Wanted, key: str
    ) -> Link:
        operations = self._operations.drawing(_dice(key, "loan"))
        names = (*wanted.constraints, *source.constraints)
        limits = _least(wanted.limits, source.limits, _shares(above, wanted.siblings))
        envelope = operations.named.envelope(dict.fromkeys(names)).meet(_budgets(limits))
        ends_at_ms = min(operations.now_ms() + wanted.life_ms, above.expires_at_ms)
        if above.kind == "genesis":
            chain = operations.attest(
                wanted.taker, part, envelope, task_id=wanted.task, expires_at_ms=ends_at_ms
            )
        else:
            chain = operations.delegate(
                source.lender,
                wanted.taker,
                wanted.task,
                part,
                envelope,
                parent=above.digest,
                depth_left=0,
                expires_at_ms=ends_at_ms,
            )
        return chain.leaf

    def _best(
        self, lender: str, taker: str, actions: Sequence[str], task: str
    ) -> tuple[Link | None, tuple[str, ...]]:
        """What of a lender's holdings covers most of the actions, and which."""
        best: tuple[Link | None, tuple[str, ...]] = None, ()
        for link in self._sources(lender, taker, task):
            part = tuple(action for action in actions if _covers(link, action))
            if part and len(part) > len(best[1]):
                best = link, part
        return best

    def _sources(self, lender: str, taker: str, task: str) -> list[Link]:
        """What a lender may lend from: what it holds and may hand on; of an authority, what the
        taker has begun with below it.
        """
        book, now_ms = self._ledger.book(self._tenant), self._operations.now_ms()
        if any(True for _ in book.authorities(lender)):
            begun = [link for link in book.beginnings(taker) if _is_below(link, lender)]
            return [link for link in begun[-1:] if self._stands(link, now_ms)]
        facts = delegating(lender, taker, tenant=self._tenant, task=task, at_ms=now_ms)
        return [
            link
            for link in self._holdings(lender, task, now_ms)
            if link.record.depth_left > 0 and may_delegate(link.terms, facts)
        ]

    def _own(self, agent: str, actions: Sequence[str], task: str) -> set[str]:
        held = self._holdings(agent, task, self._operations.now_ms())
        return {action for action in actions if any(_covers(link, action) for link in held)}

    def _holdings(self, agent: str, task: str, now_ms: int) -> list[Link]:
        chains = self._ledger.chains(self._tenant, agent, at_ms=now_ms)
        return [
            chain.leaf
            for chain in chains
            if chain.leaf.record.task in (None, task) and self._stands(chain.leaf, now_ms)
        ]

    def _stands(self, link: Link, now_ms: int) -> bool:
        book = self._ledger.book(self._tenant)
        is_now = link.not_before_ms <= now_ms < link.expires_at_ms
        return is_now and book.why_void(link, now_ms) is None

    def _why_down(self, agent: str) -> tuple[str, str] | None:
        """Why somebody may not take part at all: unknown, revoked or suspended."""
        holder = self._ledger.book(self._tenant).holders.find(agent)
        if holder is None or not holder.is_live:
            return "trust.principal", f"nobody is registered as {agent[:80]}, or they are revoked"
        standing = self._ledger.standing(self._tenant)
        for noun in ("agent", "authority"):
            if (noun, agent) in standing.revoked:
                return "trust.revoked", f"the {noun} {agent} is revoked"
        if standing.is_suspended(agent, self._operations.now_ms()):
            return "trust.suspended", f"{agent} is suspended"
        return None

    # --- giving back

    def _noted(self, taker: str, note: Note, key: str) -> str:
        known = self._recorded(key, "note")
        if known is not None:
            return known
        operations = self._operations.drawing(_dice(key, "note"))
        made: Admitted = operations.audit(
            taker, note.action, note.resource, note.result, note.context, note.parent
        )
        return made.digest

    def _revoked(self, record: str, lender: str, key: str) -> str | None:
        """Revoke a loan; why it still stands, if it does."""
        problem = None
        for issuer in dict.fromkeys((lender, "operator")):
            if ("record", record) in self._ledger.standing(self._tenant).revoked:
                return None
            try:
                operations = self._operations.drawing(_dice(key, f"end/{issuer}"))
                operations.revoke(Target(record=record), "given back", issuer=issuer)
            except Conflict as error:
                if error.code != "trust.exists":
                    raise
                return None
            except (Denied, Refused, Corrupt, Unavailable) as error:
                problem = f"{issuer} could not take it back: {error.message}"
            else:
                return None
        return problem

    # --- what there is

    def _recorded(self, key: str, what: str) -> str | None:
        """The digest of what was recorded under a key."""
        where = {"tenant": self._tenant, "nonce": _dice(key, what)(16).hex()}
        found = list(self._ledger.store.scan("trust_record", where, limit=1))
        return str(found[0]["digest"]) if found else None


def _dice(key: str, what: str) -> Callable[[int], bytes]:
    drawn = sha256(f"tarl.loan/1\0{what}\0{key}".encode()).digest()
    return lambda size: drawn[:size]


def _covers(link: Link, action: str) -> bool:
    """Whether what a record permits has something of an action, on whatever resource."""
    return bool(Grants([Grant(action)]).meet(Grants(link.terms.grants)).grants)


def _is_below(begun: Link, authority: str) -> bool:
    return begun.parent is not None and begun.parent.subject == authority


def _lender_of(link: Link) -> str | None:
    if link.kind == "delegation":
        return str(link.record.delegator)
    return next((above.subject for above in link.up() if above.kind == "authority"), None)


def _shares(above: Link, siblings: int) -> dict[str, int]:
    """A sibling's part of every budget of what is lent from, rounded down."""
    if siblings <= 1:
        return {}
    terms = above.terms
    every = [terms.envelope.budgets, *(grant.constraints.budgets for grant in terms.grants)]
    return {unit: limit // siblings for unit, limit in _least(*every).items()}


def _least(*several: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for limits in several:
        for unit, limit in limits.items():
            found[unit] = min(limit, found.get(unit, limit))
    return found


def _budgets(limits: Mapping[str, int]) -> Envelope:
    return Envelope({f"budget.{u}": Budget(unit=u, limit=n) for u, n in limits.items()})


def _listed(actions: Sequence[str]) -> str:
    return ", ".join(actions) or "nothing"
