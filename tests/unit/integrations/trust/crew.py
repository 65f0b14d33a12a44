"""Agents with roles for the tests of the trust-aware runtime, and an authority above them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tarl.agents.desk import desk
from tarl.crypto.principals import PrincipalKeys
from tarl.integrations.trust import (
    Argument,
    Contribution,
    Decomposition,
    Evaluation,
    Judgement,
    Proposal,
    RoutingDecision,
    Selection,
    Subtask,
    TrustAwareOrchestrationRuntime,
    TrustedAgent,
    TrustedSupervisorAgent,
    TrustOperations,
    Vote,
    create_enterprise_authority,
)
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.statement import Vote as Vote_
from tarl.kernel.approvals.statement import sign
from tarl.kernel.definition import Activity


def do(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


class Office:
    """An authority, and agents below it."""

    def __init__(self, path: Path) -> None:
        self.ops = TrustOperations(journal=path / "tarl.db")
        do(create_enterprise_authority(trust_ops=self.ops))

    def hire(self, agent: TrustedAgent, *capabilities: Any, **options: Any) -> Any:
        agent._operations = self.ops
        do(agent.establish_trust("enterprise", list(capabilities) or ["idle"], **options))
        return agent

    def runtime(self, *agents: TrustedAgent, **options: Any) -> TrustAwareOrchestrationRuntime:
        return TrustAwareOrchestrationRuntime({a.name: a for a in agents}, self.ops, **options)

    def execute(self, *agents: TrustedAgent, input: Any = None, **options: Any) -> Any:
        said = {n: options.pop(n) for n in ("pattern", "initiator_id", "task_id") if n in options}
        return do(self.runtime(*agents, **options).execute(input, **said))

    def vote(self, name: str, choice: Any) -> bool:
        """A human's signed vote on what waits for approval; whether anything does."""
        with self.ops.opened() as room:
            store, tenant = room.ledger.store, room.tenant
            for row in store.scan("approval", {"status": "pending"}):
                id = ApprovalId(row["tenant"], row["id"])
                said = Vote_(
                    approval=id.id,
                    choice=choice,
                    digest=Approvals(store).get(id).digest,
                    journal=store.origin,
                    principal=name,
                    reason="seen",
                    tenant=tenant,
                )
                signer = PrincipalKeys(self.ops.keyring.directory.parent).signer(
                    room.hands.key_of(name)
                )
                Approvals(store).vote(id, sign(said, signer), at_ms=room.now_ms())
                return True
        return False

    def live_loans(self) -> list[str]:
        """Delegations and attestations for a task that still count."""
        with self.ops.opened() as room:
            book, now_ms = room.ledger.book(room.tenant), room.now_ms()
            rows = room.ledger.store.scan("trust_record", {"tenant": room.tenant})
            found = [r["digest"] for r in rows if r["kind"] in ("delegation", "attestation")]
            links = [book.get(digest) for digest in found]
            return [
                link.subject
                for link in links
                if link.record.task is not None and book.why_void(link, now_ms) is None
            ]


class Worker(TrustedAgent):
    """Adds its name to what it is given."""

    def __init__(self, name: str, then: Callable[[], None] | None = None, **options: Any) -> None:
        super().__init__(name, **options)
        self._then = then

    async def run(self, input: Any) -> Any:
        if self._then is not None:
            self._then()
        said = input if isinstance(input, list) else [input]
        return [*said, self.name]


class Boss(TrustedSupervisorAgent):
    """Makes subtasks that take ``work``."""

    def __init__(self, name: str, count: int = 2, needs: tuple[str, ...] = ("work",)) -> None:
        super().__init__(name)
        self._count, self._needs = count, needs

    async def decompose_task(self, input: Any) -> Decomposition:
        return Decomposition(
            subtasks=tuple(
                Subtask(id=f"s{n}", input=n, required_capabilities=self._needs)
                for n in range(self._count)
            )
        )


class Chooser(TrustedAgent):
    def __init__(self, name: str, needs: str) -> None:
        super().__init__(name)
        self._needs = needs

    async def route(self, input: Any) -> RoutingDecision:
        return RoutingDecision(required_capability=self._needs)


class Synthesizer(TrustedAgent):
    async def synthesize(self, told: Any) -> Any:
        return sorted(answer["agent"] for answer in told["answers"])


class Controller(TrustedAgent):
    """Selects one specialist after another, and then, if it may, says that it is solved."""

    def __init__(self, name: str, *specialists: str, ends: bool = True) -> None:
        super().__init__(name)
        self._specialists, self._ends = specialists, ends

    async def select_specialist(self, view: Any, specialists: Any) -> Selection:
        number = view["round"] - 1
        if number >= len(self._specialists) and self._ends:
            return Selection(solved=True)
        return Selection(specialist=self._specialists[number % len(self._specialists)])


class Specialist(TrustedAgent):
    async def contribute(self, view: Any) -> Contribution:
        return Contribution(key=f"{self.name}/{view['round']}", value="seen")


async def _mailed(to: str) -> str:
    return f"sent to {to}"


MAIL = Activity(_mailed, name="crew.mail", needs=("mail.send",), resource="mailbox/{to}")


class Smuggler(TrustedAgent):
    """Workflow code that sends a letter, whatever it was asked for."""

    inline = True

    async def run(self, input: Any) -> Any:
        return await desk().call(MAIL, "zoe")

    async def contribute(self, view: Any) -> Contribution:
        await desk().call(MAIL, "zoe")
        return Contribution(key="k", value="sent")


class Voter(TrustedAgent):
    async def create_proposal(self, told: Any) -> Proposal:
        return Proposal(proposal=f"by {self.name}")

    async def vote(self, told: Any) -> Vote:
        return Vote(choice="ann")


class Side(TrustedAgent):
    async def construct_argument(self, told: Any) -> Argument:
        return Argument(text=f"{self.name} is right")

    async def rebut(self, told: Any) -> Argument:
        return Argument(text=f"{self.name} is still right")


class Judge(TrustedAgent):
    async def judge_debate(self, told: Any) -> Judgement:
        return Judgement(winner=told["sides"][0], settled=True)


class Desk(TrustedAgent):
    """Hands a task on, or handles it."""

    def __init__(self, name: str, to: str | None = None) -> None:
        super().__init__(name)
        self._to = to

    async def evaluate_task(self, task: Any) -> Evaluation:
        return Evaluation(can_handle=self._to is None, hand_to=self._to)

    async def execute_task(self, task: Any) -> str:
        return f"handled by {self.name}"
