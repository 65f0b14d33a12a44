"""French: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"faut|faudrait|veux|veut|voudrais|voudrait|voulons|doit|doivent|devrait|devraient|peux|peut"
    r"|pourrait|pourrais|aimerais|aimerait|besoin|souhaite|préfère|espère|prêt|prête|prêts|merci"
    r"|s'il te plaît|s'il vous plaît"
)
"""What is said so is asked for, or may be."""

_SUBJECT = (
    r"(?:je|on|nous|il|elle|ils|elles|ça|tout le monde)|(?:mon|ma|mes|notre|nos|le|la|les|son|sa"
    r"|ses|un|une)(?: [\w'-]+){1,3}?"
)
_VERB = (
    r"suis|est|sommes|sont|ai|as|a|avons|ont|était|étaient|avait|avaient|travaille|travaillons"
    r"|habite|habitons|part|pars|partons|arrive|arrivent|commence|ferme|ouvre|vient|viennent|coûte"
    r"|dort|déteste|adore|paie|vis|vivons|fait|va|vais|allons|sent"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?:(?:{_SUBJECT}) (?:{_VERB})\b"
    r"|(?:j'(?:ai|étais|habite|adore|avais|arrive)|c'(?:est|était))\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""

_LEADS = r"(?:(?:et|mais|alors|donc|sinon|ou|oh|ah|bon|eh bien|parce que) )*"

TELLS_LOOSELY = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b){_LEADS}"
    r"(?:(?:je|il|elle|ils|elles|ça|on|tout le monde) (?:ne |n'|me |m'|te |t'|se |s'|en |y |l'|le "
    r"|la |les )*\w+\b|(?:j'|c'|ça |il y |y |qu'il |qu'elle )\w+"
    r"|(?:mon|ma|mes|notre|nos|le|la|les|son|sa|ses|un|une|mamie|papi|maman|papa|pépé|mémé)"
    r"(?: [\w'-]+){0,2}? [\w-]+(?:e|ent|it|ut|ont|t|d|a)\b"
    r"|l'[\w-]+ [\w-]+(?:e|ent|it|ut|t|d|a)\b)",
    re.IGNORECASE,
)
"""Whatever has a subject that is nothing of the home: ``je tombe de sommeil``."""

TELLS_IN_VAIN = re.compile(
    rf"{_LEADS}(?:qui (?!est\b)[\w' ]+|qui est-ce qui [\w' ]+|pourquoi (?!pas\b)[\w' ]+"
    r"|est-ce que (?:je dois|c'est)\b|comment ça se fait|tu as vu\b|t'as vu\b)",
    re.IGNORECASE,
)
"""What complains or wonders, and is no request."""

TELLS_SURELY = re.compile(
    r"(?:je|j'|on|nous|il|elle) ?[\w' ]+ (?:à la main|moi-même|nous-mêmes|lui-même|elle-même)\b",
    re.IGNORECASE,
)
"""What somebody does without the home."""
