"""French: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"faut|faudrait|veux|veut|voudrais|voudrait|voulons|doit|doivent|devrait|devraient"
    r"|peux|peut|pourrait|pourrais|aimerais|aimerait|besoin|souhaite|préfère|espère"
    r"|prêt|prête|prêts|merci|s'il te plaît|s'il vous plaît"
)
"""What is said so is asked for, or may be."""

_SUBJECT = (
    r"(?:je|on|nous|il|elle|ils|elles|ça|tout le monde)|(?:mon|ma|mes|notre|nos|le|la"
    r"|les|son|sa|ses|un|une)(?: [\w'-]+){1,3}?"
)
_VERB = (
    r"suis|est|sommes|sont|ai|as|a|avons|ont|était|étaient|avait|avaient|travaille"
    r"|travaillons|habite|habitons|part|pars|partons|arrive|arrivent|commence|ferme"
    r"|ouvre|vient|viennent|coûte|dort|déteste|adore|paie|vis|vivons|fait|va|vais"
    r"|allons|sent"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?:(?:{_SUBJECT}) (?:{_VERB})\b"
    r"|(?:j'(?:ai|étais|habite|adore|avais|arrive)|c'(?:est|était))\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""
