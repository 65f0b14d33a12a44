"""The ladders of policies: who is told of a violation first, who if nobody acknowledges it.

A policy without a ladder of its own has that of ``*``.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tarl.errors import Conflict, Invalid
from tarl.governance.violations import events
from tarl.governance.violations.events import LadderSet, Level
from tarl.governance.violations.state import LADDER
from tarl.journal.store import Batch, Store
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued

EVERY_POLICY = "*"
LEVELS_MAX = 16
WITHIN_MS = 900_000
"""How long a level has when nothing else is said: a quarter of an hour."""

WITHIN_MS_MAX = 30 * 86_400_000
TRIES_MAX = 100

_levels = msgspec.json.Decoder(tuple[Level, ...]).decode


class Ladders:
    """The ladders of one journal.

    Args:
        store: The journal, with the projection of violations.
        clock: What events are dated by.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> tuple[Level, ...]:
        """The levels of a policy, the first first; those of ``*`` where it has none."""
        for name in (policy, EVERY_POLICY):
            record = self._store.get(LADDER.name, tenant, name)
            if record is not None and (levels := _levels(record["levels"])):
                return levels
        return ()

    def ls(self, *, tenant: str = DEFAULT_TENANT) -> dict[str, tuple[Level, ...]]:
        """Every ladder that is set, by policy."""
        found = self._store.scan(LADDER.name, {"tenant": tenant}, order_by="policy")
        held = {record["policy"]: _levels(record["levels"]) for record in found}
        return {policy: levels for policy, levels in held.items() if levels}

    def set(
        self, policy: str, levels: Sequence[Level], *, by: str, tenant: str = DEFAULT_TENANT
    ) -> tuple[Level, ...]:
        """Have these levels told from now on; of no levels, take the ladder away.

        Raises:
            Invalid: a level that cannot be one (``violation.ladder``), or a name that is none.
            Denied: the caller acts for a tenant: ladders are the operator's (``tenant.operator``).
        """
        check_name(policy, "policy")
        check_name(tenant, "tenant")
        _check(levels)
        body = LadderSet(levels=tuple(levels), by=check_name(by, "person"))
        for _ in range(TRIES_MAX):
            writer = continued(self._store, events.ladder_stream(tenant, policy), tenant=tenant)
            row = writer.append(events.LADDER_SET, encode(plain(body)), at_ms=self._clock.now_ms())
            try:
                self._store.commit(Batch([row]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return body.levels
        raise Conflict(f"the ladder of {policy} never stood still", code="journal.position")


def _check(levels: Sequence[Level]) -> None:
    if len(levels) > LEVELS_MAX:
        raise _malformed(f"it has {len(levels)} levels; the limit is {LEVELS_MAX}")
    for level in levels:
        check_name(level.handler, "handler")
        if not 1 <= level.within_ms <= WITHIN_MS_MAX:
            raise _malformed(f"{level.handler} has {level.within_ms} ms to answer")


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"this is no ladder: {why}",
        code="violation.ladder",
        next_step="name up to 16 handlers, each with 1 ms to 30 days",
    )
