"""Signed checkpoints of the log, at most a second behind, by the one process that holds the log's
lock.

The last checkpoint is also kept with the keys: a journal file that is shorter than it, or that has
another past, was replaced by an older or a forged one, and is refused.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import sleep

from tarl.crypto.keys import Keyring
from tarl.crypto.note import Checkpoint as Statement
from tarl.crypto.note import open_note, parse_checkpoint, sign_note
from tarl.engines.embedded.post import jumps
from tarl.errors import Corrupt, TarlError, Unavailable
from tarl.journal.log import Log
from tarl.journal.patience import unwaiting
from tarl.journal.store import Checkpoint, ReadsBeside, Store
from tarl.values.instants import Clock

INTERVAL_S = 1.0

JUMP_S = 86_400.0
"""The same where time jumps, and signing would be all that happens in between."""

BREATH_S = 50e-6
"""How long the thread that hashes leaves the interpreter to the others, after each slice: a loop
that comes back from the disk finds it free, and what is hashed is hashed while it waits there.
"""


class Checkpointer:
    """Signs the log of one journal while it holds the signing lock.

    Raises:
        Corrupt: the journal is older than, or another than, the last one that was signed
            (``journal.older``, ``journal.forked``).
    """

    def __init__(self, store: Store, keyring: Keyring, clock: Clock) -> None:
        self.log = Log(store)
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._signer = keyring.signer("log")
        self._signed_size = self._check_kept()
        self._lock = os.open(
            keyring.signing_lock(store.origin), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tarl-log")
        self._closing = threading.Event()

    def sign(self, *, publish: bool = False) -> Checkpoint:
        """A checkpoint over the log as it is now; ``publish`` if it will leave this machine.

        Raises:
            Unavailable: another process holds the signing lock (``log.signer_busy``).
        """
        if not self._may_sign():
            raise Unavailable(
                "another process signs this journal's checkpoints",
                code="log.signer_busy",
                next_step="wait for its next checkpoint, at most a second away",
            )
        size = self.log.size()
        note = sign_note(
            Statement(self._store.origin, size, self.log.root(size)).text, self._signer
        )
        checkpoint = Checkpoint(size, note, self._clock.now_ms(), publish)
        self._store.keep_checkpoint(checkpoint, self.log.new_nodes(size))
        self.log.nodes_kept(size)
        self._keyring.keep_checkpoint(self._store.origin, note)
        self._signed_size = size
        return checkpoint

    async def keep_signing(self) -> None:
        """Sign whenever the log has grown, once a second; runs until cancelled.

        What there is to hash is hashed in a thread, where the store can be read from one.
        """
        if jumps(asyncio.get_running_loop()):
            interval_s, store = JUMP_S, None
        else:
            interval_s = INTERVAL_S
            store = self._store if isinstance(self._store, ReadsBeside) else None
        while True:
            await asyncio.sleep(interval_s)
            if store is not None:
                with suppress(Unavailable):  # whoever signs finds that out for himself
                    await self._hash_beside(store)
            self.sign_if_grown()

    async def _hash_beside(self, store: ReadsBeside) -> None:
        size = self.log.size()
        if size <= self._signed_size or not self._may_sign():
            return
        if blocks := self.log.new_blocks(size):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._beside, self._hash, blocks, store)

    def _hash(self, blocks: Iterable[int], store: ReadsBeside) -> None:
        for block in blocks:
            if self._closing.is_set():
                return
            self.log.hash_block(block, store=store, breathe=partial(sleep, BREATH_S))

    def sign_if_grown(self) -> None:
        """Sign if there is something new and nobody else is the signer."""
        try:
            with unwaiting(self._store):
                if self.log.size() > self._signed_size and self._may_sign():
                    self.sign()
        except Unavailable:
            return  # the disk or another writer is busy, or away: the next second tries again

    def close(self) -> None:
        """Sign what is new and let the lock go."""
        self._closing.set()
        self._beside.shutdown()
        try:
            self.sign_if_grown()
        finally:
            os.close(self._lock)

    def _may_sign(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _check_kept(self) -> int:
        note = self._keyring.kept_checkpoint(self._store.origin)
        if note is None:
            return 0
        try:
            text, _ = open_note(note, self._signer.verifier)
            kept = parse_checkpoint(text)
        except TarlError as error:
            raise Corrupt(
                f"the checkpoint kept with the keys is damaged: {error.message}",
                code="log.kept_damaged",
                next_step="restore the keys' directory from a backup",
            ) from error
        size = self.log.size()
        if size < kept.size:
            raise Corrupt(
                f"the journal holds {size} events, but {kept.size} were signed:"
                " it is an older copy, or was cut",
                code="journal.older",
                next_step="restore the newest copy; if there is none, see docs/how-to/back-up.md",
                size=size,
                signed=kept.size,
            )
        if self.log.root(kept.size) != kept.root:
            raise Corrupt(
                f"the first {kept.size} events of the journal are not those that were signed",
                code="journal.forked",
                next_step="restore the journal that was signed; compare with tarl db check",
                signed=kept.size,
            )
        return kept.size
