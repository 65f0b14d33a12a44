"""Spanish: how that is said which is no order, whatever of the home it names."""

from __future__ import annotations

import re

from tarl.planning.language.lexicon import Unordered

_KIN = (
    r"(?:vecin[oa]s?|madre|padre|herman[oa]s?|hij[oa]s?|mujer|esposa|marido|padres|niños|jef[ea]"
    r"|colegas?|amig[oa]s?"
    r"|caser[oa]|fontanero|policía|ladr[óo]n(?:es)?|invitados|abuel[oa]s?|tí[oa]|gente|portero"
    r"|cartero|familia|visitas"
    r"|expertos)"
)
_OTHER = (
    rf"(?:él|ella|ellos|ellas|alguien|nadie|mamá|papá|todos|todo el mundo"
    rf"|(?:mi|mis|nuestro|nuestra|nuestros|nuestras|su|sus|el|la|los|las|un|una) {_KIN})"
)
_NAME = r"(?-i:[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+)"
_DONE = (
    r"(?:abierto|cerrado|bloqueado|desbloqueado|encendido|apagado|puesto|cargado|arrancado|dejado"
    r"|olvidado|parado|hecho"
    r"|dicho|pedido|bajado|subido|estado)"
)
_DID = (
    r"(?:abr[ií]|abrió|abriste|abrimos|abrieron|cerré|cerró|cerraste|cerraron|encend[ií]|encendió"
    r"|encendiste|encendieron"
    r"|apagué|apagó|apagaste|apagaron|puse|puso|pusiste|pusimos|pusieron|cargué|cargó|cargaste"
    r"|cargaron|dejé|dejó|dejaste"
    r"|dejaron|olvidé|bloqueé|desbloqueé|desbloqueó)"
)
_USED = (
    r"(?:abría\w*|cerraba\w*|encendía\w*|apagaba\w*|apagábamos|encendíamos|poníamos|ponía\w*"
    r"|cargaba\w*|cargábamos"
    r"|cerrábamos|dejaba\w*|quería(?:mos)?)"
)
_DOES = r"(?:abren?|cierran?|encienden?|apagan?|ponen?|cargan?|bloquean?|dejan?)"

