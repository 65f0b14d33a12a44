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
    r"(?:ich|wir|er|sie|es|man|das|jemand|alle|da|mir|uns|ihm|ihr)|(?:mein|meine|unser|unsere|der|die"
    r"|das|ein|eine|sein|seine|ihr|ihre)(?: [\w-]+){1,3}?"
)
_VERB = (
    r"bin|ist|sind|war|waren|habe|hab|hat|haben|hatte|hatten|kommt|kommen|fährt|fahre|fahren"
    r"|beginnt|geht|wohne|wohnen|arbeite|arbeitet|schläft|steht|stehe|kostet|liegt|hasse|liebe"
    r"|liebt|mag|wird|bekomme|bekommen|lebe|leben|heißt|riecht|fliege|fliegt|öffnet|schließt"
    r"|startet|endet|feiern|friert|frieren|fällt|fallen|fror|tut|tun|reicht|zittert|zittern|hustet"
    r"|weint|schreit|stinkt|stinken|stapelt|türmt|sitzt|sitzen|wartet|warten|braucht noch|klappert"
    r"|klappern|knurrt|fehlt|fehlen|brummt|schmerzt|schmerzen"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?:(?:{_SUBJECT}) (?:{_VERB})\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""

_LEADS = r"(?:(?:und|aber|sonst|oder|also|na|ach|denn|ja|puh|sonst|mensch|menno) )*"

TELLS_LOOSELY = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b){_LEADS}"
    r"(?:(?:ich|wir|er|sie|es|man|das|jemand|mir|uns|ihm|ihr) [\wäöüß]+(?:t|e|en|st|n)\b"
    r"|(?:mein|meine|unser|unsere|der|die|das|sein|seine|ihr|ihre|oma|opa|mama|papa)"
    r"(?: [\w-]+){0,2}? (?:[\wäöüß]+t|[\wäöüß]+en)\b"
    r"|(?:nur|bloß|rein) (?:so|aus|mal)\b"
    r"|(?:hier|da|draußen|drinnen) (?:sieht|schaut|ist|riecht|stinkt|zieht|fliegt|liegt"
    r"|geht)(?:'s)?\b)",
    re.IGNORECASE,
)
"""Whatever has a subject that is nothing of the home: ``mir fallen die Augen zu``."""

TELLS_IN_VAIN = re.compile(
    rf"{_LEADS}(?:(?:wer (?!ist\b)|warum |wieso |weshalb |was zum |muss ich |bin ich "
    r"|hast du (?:gesehen|mal)|habt ihr )[\w' ]+)",
    re.IGNORECASE,
)
"""What complains or wonders, and is no request."""

TELLS_SURELY = re.compile(
    r"(?:ich|wir|er|sie) [\w ]+ (?:von hand|mit der hand|selbst|selber)\b", re.IGNORECASE
)
"""What somebody does without the home."""
