"""Every error tarl raises, drawn as one tree.

    TarlError
    ├── Refused            the caller may change something and try again
    │   ├── Invalid        malformed or ill-typed input
    │   ├── Missing        the thing named does not exist
    │   ├── Conflict       the thing exists in another state than the caller expects
    │   ├── Denied         authority, policy or permissions say no
    │   └── Exceeded       a stated bound or quota would be passed
    ├── Infeasible         no solution exists; carries the minimal conflict
    ├── Unavailable        something outside does not answer; trying again may help
    ├── Corrupt            what was read cannot be true; never retried
    │   ├── ChainBrokenError
    │   └── NondeterminismError
    ├── RunFailed          a run ended with the recorded error of its own code
    ├── ActivityFailed     a step's recorded failure, raised inside the workflow
    ├── ChildFailed        a child run ended without a result, raised inside its parent
    └── UnknownOutcome     a non-idempotent step was cut off; a person or a policy must decide

Every error carries a stable dotted ``code``, facts as data, and the next thing to try.
"""

from __future__ import annotations

from typing import Any, ClassVar


class TarlError(Exception):
    """The root of every error that tarl raises on purpose.

    Args:
        message: What happened and why, one sentence for a person.
        code: Stable dotted identifier; the class's own when left out.
        next_step: What the reader can try next.
        facts: The values behind the message, JSON-compatible.
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        next_step: str | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.next_step = next_step
        self.facts = facts

    def as_data(self) -> dict[str, Any]:
        """The error as one JSON-compatible object: code, message, facts and next step."""
        data: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.facts:
            data["facts"] = self.facts
        if self.next_step:
            data["next_step"] = self.next_step
        return data


class Refused(TarlError):
    """The request as it stands is refused; the caller may change something."""

    default_code = "refused"


class Invalid(Refused):
    """The input is malformed, of the wrong type or outside its bounds."""

    default_code = "invalid"


class Missing(Refused):
    """The thing named does not exist."""

    default_code = "missing"


class Conflict(Refused):
    """The thing exists in another state than the caller expects."""

    default_code = "conflict"


class Denied(Refused):
    """Authority, policy or file permissions say no."""

    default_code = "denied"


class Exceeded(Refused):
    """A stated bound or quota would be passed."""

    default_code = "exceeded"


class Infeasible(TarlError):
    """No solution exists; ``facts`` carry the minimal conflict."""

    default_code = "infeasible"


class Unavailable(TarlError):
    """Something outside does not answer now; trying again may help."""

    default_code = "unavailable"


class Corrupt(TarlError):
    """What was read cannot be true; never retried."""

    default_code = "corrupt"


class ChainBrokenError(Corrupt):
    """A stored event does not match its digest or its predecessor."""

    default_code = "journal.chain_broken"


class NondeterminismError(Corrupt):
    """Workflow code did something else than its recorded history; shows both sides."""

    default_code = "replay.diverged"


class RunFailed(TarlError):
    """A run ended with an error of its own code, which is recorded in its history."""

    default_code = "run.failed"


class ActivityFailed(TarlError):
    """A step failed; raised inside the workflow from the recorded outcome.

    ``type`` is the name of the original exception's class.
    """

    default_code = "step.failed"

    def __init__(self, message: str, *, type: str, code: str | None = None, **facts: Any) -> None:
        super().__init__(message, code=code, **facts)
        self.type = type


class ChildFailed(TarlError):
    """A child run ended without a result; ``status`` says how: failed, cancelled, terminated, or
    refused when it could not begin.
    """

    default_code = "child.failed"

    def __init__(self, message: str, *, status: str, type: str, child: str, **options: Any) -> None:
        super().__init__(message, status=status, type=type, child=child, **options)
        self.status = status
        self.type = type


class UnknownOutcome(TarlError):
    """A non-idempotent step was cut off between its intent and its outcome."""

    default_code = "step.unknown_outcome"
