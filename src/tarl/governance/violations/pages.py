"""What is asked of a list of violations, and where the next page of the answer begins.

A cursor belongs to the filters that it was given for: with others it would leave things out.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Invalid
from tarl.governance.severity import Severity
from tarl.governance.violations.state import STATUSES, Status, Violation
from tarl.values.canonical import encode

PAGE_MAX = 1_000
PAGE = 50


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which violations of a tenant; each that is given must fit.

    Attributes:
        policy: Of this policy.
        run: Of this run.
        severity: Of exactly this severity.
        at_least: Of this severity or a worse one.
        status: That stand so.
    """

    policy: str | None = None
    run: str | None = None
    severity: Severity | None = None
    at_least: Severity | None = None
    status: Status | None = None

    @property
    def where(self) -> dict[str, Any]:
        """What the table's columns equal, but for the severity."""
        of = {"policy": self.policy, "run": self.run, "status": self.status}
        return {name: value for name, value in of.items() if value is not None}

    @property
    def severities(self) -> list[int] | None:
        """The severities that fit; None for all, of erased content too."""
        if self.severity is None and self.at_least is None:
            return None
        least = self.at_least or Severity.LOW
        return [int(s) for s in Severity if s >= least and self.severity in (None, s)]


class Page(NamedTuple):
    """Violations, the newest first, and the cursor of those that follow, if any."""

    items: tuple[Violation, ...]
    cursor: str | None


def check_status(word: str) -> Status:
    """The status that a word names.

    Raises:
        Invalid: it names none (``violation.status``).
    """
    for status in STATUSES:
        if status == word:
            return status
    raise Invalid(
        f"no violation stands at {word[:80]!r}",
        code="violation.status",
        next_step=f"say one of {', '.join(STATUSES)}",
    )


def check_page(limit: int) -> int:
    """How many there are on a page.

    Raises:
        Invalid: none, or too many (``violation.limit``).
    """
    if not 1 <= limit <= PAGE_MAX:
        raise Invalid(
            f"a page has 1 to {PAGE_MAX} violations, not {limit}",
            code="violation.limit",
            next_step="ask for fewer, and go on with the cursor",
        )
    return limit


def cursor_of(number: int, tenant: str, filters: Filters) -> str:
    """The cursor of what was recorded before a number."""
    return f"{number}.{_digest(tenant, filters)}"


def number_at(cursor: str, tenant: str, filters: Filters) -> int:
    """The number that a cursor stands before.

    Raises:
        Invalid: it is none, or of another query (``violation.cursor``).
    """
    number, _, digest = cursor.partition(".")
    fits = number.isascii() and number.isdigit() and len(number) <= 15
    if not fits or digest != _digest(tenant, filters):
        raise Invalid(
            "the cursor is not one of this query",
            code="violation.cursor",
            next_step="go on with the same filters, or begin without a cursor",
        )
    return int(number)


def _digest(tenant: str, filters: Filters) -> str:
    data = {"tenant": tenant, **msgspec.to_builtins(filters)}
    return sha256(encode(data)).hexdigest()[:16]
