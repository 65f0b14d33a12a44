"""What people are asked to approve: the whole of what they see, checked and digested.

Durations count from the moment at which the request is recorded, so that equal requests have equal
bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from tarl.errors import Invalid
from tarl.kernel.approvals.names import ApprovalId
from tarl.values.canonical import encode
from tarl.values.digest import length_prefixed, sha256
from tarl.values.ids import RunId, check_name
from tarl.values.plain import plain

Rejection = Literal["any", "unreachable"]

APPROVERS_MAX = 100
"""Approvers and those it escalates to, together: more than any committee that signs by name."""

ESCALATIONS_MAX = 10
TEXT_CHARS_MAX = 4_096
"""Of a description or a reason: they are read by people."""

CONTEXT_BYTES_MAX = 64 * 1024
"""A person reads it before signing; larger things are named by their digest (``subject``)."""

DURATION_MS_MAX = 100 * 366 * 86_400_000

_DIGEST = re.compile("[0-9a-f]{64}")
_DOMAIN = b"tarl.approval/1"


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """Further approvers who are asked too when nothing is decided ``after_ms``."""

    after_ms: int
    to: tuple[str, ...]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, of whom, until when.

    Attributes:
        description: What is decided about, one sentence.
        approvers: Ids of the principals who may vote, in the order in which they are shown.
        needed: How many of them must approve.
        context: What they should see, JSON values.
        subject: SHA-256 in hex of what the approval is for, if it is more than what is shown.
        reason_required: Whether a vote must say why.
        rejection: ``any``: one rejection rejects (the safe default). ``unreachable``: the request
            is rejected once so many have rejected that ``needed`` approvals cannot be reached.
        expires_after_ms: When it lapses, counted from its recording; never when None.
        escalations: Who is asked too, and when, in the order of time.
        run: The stream of the run that waits for the answer.
        step: The run's own number of the question or of the step that it is about.
        workflow_id: What it belongs to when no run waits for it, any text.
    """

    description: str
    approvers: tuple[str, ...]
    needed: int
    context: Any = None
    subject: str | None = None
    reason_required: bool = False
    rejection: Rejection = "any"
    expires_after_ms: int | None = None
    escalations: tuple[Escalation, ...] = ()
    run: str | None = None
    step: int | None = None
    workflow_id: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Everybody whom the request names, now or later."""
        return self.approvers + tuple(name for e in self.escalations for name in e.to)

    @property
    def json(self) -> bytes:
        """The request as canonical JSON.

        Raises:
            Invalid: the context has no JSON form (``value.*``).
        """
        return canonical(self)


_read = msgspec.json.Decoder(Request).decode


def canonical(struct: msgspec.Struct) -> bytes:
    """A struct as canonical JSON.

    Raises:
        Invalid: a value in it has no JSON form (``value.*``).
    """
    return encode(plain(struct))


def checked(id: ApprovalId, request: Request) -> Request:
    """The request, if it is one that can be decided.

    Raises:
        Invalid: ``approval.request``, naming the member and what is wrong with it.
    """
    for fault in _FAULTS:
        found = fault(id, request)
        if found is not None:
            member, message = found
            raise Invalid(
                f"the request {id.ref}: {message}",
                code="approval.request",
                approval=id.ref,
                member=member,
            )
    for name in request.named:
        check_name(name, "approver")
    if not _reads_back(request):
        raise Invalid(
            f"the request {id.ref}: the context has a number that JSON readers read as another",
            code="approval.request",
            next_step="write large numbers as strings of digits",
            approval=id.ref,
            member="context",
        )
    return request


def _reads_back(request: Request) -> bool:
    """Whether what is stored is read as what was asked: 1e16 is written as an integer that no
    reader has to take.
    """
    json = request.json
    try:
        return _read(json).json == json
    except Invalid:
        return False


def digest(id: ApprovalId, request_json: bytes) -> str:
    """SHA-256 in hex of a request as it is shown: its id and everything in it."""
    fields = _DOMAIN, id.tenant.encode(), id.id.encode(), request_json
    return sha256(length_prefixed(*fields)).hex()


Found = tuple[str, str] | None


def _texts(id: ApprovalId, request: Request) -> Found:
    if not request.description.strip():
        return "description", "it does not say what is decided about"
    if len(request.description) > TEXT_CHARS_MAX:
        return "description", f"the description has more than {TEXT_CHARS_MAX} characters"
    if len(encode(request.context)) > CONTEXT_BYTES_MAX:
        return "context", f"the context has more than {CONTEXT_BYTES_MAX} bytes"
    if request.subject is not None and not _DIGEST.fullmatch(request.subject):
        return "subject", "the subject is not a SHA-256 in 64 lower-case hex digits"
    if request.workflow_id is not None and len(request.workflow_id) > TEXT_CHARS_MAX:
        return "workflow_id", f"the workflow id has more than {TEXT_CHARS_MAX} characters"
    return None


def _approvers(id: ApprovalId, request: Request) -> Found:
    named = request.named
    if not request.approvers:
        return "approvers", "it names no approver"
    if len(named) > APPROVERS_MAX:
        return "approvers", f"it names more than {APPROVERS_MAX} people"
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        return "approvers", f"it names {', '.join(twice)} twice"
    if not 1 <= request.needed <= len(request.approvers):
        count = len(request.approvers)
        return "needed", f"needs {request.needed} approvals of {count} approvers"
    return None


def _times(id: ApprovalId, request: Request) -> Found:
    expires = request.expires_after_ms
    if expires is not None and not 0 < expires <= DURATION_MS_MAX:
        return "expires_after_ms", "it expires before anybody can answer, or in over 100 years"
    if len(request.escalations) > ESCALATIONS_MAX:
        return "escalations", f"it escalates more than {ESCALATIONS_MAX} times"
    before = 0
    for escalation in request.escalations:
        if not before < escalation.after_ms <= DURATION_MS_MAX:
            return "escalations", "escalations come after one another, each later than now"
        if expires is not None and escalation.after_ms >= expires:
            return "escalations", "it would escalate when it has expired"
        if not escalation.to:
            return "escalations", "an escalation names nobody"
        before = escalation.after_ms
    return None


def _origin(id: ApprovalId, request: Request) -> Found:
    if request.step is not None and request.run is None:
        return "step", "it names a step of no run"
    if request.run is not None and RunId.from_stream(request.run).tenant != id.tenant:
        return "run", "the run is another tenant's"
    return None


_FAULTS: tuple[Callable[[ApprovalId, Request], Found], ...] = (_texts, _approvers, _times, _origin)
