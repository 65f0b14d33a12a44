"""French: how that is said which is no order, whatever of the home it names."""

from __future__ import annotations

import re

from tarl.planning.language.lexicon import Unordered

_KIN = (
    r"(?:voisine?s?|mère|père|sœur|soeur|frère|fils|fille|femme|mari|parents|enfants|chef"
    r"|collègues?|amie?s?"
    r"|propriétaire|plombier|police|voleurs?|cambrioleurs?|invités?|grand-mère|grand-père|tante"
    r"|oncle|gens"
    r"|gardien|facteur|famille|visiteurs|experts)"
)
_OTHER = (
    rf"(?:il|elle|ils|elles|quelqu'un|personne|maman|papa|mamie|papi|on|tout le monde"
    rf"|(?:mon|ma|mes|notre|nos|son|sa|ses|leur|leurs|le|la|les|un|une|des) {_KIN}|l'\w+)"
)
_NAME = r"(?-i:[A-Z][a-z]+)"
_DONE = (
    r"(?:ouvert|fermé|verrouillé|déverrouillé|allumé|éteint|lancé|démarré|mis|chargé|coupé|baissé"
    r"|monté"
    r"|laissé|oublié|arrêté|fait|dit|demandé|tourné|branché|voulu|dû|rêvé|lu|entendu|promis)(?:e"
    r"|s|es)?"
)
_WAS = r"(?:\w+(?:ais|ait|ions|aient))"
_DOES = (
    r"(?:ouvre|ferme|verrouille|déverrouille|allume|éteint|lance|démarre|met|charge|coupe|baisse"
    r"|laisse"
    r"|ouvrent|ferment|allument|éteignent|lancent|mettent|chargent|coupent|laissent)"
)

