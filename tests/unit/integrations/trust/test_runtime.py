"""The trust-aware runtime: the nine patterns under authority, and every hole of the seed's design
closed, each with a test that fails where it is open.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.trust.crew import (
    Boss,
    Chooser,
    Controller,
    Desk,
    Judge,
    Office,
    Side,
    Smuggler,
    Specialist,
    Synthesizer,
    Voter,
    Worker,
    do,
)

import tarl
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.session import Ask
from tarl.agents.spending import Budget as agent_budget
from tarl.errors import TarlError
from tarl.integrations.trust import (
    ActionResult,
    NoCapableAgentError,
    RuntimeConfig,
    TrustConflict,
    TrustDenied,
    TrustedAgent,
    TrustError,
    TrustInvalid,
    TrustMissing,
    TrustOperations,
    UnknownPatternError,
    VerificationLevel,
    create_enterprise_authority,
    current_execution,
)
from tarl.policy.constraint import Budget
from tarl.policy.envelope import Envelope


@pytest.fixture
def office(tmp_path: Path, tarl_home: Path) -> Office:
    return Office(tmp_path)


# --- the patterns


def test_one_after_another_each_hands_on_to_the_next(office: Office) -> None:
    team = [office.hire(Worker(name), "work") for name in ("ann", "bob", "cas")]
    done = office.execute(*team, input="go", task_id="t1")
    assert (done.success, done.status, done.result) == (True, "solved", ["go", "ann", "bob", "cas"])
    assert [(d.delegator_id, d.delegatee_id) for d in done.delegations] == [
        ("ann", "bob"),
        ("bob", "cas"),
    ]
    assert {d.task_id for d in done.delegations} == {"t1"}
    assert all(d.capabilities == ["work"] for d in done.delegations)


def test_all_at_the_same_time(office: Office) -> None:
    team = [office.hire(Worker(name), "work") for name in ("ann", "bob")]
    done = office.execute(*team, input="go", pattern="parallel")
    assert done.result == [["go", "ann"], ["go", "bob"]]


def test_a_supervisor_lends_workers_what_their_subtasks_take(office: Office) -> None:
    boss = office.hire(Boss("boss"), "work")
    workers = [office.hire(Worker(name, abilities=["work"])) for name in ("ann", "bob")]
    done = office.execute(*workers, boss, pattern="supervisor_worker")
    assert sorted(done.result) == [[0, "ann"], [1, "bob"]]
    assert {(d.delegator_id, d.delegatee_id) for d in done.delegations} == {
        ("boss", "ann"),
        ("boss", "bob"),
    }
    assert all(d.capabilities == ["work"] for d in done.delegations)


def test_a_router_finds_who_can_and_may(office: Office) -> None:
    chooser = office.hire(Chooser("router", "translate"), "idle", roles=["router"])
    team = [office.hire(Worker("ann"), "sum"), office.hire(Worker("bob"), "translate")]
    done = office.execute(chooser, *team, input="x", pattern="router")
    assert done.result == ["x", "bob"]


def test_an_ensemble_is_combined_by_its_synthesizer(office: Office) -> None:
    closer = office.hire(Synthesizer("closer"), "analyze", roles=["synthesizer"])
    experts = [office.hire(Worker(name), "analyze") for name in ("ann", "bob")]
    done = office.execute(closer, *experts, input="x", pattern="ensemble")
    assert done.result == ["ann", "bob"]
    assert {d.delegator_id for d in done.delegations} == {"closer"}


def controlled(office: Office, *specialists: str, ends: bool = True) -> Any:
    controller = Controller("controller", *specialists, ends=ends)
    return office.hire(controller, "blackboard.*", roles=["controller"])


def test_a_blackboard_is_filled_by_specialists(office: Office) -> None:
    controller = controlled(office, "ann", "bob")
    team = [office.hire(Specialist(name), "idle") for name in ("ann", "bob")]
    done = office.execute(controller, *team, input="x", pattern="blackboard")
    assert done.success
    assert done.result == {"ann/1": "seen", "bob/2": "seen"}
    assert [d.constraints for d in done.delegations] == [["blackboard_write_only"]] * 2


def test_a_consensus_is_counted(office: Office) -> None:
    team = [office.hire(Voter(name), "vote") for name in ("ann", "bob", "cas")]
    done = office.execute(*team, input="which", pattern="consensus")
    assert done.result == "by ann"
    [round_] = done.details["rounds"]
    assert done.details["signed"]
    assert len(round_["counted"]) == 3
    assert all(vote["envelope"] for vote in round_["counted"])


def test_a_debate_has_a_judge(office: Office) -> None:
    judge = office.hire(Judge("judge"), "idle", roles=["judge"])
    sides = [office.hire(Side(name), "argue") for name in ("ann", "bob")]
    done = office.execute(judge, *sides, input="topic", pattern="debate")
    assert done.result["winner"] == "ann"


def test_a_handoff_finds_who_can_handle_it(office: Office) -> None:
    team = [office.hire(Desk("ann", "bob"), "work", "more"), office.hire(Desk("bob"), "work")]
    done = office.execute(*team, input="x", pattern="handoff")
    assert done.result == "handled by bob"
    assert [(d.delegator_id, d.delegatee_id) for d in done.delegations] == [("ann", "bob")]


# --- the holes


def test_an_unknown_pattern_runs_nothing(office: Office) -> None:
    runtime = office.runtime(office.hire(Worker("ann"), "work"))
    with pytest.raises(UnknownPatternError, match="sequental") as refusal:
        do(runtime.execute("x", "sequental", task_id="t"))
    assert isinstance(refusal.value, KeyError)
    with pytest.raises(TrustMissing):
        runtime.execution("t")


def test_a_supervisor_by_name_alone_is_none(office: Office) -> None:
    """Its class could do it and its name says so; its authority does not."""
    pretender = office.hire(Boss("supervisor"), "work", roles=[])
    worker = office.hire(Worker("ann"), "work")
    with pytest.raises(TrustDenied, match="one agent must be attested as supervisor; nobody is"):
        office.execute(pretender, worker, pattern="supervisor_worker")
    real = office.hire(Boss("quiet"), "work")
    done = office.execute(pretender, worker, real, pattern="supervisor_worker", task_id="u")
    assert {d.delegator_id for d in done.delegations} == {"quiet"}


def test_nothing_is_lent_that_its_giver_does_not_hold(office: Office) -> None:
    boss = office.hire(Boss("boss", needs=("launch",)), "work")
    workers = [office.hire(Worker(n, abilities=["launch"]), "work") for n in ("ann", "bob")]
    done = office.execute(boss, *workers, pattern="supervisor_worker")
    assert (done.success, done.delegations) == (False, [])
    assert "nobody can do launch" in done.reason
    first = office.hire(Worker("first"), "work")
    with pytest.raises(TrustDenied, match="first does not hold launch"):
        office.execute(first, *workers, input="x")


def test_capabilities_are_neither_inferred_nor_invented(office: Office) -> None:
    """Neither the first of many, nor ``execute``: a turn takes what the agent is there for."""
    ann = office.hire(Worker("ann"), "work", "rest")
    bob = office.hire(Worker("bob"), "sum")
    done = office.execute(ann, bob, input="x")
    assert done.delegations == []
    took = [anchor.context["actions"] for anchor in done.audit_trail[:2]]
    assert took == [["work", "rest"], ["sum"]]


def test_delegations_end_by_themselves_and_are_revoked_before(office: Office) -> None:
    team = [office.hire(Worker(name), "work") for name in ("ann", "bob")]
    done = office.execute(*team, input="x", config=RuntimeConfig(loan_seconds=60))
    [lent] = done.delegations
    assert 0 < (lent.expires_at - lent.delegated_at).total_seconds() <= 60
    assert office.live_loans() == []
    assert lent.id not in {chain.grant_id for chain in office.ops.chains("bob")}


def test_what_fails_takes_everything_back_too(office: Office) -> None:
    def fail() -> None:
        raise ValueError("broken")

    team = [office.hire(Worker("ann"), "work"), office.hire(Worker("bob", fail), "work")]
    done = office.execute(*team, input="x")
    assert (done.success, done.status) == (False, "failed")
    assert "broken" in done.reason
    assert len(done.delegations) == 1
    assert office.live_loans() == []
    assert [a.result for a in done.audit_trail] == [
        ActionResult.SUCCESS,
        ActionResult.FAILURE,
        ActionResult.PARTIAL,
    ]


class Spender(Smuggler):
    """Sends letters until it may send no more."""

    async def run(self, input: Any) -> Any:
        from tests.unit.integrations.trust.crew import MAIL

        from tarl.agents.desk import desk
        from tarl.errors import Denied

        for count in range(20):
            try:
                await desk().call(MAIL, "zoe")
            except Denied:
                return count
        return 20


def test_workers_divide_the_budget(office: Office) -> None:
    budget = Envelope({"budget.calls": Budget(unit="calls", limit=9)})
    initiator = office.hire(Worker("office"), "mail.send", constraints=budget)
    workers = [office.hire(Spender(name), "mail.send") for name in ("ann", "bob")]
    done = office.execute(*workers, pattern="parallel", initiator_id=initiator.id)
    assert done.result == [4, 4]


def test_no_surplus_subtask_is_dropped(office: Office) -> None:
    boss = office.hire(Boss("boss", count=5), "work")
    workers = [office.hire(Worker(name), "work") for name in ("ann", "bob")]
    done = office.execute(boss, *workers, pattern="supervisor_worker")
    assert sorted(answer[0] for answer in done.result) == [0, 1, 2, 3, 4]
    assert len(done.delegations) == 5
    assert office.live_loans() == []


def test_a_violation_of_trust_is_no_failed_worker(office: Office) -> None:
    """Two experts would do; the third sends a letter that it may not send, and everything stops."""
    closer = office.hire(Synthesizer("closer"), "analyze", roles=["synthesizer"])
    experts = [office.hire(Worker(name), "analyze") for name in ("ann", "bob")]
    smuggler = office.hire(Smuggler("cas"), "analyze")
    with pytest.raises(TrustDenied, match=r"nothing grants mail\.send") as refusal:
        office.execute(closer, *experts, smuggler, input="x", pattern="ensemble", task_id="t")
    assert isinstance(refusal.value, PermissionError)
    assert office.live_loans() == []
    trail = office.runtime(closer).execution("t").audit_trail
    assert trail[-1].action == "orchestration.failed"
    assert trail[-1].result is ActionResult.DENIED


def test_what_an_agents_code_was_refused_is_no_failure_of_a_worker(office: Office) -> None:
    def overreach() -> None:
        carry_through(office.ops.delegate("bob", "ann", "t", ["launch"]))

    closer = office.hire(Synthesizer("closer"), "analyze", roles=["synthesizer"])
    team = [office.hire(Worker("ann"), "analyze"), office.hire(Worker("bob", overreach), "analyze")]
    with pytest.raises(TrustDenied, match="bob was refused"):
        office.execute(closer, *team, input="x", pattern="ensemble")
    assert office.live_loans() == []


def test_who_cancels_an_execution_takes_everything_back(office: Office) -> None:
    team = [office.hire(Worker("ann"), "work"), office.hire(Slow("bob"), "work")]
    runtime = office.runtime(*team)

    async def work() -> Any:
        executing = asyncio.create_task(runtime.execute("x", task_id="t"))
        async with tarl.open(office.ops.place.path) as other:
            while office.live_loans() != ["bob"]:
                await asyncio.sleep(0.02)
            other.cancel("t", reason="enough")
            with pytest.raises(TrustError, match="enough"):
                await executing

    do(work())
    assert office.live_loans() == []
    notes = runtime.execution("t").audit_trail
    assert [(a.agent_id, a.context.get("why")) for a in notes][:2] == [
        ("ann", None),
        ("bob", "withdrawn"),
    ]


class Slow(TrustedAgent):
    """Works for longer than anybody waits."""

    async def run(self, input: Any) -> Any:
        await asyncio.sleep(60)


@pytest.mark.parametrize(("choice", "status"), [("approve", "solved"), ("reject", "stopped")])
def test_a_person_lets_an_agent_have_its_turn(office: Office, choice: str, status: str) -> None:
    do(office.ops.create_authority("maria", kind="human"))
    team = [office.hire(Worker(name), "work") for name in ("ann", "bob")]
    config = RuntimeConfig(ask=Ask(before=("bob",), approvers=("maria",)))
    runtime = office.runtime(*team, config=config)

    async def work() -> Any:
        executing = asyncio.create_task(runtime.execute("x"))
        while not office.vote("maria", choice):
            await asyncio.sleep(0.02)
        return await executing

    done = do(work())
    assert done.status == status
    assert len(done.delegations) == (1 if choice == "approve" else 0)
    assert office.live_loans() == []


def test_a_turn_under_a_loan_can_do_nothing_else(office: Office) -> None:
    """The expert itself may send letters; what it was lent for this turn does not say so."""
    closer = office.hire(Synthesizer("closer"), "analyze", roles=["synthesizer"])
    smuggler = office.hire(Smuggler("cas"), "mail.send")
    settings = RuntimeConfig(settings={"ensemble": {"needs": ["analyze"]}})
    office.hire(smuggler, "analyze")
    with pytest.raises(TrustDenied, match=r"nothing grants mail\.send"):
        office.execute(closer, smuggler, input="x", pattern="ensemble", config=settings)


def test_trust_is_looked_at_before_every_turn(office: Office) -> None:
    def revoke() -> None:
        carry_through(office.ops.revoke("bob", "compromised"))

    team = [office.hire(Worker("ann", revoke), "work"), office.hire(Worker("bob"), "work")]
    with pytest.raises(TrustDenied, match="the agent bob is revoked"):
        office.execute(*team, input="x", task_id="t")
    notes = office.runtime().execution("t").audit_trail
    assert [(a.agent_id, a.result.name) for a in notes][:2] == [
        ("ann", "SUCCESS"),
        ("bob", "DENIED"),
    ]


def carry_through(coroutine: Any) -> None:
    """Carry a coroutine through that waits for nothing, whatever loop is running."""
    with suppress(StopIteration):
        coroutine.send(None)


def test_whoever_is_not_trusted_at_the_start_lets_nobody_begin(office: Office) -> None:
    ann = office.hire(Worker("ann"), "work")
    stranger = Worker("stranger")
    with pytest.raises(TrustDenied, match="stranger may not take part"):
        office.execute(ann, stranger, input="x", task_id="t")
    actions = [a.action for a in office.runtime().execution("t").audit_trail]
    assert actions == ["orchestration.failed"]


@pytest.mark.parametrize("level", VerificationLevel)
def test_every_level_lets_the_trusted_in(office: Office, level: VerificationLevel) -> None:
    done = office.execute(office.hire(Worker("ann"), "work"), verification_level=level)
    assert done.success


def test_the_audit_trail_is_signed_and_linked(office: Office) -> None:
    team = [office.hire(Worker(name), "work") for name in ("ann", "bob")]
    done = office.execute(*team, input="x", task_id="t")
    assert [(a.agent_id, a.action) for a in done.audit_trail] == [
        ("ann", "work"),
        ("bob", "work"),
        ("ann", "orchestration.completed"),
    ]
    assert [a.parent_anchor_id for a in done.audit_trail[1:]] == [
        a.id for a in done.audit_trail[:-1]
    ]
    assert done.audit_trail[1].context["giver"] == "ann"
    assert done.audit_trail[1].context["loan"] == done.delegations[0].id
    assert all(anchor.chain_hash for anchor in done.audit_trail)


def test_two_executions_at_once_do_not_mix(office: Office) -> None:
    seen: list[tuple[Any, str]] = []
    team = [office.hire(Witness(name, seen), "work") for name in ("ann", "bob")]
    runtime = office.runtime(*team)

    async def both() -> Any:
        runs = [runtime.execute(f"x{n}", task_id=f"t{n}") for n in range(4)]
        return await asyncio.gather(*runs)

    for number, done in enumerate(do(both())):
        assert done.result == [f"x{number}", "ann", "bob"]
        assert {d.task_id for d in done.delegations} == {f"t{number}"}
        assert {a.context["task"] for a in done.audit_trail} == {f"t{number}"}
        assert len(done.audit_trail) == 3
    assert sorted(seen) == sorted((f"x{n}", f"t{n}") for n in range(4) for _ in team)
    assert current_execution() is None


class Witness(Worker):
    """Says in which execution it believes to be."""

    def __init__(self, name: str, seen: list[tuple[Any, str]]) -> None:
        super().__init__(name)
        self._seen = seen

    async def run(self, input: Any) -> Any:
        await asyncio.sleep(0.01)
        context = current_execution()
        first = input[0] if isinstance(input, list) else input
        self._seen.append((first, "" if context is None else context.task_id))
        return await super().run(input)


def test_a_blackboard_that_is_exhausted_says_so(office: Office) -> None:
    controller = controlled(office, "ann", ends=False)
    ann = office.hire(Specialist("ann"), "idle")
    config = RuntimeConfig(max_iterations=3)
    done = office.execute(controller, ann, input="x", pattern="blackboard", config=config)
    assert (done.success, done.status) == (False, "exhausted")
    assert done.result == {"ann/1": "seen", "ann/2": "seen", "ann/3": "seen"}
    assert done.audit_trail[-1].result is ActionResult.PARTIAL


def test_at_a_blackboard_nothing_can_be_done_but_to_write_on_it(office: Office) -> None:
    """The specialist may send letters everywhere else."""
    controller = controlled(office, "ann")
    ann = office.hire(Smuggler("ann"), "mail.send", "blackboard.contribute")
    assert office.execute(ann, input="x").result == "sent to zoe"
    with pytest.raises(TrustDenied, match=r"nothing grants mail\.send"):
        office.execute(controller, ann, input="x", pattern="blackboard")


def test_a_controller_without_the_board_lets_nobody_write(office: Office) -> None:
    controller = office.hire(Controller("controller", "ann"), "idle", roles=["controller"])
    ann = office.hire(Specialist("ann"), "blackboard.contribute")
    with pytest.raises(TrustDenied, match=r"controller does not hold blackboard\.contribute"):
        office.execute(controller, ann, input="x", pattern="blackboard")


# --- who begins, what is known again, what is refused


def test_an_agent_that_begins_lends_the_first_one_its_authority(office: Office) -> None:
    initiator = office.hire(Worker("office"), "work")
    first = office.hire(Worker("ann"), "work", can_delegate=False)
    done = office.execute(first, input="x", initiator_id=initiator.id)
    assert [(d.delegator_id, d.delegatee_id) for d in done.delegations] == [("office", "ann")]
    assert done.audit_trail[-1].agent_id == "office"


def test_an_authority_that_begins_attests_for_the_task(office: Office) -> None:
    ann = office.hire(Worker("ann"), "work")
    done = office.execute(ann, input="x", initiator_id="enterprise", task_id="t")
    [lent] = done.delegations
    assert (lent.delegator_id, lent.delegatee_id, lent.task_id) == ("enterprise", "ann", "t")
    assert office.live_loans() == []


def test_nobody_begins_in_the_name_of_somebody_unknown(office: Office) -> None:
    ann = office.hire(Worker("ann"), "work")
    with pytest.raises(TrustDenied, match="nobody is registered under that name"):
        office.execute(ann, initiator_id="stranger")


def test_the_same_task_is_executed_once(office: Office) -> None:
    times: list[int] = []
    ann = office.hire(Worker("ann", lambda: times.append(1)), "work")
    first = office.execute(ann, input="x", task_id="t")
    again = office.execute(ann, input="x", task_id="t")
    assert first == again
    assert times == [1]
    with pytest.raises(TrustConflict):
        office.execute(ann, input="y", task_id="t")
    with pytest.raises(TrustConflict):
        office.execute(ann, input="x", task_id="t", pattern="parallel")


def test_nobody_who_can_is_an_error_of_its_own(office: Office) -> None:
    chooser = office.hire(Chooser("router", "translate"), "idle", roles=["router"])
    ann = office.hire(Worker("ann"), "sum")
    with pytest.raises(NoCapableAgentError):
        office.execute(chooser, ann, input="x", pattern="router")


def test_without_trust_required_agents_act_for_nobody(office: Office) -> None:
    done = office.execute(Worker("ann"), Worker("bob"), input="x", require_trust=False)
    assert done.result == ["x", "ann", "bob"]
    assert (done.delegations, done.audit_trail) == ([], [])


def test_what_is_no_trusted_agent_takes_no_part(office: Office) -> None:
    with pytest.raises(TrustInvalid, match="is no TrustedAgent"):
        office.runtime(object_with_run())
    with pytest.raises(TrustError):
        office.execute(input="x")
    with pytest.raises(TrustError):
        office.execute(office.hire(Worker("ann"), "work"), input=object())


def object_with_run() -> Any:
    class Plain:
        name = id = "plain"
        capabilities = ()

        async def run(self, input: Any) -> Any:
            return input

    return Plain()


def test_every_refusal_is_tarls_own_too(office: Office) -> None:
    with pytest.raises(TarlError):
        office.execute(office.hire(Worker("ann"), "work"), pattern="nothing")


def test_an_agent_without_code_gives_back_what_it_is_given_as_text(office: Office) -> None:
    """So the seed's own example runs under its constraints: one only reads, one gives only text."""
    reader = office.hire(TrustedAgent("reader"), "analyze", constraints=["read_only"])
    writer = office.hire(TrustedAgent("writer"), "sum", constraints=["text_output_only"])
    done = office.execute(reader, writer, input={"data": [1]})
    assert done.result == '{"data":[1]}'
    bound = office.hire(Worker("bound"), "sum", constraints=["text_output_only"])
    with pytest.raises(TrustDenied, match="output"):
        office.execute(reader, bound, input={"data": [1]})


