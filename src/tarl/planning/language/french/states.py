"""French: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.occupancy.asleep": (
        "({somebody}|{everybody}|<P>) [{be}] [encore|déjà|tous] (dort|dorment|dors|dormons"
        "|endormi|endormis|endormie|au lit|couché|couchés|en train de dormir|fait la sieste"
        "|font la sieste)",
        "le sommeil (du bébé|des enfants)",
        "la sieste [du bébé|des enfants|du petit|de la petite]",
    ),
    "state.not.occupancy.asleep": (
        "{nobody} ne dort",
        "personne n'est (au lit|endormi|couché)",
        "({everybody}|<P>) ne (dort|dorment) pas",
    ),
    "state.occupancy.awake": (
        "({somebody}|{everybody}|<P>) {be} [encore|déjà|tous] (réveillé|réveillés|réveillée"
        "|debout|levé|levés|éveillé)",
    ),
    "state.not.occupancy.awake": ("personne n'est (réveillé|debout|levé)",),
    "state.occupancy.home": (
        "({somebody}|{everybody}|<P>) {be} [encore|tous] {home}",
        "il y a quelqu'un [à la maison]",
        "({somebody}|{everybody}|<P>) {be} (dans|au|en|à) [le|la|l'] <A>",
        "il y a quelqu'un (dans|au|en) [le|la|l'] <A>",
    ),
    "state.occupancy.away": (
        "({everybody}|<P>|{somebody}) {be} [tous|encore] {out}",
        "(il n'y a|il n'y aura|y a) [plus] personne [{home}|dans la maison]",
        "personne n'est [plus] {home}",
        "la maison est vide",
        "(il n'y a|y a) [plus] personne (dans|au|en) [le|la|l'] <A>",
        "({everybody}|<P>) n'{be} pas {home}",
        "(notre|mon) absence",
        "l'absence de tous",
    ),
    "state.weather.sunny": (
        "(il fait|il y a) [du|beau|grand] (soleil|beau|beau temps)",
        "le soleil brille",
        "(temps ensoleillé|c'est ensoleillé|il fait beau|plein soleil)",
    ),
    "state.weather.raining": ("(il pleut|il se met à pleuvoir|de pluie|pluie|il pleuvait|pleut)",),
    "state.not.weather.raining": ("(il ne pleut pas|il fait sec)",),
    "state.weather.cold": (
        "il fait [très|trop|vraiment] froid [dehors]",
        "(il gèle|grand froid|gel)",
    ),
    "state.weather.hot": (
        "il fait [très|trop|vraiment] chaud [dehors]",
        "(canicule|forte chaleur)",
    ),
    "state.price.high": (
        "{price} {be} [trop|très|plus] (cher|chère|chers|élevé|élevés|haut|hauts)",
        "(prix élevé|prix élevés|heures de pointe|c'est cher|heures pleines)",
        "les (heures de pointe|heures pleines)",
        "{price} (coûte cher|grimpe|grimpent|monte|montent)",
    ),
    "state.not.price.high": (
        "{price} (n'est|ne sont) pas [trop|très] (cher|chère|chers|élevé|élevés)",
    ),
    "state.price.low": (
        "{price} {be} [très|assez] (bas|basse|peu cher|pas cher|pas chère|bon marché"
        "|avantageux|peu chère|faible|faibles|pas chers)",
        "(prix bas|c'est pas cher|bas prix)",
        "{price} (baisse|baissent|descend)",
    ),
    "state.price.negative": (
        "{price} {be} [en dessous de zéro|] (négatif|négatifs|négative)",
        "{price} (devient|deviennent|passe|passent|passera) (négatif|négatifs|en négatif|sous "
        "zéro|en dessous de zéro)",
        "(prix négatif|prix négatifs)",
    ),
    "state.solar.surplus": (
        "(il y a|on a|on aura|nous avons|nous aurons|il y aura|vous avez) [un|du|de l'|assez "
        "de|trop de|des] (surplus|excédent|excédents|trop|assez) [de|d'] [solaire|soleil"
        "|production solaire|énergie solaire|photovoltaïque|électricité solaire|courant "
        "solaire]",
        "(le|du|un|les|de l'|l') (surplus|excédent|excédents) [de|du] [solaire|soleil"
        "|production|photovoltaïque|solaires|production solaire]",
        "(les panneaux|le solaire|nos panneaux|le toit) (produisent|produit|donnent) (trop"
        "|plus que|davantage que|un surplus|un excédent|plus qu'il ne faut) [ce qu'on consomme"
        "|la consommation|nécessaire]",
        "(surplus|excédent) solaire",
    ),
    "state.mode.vacation": (
        "({everybody}) {be} en (vacances|congés|congé|voyage)",
        "(les|nos|mes|des) (vacances|congés)",
        "en vacances",
    ),
    "state.mode.guests": (
        "(on a|nous avons|il y a|j'ai|on aura|nous aurons|on avait|nous avions) (des|les|de "
        "la) (invités|visiteurs|visite|amis)",
        "(les|nos|des) (invités|visiteurs) {be} [encore] (là|ici|à la maison|chez nous)",
        "(on reçoit|nous recevons) [du monde|des amis]",
    ),
    "state.device.done": (
        "{d} {be} (fini|finie|terminé|terminée|finis|prêt|prête)",
        "{d} (a fini|aura fini|a terminé|se termine|finit|s'arrête)",
    ),
    "state.device.running": (
        "{d} (tourne|fonctionne|est en marche|marche|est en route|est en cours)",
        "{d} {be} en (marche|route|fonctionnement)",
    ),
    "state.not.device.running": ("{d} ne (tourne|fonctionne|marche) pas",),
    "state.device.charging": (
        "{d} (charge|est en charge|se recharge|se charge|est en train de charger)",
    ),
    "state.device.on": ("{d} {be} (allumé|allumée|allumés|allumées)",),
    "state.device.off": ("{d} {be} (éteint|éteinte|éteints|éteintes)",),
    "state.device.open": ("{d} {be} [encore|restée|resté] (ouvert|ouverte|ouvertes|ouverts)",),
    "state.device.closed": ("{d} {be} (fermé|fermée|fermées|fermés)",),
    "state.device.locked": ("{d} {be} (verrouillé|verrouillée|fermée à clé)",),
    "state.device.unlocked": (
        "{d} (n'est pas verrouillée|est déverrouillée|n'est pas fermée à clé)",
    ),
    "state.device.full": ("{d} {be} (plein|pleine|chargé|chargée|remplie|complètement chargée)",),
    "state.not.device.full": ("{d} n'est pas (pleine|plein|chargée|chargé)",),
    "state.device.empty": ("{d} {be} [presque] (vide|déchargée|déchargé|à plat)",),
    "if.until": (
        "(que si|que quand|que lorsque|que lorsqu'|que pendant que|que tant que|qu'en cas de|que s'"
        "|qu'une fois que|qu'après que) <S>",
    ),
    "if.eq": ("{if} <S> [et|ou] [que|qu'|{if}] <S>", "{if} <S>"),
    "if.neq": ("{unless} [que|qu'] <S>",),
    "wake.neq": (
        "sans (réveiller|déranger) [quelqu'un|personne|qui que ce soit|les enfants|le bébé|<P>"
        "|tout le monde|la petite|le petit|la famille|nous|bébé]",
        "(ne réveille|ne pas réveiller|ne réveillez|ne réveiller|n'éveille|sans que ça "
        "réveille|ne dérange|ne pas déranger) [pas] [quelqu'un|personne|les enfants|le bébé"
        "|<P>|tout le monde|la petite|le petit]",
    ),
}
