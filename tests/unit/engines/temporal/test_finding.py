"""Runs are found by search attributes where a namespace has them, by their ids where it has not,
and nothing of a sealed tenant's content is among them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from tests.temporal_server import Server, server
from tests.unit.engines.temporal import secrets
from tests.unit.trust.household import Household

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.temporal import attributes, histories
from tarl.engines.temporal.histories import Histories
from tarl.engines.temporal.listing import Listing
from tarl.engines.temporal.runtime import TemporalRuntime
from tarl.errors import Conflict, Missing, RunFailed
from tarl.policy.grant import Grant
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.times import Every

SETTLE_S = 30.0


@tarl.workflow
async def is_found(ctx: tarl.Context, n: int) -> int:
    if n > 0:
        await ctx.child(is_found, 0, id="child")
        ctx.continue_as_new(-1)
    return n


@tarl.workflow
async def stays(ctx: tarl.Context) -> None:
    await ctx.wait_for_signal("end")


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=14) as running:
        yield running


@pytest.fixture(scope="module")
def bare() -> Iterator[Server]:
    with server(namespaces=10, attributes=False) as running:
        yield running


async def shown(engine: TemporalRuntime, *, count: int) -> dict[str, dict[str, Any]]:
    """What each execution is found by, once there are so many."""
    async with asyncio.timeout(SETTLE_S):
        while True:
            found = [each async for each in engine.client.list_workflows("")]
            if len(found) == count and all(each.close_time for each in found):
                break
            await asyncio.sleep(0.05)
    by_run: dict[str, dict[str, Any]] = {}
    for each in found:
        pairs = {pair.key.name: pair.value for pair in each.typed_search_attributes}
        names = {name: value for name, value in pairs.items() if name.startswith("Tarl")}
        by_run[f"{each.id}/{names.get('TarlRun')}"] = names
    return by_run


def lived(where: Server, path: Path, use: Any, **terms: Any) -> Any:
    async def go() -> Any:
        workflows = [is_found, stays, secrets.confides]
        async with tarl.open(path / "t.db", workflows=workflows, **terms) as runtime:
            engine = await tarl.connect_temporal(
                runtime, where.address, namespace=where.namespace()
            )
            async with engine.working(workflows=workflows):
                return await asyncio.wait_for(use(engine), 60)

    return asyncio.run(go())


def test_children_and_continuations_are_found_too(temporal: Server, tmp_path: Path) -> None:
    Household(tmp_path / "t.db", capabilities=[Grant("mail.send", "mailbox/alice")]).close()

    async def use(engine: TemporalRuntime) -> Any:
        await engine.run(is_found, 1, id="w", agent="bot", task="news")
        found = await shown(engine, count=3)
        listing = Listing(engine.client, not_asked, by_attribute=True)  # not a look at each
        listed = listing.newest(tenant="default", workflow=None, status=None, limit=9)
        assert [each.run.ref async for each in listed] == ["w/2", "child/1", "w/1"]
        return found

    async def not_asked(_: Any) -> int:
        raise AssertionError

    same = {"TarlTenant": "default", "TarlWorkflow": "is_found", "TarlAgent": "bot"}
    assert lived(temporal, tmp_path, use) == {
        "default/w/1": {**same, "TarlRun": 1},
        "default/w/2": {**same, "TarlRun": 2},
        "default/child/1": {**same, "TarlRun": 1},
    }


def test_what_a_schedule_starts_is_found(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> Any:
        spec = Spec(times=Every(every_ms=3_600_000), workflow="is_found", input=0)
        await engine.schedules.create("s", spec)
        await engine.schedules.trigger("s")
        async with asyncio.timeout(SETTLE_S):
            while not (found := [e async for e in engine.list(workflow="is_found")]):
                await asyncio.sleep(0.05)
        await engine.result(found[0].run)
        (query, run) = (f"WorkflowId = 'default/{found[0].run.workflow_id}'", found[0].run)
        (one,) = [each async for each in engine.client.list_workflows(query)]
        pairs = {pair.key.name: pair.value for pair in one.typed_search_attributes}
        return run.workflow_id[:2], {k: v for k, v in pairs.items() if k.startswith("Tarl")}

    names = {"TarlTenant": "default", "TarlWorkflow": "is_found", "TarlRun": 1}
    assert lived(temporal, tmp_path, use) == ("s-", names)


def test_a_sealed_tenant_shows_names_that_are_readable_anyway(
    temporal: Server, tmp_path: Path
) -> None:
    Household(tmp_path / "t.db", capabilities=[Grant("mail.send", "mailbox/alice")]).close()
    Keyring().ensure().make_tenant_key("acme/co")

    async def use(engine: TemporalRuntime) -> Any:
        await engine.run(is_found, 0, id="w", tenant="acme/co", agent="bot", task="xyzzy")
        return await shown(engine, count=1)

    names = {"TarlTenant": "acme%2Fco", "TarlWorkflow": "is_found", "TarlRun": 1}
    assert lived(temporal, tmp_path, use, sealed=True) == {"acme%2Fco/w/1": names}


def test_without_attributes_runs_are_found_by_their_ids(
    bare: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tarl")

    async def use(engine: TemporalRuntime) -> Any:
        assert not engine.registered
        for tenant in ("acme", "acme2", "default"):
            await engine.run(is_found, 0, id="w", tenant=tenant)
        await engine.run(is_found, 1, id="v")
        await engine.client.start_workflow("foreign", id="no/run", task_queue="elsewhere")
        await engine.client.start_workflow("foreign", id="default/x", task_queue="elsewhere")
        async with asyncio.timeout(SETTLE_S):
            while len([e async for e in engine.client.list_workflows("")]) < 8:
                await asyncio.sleep(0.05)
        runs = [each.run.ref async for each in engine.list()]
        of_acme = [each.run.ref async for each in engine.list(tenant="acme")]
        return runs, of_acme, [each.kind async for each in engine.history("v/1")][-1]

    runs, of_acme, last = lived(bare, tmp_path, use)
    assert runs == ["v/2", "child/1", "v/1", "w/1", "acme2/w/1", "acme/w/1"]
    assert of_acme == ["acme/w/1"]
    assert last == "run.continued/1"
    assert caplog.text.count("has no search attributes of tarl's") == 1


def test_attributes_are_registered_once(bare: Server, tmp_path: Path) -> None:
    namespace = bare.namespace()

    async def use() -> Any:
        client = await Client.connect(bare.address, namespace=namespace)
        before = await attributes.registered(client)
        added = await attributes.register(client)
        again = await attributes.register(client)
        return before, sorted(added), again, await attributes.registered(client)

    names = ["TarlAgent", "TarlRun", "TarlTenant", "TarlWorkflow"]
    assert asyncio.run(use()) == (False, names, (), True)


def test_an_attribute_of_another_type_is_refused(bare: Server) -> None:
    async def use() -> Any:
        client = await Client.connect(bare.address, namespace=bare.namespace())
        wrong = {"TarlRun": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD}
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wrong)
        )
        with pytest.raises(Conflict) as refused:
            await attributes.register(client)
        return refused.value.code, await attributes.registered(client)

    assert asyncio.run(use()) == ("temporal.attributes", False)


def test_a_history_that_temporal_does_not_keep(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> Any:
        await engine.run(is_found, 0, id="w")

    async def look(engine: TemporalRuntime) -> Any:  # in a namespace that never had it
        return [each async for each in engine.history("w")]

    lived(temporal, tmp_path, use)
    with pytest.raises(Missing) as gone:
        lived(temporal, tmp_path, look)
    assert gone.value.code == "temporal.history_gone"


def test_runs_of_one_id_that_did_not_go_on_as_each_other(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> Any:
        for n in (-1, -2, -3):
            await engine.run(is_found, n, id="w", new_run=True)

        async def last(run: str) -> Any:
            return [each.body async for each in engine.history(run)][-1]

        async with asyncio.timeout(SETTLE_S):
            while len([e async for e in engine.list(status="completed")]) < 3:
                await asyncio.sleep(0.05)
        return [await last(f"w/{n}") for n in (1, 2, 3)]

    assert lived(temporal, tmp_path, use) == [b'{"result":%d}' % n for n in (-1, -2, -3)]


def test_a_run_that_went_on_is_found_before_lists_know_it(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(engine: TemporalRuntime) -> Any:
        await engine.run(is_found, 1, id="w")
        monkeypatch.setattr(engine.client, "list_workflows", None)
        return [[each.kind async for each in engine.history(f"w/{n}")][-1] for n in (1, 2)]

    assert lived(temporal, tmp_path, use) == ["run.continued/1", "run.completed/1"]


@pytest.mark.parametrize("hears", [True, False])
def test_what_is_told_of_a_run_that_has_ended_has_its_end(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hears: bool
) -> None:
    """Temporal hears of it a moment after the journal, or never: its worker has died between."""
    real, looks = Histories._page, list[int]()

    async def before_it_has_heard(self: Histories, *asked: Any) -> list[HistoryEvent]:
        page = await real(self, *asked)
        looks.append(len(page))
        return page if hears and len(looks) > 2 else page[:-1]

    async def use(engine: TemporalRuntime) -> Any:
        handle = await engine.start(stays, id="w")
        await engine.signal("w", "end")
        await handle.result()
        monkeypatch.setattr(histories, "LOOK_WAIT_S", 0.001)
        monkeypatch.setattr(Histories, "_page", before_it_has_heard)
        return [each.kind async for each in engine.history("w")]

    told = ["run.started/1", "signal.received/1"]
    assert lived(temporal, tmp_path, use) == [*told, *(["run.completed/1"] if hears else [])]
    assert len(looks) == (3 if hears else 1 + histories.LOOKS_MAX)


@pytest.mark.parametrize("destroyed", [False, True])
def test_a_sealed_history_is_told_to_whoever_has_the_key(
    temporal: Server, tmp_path: Path, destroyed: bool
) -> None:
    keys = Keyring().ensure()
    keys.make_tenant_key("acme")

    async def use(engine: TemporalRuntime) -> Any:
        handle = await engine.start(secrets.confides, "xyzzy", id="w", tenant="acme")
        await engine.signal(handle.run_id, "more", "plugh")
        await handle.result()
        if destroyed:
            keys.destroy_tenant_key("acme")
        return b"".join([each.body async for each in engine.history("acme/w/1")])

    if destroyed:
        with pytest.raises(Missing) as gone:
            lived(temporal, tmp_path, use, sealed=True)
        assert gone.value.code == "journal.erased"
    else:
        said = lived(temporal, tmp_path, use, sealed=True)
        assert b'"xyzzy"' in said
        assert b'"plugh"' in said


def test_a_run_that_no_worker_has_begun_has_no_history_yet(
    temporal: Server, tmp_path: Path
) -> None:
    async def go() -> Any:
        async with tarl.open(tmp_path / "t.db", workflows=[stays]) as runtime:
            engine = await tarl.connect_temporal(
                runtime, temporal.address, namespace=temporal.namespace()
            )
            await engine.start(stays, id="w")
            await engine.signal("w", "early")
            before = [each.kind async for each in engine.history("w")]
            async with engine.working(workflows=[stays]):
                await engine.signal("w", "end")
                await engine.result("w")
            return before, [each.kind async for each in engine.history("w")]

    before, after = asyncio.run(go())
    assert before == []
    assert after == ["run.started/1", "signal.received/1", "signal.received/1", "run.completed/1"]


def test_a_run_that_temporal_terminated_behind_tarls_back(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> Any:
        await engine.start(stays, id="w")
        async with asyncio.timeout(SETTLE_S):
            while not [each async for each in engine.history("w")]:
                await asyncio.sleep(0.05)
        await engine.client.get_workflow_handle("default/w").terminate(reason="by hand")
        told = [each async for each in engine.history("w")]
        with pytest.raises(RunFailed):
            await engine.result("w")
        again = [each async for each in engine.history("w")]
        return [(each.kind, each.body) for each in (told[-1], again[-1])]

    ended = ("run.terminated/1", b'{"reason":"by hand"}')
    assert lived(temporal, tmp_path, use) == [ended, ended]
