"""How bad something is: one order for violations, guardrails and anomalies."""

from __future__ import annotations

from enum import IntEnum

from tarl.errors import Invalid


class Severity(IntEnum):
    """From ``LOW`` (worth a look) to ``CRITICAL`` (what happens next must not happen)."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """As it is written: ``low``, ``medium``, ``high`` or ``critical``."""
        return self.name.lower()


WORDS = tuple(severity.word for severity in Severity)


def severity(word: str) -> Severity:
    """The severity that a word names.

    Raises:
        Invalid: it names none (``severity.unknown``).
    """
    if word not in WORDS:
        raise Invalid(
            f"no severity is called {word!r}",
            code="severity.unknown",
            next_step=f"say one of {', '.join(WORDS)}",
        )
    return Severity[word.upper()]
