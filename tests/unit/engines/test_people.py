"""People of this machine: keys made on first use, votes signed, several processes at once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.people import People
from tarl.errors import Conflict, Denied, Missing, TarlError
from tarl.journal.sqlite import SqliteStore
from tarl.kernel import inbox
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import claimed
from tarl.kernel.approvals.request import Request
from tarl.storage import open_store
from tarl.values.ids import RunId

ROOT = Path(__file__).parents[3]
ASKED = ApprovalId("default", "deploy")
RUN = RunId("default", "w", 1)
VOTERS = ("ann", "ben", "cid", "dot")


def someone(name: str) -> PrincipalId:
    return PrincipalId("default", name)


def opened(folder: Path) -> tuple[SqliteStore, People]:
    keyring = Keyring(folder / "home").ensure()
    store = open_store(folder / "tarl.db", keyring=keyring)
    return store, People(store, keyring)


def test_a_person_is_made_on_first_use_and_is_the_same_afterwards(tmp_path: Path) -> None:
    store, people = opened(tmp_path)
    made = people.ensure_human(someone("ann"), at_ms=1)
    assert (made.kind, made.can_vote) == ("human", True)
    assert people.ensure_human(someone("ann"), at_ms=2) == made
    assert people.local("default") == [someone("ann")]
    assert people.local("acme") == []
    with pytest.raises(Conflict) as caught:
        people.create(someone("ann"), at_ms=3)
    assert caught.value.code == "principal.exists"
    assert [e.kind for e in store.read(someone("ann").stream)] == [principals.REGISTERED]
    store.close()


def test_the_operator_vouches_for_whom_it_registers(tmp_path: Path) -> None:
    store, people = opened(tmp_path)
    people.ensure_human(someone("ann"), at_ms=1)
    (event,) = store.read(someone("ann").stream)
    envelope = principals.DECODERS[event.kind](event.body or b"").envelope
    assert claimed(envelope).principal == "ann"
    assert principals.vouched(envelope, Keyring(tmp_path / "home").public("operator"))
    store.close()


def test_who_was_registered_as_an_agent_is_not_made_a_person(tmp_path: Path) -> None:
    store, people = opened(tmp_path)
    people.create(someone("robot"), kind="agent", at_ms=1)
    assert people.ensure_human(someone("robot"), at_ms=1).kind == "agent"
    people.approvals.request(ASKED, asked("robot"), at_ms=1)
    with pytest.raises(Denied) as caught:
        people.vote(ASKED, someone("robot"), "approve", at_ms=2)
    assert caught.value.code == "approval.not_human"
    store.close()


def test_a_person_votes_delegates_and_changes_keys(tmp_path: Path) -> None:
    store, people = opened(tmp_path)
    for name in ("ann", "ben", "cid"):
        people.ensure_human(someone(name), at_ms=0)
    people.approvals.request(ASKED, asked("ann", "ben", needed=2), at_ms=1)
    people.vote(ASKED, someone("ann"), "approve", reason="fine", at_ms=2)
    people.delegate(ASKED, someone("ben"), "cid", reason="away", at_ms=3)
    rotated = people.rotate(someone("cid"), new_passphrase="secret", at_ms=4)
    assert len(rotated.keys) == 2
    with pytest.raises(Denied) as caught:
        people.vote(ASKED, someone("cid"), "approve", at_ms=5)
    assert caught.value.code == "keys.passphrase"
    done = people.vote(ASKED, someone("cid"), "approve", passphrase="secret", at_ms=5)
    assert done.status == "approved"
    store.close()


def test_nobody_signs_without_the_key(tmp_path: Path) -> None:
    store, people = opened(tmp_path)
    people.ensure_human(someone("ann"), at_ms=0)
    people.approvals.request(ASKED, asked("ann"), at_ms=1)
    elsewhere = People(store, Keyring(tmp_path / "other home"))
    with pytest.raises(Missing) as caught:
        elsewhere.vote(ASKED, someone("ann"), "approve", at_ms=2)
    assert caught.value.code == "keys.missing"
    with pytest.raises(Missing):
        elsewhere.rotate(someone("ann"), at_ms=2)
    taken = elsewhere.rotate(someone("ann"), recovered="the laptop is gone", at_ms=2)
    assert len(taken.keys) == 2
    with pytest.raises(Missing):
        people.vote(ASKED, someone("ann"), "approve", at_ms=3)
    assert elsewhere.vote(ASKED, someone("ann"), "approve", at_ms=3).status == "approved"
    store.close()


# --- several processes


def asked(*approvers: str, needed: int = 1) -> Request:
    return Request(description="Deploy", approvers=approvers, needed=needed, run=RUN.stream, step=1)


def voting(folder: Path, *names: str) -> list[subprocess.Popen[str]]:
    """Processes that each vote in the name of one person once they are told to."""
    command = [sys.executable, "-P", str(Path(__file__)), str(folder)]
    return [
        subprocess.Popen(
            [*command, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        )
        for name in names
    ]


def said(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let all of them vote at once; what each said."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0].strip() for process in processes]


@pytest.mark.parametrize(
    ("voters", "needed"),
    [(VOTERS, 2), (("ann",) * 4, 2), (("ann", "ann", "ben", "ben"), 2)],
    ids=["four people", "one person four times", "two people twice"],
)
def test_votes_at_the_same_moment_count_once_each(
    tmp_path: Path, voters: tuple[str, ...], needed: int
) -> None:
    store, people = opened(tmp_path)
    for name in VOTERS:
        people.ensure_human(someone(name), at_ms=0)
    people.approvals.request(ASKED, asked(*VOTERS, needed=needed), at_ms=1)

    answers = Counter(said(voting(tmp_path, *voters)))

    found = people.approvals.get(ASKED)
    distinct = len(set(voters))
    kinds = [event.kind for event in store.read(ASKED.stream)]
    assert found.approvals == min(distinct, needed)
    assert kinds.count("approval.voted/1") == found.approvals
    assert kinds.count("approval.decided/1") == (1 if distinct >= needed else 0)
    assert len([*store.read(inbox.stream(RUN))]) == kinds.count("approval.decided/1")
    assert answers["pending"] + answers["approved"] == found.approvals
    assert set(answers) <= {"pending", "approved", "approval.voted", "approval.decided"}
    store.close()


def main(folder: Path, name: str) -> None:
    store, people = opened(folder)
    print("READY", flush=True)
    sys.stdin.readline()
    try:
        print(people.vote(ASKED, someone(name), "approve", at_ms=5).status)
    except TarlError as error:
        print(error.code)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
