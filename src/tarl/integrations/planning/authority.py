"""The authority that a plan is carried out with: narrowed to what the plan does, for as long.

The service ``household`` is the authority, the agent ``steward`` holds what plans may take, and for
each plan hands on to the agent ``hands`` what this plan's steps need, on these devices, for this
task, until the plan is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tarl.crypto.keys import Keyring
from tarl.crypto.principals import PrincipalKeys
from tarl.engines.embedded.clock import Clock
from tarl.engines.embedded.people import People
from tarl.errors import Conflict, Missing
from tarl.journal.store import Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.plans.decide import all_steps
from tarl.planning.slots import HOUR_MS
from tarl.policy.grant import Grant
from tarl.stack import open_trust
from tarl.trust.kms import FileKeys, LocalSigner
from tarl.trust.operations import TrustOperations
from tarl.trust.records import Target
from tarl.values.digest import sha256
from tarl.values.ids import encode_segment

if TYPE_CHECKING:
    from tarl.trust.chain import Chain

AUTHORITY, STEWARD, HANDS = "household", "steward", "hands"

CAPABILITIES = ("device.*", "home.observe", "plan.replan", "plan.record", "notice.send")
STEWARDS = (*CAPABILITIES, "trust.delegate")
"""What carrying plans out can take."""

STEWARD_MS = 365 * 24 * HOUR_MS
RENEWED_MS = 30 * 24 * HOUR_MS
"""What the steward may do is attested anew a month before it ends."""

MARGIN_MS = 24 * HOUR_MS
"""A plan that is planned anew may end so much later."""

TRIES_MAX = 16
MADE_MEANWHILE = frozenset({"principal.exists", "trust.exists", "trust.nonce"})
"""Somebody else made it since we looked: it is looked at again."""


class HomeTrust:
    """Hands authority on for plans.

    Args:
        store: The journal.
        keyring: The operator's keys.
        clock: The clock.
        tenant: Whose home it is.
    """

    def __init__(self, store: Store, keyring: Keyring, clock: Clock, *, tenant: str) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._tenant = tenant
        self.operations = TrustOperations(
            open_trust(store, keyring),
            keys=FileKeys(PrincipalKeys(keyring.directory.parent)),
            clock=clock,
            operator=LocalSigner(keyring.signer("operator")),
            tenant=tenant,
        )

    def prepare(self) -> None:
        """The authority and its agents, made where they are not there yet; whoever does so at the
        same moment makes them once with us.

        Raises:
            Conflict: ``journal.position``: others never stopped.
        """
        for _ in range(TRIES_MAX):
            try:
                self._make()
            except Conflict as error:
                if error.code not in MADE_MEANWHILE:
                    raise
            else:
                return
        raise Conflict("the home's authority never stood still", code="journal.position")

    def _make(self) -> None:
        people = People(self._store, self._keyring)
        kinds = {AUTHORITY: "service", STEWARD: "agent", HANDS: "agent"}
        for name, kind in kinds.items():
            id = PrincipalId(self._tenant, name)
            if people.principals.find(id) is None:
                people.create(id, kind=kind, at_ms=self._clock.now_ms())  # type: ignore[arg-type]  # the dict says str
        # First: what is made from now on is seen by the looks below, or has the same nonce.
        once, ledger = self._once(), self.operations.ledger
        try:
            ledger.authority(self._tenant, AUTHORITY)
        except Missing:
            once("authority").establish_authority(AUTHORITY, capabilities=STEWARDS)
        now_ms, book = self._clock.now_ms(), ledger.book(self._tenant)
        if book.holdings(STEWARD, now_ms + RENEWED_MS):
            return
        ends = now_ms + STEWARD_MS
        if any(book.beginnings(STEWARD)):
            made = once("attestation")
            made.attest(STEWARD, STEWARDS, depth_left=1, expires_at_ms=ends)
        else:
            made = once("genesis", "attestation")
            made.establish(STEWARD, AUTHORITY, STEWARDS, depth_left=1, expires_at_ms=ends)

    def _once(self) -> Callable[..., TrustOperations]:
        """Gives operations that make records of some kinds, in their order, with the nonces that
        all draw who know of as many as there are now: of those, one makes each."""
        subjects = {"authority": AUTHORITY, "genesis": STEWARD, "attestation": STEWARD}
        known = {}
        for kind, agent in subjects.items():
            where = {"tenant": self._tenant, "agent": agent, "kind": kind}
            known[kind] = sum(1 for _ in self._store.scan("trust_record", where))

        def operations(*kinds: str) -> TrustOperations:
            drawn = iter([sha256(f"tarl.home/1/{kind}/{known[kind]}".encode()) for kind in kinds])
            return self.operations.drawing(lambda size: next(drawn)[:size])

        return operations

    def lend(self, plan: ExecutionPlan, household: Household) -> Chain:
        """Hand on what a plan needs, for its time; once, however often."""
        for digest in self.lent(plan.plan_id):
            return self.operations.ledger.chain(self._tenant, digest)
        ends = max((step.end_ms for step in plan.steps), default=plan.created_at)
        return self.operations.delegate(
            STEWARD,
            HANDS,
            task_id=plan.plan_id,
            capabilities=list(grants_of(plan, household)),
            expires_at_ms=max(ends, self._clock.now_ms()) + MARGIN_MS,
            depth_left=0,
            reasoning=f"to carry out {plan.plan_id}: {plan.task_spec.intent}",
        )

    def take_back(self, plan_id: str) -> None:
        """End what was handed on for a plan."""
        for digest in self.lent(plan_id):
            self.operations.revoke(Target(record=digest), "the plan is over", issuer=STEWARD)

    def lent(self, plan_id: str) -> list[str]:
        """Digests of what counts now of what was handed on for a plan."""
        ledger = self.operations.ledger
        book, revoked = ledger.book(self._tenant), ledger.standing(self._tenant).revoked
        return [
            each
            for each in book.holdings(HANDS, self._clock.now_ms())
            if book.get(each).record.task == plan_id and ("record", each) not in revoked
        ]


def grants_of(plan: ExecutionPlan, household: Household) -> Iterator[Grant]:
    """What a plan needs: its actions on its devices, and on others of their kind, to which planning
    anew may move them, unless they can hurt somebody; looking, planning anew and telling."""
    kinds = {device.id: device.kind for device in household.devices if not device.is_critical}
    wanted: set[tuple[str, str]] = set()
    for step in all_steps(plan.steps):
        if step.device_id is None:
            continue
        alike = {id for id, kind in kinds.items() if kind == kinds.get(step.device_id, "")}
        for device in {step.device_id} | alike:
            wanted |= {(action, device) for action in actions_of(step)}
    for action, device in sorted(wanted):
        yield Grant(f"device.{action}", f"device/{encode_segment(device)}")
    for capability in CAPABILITIES[1:]:
        yield Grant(capability)


def actions_of(step: ExecutionStep) -> set[str]:
    """What a step may tell its device: to begin, to end and to undo."""
    found = {str(step.parameters.get("action", ""))}
    for other in (step.parameters.get("at_end"), step.compensate):
        if isinstance(other, dict):
            found.add(str(other.get("action", "")))
    return found - {""}