def test_models_are_asked_under_a_loan_and_its_budget(office: Office) -> None:
    """The initiator lends the right to ask the model; each agent has its part of the tokens."""
    model = ScriptedModel("poet", "a poem of six words here")

    def poet(name: str) -> TrustedAgent:
        asked = ModelAgent(name, model, capabilities=["model.complete"], tokens_max=20)
        return office.hire(TrustedAgent(name, agent=asked), "idle")  # type: ignore[no-any-return]

    initiator = office.hire(Worker("office"), "model.complete", "idle")
    done = office.execute(
        poet("ann"), poet("bob"), input="write", pattern="parallel", initiator_id=initiator.id
    )
    assert done.result == ["a poem of six words here"] * 2
    assert {d.delegator_id for d in done.delegations} == {"office"}
    with pytest.raises(TrustDenied, match=r"model\.complete"):
        office.execute(poet("cas"), input="write")
    config = RuntimeConfig(budget=agent_budget(tokens=10))
    done = office.execute(
        poet("ann"), poet("bob"), pattern="parallel", initiator_id="office", config=config
    )
    assert (done.success, done.status) == (False, "stopped")


def test_what_a_giver_was_lent_goes_on_to_the_next(office: Office) -> None:
    """Nobody holds the work but who began: what the first had for it, the next has from there."""
    initiator = office.hire(Worker("office"), "work", "more")
    team = [office.hire(Worker(name, abilities=["work"]), "rest") for name in ("ann", "bob")]
    done = office.execute(*team, input="x", initiator_id=initiator.id)
    handed = [(d.delegator_id, d.delegatee_id, d.capabilities) for d in done.delegations]
    assert handed == [("office", "ann", ["work"]), ("office", "bob", ["work"])]
    cas = office.hire(Worker("cas", abilities=["more"]), "rest")
    with pytest.raises(TrustDenied, match="does not hold more"):
        office.execute(team[0], cas, input="x", initiator_id=initiator.id)


def test_the_operations_may_have_keys_and_a_clock_of_their_own(tmp_path: Path) -> None:
    from tarl.crypto.keys import Keyring

    keyring = Keyring(tmp_path / "home" / "keys")
    ops = TrustOperations(journal=tmp_path / "own.db", keyring=keyring)
    do(create_enterprise_authority(trust_ops=ops))
    do(ops.establish("ann", "enterprise", ["work"]))
    from tarl.integrations.trust import TrustAwareOrchestrationRuntime

    runtime = TrustAwareOrchestrationRuntime({"ann": Worker("ann")}, ops)
    assert do(runtime.execute("x")).result == ["x", "ann"]
