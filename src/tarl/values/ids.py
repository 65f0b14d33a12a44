"""Names of streams, runs and points in them.

A stream's name is a path of percent-encoded segments (RFC 3986): ``run/<tenant>/<workflow
id>/<n>``. People write a run as ``prices``, ``prices/2`` or ``acme/prices/2``, and a point in it as
``prices/2@17``, event 17.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from tarl.errors import Invalid

SEGMENT_CHARS_MAX = 512
DEFAULT_TENANT = "default"
LAST = "@last"

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NAMES_REMEMBERED = 4_096


class RunId(msgspec.Struct, frozen=True):
    """One run: the ``n``-th of a workflow id within a tenant.

    Raises:
        Invalid: an empty, overlong or unprintable name (``id.*``).
    """

    tenant: str
    workflow_id: str
    n: int

    def __post_init__(self) -> None:
        check_name(self.tenant, "tenant")
        check_name(self.workflow_id, "workflow id")
        if self.n < 1:
            raise Invalid(f"runs count from 1, not {self.n}", code="id.number")

    @property
    def stream(self) -> str:
        """The name of the run's stream."""
        return _stream(self.tenant, self.workflow_id, self.n)

    @property
    def ref(self) -> str:
        """The shortest text that names the run: without the tenant when it is the default one."""
        tenant = "" if self.tenant == DEFAULT_TENANT else f"{encode_segment(self.tenant)}/"
        return f"{tenant}{encode_segment(self.workflow_id)}/{self.n}"

    @classmethod
    def from_stream(cls, stream: str) -> RunId:
        """The run of a stream's name.

        Raises:
            Invalid: the stream is not a run's.
        """
        parts = stream.split("/")
        if len(parts) != 4 or parts[0] != "run" or not parts[3].isdigit():
            raise Invalid(f"{stream!r} is not a run's stream", code="id.stream")
        return cls(unquote(parts[1]), unquote(parts[2]), int(parts[3]))


@lru_cache(maxsize=_NAMES_REMEMBERED)
def _stream(tenant: str, workflow_id: str, n: int) -> str:
    return f"run/{encode_segment(tenant)}/{encode_segment(workflow_id)}/{n}"


class RunRef(NamedTuple):
    """What a person wrote: parts that were left out are None; ``workflow_id`` may be ``@last``."""

    tenant: str | None
    workflow_id: str
    n: int | None
    at: int | None


def parse_ref(text: str) -> RunRef:
    """The parts of ``[tenant/]id[/n][@event]`` or ``@last[@event]``.

    Raises:
        Invalid: the text is neither (``id.ref``).
    """
    body, at = text, None
    head, mark, tail = text.rpartition("@")
    if mark and tail.isdigit() and head:
        body, at = head, int(tail)
    if body == LAST:
        return RunRef(None, LAST, None, at)
    parts = body.split("/")
    n = None
    if len(parts) in (2, 3) and parts[-1].isdigit():
        n = int(parts.pop())
    if not 1 <= len(parts) <= 2 or "" in parts or "@" in body or n == 0 or at == 0:
        raise Invalid(
            f"{text!r} does not name a run",
            code="id.ref",
            next_step="write id, id/n, tenant/id/n or @last, and @N behind it for an event",
            ref=text,
        )
    names = [unquote(part) for part in parts]
    tenant = names[0] if len(names) == 2 else None
    return RunRef(tenant, check_name(names[-1], "workflow id"), n, at)


def tenant_of(stream: str) -> str:
    """The tenant that the second segment of a stream's name names; empty when it has only one."""
    segment = stream.partition("/")[2].partition("/")[0]
    return unquote(segment) if "%" in segment else segment


def encode_segment(name: str) -> str:
    """A name as one segment of a path: only unreserved characters stay as they are."""
    if name in (".", ".."):
        return name.replace(".", "%2E")
    return name if name.isalnum() and name.isascii() else quote(name, safe="")


def check_name(name: str, what: str) -> str:
    """The name, if it can be one.

    Raises:
        Invalid: empty, too long, or with control characters or lone surrogates.
    """
    if not isinstance(name, str) or not name:
        raise Invalid(f"the {what} is empty", code="id.empty")
    if len(name) > SEGMENT_CHARS_MAX:
        raise Invalid(
            f"the {what} has {len(name)} characters; the limit is {SEGMENT_CHARS_MAX}",
            code="id.too_long",
        )
    if not name.isprintable() and _UNFIT.search(name):
        raise Invalid(
            f"the {what} {name!r} has control characters or lone surrogates",
            code="id.characters",
        )
    return name
