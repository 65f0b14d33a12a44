"""What an analysis says about one place in the code."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the code, and what to use instead. ``line`` counts in the file, from 1.

    An error keeps the workflow from running unless its author accepts the code; a warning does not.
    """

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    instead: str
