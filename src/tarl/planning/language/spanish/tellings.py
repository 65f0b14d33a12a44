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
