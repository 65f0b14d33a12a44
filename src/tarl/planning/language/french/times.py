"""French: amounts, clock times, days, parts of the day and events."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "money.EUR": ("{n} (euro|euros|eur|€)", "€ <N>", "{n} (euro|euros|€) [et] <N> [centimes]"),
    "money.EUR.100": ("{n} (centime|centimes|cents|cent|ct)",),
    "money.EUR.1.1/2": ("(cinquante centimes|un demi-euro)",),
    "money.CHF": ("{n} (francs|franc|chf|francs suisses)",),
    "money.USD": ("{n} (dollars|dollar|usd|$)",),
    "money.GBP": ("{n} (livres|livre|gbp|£)",),
    "amount.H.10": ("<N> (degrés|degré|°|°c|degrés celsius)",),
    "amount.Q.1000.1/2": ("@sous|dessous (de la moitié|la moitié)",),
    "amount.Q.1000.1/3": ("(un|du) tiers",),
    "amount.Q.1000.1/4": ("!et|heures|heure (un|d'un) quart",),
    "amount.Q.1000.1/5": ("un cinquième",),
    "amount.Q.1000/3": ("<N> tiers",),
    "amount.Q.250": ("<N> (quart|quarts)",),
    "amount.Q.200": ("<N> (cinquième|cinquièmes)",),
    "amount.Q.100": ("<N> (dixième|dixièmes)",),
    "amount.Q.10": ("<N> (%|pour cent|pourcent|pourcents)",),
    "amount.W.1": ("<N> (w|watts|watt)",),
    "amount.W.1000": ("<N> (kw|kilowatts|kilowatt)",),
    "amount.V.1": ("<N> (wh|wattheures|watt-heures)",),
    "amount.V.1000": ("<N> (kwh|kilowattheures|kilowatt-heures|kilowattheure)",),
    "amount.U.1": ("{n} (ms|millisecondes)",),
    "amount.U.1000": ("{n} (secondes|seconde)",),
    "amount.U.60000": ("{n} (minutes|minute|min)",),
    "amount.U.3600000": (
        "!à|vers|avant|après|dès|entre|et|de|pour|jusqu'à|demain|soir|matin|nuit|lundi|mardi"
        "|mercredi|jeudi|vendredi|samedi|dimanche|les|est|que|midi|aujourd'hui|à partir de|tard"
        "|d'ici {n} heures",
        "@pendant {n} (heures|heure|h)",
        "@durant {n} (heures|heure|h)",
        "@dans {n} (heures|heure|h)",
        "@environ {n} (heures|heure|h)",
        "@moins de {n} (heures|heure|h)",
        "@durée de {n} (heures|heure|h)",
        "@sous {n} (heures|heure|h)",
        "@d'ici {n} (heures|heure)",
        "{n} prochaines (heures|h)",
        "@prochaines {n} (heures|h)",
        "@des|les {n} (heures|h) (à venir|qui viennent|suivantes)",
    ),
    "amount.U.3600000.1/2": ("(une|) (demi-heure|demi heure)", "{n} (demi-heure|demi heure)"),
    "amount.U.3600000.1/4": ("{n} quart d'heure",),
    "amount.U.3600000.3/4": ("trois quarts d'heure", "{n} quarts d'heure"),
    "halves.U.3600000": (
        "@pendant {n} (heures|heure) et demie",
        "@dans {n} (heures|heure) et demie",
        "@durant {n} (heures|heure) et demie",
    ),
    "amount.U.86400000": ("{n} (jours|jour)",),
    "sum.U": ("<U> [et] <U>",),
    "clock.plain": ("<L>", "<N> (h|heures|heure)"),
    "clock.one": ("@à|vers|entre|dès|avant|après|et|jusqu'à|de|pour (une heure)",),
    "clock.one.30": (
        "@à|vers|entre|dès|avant|après|et|jusqu'à|de|pour (une heure) et (demie|demi)",
    ),
    "clock.one.15": ("@à|vers|entre|dès|avant|après|et|jusqu'à|de|pour (une heure) et quart",),
    "clock.one.-15": (
        "@à|vers|entre|dès|avant|après|et|jusqu'à|de|pour (une heure) moins le quart",
    ),
    "clock.one.1": ("@à|vers|entre|dès|avant|après|et|jusqu'à|de|pour (une heure) <N>",),
    "clock.one.-1": ("@à|vers|entre|dès|avant|après|et|jusqu'à|de|pour (une heure) moins <N>",),
    "clock.past.-1": ("<N> (heures|heure|h) moins <N>",),
    "clock.past": ("<N> (heures|heure|h) <N>",),
    "clock.past.30": ("<N> (heures|heure|h) et demie", "<N> (heures|heure|h) et demi"),
    "clock.past.15": ("<N> (heures|heure|h) et quart",),
    "clock.past.-15": ("<N> (heures|heure|h) moins le quart",),
    "part.noon": ("midi",),
    "part.midnight": ("minuit",),
    "part.morning": ("[le|du|de la|au|dans la] (matin|matinée|matins)",),
    "part.afternoon": ("[l'|de l'|dans l'] (après-midi|après midi)",),
    "part.evening": ("[le|du|dans la|en|la] (soir|soirée|soirs)", "en soirée"),
    "part.night": ("[la|de la|dans la|pendant la|toute la|de|durant la] nuit", "nuitamment"),
    "part.tonight": ("ce soir",),
    "part.night.0": ("cette nuit",),
    "part.morning.0": ("ce matin",),
    "part.afternoon.0": ("cet après-midi", "cette après-midi"),
    "day.0": ("aujourd'hui",),
    "day.1": ("demain",),
    "day.2": ("après-demain",),
    "day.7": ("dans une semaine",),
    "weekday.0": ("[le] lundi [prochain]",),
    "weekday.1": ("[le] mardi [prochain]",),
    "weekday.2": ("[le] mercredi [prochain]",),
    "weekday.3": ("[le] jeudi [prochain]",),
    "weekday.4": ("[le] vendredi [prochain]",),
    "weekday.5": ("[le] samedi [prochain]",),
    "weekday.6": ("[le] dimanche [prochain]",),
    "event.sunrise": (
        "[le|au|du] (lever du jour|point du jour|petit jour)",
        "(l'|) aurore",
        "(le jour se lève|que le jour se lève|que le soleil se lève)",
        "(le|au|) lever du soleil",
        "(l'|) aube",
        "le soleil se lève",
        "il fait jour",
    ),
    "event.sunset": (
        "(le|au|) coucher du soleil",
        "(la|à la|) tombée de la nuit",
        "(le|la|) crépuscule",
        "(le soleil se couche|il fait nuit|la nuit tombe|il fait noir|qu'il fasse nuit)",
    ),
    "event.wake_up": (
        "[que|qu'] {who} [me|te|se|nous|vous] (lève|lèves|levons|levions|lèvent|réveille"
        "|réveilles|réveillons|réveillions|réveillent|lèverai|lèvera|réveillerai)",
        "[de] (me|se|nous) (lever|réveiller)",
        "(mon|notre|son) (réveil|lever)",
        "(je me lève|nous nous levons|on se lève|je me réveille|on se réveille|je me lèverai|nous"
        " nous réveillons|je me réveillerai|mon réveil|notre réveil|le réveil|que je me lève|que je"
        " me réveille|qu'on se lève|le lever|mon lever|réveil|nous levions|me lever)",
    ),
    "event.bedtime": (
        "[que|qu'] {who} [me|te|se|nous|vous] (couche|couches|couchons|couchions|couchent"
        "|coucherai|couchera)",
        "[que|qu'] {who} (vais|va|allons|allions|aille|ailles|vont|aillent|allais|irai|ira) [me"
        "|te|se|nous] (coucher|dormir|au lit)",
        "[d'|de] aller [me|te|se|nous] (coucher|dormir|au lit)",
        "[de] (me|se|nous) coucher",
        "(mon|notre|l'heure du|le) coucher",
        "(je vais me coucher|on va se coucher|nous allons nous coucher|on se couche|je me couche|le"
        " coucher|l'heure du coucher|d'aller au lit|je vais au lit|on va au lit|d'aller se coucher"
        "|nous nous couchons|que j'aille me coucher|qu'on aille se coucher|d'aller dormir|l'heure"
        " d'aller au lit|nous allons au lit)",
    ),
    "event.arrival": (
        "[que|qu'] {who} (rentre|rentres|rentrions|rentrons|rentrent|rentrerai|rentrera|rentrerons"
        "|reviens|revient|revienne|reviennes|revenons|revenions|arrive|arrives|arrivions|arrivons"
        "|arrivent|arriverai|sois rentré|soit rentré|soyons rentrés|sommes rentrés|serons rentrés)"
        " [à la maison|chez nous|chez moi|du travail|du bureau|de l'école]",
        "[de] (rentrer|revenir) [à la maison|chez nous|chez moi|du travail|du bureau]",
        "(je rentre|on rentre|nous rentrons|on arrive|j'arrive|nous arrivons|mon retour|notre"
        " retour|que je rentre|qu'on rentre|notre arrivée|mon arrivée|je rentrerai|on rentrera|<P>"
        " rentre|<P> arrive|les enfants rentrent|on sera rentrés|je serai rentré|tout le monde"
        " rentre|que nous rentrions) [à la maison|chez nous|du travail|du bureau|chez moi|de"
        " l'école]",
    ),
    "event.departure": (
        "[que|qu'] {who} (parte|partes|partions|pars|part|partons|partent|partirai|partira|sors"
        "|sort|sortions|sortons|quitte|quittions|quittons|m'en vais|m'en aille|s'en aille) [de la"
        " maison|la maison|au travail|de chez nous|travailler|au boulot]",
        "de (partir|m'en aller|nous en aller) [au travail|travailler|de la maison]",
        "(je pars|on part|nous partons|on s'en va|je m'en vais|notre départ|mon départ|on sort|je"
        " sors|nous sortons|on quitte la maison|je quitte la maison|on sera partis|<P> part|<P>"
        " s'en va|nous quittons la maison|tout le monde part|le départ|qu'on parte|que je parte|<P>"
        " sort|nous serons partis|je serai parti) [de la maison|au travail|de chez nous"
        "|travailler]",
    ),
    "when": (
        "<K>|<L>|<Y>|<O>|<E>",
        "<Y> [,] [à|vers|dès] [<O>] [à|vers|pour] {cl}",
        "<Y> [,] [à|vers|dès] {cl} [de|du] <O>",
        "<O> [à|vers|pour] {cl}",
        "{cl} [,] <O> [,] [<Y>]",
        "{cl} [,] <Y> [<O>]",
        "<Y> [dans] <O>",
        "<O> <Y>",
        "<Y> à <O>",
        "{cl} de <O>",
    ),
    "counted.-1": (
        "!pendant|durant|pour|moins (<U>|<K>) (avant|avant de|avant d'|avant que|avant qu') [le|la"
        "|l'|notre|mon] <E>",
    ),
    "counted.-1.60": (
        "!pendant|durant|pour|moins (une heure) (avant|avant de|avant d'|avant que|avant qu') [le"
        "|la|l'|notre|mon] <E>",
    ),
    "counted.-1.90": (
        "!pendant|durant|pour|moins (une heure et demie) (avant|avant de|avant d'|avant que"
        "|avant qu') [le|la|l'|notre|mon] <E>",
    ),
    "counted.1": (
        "!pendant|durant|pour|moins (<U>|<K>) (après|après que|après qu') [le|la|l'|notre|mon] <E>",
    ),
    "counted.1.60": (
        "!pendant|durant|pour|moins (une heure) (après|après que|après qu') [le|la|l'|notre|mon]"
        " <E>",
    ),
    "counted.1.90": (
        "!pendant|durant|pour|moins (une heure et demie) (après|après que|après qu') [le|la|l'"
        "|notre|mon] <E>",
    ),
    "later": ("dans [environ|à peu près] <U>", "d'ici <U>", "après <U>"),
    "later.then": ("<U> (plus tard|après)",),
    "halves.H.10": ("{n} (degrés|degré|°) et (demi|demie)",),
}