LEADS = re.compile(
    r"(?:(?:et|mais|alors|bon|oh|ah|hé|salut|bonjour|ok|d'accord|dis|dis-moi|au fait|oui|non|euh"
    r"|donc|tiens"
    r"|en fait|heureusement|malheureusement|franchement|sinon|puis|maintenant)(?:\s*,\s*|\s+|$))*",
    re.IGNORECASE,
)
REQUESTS = re.compile(
    r"(?:est-ce que |est-ce qu')?(?:tu (?:peux|pourrais|veux|voudrais)|vous (?:pouvez|pourriez))\b"
    r"|(?:peux|pourrais|veux|voudrais)-tu\b|(?:pouvez|pourriez)-vous\b|pourquoi (?:ne pas|pas)\b"
    r"|.*\b(?:s'il te plaît|s'il vous plaît|stp)|ça te dérange\w*|est-ce possible\b"
    r"|est-il possible\b"
    r"|est-ce qu'il (?:est|serait) possible\b|(?:je|on) (?:voulais|voudrais"
    r"|aimerais)\b(?!.*\bhier\b)",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"(?:tu crois|crois-tu|penses-tu|tu penses|à ton avis)\b|je me demande (?:si|pourquoi|qui)\b"
    r"|(?:sais-tu|tu sais) si\b"
    r"|je ne sais (?:pas|plus) si\b|(?:est-ce que |est-ce qu')(?:je|j'ai|on|nous|il faut|faut-il"
    r"|ça vaut|il vaut|c'est|il est|quelqu'un|tu as|t'as|vous avez|tu fermes"
    r"|tu ouvres|(?:le|la|les|l'|mon|ma)\b(?!.*\bpeut\b.*\b(?:avant|entre|quand|pendant"
    r"|d'ici)\b))|(?:dois|devrais|puis|peux)-je\b|(?:doit|devrait|peut|pourrait)-on\b"
    r"|(?:devons|devrions|pouvons)-nous\b|faut-il\b|(?:est-ce|serait-ce|est-il"
    r"|n'est-il pas) (?:une (?:bonne|mauvaise) idée"
    r"|bien|sûr|prudent|dangereux|sage|utile|nécessaire|permis|grave|mieux|normal|risqué"
    r"|raisonnable)\b"
    r"|pourquoi (?!ne pas|pas)|qui (?!est)\w+|quand (?:est-ce|as-tu|a-t|ont|avez|le|la|tourne"
    r"|dois|vas)\b"
    r"|comment (?:ouvrir|fermer|faire|puis|peut|dit|est-ce|on|éteindre|allumer|verrouiller"
    r"|déverrouiller|lancer"
    r"|charger)\b|(?:as|a|avez|ont|avons|ai)-(?:t-)?(?:tu|il|elle|on|vous|ils|nous|je)\b"
    r"|(?:le|la|les|mon|ma) [\w' -]+ (?:peut|est|a|peuvent|sont|va|tourne)-(?:t-)?(?:il|elle|ils"
    r"|elles)\b"
    r"|(?:ça|cela) vaut la peine\b|vaut-il\b",
    re.IGNORECASE,
)
BEGINS = re.compile(
    r"j'ai (?:entendu|vu|remarqué)\b"
    rf"|(?:j'espère|je crois|je pense|je suppose|j'imagine) que (?:quelqu'un|tu|{_NAME}|(?:la|le"
    rf"|les|ma|mon) [\w' -]+) (?:a|as|ont"
    r"|est (?:encore|toujours|déjà|bien)|était|sont (?:encore|toujours))\b"
    r"|il est trop (?:tard|tôt)\b|laisse (?!le\b|la\b|les\b|l')(?-i:[A-Z])\w+ (?:ouvrir|fermer"
    r"|verrouiller|déverrouiller"
    r"|allumer|éteindre|charger|lancer)\b|(?:mon|ma|le|la) \w+ m'a (?:rappelé|dit|demandé)\b"
    r"|(?:charger|ouvrir|fermer|lancer|allumer|éteindre|verrouiller) (?:le|la|les"
    r"|l')[\w' -]+ (?:coûte|prend|fait|est)\b"
    r"|(?:tu|je|on|vous) (?:devrais|devrait|devriez|pourrais) avoir\b|"
    rf"(?:j'ai|je n'ai|on a|nous avons|tu as|t'as|vous avez|(?:{_OTHER}|{_NAME}) (?:a|ont|avait"
    rf"|avaient)|j'avais|on avait"
    rf"|tu avais)(?: pas| déjà| encore| toujours| bien| aussi| enfin| tous| tout)* {_DONE}"
    rf"|(?:hier|avant-hier|autrefois|jadis|la semaine dernière|l'an dernier|l'année dernière"
    rf"|hier soir),? (?:j'|je|on|nous|tu|il|elle|{_NAME})"
    rf"|(?:avant|autrefois|à l'époque)$"
    rf"|(?:le|la|les|mon|ma|notre) [\w' -]+ (?:s'est|se sont|s'était|a été|ont été|était|étaient)\b"
    rf"|(?:je|j'|on|nous|tu|il|elle|ils|elles|{_OTHER}) ?(?!voulais|voudrais|aimerais|pourrais"
    rf"|souhaitais)"
    r"(?:ouvrait|ouvrais|fermait|fermais|allumait|allumais|éteignait|éteignais|lançait|lançais"
    r"|mettait|mettais|chargeait"
    r"|chargeais|laissait|laissais)\b|je voulais\b.*\bhier\b"
    rf"|(?:{_OTHER}) (?!on\b){_DOES}\b|(?:on|nous|je) \w+ (?:toujours|souvent|d'habitude"
    rf"|normalement|parfois) "
    rf"|(?!(?:Ne|Puis|Ensuite|Demain|Maintenant|Vite|Bon)\b){_NAME} {_DOES} (?:le|la|les|son|sa"
    rf"|l')|je \w+ .*\bmoi-même\b"
    r"|chez (?:mes|mon|ma|nos|les) (?:parents|voisins|sœur|soeur|frère|amis?|voisin)\b"
    r"|au (?:travail|bureau) on\b"
    r"|dans (?:le film|le livre|mon rêve|la chanson|mon ancien\w*)\b"
    rf"|(?:{_OTHER}|{_NAME}) (?:m'a|nous a|m'ont|lui a|a|avait) (?:dit|demandé|conseillé|ordonné)\b"
    # Contrary to fact.
    r"|(?:j'|je |tu |il |elle |on |nous |vous |ils |elles |(?:le|la|les|ma|mon"
    r"|notre) [\w' -]+ )(?:n')?(?:aurais|aurait"
    r"|aurions|auriez|auraient)\b(?! (?:besoin|envie))|si seulement\b|si (?:j'|je |tu |on |nous "
    r"|vous |elle "
    r"|quelqu'un )(?:avais|avait|avions"
    r"|aviez)\b|s'il avait\b|j'ai failli\b|on a failli\b|je n'\w+rais jamais\b"
    r"|je ne \w+rais jamais\b|dommage\b"
    r"|je regrette\b|quel dommage\b"
    r"|merci (?:d'avoir|de )|désolée? (?:d'avoir|de )|il aurait mieux valu\b"
    # Forbidden or needless.
    r"|personne ne (?:doit|devrait|peut)\b|au lieu (?:de |d')[\w' -]+$|arrêtez? (?:de "
    r"|d')(?:ouvrir|fermer|verrouiller"
    r"|déverrouiller|allumer|éteindre)\b|je (?:t'interdis|refuse)\b|tout sauf (?:ouvrir|fermer"
    r"|déverrouiller)\b",
    re.IGNORECASE,
)
OPENS = re.compile(
    rf"(?:peux-tu|pourrais-tu|tu peux|tu pourrais) (?:me |nous |lui |leur )?(?:rappeler\b|(?:dire"
    rf"|demander) (?:à|au|aux) )"
    rf"|rappelle\b|rappelle[sz]?-|rappelez\b|(?:dis|demande|écris|ordonne|conseille) (?:à|au"
    rf"|aux) (?:{_NAME}|(?:ma|mon|mes|la|le"
    rf"|les) {_KIN}|maman|papa|{_KIN})|(?:dis|demande)-(?:lui|leur)\b|(?:joue|mets|chante"
    rf"|passe)(?:-moi)? (?:la|une|le) (?:chanson|musique"
    r"|morceau|titre|film)\b|comment (?:dit-on|on dit|dire)\b|que veut dire\b|tradui[st]\b"
    r"|ajoute .* (?:à|sur) (?:ma|la|notre) liste\b"
    r"|(?:la|une) (?:chanson|phrase)\b|note (?:que|de|:)|imagine que\b|quand (?:je dis|on dit)\b"
    r"|fais semblant\b",
    re.IGNORECASE,
)
_NO = (
    r"(?:non|oh|ah|euh|attends|stop|pardon|ou|mais|finalement|en fait|plutôt|tout compte fait|bon"
    r"|peut-être|et puis"
    r"|j'ai changé d'avis)"
)
TAKEN_BACK = re.compile(
    rf"(?:[,;.!?:\u2026-]|\s\u2013|\bou\b)\s*(?:{_NO}[\s,.!-]+)*"
    r"(?:laisse(?: tomber|-(?:le|la|les))?|oublie(?: ça| cela|-le| ce que j'ai dit)?"
    r"|(?:finalement |plutôt |peut-être )+(?:non|pas)"
    r"|annule(?: ça)?|(?:je )?plaisante|je blague|c'est une blague|tant pis|ne le fais pas"
    r"|non rien)[\s.!]*\Z"
    rf"|[,;.!?:\u2026-]\s*(?:{_NO}[\s,.!-]+)*(?:non|stop|attends)(?:[\s,.!-]+{_NO})*"
    r"(?:[\s,.!-]+(?:laisse(?:-(?:le|la|les))?(?: (?:allumée?|éteinte?|ouverte?|fermée?|comme ça"
    r"|tranquille))?s?"
    r"|pas (?:maintenant|encore)|ne le fais pas))?[\s.!]*\Z",
    re.IGNORECASE,
)
APART = re.compile(
    r"[,;:!?\u2026\u2014\u2013]|\.(?!\d)|\s-\s|(?<=\s)(?:mais|alors)(?=\s)", re.IGNORECASE
)
MOVES = re.compile(
    r"\b(?:ouvr|ferm|verrouill|déverrouill|allum|étei|lanc|démarr|charg|coup|mets)\w*",
    re.IGNORECASE,
)

INSTEAD = re.compile(
    r"[,;.!?\u2026\u2014\u2013-]\s*(?:(?:oh|ah|euh|ou|mais)\s+)?(?:non|attends|pardon|stop"
    r"|en fait|finalement|je veux dire|plutôt|oublie"
    r"|non attends|non pardon)(?:\s*[,;.!?\u2026\u2014\u2013-]|\s*\Z)",
    re.IGNORECASE,
)

UNORDERED = Unordered(BEGINS, ADVICE, OPENS, REQUESTS, TAKEN_BACK, LEADS, APART, MOVES, INSTEAD)
