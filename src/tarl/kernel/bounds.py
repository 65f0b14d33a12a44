"""The port through which a room asks whether a tenant may have more of something.

What bounds it commits in the same transaction as what it bounds: the answer is a guard that refuses
and a change that counts, which the asking room puts into its own batch.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tarl.journal.projection import Change, Guard


class Bound(NamedTuple):
    """What a batch must carry to take or give back an amount."""

    guards: tuple[Guard, ...] = ()
    changes: tuple[Change, ...] = ()


class Bounds(Protocol):
    """What tenants may have: ``workflows``, ``concurrent_executions``, ``queue_depth``,
    ``storage_bytes``, ``rate_per_minute``.
    """

    def take(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        """To have so much more; its guard raises ``Exceeded`` when that is over the quota.

        A task that a worker has and the run that it carries out, which has its id, are one
        execution: ``task`` names it, before it is had.

        Raises:
            Invalid: a negative amount or an unknown resource.
        """

    def give_back(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        """To have so much less; never below nothing. ``task`` is one that is had no more."""


class Unbounded:
    """Lets every tenant have everything, where nobody has set quotas."""

    def take(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        """Nothing to ask."""
        return Bound()

    def give_back(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        """Nothing to count."""
        return Bound()
