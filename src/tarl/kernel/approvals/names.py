"""Names of principals and of approval requests, and of their streams.

``principal/<tenant>/<id>`` and ``approval/<tenant>/<id>``; people write ``id`` or ``tenant/id``,
with percent-encoded parts.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar
from urllib.parse import unquote

import msgspec

from tarl.errors import Invalid
from tarl.values.ids import DEFAULT_TENANT, check_name, encode_segment

N = TypeVar("N", bound="_Named")


class _Named(msgspec.Struct, frozen=True, order=True):
    tenant: str
    id: str
    noun: ClassVar[str]

    def __post_init__(self) -> None:
        check_name(self.tenant, "tenant")
        check_name(self.id, self.noun)

    @property
    def stream(self) -> str:
        """The name of its stream."""
        return f"{self.noun}/{encode_segment(self.tenant)}/{encode_segment(self.id)}"

    @property
    def ref(self) -> str:
        """The shortest text that names it: without the tenant when it is the default one."""
        tenant = "" if self.tenant == DEFAULT_TENANT else f"{encode_segment(self.tenant)}/"
        return tenant + encode_segment(self.id)

    @classmethod
    def from_stream(cls: type[N], stream: str) -> N:
        """What a stream's name names.

        Raises:
            Invalid: it is another kind of stream (``id.stream``).
        """
        parts = stream.split("/")
        if len(parts) != 3 or parts[0] != cls.noun:
            raise Invalid(f"{stream!r} is no {cls.noun}'s stream", code="id.stream")
        return cls(unquote(parts[1]), unquote(parts[2]))

    @classmethod
    def parse(cls: type[N], text: str, *, tenant: str = DEFAULT_TENANT) -> N:
        """What ``id`` or ``tenant/id`` names; ``tenant`` is whose it is when none is written.

        Raises:
            Invalid: neither (``id.ref``), or a name that cannot be one.
        """
        parts = text.split("/")
        if len(parts) > 2 or "" in parts:
            raise Invalid(
                f"{text!r} does not name a {cls.noun}",
                code="id.ref",
                next_step="write id or tenant/id, with %2F for a slash in a name",
                ref=text,
            )
        names = [unquote(part) for part in parts]
        return cls(*names) if len(names) == 2 else cls(tenant, names[0])


class ApprovalId(_Named, frozen=True, order=True):
    """One approval request of a tenant."""

    noun = "approval"


class PrincipalId(_Named, frozen=True, order=True):
    """One principal of a tenant: a human, an agent or a service."""

    noun = "principal"
