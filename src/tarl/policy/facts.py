"""What a decision sees of an effect.

None, or an argument that is not there, is missing: a constraint that asks for it denies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One action of one effect, at one instant.

    Attributes:
        access: ``read`` or ``write``.
        output: ``text`` or ``data``.
        args: The arguments by parameter, as JSON values.
        at_ms: When, in UTC milliseconds.
        spends: What it takes of budgets, by unit, in minor units; a unit that is not named is not
            touched.
    """

    action: str
    resource: str
    access: str | None = None
    output: str | None = None
    tenant: str | None = None
    agent: str | None = None
    task: str | None = None
    args: Mapping[str, Any] = {}
    at_ms: int | None = None
    spends: Mapping[str, int] = {}
