"""Workflows that ask people: what is believed, and what survives a restart."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.lab import memory

import tarl
from tarl import Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.engines.embedded import asking
from tarl.engines.embedded.asking import AskPeople
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.people import People
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Invalid, RunFailed, TarlError, Unavailable
from tarl.kernel import inbox
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.statement import Choice
from tarl.kernel.effect import Effect
from tarl.kernel.holding import approval_of
from tarl.testing.clock import run
from tarl.values.verdict import Deny, Hold, Reason, Verdict


@workflow
async def deploys(ctx: Context, needed: int) -> list[Any]:
    answer = await ctx.approval(
        "Deploy", approvers=["alice", "bob"], needed=needed, context={"version": 2}
    )
    return [answer.status, answer.approved, [vote["principal"] for vote in answer.votes]]


@workflow
async def hurries(ctx: Context) -> str:
    return (await ctx.approval("Now?", approvers=["alice"], expires_s=0.05)).status


@workflow
async def asks_nobody(ctx: Context) -> str:
    return (await ctx.approval("Anybody?", approvers=[])).status


def now_ms() -> int:
    return SystemClock().now_ms()


async def asked(runtime: Runtime, run: str) -> ApprovalId:
    people = People(runtime.journal, Keyring())
    while not (found := people.approvals.of_run(runtime.find(run))):
        await asyncio.sleep(0.01)
    return found[0]


def vote(runtime: Runtime, id: ApprovalId, name: str, choice: Choice) -> None:
    people = People(runtime.journal, Keyring())
    principal = PrincipalId("default", name)
    people.ensure_human(principal, at_ms=now_ms())
    people.vote(id, principal, choice, reason="seen", at_ms=now_ms())


@pytest.mark.parametrize(
    ("votes", "answer"),
    [
        (("approve", "approve"), ["approved", True, ["alice", "bob"]]),
        (("approve", "reject"), ["rejected", False, ["alice", "bob"]]),
    ],
)
def test_the_answer_reaches_the_run_over_a_restart(
    tmp_path: Path, votes: tuple[Choice, Choice], answer: list[Any]
) -> None:
    async def ask() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            await runtime.start(deploys, 2, id="d")
            vote(runtime, await asked(runtime, "d"), "alice", votes[0])

    async def go_on() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[deploys]) as runtime:
            handle = await runtime.take_up("d")
            vote(runtime, await asked(runtime, "d"), "bob", votes[1])
            assert await handle.result() == answer

    asyncio.run(ask())
    asyncio.run(go_on())


def test_a_message_that_nobody_signed_for_decides_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            handle = await runtime.start(deploys, 1, id="d")
            id = await asked(runtime, "d")
            forged = b'{"approval":"%b","outcome":{"status":"approved","votes":[]}}'
            body = forged % id.id.encode()
            run = runtime.find("d")
            inbox.send(runtime.journal, run, inbox.APPROVAL_ENDED, body, at_ms=now_ms())
            runtime.engine.post.deliver(run.stream)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(handle.result(), 0.2)
            vote(runtime, id, "bob", "approve")
            assert await handle.result() == ["approved", True, ["bob"]]

    asyncio.run(work())


def test_an_answer_may_come_too_late(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            assert await runtime.run(hurries, id="h") == "expired"

    asyncio.run(work())


def test_a_fork_asks_anew_and_cannot_have_what_was_decided_about_another_run(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            handle = await runtime.start(deploys, 1, id="d")
            first = await asked(runtime, "d")
            vote(runtime, first, "alice", "approve")
            assert await handle.result() == ["approved", True, ["alice"]]
            for at in (2, 3):
                with pytest.raises(Invalid) as refused:
                    await runtime.fork("d", at=at, id="f")
                assert refused.value.code == "fork.approval"
            forked = await runtime.fork("d", at=1, id="f")
            again = await asked(runtime, "f")
            assert again != first
            vote(runtime, again, "bob", "reject")
            assert await forked.result() == ["rejected", False, ["bob"]]

    asyncio.run(work())


def test_what_nobody_could_decide_is_refused_where_it_is_asked(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            with pytest.raises(RunFailed, match="names no approver"):
                await runtime.run(asks_nobody, id="n")

    asyncio.run(work())


def test_a_run_that_ends_takes_its_question_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            handle = await runtime.start(deploys, 1, id="d")
            id = await asked(runtime, "d")
            runtime.cancel("d", reason="changed our minds")
            with pytest.raises(RunFailed, match="changed our minds"):
                await handle.result()
            assert People(runtime.journal, Keyring()).approvals.get(id).status == "withdrawn"

    asyncio.run(work())


def interrupted(path: Path) -> ApprovalId:
    """What a run asks that nobody runs any more."""

    async def work() -> ApprovalId:
        async with tarl.open(path) as runtime:
            await runtime.start(deploys, 2, id="d")
            return await asked(runtime, "d")

    return asyncio.run(work())


def test_a_run_that_nobody_runs_takes_its_question_back_when_it_is_terminated(
    tmp_path: Path,
) -> None:
    id = interrupted(tmp_path / "t.db")

    async def end() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            runtime.terminate("d", reason="too late")
            approvals = People(runtime.journal, Keyring()).approvals
            assert approvals.get(id).status == "withdrawn"
            assert approvals.of_run(runtime.find("d")) == []
            last = list(runtime.journal.read(runtime.find("d").stream))[-1]
            assert last.kind == "run.terminated/1"

    asyncio.run(end())


def test_a_vote_in_the_middle_of_a_termination_counts_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = interrupted(tmp_path / "t.db")
    withdrawn = AskPeople.withdrawn
    tries = []

    async def end() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:

            def overtaken(self: AskPeople, *words: Any) -> Any:
                rows = withdrawn(self, *words)
                if not tries:
                    vote(runtime, id, "alice", "approve")
                tries.append(len(rows))
                return rows

            monkeypatch.setattr(AskPeople, "withdrawn", overtaken)
            runtime.terminate("d")
            approval = People(runtime.journal, Keyring()).approvals.get(id)
            assert (approval.status, len(approval.votes)) == ("withdrawn", 1)
            kinds = [e.kind for e in runtime.journal.read(runtime.find("d").stream)]
            assert kinds.count("run.terminated/1") == 1

    asyncio.run(end())
    assert tries == [1, 1]


@activity
def sends(to: str) -> str:
    return to


@workflow
async def wants(ctx: Context, forgets: bool) -> str:
    if forgets:
        with suppress(TimeoutError):
            await asyncio.wait_for(ctx.call(sends, "x"), 1.5)
        await ctx.wait_for_signal("on")
    return await ctx.call(sends, "x")


class Asks:
    """A gate that has everything asked about, or denies it."""

    def __init__(self, *, denies: bool = False) -> None:
        self._denies = denies

    def decide(self, effect: Effect) -> Verdict:
        if self._denies:
            return Deny((Reason(code="test.no", text="no more"),))
        reason = Reason(code="test.ask", text="ask", facts={"approvers": ["alice"]})
        return Hold((reason,), awaits=approval_of(effect).id)


async def interrupted_while_held(path: Path, *, forgets: bool = False) -> ApprovalId:
    async with tarl.open(path, gate=Asks()) as runtime:
        await runtime.start(wants, forgets, id="d")
        id = await asked(runtime, "d")
        while forgets and not any(
            e.kind == "step.cancelled/1" for e in runtime.journal.read(runtime.find("d").stream)
        ):
            await asyncio.sleep(0.05)
        return id


@pytest.mark.parametrize("forgets", [False, True], ids=["waiting", "no longer waiting"])
@pytest.mark.parametrize("way", ["terminated", "terminated anew", "cancelled", "failed"])
def test_an_interrupted_run_takes_back_what_is_asked_about_its_effect_however_it_ends(
    way: str, forgets: bool, tmp_path: Path
) -> None:
    path = tmp_path / "t.db"

    async def end() -> None:
        gate = Asks(denies=way == "failed")
        async with tarl.open(path, gate=gate, workflows=[wants]) as runtime:
            if way == "terminated":
                runtime.terminate("d")
            else:
                handle = await runtime.take_up("d")
                if way == "failed":
                    runtime.signal("d", "on")
                else:
                    (runtime.cancel if way == "cancelled" else runtime.terminate)("d")
                with pytest.raises(TarlError):
                    await handle.result()
            approvals = People(runtime.journal, Keyring()).approvals
            assert approvals.get(id).status == "withdrawn"

    id = asyncio.run(interrupted_while_held(path, forgets=forgets))
    asyncio.run(end())


@pytest.mark.parametrize("is_away", [False, True], ids=["at once", "once the journal is back"])
def test_what_is_asked_about_a_step_is_taken_back_when_it_is_called_off(
    is_away: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db", gate=Asks()) as runtime:
            await runtime.start(wants, True, id="d")
            handle = await runtime.start(deploys, 1, id="other")
            first, other = await asked(runtime, "d"), await asked(runtime, "other")
            approvals = People(runtime.journal, Keyring()).approvals
            if is_away:
                monkeypatch.setattr(AskPeople, "take_back", away)
            async with asyncio.timeout(10):
                while approvals.get(first).is_pending:
                    await asyncio.sleep(0.01)
            assert approvals.get(first).status == "withdrawn"
            runtime.signal("d", "on")
            second = await asked(runtime, "d")
            assert second != first
            assert approvals.get(second).is_pending
            assert approvals.get(other).is_pending
            vote(runtime, other, "alice", "approve")
            assert (await handle.result())[0] == "approved"

    def away(*_: Any) -> None:
        monkeypatch.undo()
        raise Unavailable("away", code="journal.unreachable")

    asyncio.run(work())


def test_what_a_process_left_asked_about_a_step_that_was_called_off_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.db"

    async def die() -> ApprovalId:
        with monkeypatch.context() as patched:
            patched.setattr(AskPeople, "take_back", lambda *_: None)
            return await interrupted_while_held(path, forgets=True)

    async def open_again() -> None:
        async with tarl.open(path, gate=Asks(), workflows=[wants]) as runtime:
            approvals = People(runtime.journal, Keyring()).approvals
            assert approvals.get(id).is_pending
            await runtime.take_up("d")
            async with asyncio.timeout(5):
                while approvals.get(id).is_pending:
                    await asyncio.sleep(0.01)
            runtime.signal("d", "on")
            again = await asked(runtime, "d")
            assert approvals.get(again).is_pending

    id = asyncio.run(die())
    asyncio.run(open_again())


def test_a_journal_that_is_away_when_a_run_ends_has_its_question_taken_back_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db", gate=Asks()) as runtime:
            handle = await runtime.start(wants, False, id="d")
            id = await asked(runtime, "d")
            approvals = People(runtime.journal, Keyring()).approvals

            def away(*_: Any) -> Any:
                monkeypatch.undo()
                raise Unavailable("away", code="journal.unreachable")

            monkeypatch.setattr(asking.Approvals, "of_run", away)
            runtime.terminate("d")
            with pytest.raises(RunFailed):
                await asyncio.wait_for(handle.result(), 5)
            async with asyncio.timeout(5):
                while approvals.get(id).is_pending:
                    await asyncio.sleep(0.01)

    asyncio.run(work())


def test_what_a_process_left_asked_when_it_died_at_the_end_of_its_run_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.db"

    async def die() -> ApprovalId:
        async with tarl.open(path, gate=Asks()) as runtime:
            handle = await runtime.start(wants, False, id="d")
            id = await asked(runtime, "d")
            with monkeypatch.context() as patched:
                patched.setattr(AskPeople, "withdraw", lambda *_: None)
                runtime.terminate("d")
                with pytest.raises(TarlError):
                    await handle.result()
            assert People(runtime.journal, Keyring()).approvals.get(id).is_pending
            return id

    async def open_again() -> None:
        async with tarl.open(path) as runtime:
            approvals = People(runtime.journal, Keyring()).approvals
            async with asyncio.timeout(5):
                while approvals.get(id).is_pending:
                    await asyncio.sleep(0.01)
            assert approvals.get(id).status == "withdrawn"
            assert approvals.get(other).is_pending, "its run goes on"

    async def leave_another() -> ApprovalId:
        async with tarl.open(path) as runtime:
            await runtime.start(deploys, 2, id="open")
            return await asked(runtime, "open")

    id = asyncio.run(die())
    other = asyncio.run(leave_another())
    asyncio.run(open_again())


class Away:
    """Approvals of a journal that is away for a while, by the loop's clock."""

    def __init__(self, until_s: float) -> None:
        self.asked_s: list[float] = []
        self._until_s = until_s

    def advance(self, at_ms: int) -> None:
        now_s = asyncio.get_running_loop().time()
        self.asked_s.append(now_s)
        if now_s < self._until_s:
            raise Unavailable("the database does not answer", code="journal.unreachable")


def test_who_keeps_time_asks_less_often_while_the_journal_is_away_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away_s, after_s = 60.0, 10.0
    monkeypatch.setattr(asking, "jumps", lambda loop: False)

    async def use() -> Away:
        asks = AskPeople(memory(), SystemClock())
        away = asks._approvals = Away(asyncio.get_running_loop().time() + away_s)  # type: ignore[assignment]
        keeping = asyncio.create_task(asks.keep_time())
        await asyncio.sleep(away_s + after_s)
        keeping.cancel()
        return away

    with caplog.at_level(logging.INFO, "tarl.approvals"):
        away = run(use())
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("WARNING", "requests for approval wait for the journal: the database does not answer"),
        ("WARNING", "requests for approval go on: the journal answers again"),
    ]
    begun_s = away.asked_s[0]
    meanwhile = [at_s for at_s in away.asked_s if at_s < begun_s + away_s]
    assert len(meanwhile) < away_s / asking.AWAY_WAIT_S_MAX + 8
    gaps = [later - at for at, later in pairwise(away.asked_s)]
    assert max(gaps) <= asking.AWAY_WAIT_S_MAX + 0.01
    assert gaps[-1] == pytest.approx(asking.TICK_WAIT_S)
