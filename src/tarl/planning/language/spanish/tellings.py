"""Spanish: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"quiero|queremos|quisiera|debe|deben|debería|puedes|puede|podría|podrías|necesito"
    r"|necesitamos|necesita|gustaría|prefiero|espero|ojalá|por favor|lista|listo|listas"
    r"|listos|hay que|tiene que|tienen que|tengo que|hace falta"
)
"""What is said so is asked for, or may be."""

_SUBJECT = (
    r"(?:yo|nosotros|él|ella|ellos|todo el mundo|alguien)|(?:mi|mis|nuestro|nuestra"
    r"|nuestros|el|la|los|las|su|un|una)(?: [\w-]+){1,3}?"
)
_VERB = (
    r"soy|es|somos|son|estoy|está|estamos|están|era|estaba|tengo|tiene|tenemos|tienen"
    r"|trabajo|trabaja|vivo|vivimos|sale|salgo|salimos|llega|llegan|empieza|cierra|abre"
    r"|viene|vienen|cuesta|duerme|odio|paga|pago|va|voy|vamos|huele|fue"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?:(?:{_SUBJECT}) (?:se )?(?:{_VERB}|ha|han|hemos|he)\b"
    r"|(?:soy|somos|estoy|estamos|tengo|tenemos|trabajo|vivo|vivimos|odio|pago|salgo|salimos)\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""

_LEADS = r"(?:(?:y|pero|que|porque|si no|o|ay|oh|bueno|pues|es que) )*"

TELLS_SURELY = re.compile(
    r"que (?:ya |hoy |mañana |luego |esta noche )?(?:me voy|nos vamos|me marcho|nos marchamos|se"
    r" van?|salgo|salimos|voy|vamos|viene|vienen|llega|llegan|llego|llegamos|vais|vas|estáis|sois"
    r"|tengo|tenemos|hay|hace|estoy|estamos|es|son|está|están|da|me duele|me muero)\b"
    r"|(?!.*\b(?:quiero|lava|pon)\b)[\w ]+ (?:a mano|yo mism[oa]|nosotros mismos)\b",
    re.IGNORECASE,
)
"""A reason that follows its order: ``..., que me voy``."""

TELLS_LOOSELY = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b){_LEADS}"
    r"(?:(?:se|me|te|nos) (?:me |te |nos |lo |la |los |las )?(?!los\b|la\b)\w+\b"
    r"|(?:lo|la|los|las) \w+o\b|(?:yo|él|ella|ellos|todo el mundo|nadie|alguien|abuela|abuelo|mamá"
    r"|papá|mi|mis|nuestro|nuestra|la|el|los|las|su|sus)(?: [\w-]+){0,2}? \w+\b"
    r"|es (?:solo |sólo |pura )?(?:curiosidad|por curiosidad|por saber))",
    re.IGNORECASE,
)
"""Whatever has a subject that is nothing of the home: ``se me cierran los ojos``."""

TELLS_IN_VAIN = re.compile(
    rf"¿?{_LEADS}¿?(?:quién (?!es\b|está\b)[\w' ]+|por qué (?!no\b)[\w' ]+"
    r"|cómo es que\b|has visto\b|es que\b|tengo que (?:hacerlo|hacer)\b)",
    re.IGNORECASE,
)
"""What complains or wonders, and is no request."""
