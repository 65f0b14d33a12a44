"""German: how that is said which is no order, whatever of the home it names."""

from __future__ import annotations

import re

from tarl.planning.language.lexicon import Unordered

_KIN = (
    r"(?:nachbarn?|nachbarin|mutter|vater|schwester|bruder|sohn|tochter|frau|mann|eltern|kinder"
    r"|chef"
    r"|chefin|kolleg\w+|freund\w*|vermieter\w*|klempner|putzfrau|polizei|einbrecher|dieb\w*|gäste"
    r"|gast"
    r"|babysitter\w*|oma|opa|tante|onkel|lehrer\w*|mitbewohner\w*|leute|handwerker|hausmeister"
    r"|postbote"
    r"|familie|besucher|fremde|experten|fachleute)"
)
_OTHER = (
    rf"(?:er|sie|jemand|niemand|keiner|mama|papa|mutti|vati|oma|opa|irgendwer|irgendjemand|alle"
    rf"|(?:mein|meine|unser|unsere|sein|seine|ihr|ihre|der|die|das|ein|eine) (?:[\w-]+ )?{_KIN})"
)
_NAME = r"(?-i:[A-Z][a-z]+)"
_HAD = r"(?:hat|haben|hatte|hatten|ist|sind|war|waren)"
_DONE = (
    r"(?:(?:auf|ab|zu|ein|aus|an|zurück|ver|los|hoch|runter)?ge\w{3,}(?:t|en)|geöffnet|verriegelt"
    r"|entriegelt|gestartet|laufen lassen|laden lassen|vergessen|auf|zu|an|aus)"
)
_DOES = (
    r"(?:öffnet|schließt|sperrt|macht|schaltet|lässt|lädt|startet|stellt|dreht|dimmt|öffnen"
    r"|schließen"
    r"|sperren|machen|schalten|lassen|laden|starten|stellen|drehen|dimmen)"
)
_DID = (
    r"(?:öffnete|schloss|sperrte|machte|schaltete|ließ|lud|startete|stellte|drehte|öffneten"
    r"|schlossen"
    r"|machten|schalteten|ließen|luden|starteten|stellten|drehten|wollte|wollten|musste|mussten"
    r"|vergaß|hatte|hatten)"
)

