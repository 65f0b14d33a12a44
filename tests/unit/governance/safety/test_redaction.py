"""What is taken out is nowhere: not in events, blobs, the write-ahead log or logs; and what the
workflow sees is the same live and replayed.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.errors import Invalid, RunFailed
from tarl.governance.safety.guardrails import DECLARED, Asked
from tarl.governance.safety.ledger import Safety
from tarl.governance.safety.redaction import marks, redact_json, redact_text
from tarl.governance.safety.sensitive.classes import expand
from tarl.kernel.rerun import rerun
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Reason, Verdict
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

MAIL = "greta.thunder@example.org"
KEY = "AKIA" + "QZ3R7TPLM5XW2KVD"
IBAN = "DE89 3704 0044 0532 0130 00"
PERSONAL = expand(["personal"])


@activity(name="redaction.person")
def person(number: int) -> dict[str, Any]:
    return {"mail": MAIL, "same": f"<{MAIL.upper()}>", "other": "a@b.example", "n": number}


@activity(name="redaction.declared", redact=["email", "secrets"])
def declared(to: str, text: str = "") -> str:
    return f"to {to}: {text}"


@activity(name="redaction.failing", retry=tarl.RetryPolicy(attempts_max=2))
def failing() -> None:
    tarl.heartbeat({"mail": MAIL})
    raise ValueError(f"no such person: {MAIL}")


@activity(name="redaction.large")
def large() -> str:
    return f"{'x ' * 40_000}{MAIL}"


@activity(name="redaction.telling")
async def telling() -> str:
    tarl.emit(MAIL)
    return "told"


@activity(name="redaction.far", queue="far")
def far(fails: bool) -> str:
    if fails:
        raise ValueError(f"no such person: {MAIL}")
    return MAIL


@workflow(name="redaction.asking_far")
async def asking_far(ctx: Context) -> list[str]:
    told = [(await ctx.call(person, 1))["mail"], await ctx.call(far, False)]
    try:
        await ctx.call(far, True)
    except tarl.ActivityFailed as error:
        told.append(error.message)
    return told


@workflow(name="redaction.asking")
async def asking(ctx: Context, given: dict[str, Any]) -> dict[str, Any]:
    found = await ctx.call(person, 1)
    again = await ctx.call(person, 2)
    return {"found": found, "equal": found["mail"] == again["mail"], "given": given}


@workflow(name="redaction.sending")
async def sending(ctx: Context) -> str:
    return await ctx.call(declared, MAIL, text=f"the key is {KEY}")


@workflow(name="redaction.troubled")
async def troubled(ctx: Context) -> str:
    try:
        await ctx.call(failing)
    except tarl.ActivityFailed as error:
        return error.message
    return "?"


@workflow(name="redaction.streaming")
async def streaming(ctx: Context) -> str:
    return await ctx.call(telling) + str(len(await ctx.call(large)))


@activity(name="redaction.pausing")
async def pausing() -> str:
    tarl.emit("begun")
    await asyncio.sleep(0.3)
    tarl.emit(MAIL)
    return "told"


@workflow(name="redaction.pausing_flow")
async def pausing_flow(ctx: Context) -> str:
    return await ctx.call(pausing)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "home" / "keys")


def ran(
    path: Path, keyring: Keyring, flow: Any, *given: Any, id: str = "r", rule: str = "redaction.*"
) -> Any:
    """The result of a run in a process of its own, under a rule that takes out what is personal."""

    async def go() -> Any:
        async with tarl.open(path, keyring=keyring) as runtime:
            settings = Safety(runtime.journal, clock=runtime.engine.clock)
            if rule and not settings.settings().redactions:
                settings.redact(rule, ["personal", "secrets"], by="ops")
            try:
                return await runtime.run(flow, *given, id=id)
            except RunFailed as error:
                return str(error)

    return asyncio.run(go())


def raw(path: Path) -> bytes:
    """Everything that lies in the journal's files, with blobs and the write-ahead log."""
    return b"".join(
        each.read_bytes() for each in path.parent.glob(f"{path.name}*") if each.is_file()
    )


