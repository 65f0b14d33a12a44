"""The evidence of what agents and people did, made by tarl, through the separate verifier."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.provenance import flows
from tests.unit.provenance.agents_at_work import Office, at_work, office, verified
from tests.unit.provenance.flows import evidence_asks, evidence_bounces, evidence_mails

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.errors import TarlError
from tarl.kernel.approvals.names import PrincipalId
from tarl.trust.records import Target


def kinds(data: bytes) -> list[str]:
    found = []
    for line in data.splitlines():
        content: Any = json.loads(line)
        if "record" in content:
            found.append(content["record"]["kind"])
        elif "effects" in content:
            found.append("effects")
    return found


def test_a_run_of_two_agents_is_proved_up_to_the_root(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        await place.runtime.run(evidence_mails, 2, id="m", agent="clerk", task="t")
        return place.export("m")

    data = at_work(tmp_path, work, evidence_mails)
    code, _, said = verified(tmp_path, data)

    assert code == 0, said
    assert [line.split(":")[0].strip() for line in said if "authority" in line] == ["authority"] * 2
    assert any("permits: 3," in line for line in said)
    assert kinds(data).count("effects") == 3
    assert sorted(set(kinds(data)) - {"effects"}) == [
        "attestation.recorded/1",
        "authority.recorded/1",
        "delegation.recorded/1",
        "genesis.recorded/1",
        "principal.registered/1",
    ]
    for place in range(0, len(data), 211):
        spoilt = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert verified(tmp_path, spoilt)[0] == 6


def test_an_approval_is_proved_by_the_votes(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        handle = await place.runtime.start(evidence_asks, id="q")
        while not (found := place.people.approvals.of_run(place.runtime.find("q"))):
            await asyncio.sleep(0.01)
        at_ms = SystemClock().now_ms()
        alice = PrincipalId("default", "alice")
        place.people.ensure_human(alice, at_ms=at_ms)
        place.people.vote(found[0], alice, "approve", reason="fine", at_ms=at_ms)
        assert await handle.result() == "approved"
        return place.export("q")

    data = at_work(tmp_path, work, evidence_asks)
    code, _, said = verified(tmp_path, data)

    assert code == 0, said
    assert any("approved (alice: approve; needed 1)" in line for line in said)
    assert kinds(data) == [
        "approval.requested/1",
        "principal.registered/1",
        "approval.voted/1",
        "approval.decided/1",
    ]


def test_runs_of_one_agent_at_once_are_shown_apart(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        runs = [
            place.runtime.run(evidence_mails, 3, id=f"r{n}", agent="clerk", task=f"task {n}")
            for n in range(6)
        ]
        await asyncio.gather(*runs)
        return place.export("r3")

    data = at_work(tmp_path, work, evidence_mails)
    code, _, said = verified(tmp_path, data)

    assert code == 0, said
    assert b'"commitment"' in data  # at least one commit was of several runs
    assert b"default/r3/1" in data
    assert b"default/r2/1" not in data
    assert b"task 2" not in data


def test_a_step_after_a_revocation_is_denied_and_the_evidence_holds(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        await place.runtime.run(evidence_mails, 1, id="before", agent="clerk", task="t")
        place.operations.revoke(Target(agent="planner"), "left")
        with pytest.raises(TarlError):
            await place.runtime.run(evidence_mails, 1, id="after", agent="clerk", task="t")
        (tmp_path / "after").write_bytes(place.export("after"))
        return place.export("before")

    before = at_work(tmp_path, work, evidence_mails)

    for data in (before, (tmp_path / "after").read_bytes()):
        code, _, said = verified(tmp_path, data)
        assert code == 0, said
    assert "revocation.recorded/1" in kinds(before)


def test_an_effect_under_way_when_its_agent_was_revoked_is_still_proved(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        flows.pause.renew()
        handle = await place.runtime.start(flows.evidence_lingers, id="m", agent="clerk", task="t")
        await flows.pause.began.wait()
        await asyncio.sleep(0.05)
        place.operations.revoke(Target(agent="clerk"), "left")
        await asyncio.sleep(0.05)
        flows.pause.may_end.set()
        await handle.result()
        return place.export("m")

    code, _, said = verified(tmp_path, at_work(tmp_path, work, flows.evidence_lingers))

    assert code == 0, said
    assert any("1 permit(s) were recorded after a revocation" in line for line in said)


def test_an_effect_may_need_two_grants(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        place.operations.attest("planner", ["files.read"])
        run = flows.evidence_needs_two
        await place.runtime.run(run, id="m", agent="planner", task="t")
        return place.export("m")

    code, _, said = verified(tmp_path, at_work(tmp_path, work, flows.evidence_needs_two))

    assert code == 0, said
    assert len([line for line in said if "authority: planner" in line]) == 2


def test_a_revocation_of_others_is_listed_and_not_shown(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        place.register("stranger", "agent")
        place.operations.establish("stranger", "acme", ["mail.*"])
        place.operations.revoke(Target(agent="stranger"), "a private reason")
        await place.runtime.run(evidence_mails, 1, id="m", agent="clerk", task="t")
        return place.export("m")

    data = at_work(tmp_path, work, evidence_mails)
    code, _, said = verified(tmp_path, data)

    assert code == 0, said
    assert any("1 record(s) are withheld" in line for line in said)
    assert base64.b64encode(b"a private reason")[:12] not in data


def test_a_failed_effect_and_its_attempts_have_permits_too(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        with pytest.raises(TarlError):
            await place.runtime.run(evidence_bounces, id="m", agent="clerk", task="t")
        return place.export("m")

    code, _, said = verified(tmp_path, at_work(tmp_path, work, evidence_bounces))

    assert code == 0, said
    assert any("permits: 3," in line and "outcomes: 3," in line for line in said)


def test_keys_that_were_rotated_and_tenants_that_are_sealed(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        await place.runtime.run(evidence_mails, 1, id="a", agent="clerk", task="t")
        place.rotate("clerk")
        place.rotate("planner")
        await place.runtime.run(evidence_mails, 1, id="b", agent="clerk", task="t")
        (tmp_path / "a").write_bytes(place.export("a"))
        return place.export("b")

    data = at_work(tmp_path, work, evidence_mails)

    for found in (data, (tmp_path / "a").read_bytes()):
        code, _, said = verified(tmp_path, found)
        assert code == 0, said


def test_sealed_journals_open_for_the_reader_of_the_evidence(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        await place.runtime.run(evidence_mails, 1, id="a", agent="clerk", task="t")
        return place.export("a")

    Keyring().ensure().make_tenant_key("default")
    data = at_work(tmp_path, work, evidence_mails, sealed=True)
    code, _, said = verified(tmp_path, data)

    assert code == 0, said
    assert b'"opening"' in data


def test_an_effect_that_people_approved_has_their_votes(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        alice = PrincipalId("default", "alice")
        place.people.ensure_human(alice, at_ms=SystemClock().now_ms())
        place.operations.set_posture("planner", "tool", "new here")
        run = await place.runtime.start(flows.evidence_sends, id="m", agent="planner", task="t")
        found: list[Any] = []
        while not found:
            await asyncio.sleep(0.01)
            found = place.people.approvals.of_run(place.runtime.find("m"))
        at_ms = SystemClock().now_ms()
        place.people.vote(found[0], alice, "approve", reason="fine", at_ms=at_ms)
        await run.result()
        return place.export("m")

    data = at_work(tmp_path, work, flows.evidence_sends, approvers=["alice"])
    code, _, said = verified(tmp_path, data)

    assert code == 0, said
    assert any("approved (alice: approve; needed 1)" in line for line in said)
    assert any("permits: 1," in line for line in said)
    assert "posture.changed/1" in kinds(data)


def test_steps_of_every_mode_are_proved(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        run = flows.evidence_of_all_modes
        await place.runtime.run(run, id="m", agent="planner", task="t")
        return place.export("m")

    code, _, said = verified(tmp_path, at_work(tmp_path, work, flows.evidence_of_all_modes))

    assert code == 0, said
    assert any("permits: 3," in line and "outcomes: 3," in line for line in said)


def test_a_cut_off_step_that_the_operator_decided_is_said_to_be_so(tmp_path: Path) -> None:
    async def begin() -> None:
        async with office(tmp_path / "t.db", flows.evidence_posts) as place:
            place.settle()
            flows.pause.renew()
            await place.runtime.start(flows.evidence_posts, id="m", agent="planner", task="t")
            await flows.pause.began.wait()  # and the process ends

    async def go_on() -> bytes:
        async with office(tmp_path / "t.db", flows.evidence_posts) as place:
            run = place.runtime.find("m")
            place.runtime.resolve(run, step=1, result="posted")
            handle = await place.runtime.take_up("m")
            assert await handle.result() == "posted"
            return place.export("m")

    asyncio.run(begin())
    code, _, said = verified(tmp_path, asyncio.run(go_on()))

    assert code == 0, said
    assert any("1 outcome(s) that the operator decided" in line for line in said)


def test_what_a_fork_took_over_is_the_other_runs_to_prove(tmp_path: Path) -> None:
    async def work(place: Office) -> bytes:
        place.settle()
        await place.runtime.run(evidence_mails, 2, id="m", agent="clerk", task="t")
        recorded = list(place.store.read("run/default/m/1"))
        at = next(e.seq for e in recorded if e.kind == "step.completed/1")
        await (await place.runtime.fork("m", at=at, id="f")).result()
        return place.export("f")

    code, _, said = verified(tmp_path, at_work(tmp_path, work, evidence_mails))

    assert code == 0, said
    assert any("1 outcome(s) of agents' steps that were taken over" in line for line in said)
    assert any("permits: 2," in line for line in said)
