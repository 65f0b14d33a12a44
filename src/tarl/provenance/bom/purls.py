"""Package URLs (ECMA-427): a component's own, or a generic one that names it with its digest."""

from __future__ import annotations

import re
from urllib.parse import quote

_PURL = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]*/[!-~]+")


def is_purl(text: str) -> bool:
    """Whether a text looks like a package URL: its scheme, a type, a name, and no blanks."""
    return _PURL.fullmatch(text) is not None


def generic_purl(name: str, version: str, sha256: str | None) -> str:
    """The package URL of what no registry knows."""
    checksum = f"?checksum=sha256:{sha256}" if sha256 else ""
    return f"pkg:generic/{quote(name, safe='')}@{quote(version, safe='')}{checksum}"
