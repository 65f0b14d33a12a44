"""Authority handed over turn by turn, through the whole stack: what is lent, on what an agent then
acts, what is taken back, and what is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.unit.trust.household import TENANT, Household

import tarl
from tarl import Context, activity
from tarl.agents.desk import desk
from tarl.agents.lending import TrustLending
from tarl.agents.patterns.handoff import handoff
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.agents.roles import Evaluation
from tarl.agents.session import Options
from tarl.errors import Denied
from tarl.kernel.definition import Workflow
from tarl.policy.constraint import Budget
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant
from tarl.trust.loans import Loans, Source, Wanted
from tarl.trust.records import Target

WORK = ("work.read", "work.write")
MAY = (*WORK, "blackboard.*", "mail.send", "agent.run", "trust.delegate")


class Worker:
    """An agent whose turn is one step."""

    def __init__(self, id: str, *capabilities: str, then: Callable[[], None] | None = None) -> None:
        self.id = id
        self.capabilities = capabilities
        self._then = then

    async def run(self, input: Any) -> Any:
        if self._then is not None:
            self._then()
        return [*input, self.id]


@activity(name="lending.send", needs=["mail.send"], resource="mailbox/{to}")
async def send(to: str) -> str:
    return f"sent to {to}"


class Clerk:
    """An agent that is workflow code: it sends a letter, whatever it was asked for."""

    inline = True

    def __init__(self, id: str, *capabilities: str) -> None:
        self.id = id
        self.capabilities = capabilities

    async def run(self, input: Any) -> Any:
        return await desk().call(send, "ann")


@pytest.fixture
def house(tmp_path: Path, tarl_home: Path) -> Household:
    return Household(tmp_path / "tarl.db", capabilities=MAY)


Body = Callable[[Context, TrustLending], Awaitable[Any]]


async def played(house: Household, body: Body, *, id: str = "r", **settings: Any) -> Any:
    """What a workflow over a lending comes to."""

    async def run(ctx: Context, input: None = None) -> Any:
        lending = TrustLending(ctx, lambda: nullcontext(house.ops), task="t", **settings)
        try:
            came = await body(ctx, lending)
        finally:
            await lending.close()
        return [came, lending.notes, lending.problems]

    async with tarl.open(house.path) as runtime:
        came, _notes, problems = await runtime.run(Workflow(run, name="lending.test"), id=id)
        assert problems == []
        return came


def agents_of(house: Household, *names: str, **options: Any) -> None:
    for name in names:
        house.person(name, "agent")
        if options:
            house.ops.establish(name, "acme", **options)


def loans(house: Household) -> list[Any]:
    """Every delegation that was made, with whether it is revoked."""
    book = house.ops.ledger.book(TENANT)
    rows = [row for row in house.store.scan("trust_record") if row["kind"] == "delegation"]
    links = [book.get(row["digest"]) for row in rows]
    links.sort(key=lambda link: link.place.log_index)
    return [(link, ("record", link.digest) in book.standing.revoked) for link in links]


def run_sequential(*agents: Any) -> Body:
    async def body(ctx: Context, lending: TrustLending) -> Any:
        result = await sequential(ctx, agents, [], options=Options(lending=lending))
        return [result.status, result.output]

    return body


def test_each_hand_over_is_lent_and_taken_back(house: Household) -> None:
    agents_of(house, "a", "b")
    house.ops.establish("a", "acme", MAY, depth_left=2)
    agents = Worker("a", "work.read"), Worker("b", "work.read")
    came = asyncio.run(played(house, run_sequential(*agents), initiator="bot"))
    assert came == ["solved", ["a", "b"]]
    (first, first_over), (second, second_over) = loans(house)
    assert (first.record.delegator, first.record.delegatee) == ("bot", "a")
    assert (second.record.delegator, second.record.delegatee) == ("a", "b")
    assert first_over
    assert second_over
    for link in (first, second):
        assert [grant.action for grant in link.terms.grants] == ["work.read"]
        assert link.record.task == "t"
        assert link.record.depth_left == 0
        assert link.record.expires_at_ms - link.record.issued_at_ms <= 3_600_000


def test_what_a_taker_holds_itself_need_not_be_lent(house: Household) -> None:
    agents_of(house, "a", "b")
    house.ops.establish("a", "acme", ["work.read", "trust.delegate"], depth_left=1)
    house.ops.establish("b", "acme", ["work.write"])
    agents = Worker("a", "work.read"), Worker("b", "work.write")
    assert asyncio.run(played(house, run_sequential(*agents))) == ["solved", ["a", "b"]]
    assert loans(house) == []
    both = Worker("a", "work.read"), Worker("b", *WORK)
    assert asyncio.run(played(house, run_sequential(*both), id="s")) == ["solved", ["a", "b"]]
    [(link, is_over)] = loans(house)
    assert [grant.action for grant in link.terms.grants] == ["work.read"]
    assert is_over


def test_nobody_lends_what_they_do_not_hold(house: Household) -> None:
    agents_of(house, "a", "b")
    house.ops.establish("a", "acme", ["work.read", "trust.delegate"], depth_left=1)
    agents = Worker("a", "work.read"), Worker("b", "work.write")
    with pytest.raises(tarl.RunFailed, match=r"a does not hold work\.write"):
        asyncio.run(played(house, run_sequential(*agents)))
    assert loans(house) == []


def test_who_may_not_delegate_lends_nothing(house: Household) -> None:
    agents_of(house, "a", "b")
    house.ops.establish("a", "acme", ["work.read"])
    agents = Worker("a", "work.read"), Worker("b", "work.read")
    with pytest.raises(tarl.RunFailed, match="or may not hand it on"):
        asyncio.run(played(house, run_sequential(*agents)))


def lent_to(taker: Any, *, giver: str = "bot", **options: Any) -> Body:
    async def body(ctx: Context, lending: TrustLending) -> Any:
        async with lending.lent(ctx, giver, taker.id, taker.capabilities, **options) as turn:
            return await turn.call(send, "ann")

    return body


def test_a_loan_binds_whatever_else_the_taker_holds(house: Household) -> None:
    """Its own authority would let the letter pass: under the constraint nothing but the loan
    counts.
    """
    agents_of(house, "b", capabilities=MAY)
    free = Clerk("b", "mail.send")
    assert asyncio.run(played(house, lent_to(free))) == "sent to ann"
    bound = Clerk("b", "blackboard.write")
    body = lent_to(bound, constraints=["blackboard_write_only"])
    with pytest.raises(tarl.RunFailed, match=r"nothing grants mail\.send"):
        asyncio.run(played(house, body, id="bound"))
    wrong = lent_to(free, constraints=["blackboard_write_only"])
    with pytest.raises(tarl.RunFailed):
        asyncio.run(played(house, wrong, id="wrong"))
    assert all(is_over for _, is_over in loans(house))


def test_a_constraint_that_nobody_registered_denies(house: Household) -> None:
    agents_of(house, "b", capabilities=MAY)
    body = lent_to(Clerk("b", "mail.send"), constraints=["be_nice"])
    with pytest.raises(tarl.RunFailed, match="be_nice"):
        asyncio.run(played(house, body))
    assert loans(house) == []


def test_who_is_revoked_in_the_middle_has_no_further_turn(house: Household) -> None:
    agents_of(house, "a", "b", capabilities=MAY, depth_left=1)

    def revoke() -> None:
        house.ops.revoke(Target(agent="b"), "compromised")

    agents = Worker("a", "work.read", then=revoke), Worker("b", "work.read")
    with pytest.raises(tarl.RunFailed, match="the agent b is revoked"):
        asyncio.run(played(house, run_sequential(*agents)))


def test_a_loan_that_is_revoked_in_the_middle_ends_the_turn(house: Household) -> None:
    agents_of(house, "b", capabilities=MAY)

    async def body(ctx: Context, lending: TrustLending) -> Any:
        async with lending.lent(ctx, "bot", "b", ["mail.send"]) as turn:
            first = await turn.call(send, "ann")
            await ctx.wait_for_signal("go")
            try:
                return [first, await turn.call(send, "ann")]
            except Denied as error:
                return [first, error.facts["reasons"][0]["code"]]

    async def main() -> Any:
        async with tarl.open(house.path) as runtime:
            playing = asyncio.create_task(played(house, body))
            while not (made := loans(house)):
                await asyncio.sleep(0.01)
            house.ops.revoke(Target(record=made[0][0].digest), "stop")
            runtime.signal("r", "go")
            return await playing

    assert asyncio.run(main()) == ["sent to ann", "trust.revoked"]


def test_a_giver_who_is_suspended_lends_nothing(house: Household) -> None:
    agents_of(house, "b", capabilities=MAY)
    house.ops.suspend("bot", "looked at")
    with pytest.raises(tarl.RunFailed, match="bot is suspended"):
        asyncio.run(played(house, lent_to(Clerk("b", "mail.send"))))


def test_siblings_divide_what_their_lender_may_spend(tmp_path: Path, tarl_home: Path) -> None:
    within = Envelope({"budget.calls": Budget(unit="calls", limit=7)})
    house = Household(tmp_path / "tarl.db", capabilities=MAY, constraints=within)
    agents_of(house, "b", "c")

    async def body(ctx: Context, lending: TrustLending) -> Any:
        async def share(taker: str) -> int:
            async with lending.lent(ctx, "bot", taker, ["mail.send"]) as turn:
                for count in range(10):
                    try:
                        await turn.call(send, "ann")
                    except Denied:
                        return count
            return 10

        return await asyncio.gather(share("b"), share("c"))

    assert asyncio.run(played(house, body, siblings=2)) == [3, 3]


def test_an_authority_attests_for_the_task_to_those_below_it(house: Household) -> None:
    agents_of(house, "a", capabilities=["work.read"])
    worker = Worker("a", "work.read")
    came = asyncio.run(played(house, run_sequential(worker), initiator="acme"))
    assert came == ["solved", ["a"]]
    book = house.ops.ledger.book(TENANT)
    made = [c.leaf for c in house.ops.ledger.chains(TENANT, "a", at_ms=house.ops.now_ms())]
    [lent] = [link for link in made if link.record.task == "t"]
    assert (lent.kind, lent.record.depth_left) == ("attestation", 0)
    assert ("record", lent.digest) in book.standing.revoked


def test_while_a_task_is_elsewhere_its_giver_keeps_nothing(house: Household) -> None:
    agents_of(house, "a", "b")

    async def tried(turn: Context) -> str:
        try:
            return await turn.call(send, "ann")
        except Denied as error:
            return error.code

    async def body(ctx: Context, lending: TrustLending) -> Any:
        said = []
        async with lending.lent(ctx, None, "a", ["mail.send"], moves=True) as first:
            said.append(await tried(first))
            async with lending.lent(first, "a", "b", ["mail.send"], moves=True) as second:
                said += [await tried(first), await tried(second)]
                live = [link.subject for link, is_over in loans(house) if not is_over]
            said += [live, await tried(first), await tried(second)]
        return said

    sent, moved = "sent to ann", "lending.moved"
    came = asyncio.run(played(house, body, initiator="bot"))
    assert came == [sent, moved, sent, ["b"], sent, moved]
    assert [link.record.delegatee for link, _ in loans(house)] == ["a", "b", "a"]
    assert all(is_over for _, is_over in loans(house))


def test_who_holds_a_loan_has_no_more_than_that_to_give(house: Household) -> None:
    agents_of(house, "a", "b")

    async def body(ctx: Context, lending: TrustLending) -> Any:
        async with (
            lending.lent(ctx, None, "a", ["work.read"]) as turn,
            lending.lent(turn, "a", "b", ["mail.send"]) as other,
        ):
            return await other.call(send, "ann")

    with pytest.raises(tarl.RunFailed, match=r"nobody lends b mail\.send"):
        asyncio.run(played(house, body, initiator="bot"))


def test_whoever_has_a_turn_acts_as_nobody_else(house: Household) -> None:
    agents_of(house, "b")

    async def body(ctx: Context, lending: TrustLending) -> Any:
        async with lending.lent(ctx, "bot", "b", ["work.read"]) as turn:
            return await turn.acting_as("bot").call(send, "ann")

    with pytest.raises(tarl.RunFailed, match="acts as nobody else"):
        asyncio.run(played(house, body))


def test_who_may_be_given_something_is_known_before(house: Household) -> None:
    agents_of(house, "a", "b")
    house.ops.establish("a", "acme", ["work.read"])

    def admits(taker: str, *actions: str) -> Body:
        async def body(ctx: Context, lending: TrustLending) -> Any:
            return await lending.admits(ctx, taker, actions)

        return body

    for number, (taker, actions, givers, expected) in enumerate(
        [
            ("a", ["work.read"], [], True),
            ("a", WORK, [], False),
            ("b", ["work.read"], [], False),
            ("b", ["work.read"], ["bot"], True),
            ("b", ["other"], ["bot"], False),
            ("nobody", ["work.read"], ["bot"], False),
        ]
    ):
        came = played(house, admits(taker, *actions), id=f"r{number}", givers=givers)
        assert asyncio.run(came) is expected, (taker, actions, givers)


def test_a_step_that_is_repeated_lends_and_takes_back_once(house: Household) -> None:
    agents_of(house, "b")
    wanted = Wanted(
        taker="b", actions=("work.read",), task="t", sources=(Source(lender="bot"),), is_bound=True
    )
    desk_of_loans = Loans(house.ops)
    first, again = (desk_of_loans.lend(wanted, key="k") for _ in range(2))
    assert first == again
    assert first.is_whole
    assert desk_of_loans.lend(wanted, key="other").record != first.record
    for _ in range(2):
        said = desk_of_loans.give_back(first.record, "bot", key="g", taker="b", note=None)
        assert said.problem is None
    assert [is_over for _, is_over in loans(house)] == [True, False]


def test_who_is_withdrawn_while_something_is_lent_keeps_nothing(house: Household) -> None:
    """At every moment of a turn: a loan that is being made is waited for, and taken back."""
    agents_of(house, "b")

    def withdrawn(after_ms: int) -> Body:
        async def body(ctx: Context, lending: TrustLending) -> Any:
            async def turn() -> None:
                async with lending.lent(ctx, "bot", "b", ["mail.send"]) as held:
                    await held.call(send, "ann")
                    await asyncio.sleep(60)

            task = asyncio.create_task(turn())
            await ctx.sleep(after_ms / 1000)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        return body

    for after_ms in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55):
        asyncio.run(played(house, withdrawn(after_ms), id=f"m{after_ms}"))
    assert loans(house)
    assert all(is_over for _, is_over in loans(house))


def test_a_constraint_on_a_turn_that_takes_nothing_is_refused(house: Household) -> None:
    agents_of(house, "b", capabilities=MAY)
    body = lent_to(Clerk("b"), constraints=["read_only"])
    with pytest.raises(tarl.RunFailed, match="takes nothing"):
        asyncio.run(played(house, body))


class Judge(Worker):
    """Evaluates a task: it hands it to somebody, or takes it."""

    def __init__(self, id: str, *capabilities: str, to: str | None = None) -> None:
        super().__init__(id, *capabilities)
        self._to = to

    async def evaluate_task(self, task: Any) -> Evaluation:
        return Evaluation(can_handle=self._to is None, hand_to=self._to)


def test_a_handoff_moves_authority_along(house: Household) -> None:
    agents_of(house, "a", "b", "c")
    team = (
        Judge("a", "work.read", to="b"),
        Judge("b", "work.read", to="c"),
        Judge("c", "work.read"),
    )

    async def body(ctx: Context, lending: TrustLending) -> Any:
        options = Options(lending=lending)
        result: Result = await handoff(ctx, team, [], needs=["work.read"], options=options)
        return [result.status, result.output]

    assert asyncio.run(played(house, body, initiator="bot")) == ["solved", ["c"]]
    records: Sequence[Any] = [link.record for link, _ in loans(house)]
    assert {record.delegator for record in records} == {"bot"}
    assert [record.delegatee for record in records][:3] == ["a", "b", "c"]
    assert all(is_over for _, is_over in loans(house))


def test_what_is_lent_is_on_the_resources_that_the_giver_has(house: Household) -> None:
    agents_of(house, "giver", "b")
    only_ann = [Grant("mail.send", "mailbox/ann"), Grant("trust.delegate", "agent/*")]
    house.ops.establish("giver", "acme", only_ann, depth_left=1)

    async def body(ctx: Context, lending: TrustLending) -> Any:
        async with lending.lent(ctx, "giver", "b", ["mail.send"]) as turn:
            first = await turn.call(send, "ann")
            return [first, await turn.call(send, "zoe")]

    with pytest.raises(tarl.RunFailed, match=r"nothing grants mail\.send on mailbox/zoe"):
        asyncio.run(played(house, body))
