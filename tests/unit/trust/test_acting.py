"""Runs that act for agents, through the whole stack: what passes the gateway, and what is signed of
it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.unit.trust.household import MAIL, Household

import tarl
from tarl import Conflict, Context, Denied, Invalid, RunId, activity, workflow
from tarl.crypto.dsse import pae
from tarl.crypto.ed25519 import verify
from tarl.journal.merkle import fold, hash_of_leaf
from tarl.kernel import history
from tarl.kernel.approvals.names import ApprovalId
from tarl.policy.constraint import AtMost, Budget
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant
from tarl.stack import queue_on
from tarl.trust.accounts import SETTLED
from tarl.trust.events import EFFECTS, agent_stream
from tarl.trust.records import Target
from tarl.trust.signed import payload_type
from tarl.values.canonical import encode
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

DONE: list[Any] = []


@activity(name="acting.send", needs=["mail.send"], resource="mailbox/{to}")
async def send(to: str, n: int = 0) -> str:
    DONE.append((to, n))
    return f"{n} to {to}"


@activity(name="acting.look", needs=["mail.read"], access="read")
async def look() -> str:
    return "letters"


@activity(name="acting.pay", needs=["mail.pay"], spends={"EUR": "cents"})
async def pay(cents: int) -> int:
    DONE.append(cents)
    return cents


@activity(name="acting.post", needs=["mail.send"], idempotent=False)
async def post(n: int) -> int:
    DONE.append(n)
    return n


@activity(name="acting.double", pure=True)
def double(n: int) -> int:
    return 2 * n


@workflow(name="acting.mails")
async def mails(ctx: Context, to: list[str]) -> list[str]:
    sent = []
    for n, name in enumerate(to):
        try:
            sent.append(await ctx.call(send, name, n))
        except Denied as error:
            sent.append(error.facts["reasons"][0]["code"])
    return sent


@workflow(name="acting.payments")
async def payments(ctx: Context, cents: list[int]) -> list[Any]:
    paid: list[Any] = []
    for amount in cents:
        try:
            paid.append(await ctx.call(pay, amount))
        except Denied as error:
            paid.append(error.facts["reasons"][0]["code"])
    return paid


@workflow(name="acting.posts")
async def posts(ctx: Context, n: int) -> int:
    return await ctx.call(post, await ctx.call(double, n))


@workflow(name="acting.looks")
async def looks(ctx: Context) -> str:
    return await ctx.call(look)


@workflow(name="acting.two")
async def two(ctx: Context) -> list[str]:
    mine = await ctx.call(send, "alice", 1)
    theirs = await ctx.acting_as("sub", task="errand").call(send, "alice", 2)
    child = await ctx.child(mails, ["carol"])
    other = await ctx.acting_as("sub", task="errand").child(mails, ["dave"])
    return [mine, theirs, *child, *other]


@workflow(name="acting.lent")
async def on_one_record(ctx: Context, lent: str) -> list[str]:
    sub = ctx.acting_as("sub", task="errand", lent=lent)
    said = []
    for to in ("alice", "bob"):
        try:
            said.append(await sub.call(send, to, 1))
        except Denied as error:
            said.append(error.facts["reasons"][0]["code"])
    return [*said, *await sub.child(mails, ["alice", "bob"])]


@workflow(name="acting.lent_far")
async def far_on_one_record(ctx: Context, lent: str) -> str:
    return await ctx.acting_as("sub", task="errand", lent=lent).call(remote, "alice", 1)


@workflow(name="acting.again")
async def again(ctx: Context, left: int) -> str:
    sent = await ctx.call(send, "alice", left)
    if left:
        ctx.continue_as_new(left - 1)
    return sent


@workflow(name="acting.waits")
async def waits(ctx: Context) -> list[str]:
    first = await ctx.call(send, "alice", 1)
    await ctx.wait_for_signal("go")
    try:
        return [first, await ctx.call(send, "alice", 2)]
    except Denied as error:
        return [first, error.facts["reasons"][0]["code"]]


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acting.db"


def leaves(runtime: Any, agent: str = "bot") -> list[dict[str, Any]]:
    """What the agent has signed, each signature and root verified."""
    found = []
    for event in runtime.journal.read(agent_stream("default", agent)):
        if event.kind != EFFECTS:
            continue
        body = json.loads(event.body)
        envelope = body["envelope"]
        payload = base64.b64decode(envelope["payload"])
        said = json.loads(payload)
        kind = payload_type("effects")
        assert envelope["payloadType"] == kind
        (signature,) = envelope["signatures"]
        key = runtime.household.ops.ledger.book("default").holders.get(agent).key
        assert signature["keyid"] == key.label == said["key"]
        verify(key.public, pae(kind, payload), base64.b64decode(signature["sig"]))
        assert encode(said) == payload
        data = [encode(leaf) for leaf in body["leaves"]]
        assert said["root"] == fold([hash_of_leaf(leaf) for leaf in data]).hex()
        assert said["count"] == len(data)
        found.append(body["leaves"])
    runtime.batches = len(found)
    return [leaf for batch in found for leaf in batch]


class Open:
    """A household with a runtime on its journal."""

    def __init__(self, path: Path, *, household: Household | None = None, **options: Any) -> None:
        self.household = household or Household(path)
        self._opening = tarl.open(path, **options)

    async def __aenter__(self) -> Any:
        runtime: Any = await self._opening.__aenter__()
        runtime.household = self.household
        return runtime

    async def __aexit__(self, *error: Any) -> None:
        await self._opening.__aexit__(*error)


def test_what_an_agent_may_not_do_is_not_done(path: Path) -> None:
    async def main() -> None:
        house = Household(path, capabilities=[Grant("mail.send", "mailbox/alice")])
        async with Open(path, household=house) as runtime:
            sent = await runtime.run(mails, ["alice", "bob", "a/../alice"], id="m", agent="bot")
            assert sent == ["0 to alice", "policy.no_grant", "policy.no_grant"]
            assert DONE == [("alice", 0)]

    asyncio.run(main())


def test_each_effect_has_a_permit_and_an_outcome_that_the_agent_signed(path: Path) -> None:
    async def main() -> None:
        async with Open(path) as runtime:
            await runtime.run(mails, ["alice", "bob"], id="m", agent="bot", task="newsletter")
            said = leaves(runtime)
            permits = [leaf["permit"] for leaf in said if "permit" in leaf]
            outcomes = [leaf["outcome"] for leaf in said if "outcome" in leaf]
            assert [p["resource"] for p in permits] == ["mailbox/alice", "mailbox/bob"]
            assert {p["task"] for p in permits} == {"newsletter"}
            assert {p["run"] for p in permits} == {"default/m/1"}
            run = RunId("default", "m", 1)
            recorded = list(history.verified(run.stream, runtime.journal.read(run.stream)))
            asked = [e.body for e in recorded if e.kind == "step.scheduled/1"]
            came = [e.body for e in recorded if e.kind == "step.completed/1"]
            assert [p["intent"] for p in permits] == [sha256(b or b"").hexdigest() for b in asked]
            assert [o["body"] for o in outcomes] == [sha256(b or b"").hexdigest() for b in came]
            digests = [sha256(encode({"permit": p})).hexdigest() for p in permits]
            assert [o["permit"] for o in outcomes] == digests
            started = history.started(runtime.journal, run)
            assert (started.agent, started.task) == ("bot", "newsletter")

    asyncio.run(main())


def test_an_agent_signs_once_a_commit_whatever_ran_together(path: Path) -> None:
    async def main() -> None:
        async with Open(path) as runtime:
            handles = [
                await runtime.start(mails, ["alice"], id=f"m{n}", agent="bot") for n in range(50)
            ]
            for handle in handles:
                await handle.result()
            assert len(leaves(runtime)) == 100
            assert runtime.batches <= runtime.get_status()["commits"]
            assert runtime.batches < 25

    asyncio.run(main())


def test_an_intent_that_is_recorded_first_has_its_permit_beside_it(path: Path) -> None:
    async def main() -> None:
        async with Open(path) as runtime:
            assert await runtime.run(posts, 4, id="p", agent="bot") == 8
            said = leaves(runtime)
            acts = [leaf for leaf in said if next(iter(leaf.values()))["step"] == 2]
            assert [next(iter(leaf)) for leaf in acts] == ["permit", "outcome"]
            store = runtime.journal
            order = [e.kind for e in store.read_log() if e.stream.startswith(("run/", "agent/"))]
            assert order.index(EFFECTS) < order.index("step.completed/1", order.index(EFFECTS))

    asyncio.run(main())


def test_other_agents_act_inside_a_run_and_children_act_as_who_started_them(path: Path) -> None:
    async def main() -> None:
        house = Household(path)
        house.person("sub", "agent")
        house.ops.delegate("bot", "sub", "errand", ["mail.send"])
        async with Open(path, household=house) as runtime:
            said = await runtime.run(two, id="t", agent="bot")
            assert said == ["1 to alice", "2 to alice", "0 to carol", "0 to dave"]
            by_bot = [p["permit"]["resource"] for p in leaves(runtime) if "permit" in p]
            by_sub = [p["permit"]["resource"] for p in leaves(runtime, "sub") if "permit" in p]
            assert by_bot == ["mailbox/alice", "mailbox/carol"]
            assert by_sub == ["mailbox/alice", "mailbox/dave"]
            assert not (await runtime.run(mails, ["alice"], id="u", agent="sub"))[0].startswith("0")

    asyncio.run(main())


def test_what_acts_on_one_record_acts_on_no_other(path: Path) -> None:
    """Steps, children and tasks: what else the agent holds does not count, and a revocation of the
    record is not made good by it.
    """

    async def main() -> None:
        house = Household(path)
        house.person("sub", "agent")
        house.ops.establish("sub", "acme", ["mail.*"])
        lent = house.ops.delegate("bot", "sub", "errand", [Grant("mail.send", "mailbox/alice")])
        record = lent.leaf.digest
        async with Open(path, household=house) as runtime:
            said = await runtime.run(on_one_record, record, id="t")
            assert said == ["1 to alice", "policy.no_grant", "0 to alice", "policy.no_grant"]
            grants = {p["permit"]["grant"] for p in leaves(runtime, "sub") if "permit" in p}
            assert grants == {record}
            with pytest.raises(tarl.RunFailed, match="nothing grants"):
                await worked_far(runtime, record)
            house.ops.revoke(Target(record=record), "done")
            said = await runtime.run(on_one_record, record, id="u")
            assert said == ["trust.revoked"] * 4
            other = await runtime.run(on_one_record, "0" * 64, id="v")
            assert other == ["trust.missing"] * 4

    asyncio.run(main())


async def worked_far(runtime: Any, record: str) -> Any:
    handle = await runtime.start(far_on_one_record, record, id="far")
    queue = queue_on(runtime.journal, "far")
    options = WorkerOptions(name="w", capabilities=frozenset({"mail.send"}))
    worker = Worker(queue, Handlers([remote], gateway=runtime.engine.gateway), options)
    working = asyncio.create_task(worker.run())
    try:
        return await asyncio.wait_for(handle.result(), 20)
    finally:
        worker.drain()
        await working


def test_whom_a_run_acts_for_goes_on_with_it_and_into_its_forks(path: Path) -> None:
    async def main() -> None:
        async with Open(path) as runtime:
            await runtime.run(again, 2, id="a", agent="bot", task="errand")
            for n in (1, 2, 3):
                started = history.started(runtime.journal, RunId("default", "a", n))
                assert (started.agent, started.task) == ("bot", "errand")
            await runtime.run(mails, ["alice"], id="m", agent="bot")
            fork = await runtime.fork("m", at=1, id="f")
            await fork.result()
            assert history.started(runtime.journal, fork.run_id).agent == "bot"
            with pytest.raises(Conflict, match="another agent or task"):
                await runtime.run(mails, ["alice"], id="m", agent="sub")
            with pytest.raises(Conflict, match="another agent or task"):
                await runtime.run(mails, ["alice"], id="m")

    asyncio.run(main())


def test_a_revocation_in_the_middle_of_a_run_stops_the_next_effect(path: Path) -> None:
    async def main() -> None:
        house = Household(path)
        house.person("sub", "agent")
        house.ops.delegate("bot", "sub", "w", ["mail.send"])
        async with Open(path, household=house) as runtime:
            handle = await runtime.start(waits, id="w", agent="sub")
            while not DONE:
                await asyncio.sleep(0.01)
            house.ops.revoke(Target(agent="bot"), "compromised")
            runtime.signal("w", "go")
            assert await handle.result() == ["1 to alice", "trust.revoked"]
            assert DONE == [("alice", 1)]

    asyncio.run(main())


def test_budgets_bound_what_runs_spend_together(path: Path) -> None:
    async def main() -> None:
        within = Envelope({"budget.EUR": Budget(unit="EUR", limit=100)})
        house = Household(path, constraints=within)
        async with Open(path, household=house) as runtime:
            assert await runtime.run(payments, [60, 50, 40], id="p", agent="bot") == [
                60,
                "budget.exceeded",
                40,
            ]
            assert await runtime.run(payments, [1], id="q", agent="bot") == ["budget.exceeded"]
            assert DONE == [60, 40]
            kinds = [e.kind for e in runtime.journal.read(agent_stream("default", "bot"))]
            assert kinds.count(SETTLED) == 2
            assert await runtime.run(payments, [-1], id="n", agent="bot") == ["effect.amount"]

    asyncio.run(main())


def test_an_argument_is_held_against_its_constraint(path: Path) -> None:
    async def main() -> None:
        small = Envelope({"args.n": AtMost(limit=0)})
        house = Household(path, capabilities=[Grant("mail.send", "*", small)])
        async with Open(path, household=house) as runtime:
            sent = await runtime.run(mails, ["alice", "bob"], id="m", agent="bot")
            assert sent == ["0 to alice", "policy.constraint"]

    asyncio.run(main())


def test_who_cannot_sign_does_nothing(path: Path, tmp_path: Path) -> None:
    async def main() -> None:
        house = Household(path)
        for file in (Path(house.keys.directory) / "default" / "bot").iterdir():
            file.unlink()
        async with Open(path, household=house) as runtime:
            assert await runtime.run(mails, ["alice"], id="m", agent="bot") == ["keys.missing"]
            assert await runtime.run(mails, ["alice"], id="x", agent="nobody") != ["0 to alice"]
            assert DONE == []

    asyncio.run(main())


def test_a_runtime_for_agents_alone_lets_nobody_else_act(path: Path) -> None:
    async def main() -> None:
        async with Open(path, agents_only=True) as runtime:
            assert await runtime.run(mails, ["alice"], id="m") == ["trust.no_agent"]
            assert await runtime.run(mails, ["alice"], id="n", agent="bot") == ["0 to alice"]

    asyncio.run(main())


async def pending(runtime: Any) -> ApprovalId:
    while True:
        for record in runtime.journal.scan("approval", {"status": "pending"}):
            return ApprovalId(record["tenant"], record["id"])
        await asyncio.sleep(0.01)


def supervised(path: Path) -> Household:
    house = Household(path, capabilities=MAIL)
    house.ops.set_posture("bot", "supervised", "it is new")
    return house


@pytest.mark.parametrize(
    ("choice", "came"), [("approve", ["0 to alice"]), ("reject", ["trust.approval"])]
)
def test_what_a_posture_holds_waits_for_a_human(path: Path, choice: str, came: list[str]) -> None:
    async def main() -> None:
        house = supervised(path)
        async with Open(path, household=house, approvers=["alice"]) as runtime:
            assert await runtime.run(looks, id="l", agent="bot") == "letters"
            handle = await runtime.start(mails, ["alice"], id="m", agent="bot")
            approval = await pending(runtime)
            assert DONE == []
            house.vote("alice", approval, choice)
            assert await asyncio.wait_for(handle.result(), 30) == came
            if choice == "approve":
                codes = [g["code"] for g in leaves(runtime)[-2]["permit"]["grounds"]]
                assert "trust.approved" in codes

    asyncio.run(main())


@activity(name="acting.remote", needs=["mail.send"], queue="far")
async def remote(to: str, n: int) -> str:
    DONE.append((to, n))
    return f"{n} to {to}"


@workflow(name="acting.remotely")
async def remotely(ctx: Context) -> str:
    return await ctx.call(remote, "alice", 1)


def test_what_people_approve_is_done_by_whoever_carries_it_out(path: Path) -> None:
    async def main() -> None:
        house = supervised(path)
        async with Open(path, household=house, approvers=["alice"]) as runtime:
            handle = await runtime.start(remotely, id="r", agent="bot")
            house.vote("alice", await pending(runtime), "approve")
            queue = queue_on(runtime.journal, "far")
            gateway = runtime.engine.gateway
            options = WorkerOptions(name="w", capabilities=frozenset({"mail.send"}))
            worker = Worker(queue, Handlers([remote], gateway=gateway), options)
            working = asyncio.create_task(worker.run())
            try:
                assert await asyncio.wait_for(handle.result(), 20) == "1 to alice"
            finally:
                worker.drain()
                await working
        assert DONE == [("alice", 1)]

    asyncio.run(main())


def test_an_effect_that_is_held_is_held_after_a_restart(path: Path) -> None:
    async def main() -> None:
        house = supervised(path)
        async with Open(path, household=house, approvers=["alice"]) as runtime:
            await runtime.start(mails, ["alice"], id="m", agent="bot")
            approval = await pending(runtime)
        async with Open(path, household=house, approvers=["alice"]) as runtime:
            handle = await runtime.take_up("m")
            assert await pending(runtime) == approval
            house.vote("alice", approval, "approve")
            assert await asyncio.wait_for(handle.result(), 30) == ["0 to alice"]
        assert DONE == [("alice", 0)]

    asyncio.run(main())


def test_a_held_effect_that_nobody_may_approve_is_denied(path: Path) -> None:
    async def main() -> None:
        async with Open(path, household=supervised(path)) as runtime:
            assert await runtime.run(mails, ["alice"], id="m", agent="bot") != ["0 to alice"]
            assert DONE == []

    asyncio.run(main())


@pytest.mark.parametrize(
    "options",
    [
        {"access": "delete"},
        {"resource": "mailbox/{nobody}"},
        {"resource": "mailbox//{to}"},
        {"resource": "mailbox/*"},
        {"resource": "mail box/{to}"},
        {"resource": "mailbox/{to!r}"},
        {"resource": "mailbox/{to"},
        {"spends": {"EUR": "nothing"}},
        {"spends": {"EUR": -1}},
        {"spends": {"": 1}},
        {"spends": {"EUR": 1.5}},
    ],
)
def test_an_activity_says_what_it_aims_at_or_is_refused(options: dict[str, Any]) -> None:
    async def to_somebody(to: str) -> None: ...

    with pytest.raises(Invalid):
        activity(name="acting.unfit", **options)(to_somebody)


def test_an_agent_needs_a_name() -> None:
    with pytest.raises(Invalid, match="agent"):
        Context.acting_as(Context(None), "")  # type: ignore[arg-type]
