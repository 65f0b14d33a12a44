"""Runs as people write them, against a journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl import Context, workflow
from tarl.errors import TarlError
from tarl.interfaces.cli.run_refs import CANDIDATES_MAX, find_event, find_point, find_run
from tarl.journal.sqlite import SqliteStore
from tarl.stack import open_runtime
from tarl.storage import open_store

IDS = ("prices", "prices-2", "Zürich 1", "a.b", "..", "deadbeef01", "deadbeef02", "tail%")


@workflow
async def nothing(ctx: Context) -> None:
    """Does nothing."""


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("refs") / "tarl.db"

    async def fill() -> None:
        async with open_runtime(path) as runtime:
            for name in IDS:
                await runtime.run(nothing, id=name)
            await runtime.run(nothing, id="prices", new_run=True)
            for number in range(CANDIDATES_MAX + 5):
                await runtime.run(nothing, id=f"many-{number:02}")
            await runtime.run(nothing, id="prices", tenant="acme")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TARL_HOME", str(path.parent / "home"))
        asyncio.run(fill())
    return path


@pytest.fixture
def store(journal: Path) -> Iterator[SqliteStore]:
    store = open_store(journal)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("text", "ref", "at"),
    [
        ("prices", "prices/2", None),
        ("prices/1", "prices/1", None),
        ("prices/1@2", "prices/1", 2),
        ("prices@1", "prices/2", 1),
        ("prices-", "prices-2/1", None),
        ("Zürich 1", "Z%C3%BCrich%201/1", None),
        ("Z%C3%BCrich%201/1", "Z%C3%BCrich%201/1", None),
        ("Zür", "Z%C3%BCrich%201/1", None),
        ("a.b", "a.b/1", None),
        ("%2E%2E/1", "%2E%2E/1", None),
        ("tail%25", "tail%25/1", None),
        ("deadbeef01", "deadbeef01/1", None),
        ("acme/prices", "acme/prices/1", None),
        ("acme/pri/1@1", "acme/prices/1", 1),
        ("@last", "acme/prices/1", None),
        ("@last@2", "acme/prices/1", 2),
    ],
)
def test_a_text_names_a_run(store: SqliteStore, text: str, ref: str, at: int | None) -> None:
    point = find_point(store, text)
    assert (point.run.ref, point.at) == (ref, at)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("deadbeef", "run.ambiguous"),
        ("many", "run.ambiguous"),
        ("nobody", "run.missing"),
        ("prices/3", "run.missing"),
        ("other/prices", "run.missing"),
        ("prices@3", "run.no_event"),
        ("prices@0", "id.ref"),
        ("", "id.ref"),
    ],
)
def test_a_text_names_no_run(store: SqliteStore, text: str, code: str) -> None:
    with pytest.raises(TarlError) as caught:
        find_point(store, text)
    assert caught.value.code == code


def test_an_ambiguous_beginning_lists_a_bounded_number_of_candidates(store: SqliteStore) -> None:
    with pytest.raises(TarlError) as caught:
        find_point(store, "many-")
    assert caught.value.facts["candidates"] == [f"many-{n:02}" for n in range(CANDIDATES_MAX)]


def test_some_commands_want_an_event_and_some_must_not_have_one(store: SqliteStore) -> None:
    assert find_event(store, "prices/1@2")[1] == 2
    with pytest.raises(TarlError) as caught:
        find_event(store, "prices/1")
    assert caught.value.code == "id.no_event"
    with pytest.raises(TarlError) as caught:
        find_run(store, "prices/1@2")
    assert caught.value.code == "id.unexpected_event"
