"""Semantic versions of policies: which may follow which, and what stands for none.

1. Within a *lane* (one environment, or all of them) versions only rise.
2. Within one major version an edition is no looser than the one before it; what cannot be decided
   counts as looser (``loosening``).
3. Who names no version gets the next major one, and so may loosen.

https://semver.org, version 2.0.0. Build metadata does not count: two versions that differ in
nothing else are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tarl.errors import Conflict, Invalid
from tarl.governance.environment import environment as check_environment
from tarl.governance.policies.loosening import loosenings
from tarl.policy.cedar.edition import Edition

if TYPE_CHECKING:
    from semver import Version

EVERYWHERE = ""
"""The lane of what decides in every environment."""

SEMVER_CHARS_MAX = 64


def check_lane(environment: str | None) -> str:
    """The lane of an environment; that of all of them where none is named.

    Raises:
        Invalid: there is no such environment (``environment.unknown``).
    """
    return EVERYWHERE if not environment else check_environment(environment)


def read_semver(text: str) -> Version:
    """The semantic version that a text writes.

    Raises:
        Invalid: it writes none (``policy.semver``).
    """
    from semver import Version

    try:
        if len(text) > SEMVER_CHARS_MAX:
            raise ValueError(text)
        return Version.parse(text)
    except (ValueError, TypeError):
        raise Invalid(
            f"{str(text)[:80]!r} is no semantic version",
            code="policy.semver",
            next_step="write three numbers: 1.2.0, or 1.3.0-rc.1 for what comes before 1.3.0",
        ) from None


def next_semver(before: Edition | None) -> str:
    """The version of an edition for which nobody has chosen one."""
    return f"{1 if before is None else read_semver(before.semver).major + 1}.0.0"


def check_follows(before: Edition | None, edition: Edition) -> None:
    """Refuse an edition that may not follow another, which is the newest of its lane, or of all
    environments where its lane has none.

    Raises:
        Conflict: its version is not above the other's (``policy.semver_order``).
        Invalid: it is looser, and its major version is the same (``policy.loosening``).
    """
    if before is None:
        return
    old, new = read_semver(before.semver), read_semver(edition.semver)
    if new <= old:
        raise Conflict(
            f"policy {edition.policy} is at {before.semver} already; {edition.semver} is not above",
            code="policy.semver_order",
            next_step=f"choose a version above {before.semver}",
            semver=before.semver,
        )
    if new.major > old.major:
        return
    found = loosenings(before, edition)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise Invalid(
            f"{edition.semver} is looser than {before.semver}: {found[0].text}{more}",
            code="policy.loosening",
            next_step=f"register it as {old.major + 1}.0.0, which says so",
            loosenings=[each.as_data() for each in found],
        )
