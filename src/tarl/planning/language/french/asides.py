"""French: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "bound.lte.house": (
        "[avec] [la|une|un|le] (limite|plafond|puissance maximale|maximum) [totale|total] [(de"
        "|pour)"
        " la maison] [est|de|à|:] <W>",
    ),
    "bound.gte.left": (
        "(garde|gardez|garder|laisse|laissez|laisser|réserve|réserver|conserve|conserver) [au moins"
        "|environ] <Q> [dedans|en réserve] pour [le|la|les] (<T>|<O>|<Y>)",
    ),
    "ifso": (
        "(s'il|si elle|si ça|si ce|quand il|quand elle) l'est",
        "(si|quand) c'est (le cas|ainsi|vrai)",
    ),
    "state.occupancy.home.there": (
        "({somebody}|{everybody}|<P>) y (suis|sommes|sont|es|êtes|serai|serons|seront)",
    ),
    "event.departure.now": (
        "(on y va|on part|nous partons|je pars|on s'en va|je m'en vais|on sort|je sors|nous"
        " sortons) (maintenant|bientôt|tout de suite|là)",
    ),
    "fact.parting": ("^<T> (,|.|!|;)",),
    "deadline.ahead": (
        "!pendant|durant|pour <U> (avant|avant de|avant d'|avant que|avant qu') [le|la|l'|notre"
        "|mon] <T>",
    ),
    "earliest.behind": (
        "!pendant|durant|pour <U> (après|après que|après qu') [le|la|l'|notre|mon] <T>",
    ),
    "orderdevice.later": ("&<C> après [la fin (de|du)] {d}",),
    "placed.at": ("&<C> (dans|au|en) [le|la|l'] <A>",),
    "regardless": (
        "{aimx} (peut|peuvent|pourra) (attendre|passer après)",
        "{aimx} (attendra|attendront|passe (après|ensuite|au second plan)|vient (après|ensuite)|est"
        " (secondaire|accessoire|moins important|moins importante)|importe peu"
        "|n'a pas d'importance)",
        "(peu importe|tant pis pour|oublie) {aimx}",
        "({everybody}) {be} à [environ|encore] <U> [de (la maison|chez nous)]",
    ),
    "reason": (
        "(ce|ça) serait (bête|dommage|idiot|ballot|stupide|un crime|du gâchis|bien dommage|trop"
        " bête) [de|d'|que|qu'|si] ....",
        "tu (sais|te souviens|connais|te rappelles) (comment|comme|ce qui|ce qu'|bien|de) ....",
        "même (si|quand|lorsque|pendant que|avec) ....",
        "même s' ....",
        "(bien que|quoique) ....",
        "(parce que|car|puisque|vu que|étant donné que|comme quoi) ....",
        "(parce qu'|puisqu'|vu qu'|étant donné qu') ....",
    ),
    "takeback.behind": (", (je veux dire|je voulais dire|pardon|plutôt)",),
    "takeback": (
        "(,|-|.|;) [ah|oh|euh] (non|attends|pardon|zut|oups|minute|désolé|désolée) [(,|-|!)]"
        " [(pardon|attends|plutôt|je veux dire|enfin|je voulais dire|mets plutôt)] (,|-)",
        "(,|-|.|;) [ah|oh|euh] (non|pardon|attends|zut) (,|-) (je veux dire|je voulais dire|plutôt"
        "|enfin) [,|-]",
        "(,|-|.|;) [ou] [ah] [non|pardon] [,] (je veux dire|je voulais dire|ou plutôt|enfin plutôt"
        "|disons plutôt) [,|-]",
    ),
    "gone": ("^<S> (jusqu'à|jusqu'au|jusqu'en|jusque) [le|la|l'] {t}",),
    "nothing.instead": (
        "[,] (au lieu de|au lieu d'|au lieu du|plutôt que|plutôt qu') [le|la|l'|en|ce] <T>",
    ),
    "bound.lte.reached": (
        "(arrête|arrête-toi|arrêtez|arrêter|arrêt|stop|coupe|stoppe) [de charger|la charge] [,]"
        " (quand|dès que|dès qu'|lorsque|lorsqu'|une fois que|une fois qu'|une fois) [elle|il|ça"
        "|on] (atteint|arrive à|est à|a atteint|passe) {q}",
    ),
    "wake.neq.all": (
        "personne ne (doit|devrait) (être (réveillé|dérangé)|se réveiller)",
        "(que personne|il ne faut que personne) ne (se réveille|soit réveillé)",
        "({everybody}|{somebody}|<P>) ne (doit|doivent|devrait) pas (être (réveillé|réveillés"
        "|réveillée|dérangé|dérangés)|se réveiller)",
    ),
    "state.price.low.again": (
        "{price} (redevient|devient|redeviennent|deviennent|sera|est|baisse) [un peu|enfin] (moins"
        " (cher|chère|chers)|meilleur marché|bon marché|abordable)",
    ),
    "filler.else": ("[et] (sinon|autrement|le reste du temps)",),
    "state.occupancy.away.returned": (
        "({everybody}|<P>) ({be}|n'est|ne sommes|ne sont|ne suis) pas [encore] (rentré|rentrés"
        "|rentrée|rentrées|de retour|revenus|revenu)",
    ),
    "filler.house": ("[toute] (la|notre) maison", "[tout] l' (appartement|appart)", "partout"),
    "filler.need": (
        "(il|) (me|nous|lui) faut",
        "(j'ai|on a|nous avons|elle a|il a) besoin (de|d'|du)",
        "(je veux|je voudrais|on veut|j'aimerais) (avoir|trouver)",
    ),
    "filler.hedge": (
        "(si possible|si tu peux|si c'est possible|si vous pouvez|dans la mesure du possible"
        "|de préférence|idéalement|quand c'est possible|autant que possible)",
    ),
    "nothing": (
        "&(au lieu|à la place) (de|du|de la|de l'|des|d') [le|la|l'] <D>",
        "au lieu de (l'|le|la|les|) (ouvrir|fermer|verrouiller|déverrouiller|allumer|éteindre"
        "|laisser)",
        "&[la|le|l'|notre|ma|mon] <A> est [juste|tout|directement|pile] (au-dessus|à côté|en"
        " dessous|au dessus|derrière|en-dessous|à l'étage du dessus)",
    ),
    "polite": (
        "^[une|un] (grosse|grande|longue|belle|petite|grand|gros|petit|long) (soirée|nuit|journée"
        "|matinée|jour|soir) [tranquille|en perspective] (:|!|.)",
        "- (la|le|les|moi)",
        "[je suis|il est|elle est|on est] (de|en) (garde|équipe) [de] (nuit|matin|soir)",
        "[je|il|elle|on|<P>] (travaille|travailles|bosse) (de nuit|la nuit|le soir|le week-end)",
        "(j'ai|on a|nous avons) (froid|chaud|trop froid|trop chaud|un peu froid|un peu chaud)",
        "(après|avant|pendant) (le|notre) (dîner|repas|déjeuner|petit-déjeuner|souper)",
        "(n'importe quand|à n'importe quelle heure|quand tu veux|à un moment ou un autre"
        "|peu importe l'heure|peu importe quand)",
        "(bonsoir|coucou|bonjour)",
        "[mon dieu|oh là là|brr|dis donc] [,] (qu'est-ce qu'|qu'|comme|ce qu') il fait (froid"
        "|chaud) [ici|là-dedans|dans cette maison]",
        "(ce serait|ça serait|il serait) (bien|super|sympa|gentil|parfait|génial|chouette|cool"
        "|idéal|bon|top) (si|que|de|qu') [tu|on|vous] [pouvais|pourrais|pouviez|puisses]",
        "(serait-il|est-il|est-ce|il serait|il est|c'est|ce serait) possible (de|d'|que|qu')",
        "(aurais-tu|auriez-vous|aie) la gentillesse de",
        "(tu veux|veux-tu|voulez-vous|tu voudrais|voudrais-tu) bien",
        "(merci de|merci d'|prière de|pense à|pensez à|n'oublie pas de|n'oublie pas d'"
        "|n'oubliez pas de|tâche de|essaie de|essaye de)",
        "(j'ai besoin|j'aurais besoin|il faudrait|il faut|j'apprécierais|j'aimerais bien"
        "|je préférerais|je préfère|je souhaite|je souhaiterais|on aimerait|nous aimerions"
        "|je tiens à ce) (que|qu')",
        "(si ça ne te dérange pas|si tu veux bien)",
        "ça te (dérangerait|dérange|gênerait) de",
        "(peux-tu|pourrais-tu|pouvez-vous|pourriez-vous|tu peux|tu pourrais|vous pouvez"
        "|vous pourriez) [me|nous|m']",
    ),
    "separator.and": ("[,] (et|ainsi que)",),
}