LEADS = re.compile(
    r"(?:¿|¡|(?:y|pero|pues|oye|hola|bueno|ah|oh|eh|vale(?! la)|dime|sí|no|a ver|entonces"
    r"|por cierto|por suerte|por desgracia|afortunadamente|en realidad|ahora)"
    r"(?:\s*,\s*|\s+|$)|\s+)*",
    re.IGNORECASE,
)
REQUESTS = re.compile(
    r"(?:me |nos )?(?:puedes|podrías|quieres|querrías|puede usted|podría usted)\b|te importa\w*\b"
    r"|por qué no\b"
    r"|.*\bpor favor\b|es posible\b|sería posible\b|(?:me|nos) (?:abres|cierras|enciendes|apagas"
    r"|pones|cargas)\b",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"(?:crees|piensas|te parece) que\b|me pregunto (?:si|por qué|quién)\b|(?:sabes|no sé"
    r"|no recuerdo) si\b"
    r"|(?:debo|debería|deberíamos|debemos|tengo que|tenemos que|hay que|puedo|podemos|se puede"
    r"|se debe)\b(?! haber)(?=.*\?)"
    r"|(?<=¿)(?:abro|cierro|enciendo|apago|pongo|cargo|abrimos|cerramos|encendemos|apagamos"
    r"|ponemos|cargamos)\b"
    r"|(?<=¿)puede(?:n)? (?!usted)\w+(?!.*\b(?:antes|mientras|cuando|entre|para)\b)|(?:es|sería"
    r"|no es) (?:seguro|buena idea|mala idea|peligroso|prudente|malo|mejor|necesario"
    r"|sensato|normal|una buena idea|una mala idea|recomendable)\b(?=.*\?)|vale la pena\b(?=.*\?)"
    r"|por qué (?!no\b)\w+|qui[ée]n(?:es)? \w+|cuándo \w+|cómo \w+"
    rf"|(?<=¿)(?:has|ha|han|habéis|hemos|he|alguien ha|está|están|estaba|{_DID})\b",
    re.IGNORECASE,
)
BEGINS = re.compile(
    r"(?:he|hemos) (?:oído|visto|notado)\b|(?:espero|creo|supongo|imagino) que (?:alguien"
    r"|[\w ]+?) (?:haya|ha|sigue|han)\b"
    r"|es demasiado (?:tarde|pronto)\b|deja que (?!se\b)\w+ (?:abra|cierre|encienda|apague|cargue"
    r"|ponga)\b"
    r"|(?:mi|el|la) \w+ me (?:recordó|dijo|pidió)\b|(?:cargar|abrir|cerrar|encender|apagar"
    r"|poner) (?:el|la|los|las) [\w ]+?"
    r" (?:cuesta|tarda|es|hace)\b|"
    rf"(?:ya |yo |nosotros )*(?:he|hemos|has|habéis|había|habíamos|(?:{_OTHER}"
    rf"|{_NAME}) (?:ya )?(?:ha|han|había|habían)) (?:ya )?{_DONE}\b"
    rf"|(?:ya |yo |{_OTHER} |{_NAME} |(?:el|la|los|las) [\w ]+? se )(?:me |lo |la )?{_DID}\b"
    rf"|ya lo hice\b|{_DID}\b(?<!abri)(?<!cargo)"
    rf"|(?:ayer|anteayer|anoche|la semana pasada|el año pasado|antes|antiguamente"
    rf"|hace \w+ \w+),? (?:yo |me |nos |ya )?(?:{_DID}|{_USED}|dijo|dijeron"
    rf"|pidió)\b|(?:yo |{_OTHER} |{_NAME} )?{_USED}\b"
    rf"|{_OTHER} (?:siempre |nunca |a veces |normalmente )?{_DOES}\b|(?:el|la|los"
    rf"|las) [\w ]+? (?:estuvo|estuvieron|fue"
    rf"|fueron)\b|gracias por \w+r\b|perdón por \w+r\b|habría sido (?:mejor|más)\b|(?:siempre"
    rf"|normalmente|a veces|a menudo) (?:abr|cerr|encend|apag|pon|carg)\w+mos\b|yo mism[oa]\b"
    rf"|(?!Primero|Luego|Después|Ahora|Hoy|Mañana|También|Entonces|Solo|Sólo|Ya|Si|No)"
    rf"{_NAME} {_DOES} (?:el|la|los|las|su)\b|en casa de (?:mis|mi|los) \w+|en el trabajo\b"
    rf"|en la (?:película|canción)\b|en mi sueño\b"
    rf"|(?:{_OTHER}|{_NAME}) (?:me |nos )?(?:dijo|dijeron|pidió|pidieron|dice"
    rf"|aconsejó) que\b(?! (?:cierres|abras|apagues|enciendas|pongas))"
    # Contrary to fact.
    r"|ojalá (?:hubier|hubies)\w+|si (?:yo |lo |la |el \w+ |la \w+ )?(?:hubier|hubies)\w+|(?:yo "
    r"|el \w+ |la \w+ )?(?:debería|deberías"
    r"|deberíamos|deberían|tendría que|tendrías que|tendríamos que|podría|podríamos|podrías"
    r"|habría|habrías|habríamos|hubiera) (?:haber"
    r"|que haber|abierto|cerrado|apagado|encendido|cargado|puesto)\b|casi \w+"
    r"|(?:yo )?nunca \w+ría\b|qué (?:pena|lástima)\b|es una (?:pena|lástima)\b"
    r"|me arrepiento\b"
    # Forbidden or needless.
    r"|nadie (?:debe|debería|puede|tiene que)\b|en (?:lugar|vez) de \w+[\w ]*$"
    r"|dej[ae] de (?:abrir|cerrar|encender|apagar|bloquear"
    r"|desbloquear)\b|te prohíbo\b|me niego\b|todo menos (?:abrir|cerrar|apagar)\b",
    re.IGNORECASE,
)
OPENS = re.compile(
    r"(?:escribe|manda un mensaje) a \w+|"
    r"(?:puedes|podrías) (?:recordar|decir|preguntar|avisar|pedir)\w*(?:me|nos|le|les)\b"
    r"|(?:puedes|podrías) avisar a\b"
    rf"|recu[ée]rda(?:me|nos|le)?\b|(?:dile|diles|pídele|pregúntale|avisa|avísale|escríbele"
    rf"|ordénale|di|pide) a (?:{_NAME}|(?:mi|mis|la|los|las"
    rf"|el) {_KIN}|mamá|papá)|(?:pon|toca|canta|reproduce)(?:me)? (?:la|una) (?:canción|música"
    rf"|película)\b|cómo se dice\b"
    r"|qué significa\b|traduce\b|(?:añade|apunta|anota|pon) .* (?:a|en) (?:mi|la|nuestra) lista\b"
    r"|(?:la|una) (?:canción|frase)\b|imagina que\b"
    r"|cuando digo\b|finge\b",
    re.IGNORECASE,
)
_NO = (
    r"(?:no|oh|ah|espera|para|perdón|o|pero|mejor|en realidad|bueno|pensándolo bien|quizás"
    r"|tal vez|he cambiado de idea|era|es)"
)
TAKEN_BACK = re.compile(
    rf"(?:[,;.!?:\u2026-]|\s\u2013|\bo\b)\s*(?:{_NO}[\s,.!-]+)*"
    r"(?:d[ée]ja(?:lo|la|los|las)(?: (?:estar|así))?|olvíd(?:a|e)(?:lo|la)|olvida (?:eso"
    r"|lo que (?:he dicho|dije))|(?:mejor|quizás|tal vez) no"
    r"|no importa|cancela(?: eso|lo)?|(?:una |de )?broma|estoy bromeando|da igual"
    r"|no lo hagas)[\s.!]*\Z"
    rf"|[,;.!?:\u2026-]\s*(?:{_NO}[\s,.!-]+)*(?:no|espera)(?:[\s,.!-]+{_NO})*"
    r"(?:[\s,.!-]+(?:d[ée]ja(?:lo|la|los|las)(?: (?:encendid|apagad|abiert|cerrad|como está"
    r"|en paz|así)\w*)?|ahora no|todavía no|no lo hagas))?"
    r"[\s.!]*\Z",
    re.IGNORECASE,
)
APART = re.compile(
    r"[,;:!?\u2026\u2014\u2013]|\.(?!\d)|\s-\s|(?<=\s)(?:pero|así que)(?=\s)", re.IGNORECASE
)
MOVES = re.compile(
    r"\b(?:abr|cierr|cerr|encien|encend|apag|pon|carg|bloque|desbloque|arranc)\w*", re.IGNORECASE
)

INSTEAD = re.compile(
    r"[,;.!?\u2026\u2014\u2013-]\s*(?:(?:oh|ah|o|pero)\s+)?(?:no|espera|perdón|mejor|en realidad"
    r"|quiero decir|olvídalo"
    r"|no espera|no perdón)(?:\s*[,;.!?\u2026\u2014\u2013-]|\s*\Z)",
    re.IGNORECASE,
)

UNORDERED = Unordered(BEGINS, ADVICE, OPENS, REQUESTS, TAKEN_BACK, LEADS, APART, MOVES, INSTEAD)
