"""Laws of authority that is handed over, whatever agents do and hold: nothing stays lent, nobody
lends what they do not hold, and the same task again records nothing more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.integrations.trust.crew import Boss, Office, Synthesizer, Worker, do

from tarl.integrations.trust import OrchestrationResult, TrustDenied, TrustError

CAN = ("read", "write", "send")
NAMES = ("ann", "bob", "cas")
PATTERNS = ("sequential", "parallel", "supervisor_worker", "ensemble")


class Moody(Worker):
    """Answers, fails, or is refused something."""

    def __init__(self, name: str, mood: str) -> None:
        super().__init__(name)
        self._mood = mood

    async def run(self, input: Any) -> Any:
        if self._mood == "fails":
            raise ValueError("moody")
        if self._mood == "refused":
            raise TrustDenied("not for you", code="trust.no_grant")
        return [input, self.name]


class Person:
    """How an agent is made: what it holds, and what it will do."""

    strategy = st.tuples(
        st.lists(st.sampled_from(CAN), min_size=1, unique=True),
        st.sampled_from(("answers", "answers", "fails", "refused")),
        st.booleans(),
    )


def records(office: Office) -> list[Any]:
    with office.ops.opened() as room:
        return sorted(row["digest"] for row in room.ledger.store.scan("trust_record"))


@pytest.mark.timeout(300)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    people=st.lists(Person.strategy, min_size=1, max_size=3),
    pattern=st.sampled_from(PATTERNS),
    initiator=st.sampled_from((None, "enterprise", "office")),
)
def test_nothing_stays_lent(
    people: list[Any],
    pattern: str,
    initiator: str | None,
    tmp_path_factory: pytest.TempPathFactory,
    tarl_home: Path,
) -> None:
    office = Office(tmp_path_factory.mktemp("laws"))
    office.hire(Worker("office"), *CAN)
    team: list[Any] = [
        office.hire(Moody(name, mood), *held, can_delegate=delegates)
        for name, (held, mood, delegates) in zip(NAMES, people, strict=False)
    ]
    if pattern == "supervisor_worker":
        team.append(office.hire(Boss("boss", needs=("read",)), "read", "write"))
    if pattern == "ensemble":
        team.append(office.hire(Synthesizer("closer"), "read", roles=["synthesizer"]))
    said: dict[str, Any] = {"pattern": pattern, "initiator_id": initiator, "task_id": "t"}
    first = came_to(office, team, said)

    assert office.live_loans() == []
    with office.ops.opened() as room:
        book = room.ledger.book(room.tenant)
        for row in room.ledger.store.scan("trust_record", {"tenant": room.tenant}):
            if row["kind"] == "delegation":
                link = book.get(row["digest"])  # verified: it lies within what is above it
                assert not link.terms.within(link.parent.terms)
                assert (link.record.task, link.record.depth_left) == ("t", 0)
    moods = {mood for _, mood, _ in people}
    if pattern == "parallel" and "refused" in moods and "fails" not in moods:
        assert isinstance(first, str)

    before = records(office)
    assert came_to(office, team, said) == first
    assert records(office) == before


def came_to(office: Office, team: list[Any], said: dict[str, Any]) -> OrchestrationResult | str:
    try:
        done = do(office.runtime(*team).execute("x", **said))
    except TrustError as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    assert isinstance(done, OrchestrationResult)
    assert done.audit_trail
    return done
