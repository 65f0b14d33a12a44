"""Whether a clause says that what it orders is to begin at once."""

from __future__ import annotations

import re

_AT_ONCE = re.compile(
    r"(?<![\w'-])(?<!\bnot )(?<!\bjust )(?<!\bfrom )(?<!\buntil )(?<!\btill )(?<!\bby )"
    r"(?<!\bnicht )(?<!\bpas )(?<!\bno )"
    r"(?:now(?! that\b)|right away|straight away|immediately|instantly|at once|this instant"
    r"|as soon as (?:possible|you can)|asap|without delay"
    r"|jetzt|sofort|gleich|umgehend|unverzüglich|auf der stelle|so (?:bald|schnell) wie möglich"
    r"|baldmöglichst|schnellstmöglich"
    r"|maintenant|tout de suite|immédiatement|sur-le-champ|dès que possible|au plus vite"
    r"|ahora|ya mismo|inmediatamente|de inmediato|enseguida|lo antes posible|cuanto antes)"
    r"(?![\w'-])|(?<!不)(?:现在|马上|立刻|立即|尽快|赶紧)",
    re.IGNORECASE,
)
"""In the five languages."""


def is_at_once(sentence: str, span: tuple[int, int]) -> bool:
    """Whether a stretch of a sentence says so."""
    return _AT_ONCE.search(sentence, *span) is not None
