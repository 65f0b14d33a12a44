"""What carries plans out: at once, or in groups that share a commit."""

from __future__ import annotations

from typing import TypeVar

from tarl.errors import TarlError
from tarl.journal.grouping import GroupCommitter
from tarl.journal.store import Store
from tarl.work.queue.ledger import Plan

T = TypeVar("T")


def carry_out(store: Store, plan: Plan[T]) -> T:
    """Commit a plan's batches, each by itself."""
    try:
        batch = next(plan)
        while True:
            try:
                store.commit(batch)
            except TarlError as refusal:
                batch = plan.throw(refusal)
            else:
                batch = next(plan)
    except StopIteration as end:
        value: T = end.value
        return value


async def carry_out_together(committer: GroupCommitter, plan: Plan[T]) -> T:
    """Commit a plan's batches, each with what others commit in the same turn of the loop."""
    try:
        batch = next(plan)
        while True:
            try:
                await committer.commit(batch)
            except TarlError as refusal:
                batch = plan.throw(refusal)
            else:
                batch = next(plan)
    except StopIteration as end:
        value: T = end.value
        return value