LEADS = re.compile(
    r"(?:(?:und|aber|also|na|ach|oh|hey|hallo|hi|ok|okay|gut|sag mal|du|übrigens|denn|ja|nein|bitte"
    r"|eigentlich|hör mal|mal ehrlich|weißt du|jetzt|dann)(?:\s*,\s*|\s+|$))*",
    re.IGNORECASE,
)
REQUESTS = re.compile(
    r"(?:kannst|könntest|würdest|magst|willst|machst|möchtest) du\b(?! nachts immer)"
    r"|(?:kann|könnte) (?:bitte|mal|bitte mal) jemand\b|(?:kann|könnte|darf|dürfte) ich (?:bitte"
    r"|dich)\b"
    r"|(?:soll|sollen|kann|können|könnten) wir (?:nicht )?(?:mal|bitte)\b|warum (?:nicht"
    r"|machst du nicht)\b"
    r"|.*\bbitte\b|hättest du (?!doch)|wärst du\b|würde es dir etwas ausmachen\b",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"(?:könnte|kann) es sein\b|wie \w+ ist es\b|"
    r"(?:soll|sollte|muss|darf|dürfte) (?:das|die|der|mein|meine|unser|unsere)\b[^,]*\?|ob (?:ich"
    r"|wir|das|die|der"
    r"|mein|unser)\b|(?:wäre|ist) es (?:nicht )?(?:besser|klüger|sinnvoller)\b|seit wann\b|(?:hab"
    r"|habe) (?:ich|wir)\b"
    r"|(?:soll|sollen|sollte|sollten|muss|müssen|müsste|darf|dürfen|dürfte) (?:ich|wir|man)\b"
    r"|kann (?:ich|man|jeder|jemand|ein|eine)\b|können (?:gäste|leute|fremde|einbrecher"
    r"|die kinder|die"
    r" nachbarn)\b|kann (?:der|die|das|mein|meine|unser|unsere) [\w ]+? (?:laufen|laden|öffnen"
    r"|schließen"
    r"|heizen|arbeiten)\b(?!.*\b(?:bis|vor|von)\b)"
    r"|(?:ist|wäre|war) es (?:denn |eigentlich )?(?:sicher|sinnvoll|erlaubt|gefährlich|schlimm"
    r"|schlecht"
    r"|klug|ratsam|nötig|notwendig|richtig|falsch|eine (?:gute|schlechte|dumme) idee|normal"
    r"|besser)\b"
    r"|lohnt (?:es )?sich\b|macht es sinn\b|warum (?!nicht)\w+|wieso |weshalb |wer (?!ist\b)\w+"
    r"|wann (?:hast|hat"
    r"|haben|läuft|wird|ist|war|geht|öffnet|schließt|soll|muss|lädt|startet)\b|wie (?:öffne"
    r"|schließe|kann"
    r"|mache|schalte|lange|oft|geht|starte|lade|sperre) |was passiert\b|was (?:heißt|bedeutet)\b"
    r"|(?:hast|hat|habt|haben|hatte|hattest) (?:du|ich|wir|ihr|er|sie|jemand|niemand|die|der|das"
    r"|anna|mika)\b"
    r"(?! gern)|(?:bist|seid) (?:du|ihr)\b|(?:war|waren|wurde|wurden) (?:der|die|das|es|mein"
    r"|unser|jemand)\b"
    r"|wird (?:der|die|das|mein|unser)\b|(?:ist|sind|läuft|laufen|geht|gehen|steht) (?:der|die"
    r"|das|mein|meine"
    r"|unser|unsere) [\w ]+?(?:\Z|(?=\?))|(?:schließt|öffnest|machst|schaltest|lädst|sperrst"
    r"|startest) du"
    r" (?:eigentlich |immer |abends |nachts |morgens |jeden \w+ )",
    re.IGNORECASE,
)
BEGINS = re.compile(
    r"(?:ich|wir) (?:habe|hab|haben|hatte|sah|sahen|hörte|hörten) (?:.* )?(?:gehört|gesehen"
    r"|gemerkt|bemerkt)\b"
    r"|(?:ich|wir) (?:glaube|glauben|denke|denken|vermute|hoffe|hoffen"
    r"|nehme an),? (?:dass )?(?:jemand|das|die|der|du|ich"
    rf"|wir|sie|er|{_NAME}) (?:.* )?(?:ist|sind|war|waren|hat|haben|noch an|noch auf"
    rf"|habe)\b(?! (?:sein|werden))"
    r"|es ist (?:schon )?zu (?:spät|früh|teuer)\b|(?:zum glück|leider|gottseidank"
    r"|gott sei dank) (?:hat|ist|habe|haben"
    r"|war|sind)\b|lass (?:doch )?(?:anna|mika|ihn|sie|die kinder|mama|papa) (?:.* )?\w+en$"
    r"|(?:mein|meine|unser|unsere|das|die|der) \w+ (?:hat|haben) (?:mich"
    r"|uns) (?:daran )?(?:.* )?erinnert\b"
    r"|(?:das|die|den) [\w ]+ zu \w+en (?:kostet|dauert|ist|macht|bringt)\b|als (?:ich|wir|er"
    r"|sie) .*\b(?:hatte|hatten|war"
    r"|waren)\b|"
    rf"(?:ich|wir|du|{_OTHER}|{_NAME}|das [\w-]+|die [\w-]+|der [\w-]+) {_HAD} (?:.* )?{_DONE}\b"
    r"(?! (?:sein|werden))"
    rf"|(?:ich|wir) (?:habe|hab|haben|bin|sind|hatte|hatten|war|waren) (?:.* )?{_DONE}\b"
    r"|das (?:habe|hab|haben) (?:ich|wir) schon\b"
    rf"|(?:gestern|vorgestern|letzte[nrs]? \w+|vor \w+ (?:tagen|stunden|wochen|jahren|minuten)"
    rf"|früher|damals"
    rf"|neulich|einst) (?:habe|hab|haben|hat|bin|ist|sind|war|waren|{_DID})\b"
    rf"|(?:ich|wir|{_OTHER}|{_NAME}) {_DID}\b(?! (?:dich|fragen|bitten))"
    rf"|{_OTHER} {_DOES}\b|(?:ich|wir|er|sie|man) \w+ (?:.* )?(?:immer|meistens|gewöhnlich"
    rf"|normalerweise|oft"
    rf"|manchmal|nie) .*|{_NAME} (?:öffnet|schließt|sperrt|schaltet|lädt|startet) (?:das|die|den"
    rf"|sein|ihr)"
    r"|(?:ich|wir) (?:mache|schließe|öffne|schalte|lade|starte)n? .*\bselb(?:st|er)\b"
    r"|(?:bei|in) (?:meinen|meiner|meinem|seinen|seiner|ihren|ihrer|unserer|unserem) (?:eltern"
    r"|alten|letzten"
    r"|früheren|schwester|bruder|freund\w*|nachbarn?)\b|auf der arbeit\b|im (?:film|buch|lied"
    r"|traum)\b"
    rf"|(?:{_OTHER}|{_NAME}) (?:sagt|sagte|meinte|meint|wollte|bat|fragte|hat gesagt"
    rf"|haben gesagt),? (?:ich|wir|dass"
    r"|ob|man)\b"
    # Contrary to fact.
    r"|(?:ich|wir) wünschte[n]?\b|hätte(?:n|st)? (?:ich|wir|du|er|sie|man|jemand) (?!gern|lieber"
    r"|die güte)(?:.* )?"
    rf"(?:{_DONE}|sollen|können|müssen)\b|(?:ich|wir|du|er|sie|man|{_NAME}|(?:das|die"
    rf"|der) \w+) hätte(?:n|st)? (?!gern|lieber)(?:.* )?"
    rf"(?:{_DONE}|sollen|können|müssen)\b|wenn (?:ich|wir|du|er|sie|jemand|das|die"
    rf"|der) .*\bhätte(?:n|st)?\b"
    r"|(?:fast|beinahe) hätte\b|(?:ich|wir) würde[n]? (?:nie|niemals)\b|schade\b|ich bereue\b"
    # Forbidden or needless.
    r"|(?:niemand|keiner) (?:soll|sollte|darf|muss)\b|es (?:ist|wäre) (?:nicht|un)\s?(?:nötig"
    r"|notwendig)\b"
    r"|(?:statt|anstatt)\b.*\bzu \w+en$|(?:hör|höre|hört) (?:bitte )?(?:auf|damit auf)$"
    r"|(?:finger|hände) weg\b|bitte (?:nicht|keine?[nms]?) (?:\w+ )+?\w+en$|(?:es"
    r"|das) wäre \w+ gewesen\b"
    r"|hättest du doch\b|danke,? (?:dass|fürs|für das|für die)\b"
    r"|(?:ich|wir) (?:verbiete|weigere|weigern)\b",
    re.IGNORECASE,
)
OPENS = re.compile(
    r"(?:kannst|könntest|würdest) du (?:bitte )?(?:mich|uns|anna|mika|ihn|sie) .*\berinnern\b"
    rf"|(?:kannst|könntest|würdest) du (?:bitte )?(?:{_NAME}|ihm|ihr|ihnen|(?:meiner|meinem|der"
    rf"|dem) {_KIN}) (?:bitte )?"
    r"(?:sagen|fragen|ausrichten|schreiben)\b|(?:ich frage mich|wir fragen uns|weißt du"
    r"|ich weiß nicht|keine ahnung),? ob\b"
    r"|danke,? dass\b|erinner[ent]*\b|(?:sag|sage|sagt|schreib|schreibe|bitte|frag|frage"
    r"|ruf) (?:doch |bitte |mal )?"
    rf"(?:{_NAME}|mama|papa|ihm|ihr|ihnen|(?:meiner|meinem|meine|meinen|der|dem|den|die) {_KIN})\b"
    r"|(?:spiel|spiele|sing|singe) (?:das |ein |mir )*(?:lied|song|stück|hörspiel|film)\b"
    r"|was (?:heißt|bedeutet)\b"
    r"|wie (?:sagt man|heißt)\b|übersetz\w*\b|notier\w*\b|schreib auf\b|notiz\b"
    r"|(?:setz|setze|schreib|schreibe|pack|füge?) .* (?:auf|zu) (?:meine|meiner|die|der|unsere"
    r"|unserer) \w*liste\b"
    r"|(?:das|ein) (?:lied|buch|film|wort|schild) |hör (?:bitte )?auf\b(?!.*\b(?:zu laden"
    r"|zu heizen|zu laufen)\b)"
    r"|wenn (?:ich|man|jemand) (?:sage|sagt)\b|stell dir vor\b|tu so\b",
    re.IGNORECASE,
)
_NO = (
    r"(?:nein|nee|ne|ach|oh|äh|doch|warte|moment|halt|stopp|sorry|oder|aber|lieber|besser|dann|ja"
    r"|nochmal"
    r"|ich hab's mir anders überlegt|war)"
)
TAKEN_BACK = re.compile(
    rf"(?:[,;.!?:\u2026-]|\s\u2013|\boder\b)\s*(?:{_NO}[\s,.!-]+)*"
    r"(?:(?:doch |lieber |besser |vielleicht )+nicht|vergiss (?:es|das|was ich gesagt habe)"
    r"|lass (?:es|mal|gut sein"
    r"|sein|es sein|es gut sein|das)|schon gut|egal|(?:nur |bloß |war )*(?:ein |'n )?(?:scherz"
    r"|spaß|witz|quatsch)"
    r"|ich scherze|abbrechen|ich nehm\w* (?:es|das) zurück)[\s.!]*\Z"
    rf"|[,;.!?:\u2026-]\s*(?:{_NO}[\s,.!-]+)*(?:nein|nee|warte|stopp|halt|egal)(?:[\s,.!-]+{_NO})*"
    r"(?:[\s,.!-]+(?:lass (?:es|sie|ihn|das)(?: (?:an|aus|auf|zu|offen|so|in ruhe|wie (?:es|sie"
    r"|er) ist))?"
    r"|noch nicht|nicht jetzt|(?:tu es |mach es |mach das )?(?:doch )?nicht))?[\s.!]*\Z",
    re.IGNORECASE,
)
APART = re.compile(
    r"[;:!?\u2026\u2014\u2013]|\.(?!\d)|\s-\s|,(?!\s*(?:dass|ob|zu|ich soll|wir sollen|ich hätte"
    r"|ich habe"
    r"|ob|das|die|den)\b)(?!\s*[\w\s]+ zu \w+en\b)|(?<=\s)aber(?=\s)",
    re.IGNORECASE,
)
MOVES = re.compile(
    r"\b(?:öffne|mach|schließ|sperr|schalt|starte|lade|lass|dreh|stell|dimm|heiz|saug)\w*",
    re.IGNORECASE,
)

INSTEAD = re.compile(
    r"[,;.!?\u2026\u2014\u2013-]\s*(?:(?:ach|äh|oh|oder|aber)\s+)?(?:nein|nee|warte|moment|halt"
    r"|stopp|sorry|quatsch|doch lieber|ich meine|vielmehr|vergiss es"
    r"|nein warte|nein doch)(?:\s*[,;.!?\u2026\u2014\u2013-]|\s*\Z)",
    re.IGNORECASE,
)

UNORDERED = Unordered(BEGINS, ADVICE, OPENS, REQUESTS, TAKEN_BACK, LEADS, APART, MOVES, INSTEAD)
