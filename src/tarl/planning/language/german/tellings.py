"""German: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"soll|sollen|sollte|sollten|muss|müssen|müsste|müssten|kann|kannst|können|könnte"
    r"|könntest|will|wollen|möchte|möchten|brauche|brauchen|braucht|hätte|wäre|würde"
    r"|bitte|darf|dürfen|lass|mach|gern|gerne|lieber|wünsch\w*|hoffe|fertig|bereit"
)
"""What is said so is asked for, or may be."""

_SUBJECT = (
    r"(?:ich|wir|er|sie|es|man|das|jemand|alle|da)|(?:mein|meine|unser|unsere|der|die"
    r"|das|ein|eine|sein|seine|ihr|ihre)(?: [\w-]+){1,3}?"
)
_VERB = (
    r"bin|ist|sind|war|waren|habe|hab|hat|haben|hatte|hatten|kommt|kommen|fährt|fahre"
    r"|fahren|beginnt|geht|wohne|wohnen|arbeite|arbeitet|schläft|steht|stehe|kostet"
    r"|liegt|hasse|liebe|liebt|mag|wird|bekomme|bekommen|lebe|leben|heißt|riecht|fliege"
    r"|fliegt|öffnet|schließt|startet|endet|feiern"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?:(?:{_SUBJECT}) (?:{_VERB})\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""
