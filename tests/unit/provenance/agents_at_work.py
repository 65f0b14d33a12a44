"""Runs of agents on a real journal, with an authority above them, and their evidence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import tarl
import tarl_verify
from tarl.crypto.keys import Keyring
from tarl.crypto.principals import PrincipalKeys
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.people import People
from tarl.engines.embedded.runtime import Runtime
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.register import Principals
from tarl.provenance.evidence import export
from tarl.stack import open_trust
from tarl.trust.kms import FileKeys, LocalSigner
from tarl.trust.operations import TrustOperations
from tarl.values.ids import RunId


class Office:
    """An authority ``acme`` over a journal, and whoever works there."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.store: Store = runtime.journal
        self.keyring = Keyring()
        self.files = PrincipalKeys(self.keyring.directory.parent)
        self.people = People(self.store, self.keyring)
        self.operations = TrustOperations(
            open_trust(self.store, self.keyring),
            keys=FileKeys(self.files),
            clock=SystemClock(),
            operator=LocalSigner(self.keyring.signer("operator")),
        )

    def register(self, name: str, kind: principals.Kind) -> None:
        id = PrincipalId("default", name)
        signer = self.files.create(id.stream)
        operator = self.keyring.signer("operator")
        statement = principals.key_statement(id, kind, signer.verifier, serial=1)
        envelope = principals.sign(statement, signer, operator)
        Principals(self.store).register(id, envelope, at_ms=SystemClock().now_ms())

    def rotate(self, name: str) -> None:
        id = PrincipalId("default", name)
        found = Principals(self.store).get(id)
        signer, before = self.files.create(id.stream), self.files.signer(found.key)
        serial = len(found.keys) + 1
        statement = principals.key_statement(id, found.kind, signer.verifier, serial=serial)
        envelope = principals.sign(statement, signer, before)
        Principals(self.store).rotate(id, envelope, at_ms=SystemClock().now_ms())

    def settle(self) -> None:
        """``planner`` may send mail and delegate; ``clerk`` may send mail to Alice for it."""
        self.register("acme", "service")
        self.register("planner", "agent")
        self.register("clerk", "agent")
        self.operations.establish_authority("acme", capabilities=["*"])
        self.operations.establish("planner", "acme", ["mail.*", "trust.delegate"], depth_left=2)
        self.operations.delegate("planner", "clerk", capabilities=["mail.send"])

    def export(self, run: str) -> bytes:
        clock = SystemClock()
        checkpointer = Checkpointer(self.store, self.keyring, clock)
        try:
            note = checkpointer.sign(publish=True).note
        except tarl.TarlError:
            note = self.store.checkpoints()[0].note
        finally:
            checkpointer.close()
        lines = export(self.store, self.keyring, RunId("default", run, 1), note=note)
        return b"".join(lines)


@asynccontextmanager
async def office(path: Path, *workflows: Any, **options: Any) -> AsyncIterator[Office]:
    async with tarl.open(path, workflows=workflows, **options) as runtime:
        yield Office(runtime)


def at_work(
    path: Path, work: Callable[[Office], Awaitable[bytes]], *workflows: Any, **options: Any
) -> bytes:
    """The evidence that somebody's work in the office leaves behind."""

    async def go() -> bytes:
        async with office(path / "t.db", *workflows, **options) as place:
            return await work(place)

    return asyncio.run(go())


def verified(path: Path, data: bytes) -> tuple[int, dict[str, Any], list[str]]:
    """What the separate verifier says."""
    import argparse

    file = path / "run.evidence"
    file.write_bytes(data)
    root = str(Keyring().directory / "root.pub")
    options = argparse.Namespace(file=str(file), root=root, checkpoint=None, witness=[])
    return tarl_verify.check_file(options)
