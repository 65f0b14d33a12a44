"""Row 9: an agent that was told what to do by something that it read uses its own grant.

Nobody can keep it from wanting; what it wants is outside its grant, for another task, against the
arguments that are admitted, or more than its budget. Real runs through the real gateway.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.threats import deeds
from tests.threats.shop import Shop, at_shop
from tests.threats.test_no_effect_without_permit import with_worker

from tarl.errors import TarlError
from tarl.kernel.acting import Acting
from tarl.policy.constraint import Budget
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant
from tarl.trust.budget import Budgets


@pytest.fixture(autouse=True)
def nothing_happened() -> None:
    deeds.HAPPENED.clear()
    deeds.BETWEEN.clear()
    deeds.HANGS.clear()


def test_what_a_page_says_gives_no_authority(tmp_path: Path) -> None:
    """It may read pages and mail Alice; it tries all that the page asks for."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.register("alice", "human")
        shop.give("reader", [Grant("read.*"), Grant("mail.send", "mailbox/alice")], task_id="news")
        shop.give("supervisor", ["read.*"])
        tried = await shop.runtime.run(deeds.threat_injected, id="w", agent="reader", task="news")
        assert tried == ["Denied"] * 9
        assert deeds.HAPPENED == []
        assert shop.kinds().count("step.denied/1") == 9
        assert shop.codes() <= {
            "policy.no_grant",
            "policy.constraint",
            "trust.no_grant",
            "trust.task",
            "trust.no_agent",
            "keys.missing",
            "principal.missing",
        }, shop.codes()

    at_shop(tmp_path, work, agents_only=True)