def spellings(value: str) -> Iterator[bytes]:
    yield value.encode()
    yield value.lower().encode()
    yield value.encode("utf-16-le")
    yield base64.b64encode(value.encode())[:-4]
    yield value.encode().hex().encode()


def test_results_are_recorded_without_what_a_rule_takes_out(
    tmp_path: Path, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "t.db"
    came = ran(path, keyring, asking, {"note": f"write to {MAIL}"})
    found = came["found"]
    assert found["mail"].startswith("[redacted:email:")
    assert found["same"] == f"<{found['mail']}>"
    assert found["other"] != found["mail"]
    assert came["equal"]
    assert came["given"] == {"note": f"write to {found['mail']}"}
    for spelling in spellings(MAIL):
        assert spelling not in raw(path)
    assert MAIL not in caplog.text


def test_another_process_with_the_same_keys_gives_the_same_marks(
    tmp_path: Path, keyring: Keyring
) -> None:
    here = ran(tmp_path / "t.db", keyring, asking, {}, id="r")
    there = ran(tmp_path / "u.db", keyring, asking, {}, id="r")
    other_run = ran(tmp_path / "t.db", keyring, asking, {}, id="s")
    other_keys = ran(tmp_path / "v.db", Keyring(tmp_path / "k"), asking, {}, id="r")
    assert here == there
    assert here["found"]["mail"] != other_run["found"]["mail"]
    assert here["found"]["mail"] != other_keys["found"]["mail"]


def test_starting_the_same_again_finds_the_run(tmp_path: Path, keyring: Keyring) -> None:
    given = {"note": f"write to {MAIL}"}
    first = ran(tmp_path / "t.db", keyring, asking, given)
    assert ran(tmp_path / "t.db", keyring, asking, given) == first
    with pytest.raises(tarl.Conflict):
        ran(tmp_path / "t.db", keyring, asking, {"note": "write to a@b.example"})


def test_an_activity_says_itself_what_is_taken_out(tmp_path: Path, keyring: Keyring) -> None:
    path = tmp_path / "t.db"
    came = ran(path, keyring, sending, rule="")
    assert came.startswith("to [redacted:email:")
    assert "the key is [redacted:api_key:" in came
    assert MAIL.encode() not in raw(path)
    assert KEY.encode() not in raw(path)


def test_a_replay_without_the_key_takes_the_recorded_arguments(
    tmp_path: Path, keyring: Keyring
) -> None:
    path = tmp_path / "t.db"
    came = ran(path, keyring, sending, rule="")
    store = tarl.storage.open_store(path, keyring=keyring)
    try:
        report = rerun(sending, list(store.read(RunId("default", "r", 1).stream)), shelf=_NoShelf())
    finally:
        store.close()
    assert report.result == came


def test_errors_heartbeats_and_large_values_are_screened(tmp_path: Path, keyring: Keyring) -> None:
    path = tmp_path / "t.db"
    assert ran(path, keyring, troubled).startswith("no such person: [redacted:email:")
    assert (
        ran(path, keyring, streaming, id="s") == f"told{80_000 + len('[redacted:email:12345678]')}"
    )
    assert MAIL.encode() not in raw(path)


def test_a_rule_counts_for_the_parts_of_what_is_under_way(tmp_path: Path, keyring: Keyring) -> None:
    async def act() -> list[bytes | None]:
        async with tarl.open(tmp_path / "t.db", keyring=keyring) as runtime:
            run = asyncio.ensure_future(runtime.run(pausing_flow, id="r"))
            await asyncio.sleep(0.2)
            settings = Safety(runtime.journal, clock=runtime.engine.clock)
            settings.redact("redaction.*", ["personal"], by="ops")
            assert await run == "told"
        async with tarl.open(tmp_path / "t.db", keyring=keyring) as runtime:
            return [event.body for event in runtime.journal.read("parts/default/r/1")]

    assert asyncio.run(act()) == [b'{"attempt":1,"parts":["begun"],"step":1}']


def test_what_workers_answer_is_screened_where_they_are(
    tmp_path: Path, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "t.db"

    async def go() -> Any:
        async with tarl.open(path, keyring=keyring) as runtime:
            clock = runtime.engine.clock
            Safety(runtime.journal, clock=clock).redact("redaction.*", ["email"], by="ops")
            queue = AsyncTaskQueue(runtime.journal, "far", clock=clock, draw_id=str)
            handlers = Handlers([far], gateway=runtime.engine.gateway)
            worker = Worker(queue, handlers, WorkerOptions(name="w"))
            working = asyncio.create_task(worker.run())
            try:
                return await runtime.run(asking_far, id="r")
            finally:
                worker.stop()
                await working

    here, there, error = asyncio.run(go())
    assert here == there
    assert error.endswith(f"ValueError: no such person: {here}")
    assert MAIL.encode() not in raw(path)
    assert MAIL not in caplog.text


def test_without_a_rule_nothing_is_taken_out(tmp_path: Path, keyring: Keyring) -> None:
    came = ran(tmp_path / "t.db", keyring, asking, {"iban": IBAN}, rule="")
    assert (came["found"]["mail"], came["given"]) == (MAIL, {"iban": IBAN})
    assert not (keyring.directory / "redaction.key").exists()


def test_the_key_of_marks_is_for_nobody_else(keyring: Keyring) -> None:
    assert keyring.redaction_key() == keyring.redaction_key()
    assert (keyring.directory / "redaction.key").stat().st_mode & 0o777 == 0o600


def suspicious(asked: Asked) -> Verdict:
    if "greta" in " ".join(asked.texts()):
        return Deny((Reason(code="test.no", text="somebody is named"),))
    return Allow()


def test_a_guardrail_may_withhold_a_result(tmp_path: Path, keyring: Keyring) -> None:
    DECLARED.register(suspicious, name="test.results", on="result")
    path = tmp_path / "t.db"

    async def go() -> Any:
        async with tarl.open(path, keyring=keyring) as runtime:
            Safety(runtime.journal, clock=runtime.engine.clock).enable("test.results", by="ops")
            try:
                await runtime.run(asking, {}, id="r")
            except RunFailed as error:
                return str(error)

    assert "answered is withheld: somebody is named" in asyncio.run(go())
    assert MAIL.encode() not in raw(path)


def test_values_are_taken_out_wherever_they_stand() -> None:
    mark = marks(b"k" * 32, "run/default/r/1")
    data = (
        b'{"a":[{"b":"x \\u0061@b.example"}],"card":4111111111111111,"m@n.example":1,'
        b'"number":4111111111111112,"password":"hunter2"}'
    )
    shown = redact_json(data, expand(["all"]), mark)
    for value in (b"a@b.example", b"4111111111111111", b"m@n.example", b"hunter2"):
        assert value not in shown
    assert b"4111111111111112" in shown
    assert redact_json(shown, expand(["all"]), mark) == shown


def test_what_holds_nothing_is_left_as_it_is() -> None:
    data = b'{"a":[1,2.5,null,true,"a text"]}'
    assert redact_json(data, PERSONAL, marks(b"k", "r")) is data


def test_look_alikes_and_invisible_characters_hide_nothing() -> None:
    mark = marks(b"k" * 32, "r")
    for text in (
        "gr\u200beta@ex\u00adample.org",
        "greta\uff20example\uff0eorg",
        "gr\u0435ta@example.org",
    ):
        shown = redact_text(f"to {text}, now", PERSONAL, mark)
        assert shown == f"to {mark('email', 'greta@example.org')}, now", text


def test_a_class_that_is_none_is_refused(tmp_path: Path, keyring: Keyring) -> None:
    @activity(name="redaction.odd", redact=["telepathy"])
    def odd() -> str:
        return MAIL

    with pytest.raises(Invalid) as refused:
        expand(odd.redact)
    assert refused.value.code == "safety.class"


class _NoShelf:
    def put(self, data: bytes) -> str:
        raise AssertionError

    def get(self, digest: str) -> bytes:
        raise AssertionError
