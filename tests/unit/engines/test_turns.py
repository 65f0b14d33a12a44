"""What others committed is seen in the loop's next turn, what is committed here at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.turns import TurnStore
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.storage import open_store
from tarl.trust.events import REVOCATION


def commit(store: Store, kind: str, seq: int) -> None:
    stream = "revocations/default"
    writer = StreamWriter(stream, tenant="default", codec=store.codec)
    head = store.head(stream)
    if head is not None:
        writer.continue_from(*head)
    store.commit(Batch([writer.append(kind, b'{"n":%d}' % seq, at_ms=seq)]))


@pytest.mark.parametrize("by", ["others", "this"])
def test_a_turn_of_the_loop_looks_once_at_what_others_committed(tmp_path: Path, by: str) -> None:
    async def main() -> None:
        keyring = Keyring().ensure()
        here = open_store(tmp_path / "j.db", keyring=keyring)
        there = open_store(tmp_path / "j.db", keyring=keyring)
        seen = TurnStore(here, asyncio.get_running_loop())
        before = seen.tables_revision()
        commit(here if by == "this" else there, REVOCATION, 1)
        assert (seen.tables_revision() == before) == (by == "others")
        await asyncio.sleep(0)
        after = seen.tables_revision()
        assert after != before
        commit(here, "note.taken/1", 2)
        assert seen.tables_revision() == after
        await asyncio.sleep(0)
        assert seen.tables_revision() == after
        here.close()
        there.close()

    asyncio.run(main())
