"""Pages of a listing that is read newest first."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from tarl.errors import Invalid

LIMIT_MAX = 1_000
"""Of one page: a listing is read page by page, so that nobody holds all of it in memory."""

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Some of a listing, and the cursor that continues it; None where it ends."""

    items: tuple[T, ...]
    cursor: int | None


def check_page(limit: int, cursor: int | None) -> None:
    """Refuse a page that cannot be.

    Raises:
        Invalid: a limit out of its bounds, or a cursor that no page gave (``page.bounds``).
    """
    if not 1 <= limit <= LIMIT_MAX or (cursor is not None and cursor < 1):
        raise Invalid(
            f"a page has 1 to {LIMIT_MAX} entries, and begins at a cursor that a page gave",
            code="page.bounds",
            next_step="leave the cursor out for the first page",
            limit=limit,
            cursor=cursor,
        )