def test_the_right_action_for_another_task_is_denied(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.give("clerk2", ["mail.*"], task_id="answer")
        good: dict[str, Any] = {"agent": "clerk2", "task": "answer"}
        assert await shop.outcome(deeds.threat_calls, "async", id="a", **good) == "done"
        for task in ("other", "Answer", "answer "):
            options: dict[str, Any] = {**good, "task": task}
            code = await shop.outcome(deeds.threat_calls, "async", id=f"b{task}", **options)
            assert code != "done"
        assert await shop.outcome(deeds.threat_calls, "async", id="c", agent="clerk2") != "done"
        assert (
            await shop.outcome(deeds.threat_calls, "async", id="answer", agent="clerk2") == "done"
        )
        assert deeds.HAPPENED == ["mail alice"] * 2

    at_shop(tmp_path, work, agents_only=True)


def test_every_capability_that_an_effect_takes_must_be_held(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.give("mailer", ["mail.*"])
        shop.give("both", ["mail.*", "pay.*"])
        call = deeds.threat_calls, "several needs"
        assert await shop.outcome(*call, id="a", agent="mailer", task="t") != "done"
        assert await shop.outcome(*call, id="b", agent="both", task="t") == "done"
        assert deeds.HAPPENED == ["both alice"]

    at_shop(tmp_path, work)


def test_an_argument_does_not_climb_out_of_its_resource(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.give("narrow", [Grant("pay.send", "account/shop/*"), Grant("mail.send", "mailbox/al")])
        for to in ("shop/x", "../bob", "al/../bob", "*", "al%2Fbob", "bob", "", "al\u200b", "AL"):

            async def mails(to: str = to) -> str:
                return await shop.outcome(
                    deeds.threat_mails_to, to, id=f"to {len(to)} {to}".strip("./*%\u200b"),
                    agent="narrow", task="t",
                )  # fmt: skip

            assert await mails() != "done", to
        assert deeds.HAPPENED == []

    at_shop(tmp_path, work)


def test_a_budget_is_drained_and_no_further(tmp_path: Path) -> None:
    """One after the other, and many at once; what is no amount is refused before it is asked."""

    async def work(shop: Shop) -> None:
        shop.open_for_business(budget=100)
        acting: dict[str, Any] = {"agent": "clerk", "task": "t"}
        amounts = [-5, 0, 101, 60, 41, 40, 1, "1", 1.5, True, 2**60, None]
        done = await shop.runtime.run(deeds.threat_pays, amounts[:-2], id="a", **acting)
        assert [each for each in done if each.startswith("pay")] == [
            "pay shop 0",
            "pay shop 60",
            "pay shop 40",
        ]
        assert await shop.runtime.run(deeds.threat_pays_at_once, 8, id="b", **acting) == 0
        spent = [int(what.rpartition(" ")[2]) for what in deeds.HAPPENED]
        assert sum(spent) == 100
        assert not list(Budgets(shop.store).outstanding("default"))

    at_shop(tmp_path, work)


def test_many_at_once_do_not_pass_a_budget(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business(budget=35)
        runs = [
            shop.runtime.run(deeds.threat_pays_at_once, 4, id=f"r{n}", agent="clerk", task="t")
            for n in range(4)
        ]
        assert sum(await asyncio.gather(*runs)) == 3
        assert len(deeds.HAPPENED) == 3

    at_shop(tmp_path, work)


def test_siblings_drain_their_parents_budget_and_not_more(tmp_path: Path) -> None:
    """Handed on to two, it is still one budget; so is what the giver spends itself."""

    async def work(shop: Shop) -> None:
        shop.open_for_business(budget=100)
        shop.register("clerk2", "agent")
        shop.operations.delegate("planner", "clerk2", capabilities=shop.priced(100))
        for agent, amounts in (("clerk", [50]), ("clerk2", [40, 20]), ("planner", [20, 10])):
            await shop.outcome(deeds.threat_pays, amounts, id=agent, agent=agent, task="t")
        assert deeds.HAPPENED == ["pay shop 50", "pay shop 40", "pay shop 10"]

    at_shop(tmp_path, work)


def test_what_an_effect_without_outcome_took_stays_set_aside(tmp_path: Path) -> None:
    """The process dies in the middle of paying; trying again is not paying again, and only the
    operator gives back what a run that is over left.
    """

    async def first(shop: Shop) -> None:
        shop.open_for_business(budget=100)
        deeds.HANGS.append(True)
        await shop.runtime.start(deeds.threat_pays, [80], id="w", agent="clerk", task="t")
        while not deeds.HAPPENED:
            await asyncio.sleep(0.01)

    at_shop(tmp_path, first)
    deeds.HANGS.clear()

    async def then(shop: Shop) -> None:
        budgets = Budgets(shop.store)
        assert [r.amount for r in budgets.outstanding("default")] == [80]
        other = await shop.runtime.run(
            deeds.threat_pays, [80, 20], id="other", agent="clerk", task="t"
        )
        assert other == ["Denied", "pay shop 20"]
        await shop.runtime.resume("w")
        assert not list(budgets.outstanding("default"))
        late = await shop.runtime.run(deeds.threat_pays, [1], id="late", agent="clerk", task="t")
        assert late == ["Denied"]
        assert deeds.HAPPENED.count("pay shop 80") == 2  # at least once, under one key

    at_shop(tmp_path, then)


def test_a_failed_effect_gives_back_what_it_did_not_spend(tmp_path: Path) -> None:
    def fail(what: str) -> None:
        deeds.BETWEEN.clear()
        raise ValueError("the bank says no")

    async def work(shop: Shop) -> None:
        shop.open_for_business(budget=100)
        deeds.BETWEEN.append(fail)
        done = await shop.runtime.run(
            deeds.threat_pays, [100, 100, 1], id="w", agent="clerk", task="t"
        )
        assert done == ["ActivityFailed", "pay shop 100", "Denied"]

    at_shop(tmp_path, work)


def test_what_a_worker_carries_out_is_charged_once(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business(budget=100)

        async def use(queue: Any) -> None:
            await shop.runtime.run(deeds.threat_pays_by_queue, 60, id="w", agent="clerk", task="t")

        await with_worker(shop, use)
        assert deeds.HAPPENED == ["pay shop 60"]
        assert not list(Budgets(shop.store).outstanding("default"))
        rest = await shop.runtime.run(deeds.threat_pays, [41, 40], id="x", agent="clerk", task="t")
        assert rest == ["Denied", "pay shop 40"]

    at_shop(tmp_path, work)


def test_a_task_that_claims_to_be_a_steps_is_charged_by_itself(tmp_path: Path) -> None:
    """Enqueued by hand with another's origin: it does not bear that step's key."""

    async def work(shop: Shop) -> None:
        shop.open_for_business(budget=100)
        acting: dict[str, Any] = {"agent": "clerk", "task": "t"}
        await shop.runtime.run(deeds.threat_pays, [60], id="w", **acting)

        async def use(queue: Any) -> None:
            id = await queue.enqueue(
                "threat_pay",
                {"to": "mallory", "amount": 60},
                needs=["pay.send"],
                acting=Acting("clerk", "t"),
                origin="run/default/w/1#1",
                id="forged",
            )
            with pytest.raises(TarlError):
                await queue.result(id)

        await with_worker(shop, use)
        assert deeds.HAPPENED == ["pay shop 60"]

    at_shop(tmp_path, work)


def test_who_is_supervised_reads_and_waits_for_people_to_write(tmp_path: Path) -> None:
    """After a downgrade; an approval is for one effect with its arguments."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.operations.set_posture("clerk", "supervised", "it reads strange pages")
        assert await shop.outcome(deeds.threat_calls, "async", id="a", agent="clerk", task="t") != (
            "done"
        )
        assert deeds.HAPPENED == []
        with pytest.raises(TarlError):
            shop.operations.delegate("clerk", "planner", capabilities=["mail.send"])

    at_shop(tmp_path, work)


def test_a_number_of_calls_is_a_budget_too(tmp_path: Path) -> None:
    """Every effect takes one of ``calls``, whatever it is; a loop that was injected ends there."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        bounded = Envelope({"budget.calls": Budget("calls", 3)})
        shop.give("looping", ["mail.*"], constraints=bounded)
        acting: dict[str, Any] = {"agent": "looping", "task": "t"}
        for number in range(3):
            await shop.outcome(deeds.threat_two_mails, id=f"r{number}", **acting)
        assert len(deeds.HAPPENED) == 3
        deeds.HAPPENED.clear()
        shop.give("failing", ["mail.*"], constraints=bounded)
        for number in range(6):
            await shop.outcome(
                deeds.threat_calls, "retry", id=f"f{number}", agent="failing", task="t"
            )
        assert len(deeds.HAPPENED) == 3 * 3  # three steps, of three attempts each

    at_shop(tmp_path, work)
