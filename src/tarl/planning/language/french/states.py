"""French: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.mode.guests": (
        "(il y a|il y ait|il y aura|on a|nous avons|j'ai|on attend|nous attendons) (du monde"
        "|des invités|des amis|de la visite|de la famille|la belle-famille|du monde à la maison)",
        "(on a|nous avons|il y a|j'ai|on aura|nous aurons|on avait|nous avions) (des|les|de la)"
        " (invités|visiteurs|visite|amis)",
        "(les|nos|des) (invités|visiteurs) {be} [encore] (là|ici|à la maison|chez nous)",
        "(on reçoit|nous recevons) [du monde|des amis]",
    ),
    "state.occupancy.asleep": (
        "@fois|sitôt ({everybody}|<P>) (couchés|couché|couchée|endormis|endormi|endormie|au lit)",
        "({somebody}|{everybody}|<P>) (dorme|dormions|dormira|dormiront|dormait|s'endort"
        "|s'endorme|s'endorment|s'est endormi|se sont endormis)",
        "({somebody}|{everybody}|<P>) [{be}] [encore|déjà|tous] (dort|dorment|dors|dormons"
        "|endormi|endormis|endormie|au lit|couché|couchés|en train de dormir|fait la sieste"
        "|font la sieste)",
        "le sommeil (du bébé|des enfants)",
        "la sieste [du bébé|des enfants|du petit|de la petite]",
    ),
    "state.not.occupancy.asleep": (
        "{nobody} (ne|n') (dort|dorme|est au lit|est couché|est endormi|soit couché|soit au lit)"
        " [plus]",
        "({everybody}|<P>) (ne|n') (dort|dorme|dorment|dors|dormons) (pas|plus)",
        "{nobody} ne dort",
        "personne n'est (au lit|endormi|couché)",
        "({everybody}|<P>) ne (dort|dorment) pas",
    ),
    "state.occupancy.awake": (
        "@fois|sitôt ({everybody}|<P>) (levés|levé|réveillés|réveillé|debout)",
        "({somebody}|{everybody}|<P>) (se réveille|se lève|s'est levé|s'est réveillé|se réveillent"
        "|se réveille)",
        "({somebody}|{everybody}|<P>) {be} [encore|déjà|tous] (réveillé|réveillés|réveillée"
        "|debout|levé|levés|éveillé)",
    ),
    "state.not.occupancy.awake": (
        "{nobody} (ne|n') (est|soit|sera|était) [plus|encore|déjà] (réveillé|debout|levé|éveillé)",
        "personne n'est (réveillé|debout|levé)",
    ),
    "state.occupancy.home": (
        "({somebody}|{everybody}|<P>) s'y (trouve|trouvent|repose|reposent)",
        "({somebody}|{everybody}|<P>) y (travaille|travaillent|joue|jouent)",
        "({somebody}|{everybody}|<P>) {be} dedans",
        "({somebody}|{everybody}|<P>) y (est|soit|sera|travaille|joue|reste)",
        "({somebody}|{everybody}|<P>) (travaille|joue|lit|reste|se trouve|se tient|soit) (dans"
        "|au|en|à) [le|la|l'] <A>",
        "(il y ait|il y aura|il y avait|y a) quelqu'un [{home}|dans la maison]",
        "({somebody}|{everybody}|<P>) {be} [encore|tous] {home}",
        "il y a quelqu'un [à la maison]",
        "(il|) y a quelqu'un (dedans|à l'intérieur|là-dedans)",
        "({somebody}|{everybody}|<P>) {be} (dans|au|en|à) [le|la|l'] <A>",
        "il y a quelqu'un (dans|au|en) [le|la|l'] <A>",
    ),
    "state.occupancy.away": (
        "(il n'y a|il n'y ait|il n'y aura|y a) [plus] personne (dedans|à l'intérieur)",
        "@fois|sitôt ({everybody}|<P>) (partis|parti|partie|sortis|sorti|dehors|absents)",
        "{nobody} (ne|n') (est|soit|sera|était) [plus|encore] {home}",
        "({everybody}|<P>) (ne|n') {be} (pas|plus) {home}",
        "(qu'il n'y ait|il n'y ait|il n'y avait|n'y a|n'y ait|il ne reste|ne reste) [plus]"
        " [personne] [personne] [{home}|dans la maison]",
        "la maison {be} (vide|déserte|inoccupée)",
        "(le dernier|tout le monde|tous) (est parti|sera parti|soit parti|sont partis|a quitté la"
        " maison)",
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
        "(il y a|il y ait|il fait|il fasse) [du|beau|grand|un grand|un beau] (soleil|beau"
        "|temps ensoleillé|grand soleil)",
        "le soleil (brille|tape|est là|donne|est de la partie)",
        "(il fait|il y a) [du|beau|grand] (soleil|beau|beau temps)",
        "le soleil brille",
        "(temps ensoleillé|c'est ensoleillé|il fait beau|plein soleil)",
    ),
    "state.weather.raining": (
        "il (a|ait|avait|aura) [déjà|bien] plu",
        "il (pleut|pleuve|pleuvait|pleuvra|tombe des cordes|pleuvine|bruine)",
        "(temps de pluie|averse|averses)",
        "(il pleut|il se met à pleuvoir|de pluie|pluie|il pleuvait|pleut)",
    ),
    "state.not.weather.raining": (
        "il ne (pleut|pleuve|pleuvra|pleuvait) (pas|plus)",
        "(il ne pleut pas|il fait sec)",
    ),
    "measured.weather.above": (
        "(il|ça) (fait|fasse|fera) {plusde} (<H>|<N>) [degrés] (dehors|à l'extérieur)",
        "la température (extérieure|dehors) (est|soit|passe|monte) {plusde} (<H>|<N>) [degrés]",
        "la température (extérieure|dehors) dépasse (<H>|<N>) [degrés]",
        "{plusde} (<H>|<N>) [degrés] (dehors|à l'extérieur)",
    ),
    "measured.weather.below": (
        "(il|ça) (fait|fasse|fera) {moinsde} (<H>|<N>) [degrés] (dehors|à l'extérieur)",
        "la température (extérieure|dehors) (est|soit|passe|descend|tombe) {moinsde} (<H>|<N>)"
        " [degrés]",
        "{moinsde} (<H>|<N>) [degrés] (dehors|à l'extérieur)",
    ),
    "measured.solar.above": (
        "[il y a] {plusde} <W> (de|du) (soleil|solaire|production solaire)",
        "(le soleil|les panneaux|les panneaux solaires|le solaire) (donne|donnent|produit"
        "|produisent|dépasse|dépassent) [{plusde}] <W>",
    ),
    "measured.solar.below": (
        "[il y a] {moinsde} <W> (de|du) (soleil|solaire|production solaire)",
        "(le soleil|les panneaux|les panneaux solaires|le solaire) (donne|donnent|produit"
        "|produisent) {moinsde} <W>",
    ),
    "if.eq.measured": ("[seulement|uniquement] [à|avec] <S>",),
    "state.weather.cold": (
        "(il|ça) (fait|fasse|faisait|fera) [très|trop|vraiment|bien] (froid|glacial|un froid de"
        " canard) [dehors|à l'extérieur]",
        "il (gèle|gelait|gèlera)",
        "il fait [très|trop|vraiment] froid [dehors]",
        "(il gèle|grand froid|gel)",
    ),
    "state.weather.hot": (
        "(il|ça) (fait|fasse|faisait|fera) [très|trop|vraiment|bien] (chaud|une chaleur) [dehors|à"
        " l'extérieur]",
        "il fait [très|trop|vraiment] chaud [dehors]",
        "[la|cette] (canicule|forte chaleur|vague de chaleur)",
        "(fortes|grosses|grandes) chaleurs",
    ),
    "state.not.price.high": (
        "{price} (n'est|ne sont) (pas|plus) [trop|très] (cher|chère|chers|élevé|élevés)",
    ),
    "state.price.high": (
        "{price} {be} [encore|vraiment|trop|très|plus|assez] (cher|chère|chers|chères|élevé"
        "|élevée|élevés|haut|hauts|au plus haut)",
        "{price} (flambe|flambent|s'envole|s'envolent|augmente|augmentent)",
        "{price} {be} [trop|très|plus] (cher|chère|chers|élevé|élevés|haut|hauts)",
        "(prix élevé|prix élevés|heures de pointe|c'est cher|heures pleines)",
        "les (heures de pointe|heures pleines)",
        "{price} (coûte cher|grimpe|grimpent|monte|montent)",
    ),
    "state.price.low": (
        "{price} {be} [encore|vraiment|très|assez|plutôt] (bas|basse|bon marché|abordable"
        "|abordables|faible|faibles|donné|peu élevé|peu élevés)",
        "{price} {be} [très|assez] (bas|basse|peu cher|pas cher|pas chère|bon marché"
        "|avantageux|peu chère|faible|faibles|pas chers)",
        "(prix bas|c'est pas cher|bas prix)",
        "{price} (baisse|baissent|descend)",
    ),
    "state.price.negative": (
        "{price} (tombe|tombent|passe|passent|descend|descendent|vire|est|sont|devienne"
        "|passait) (au|en|dans le|en dessous de|sous|à) (négatif|zéro|des valeurs négatives)",
        "{price} {be} [en dessous de zéro|] (négatif|négatifs|négative)",
        "{price} (devient|deviennent|passe|passent|passera) (négatif|négatifs|en négatif|sous zéro"
        "|en dessous de zéro)",
        "(prix négatif|prix négatifs)",
    ),
    "state.solar.surplus": (
        "(on|nous|le toit|les panneaux|nos panneaux|la maison|l'installation) (produit"
        "|produisons|produisent|fabrique|a|avons|ont) (trop|plus|davantage|en trop) [de soleil"
        "|de courant|d'électricité|d'énergie|de solaire] [que|qu'] [ce qu'|ce que|on|nous] [on"
        "|nous] [ne] [consomme|consommons|utilise|utilisons|en consomme|besoin]",
        "(le soleil|le toit|les panneaux|nos panneaux|l'installation) (donne|donnent|donnera"
        "|fournit|fournissent|rapporte) (plus|davantage) [que|qu'] [ce qu'|ce que|on|nous] [on"
        "|nous] [ne|n'en] [consomme|consommons|utilise|utilisons|a besoin]",
        "(il reste|il y a trop|on a trop|nous avons trop) (du|de|d') (soleil|solaire"
        "|courant solaire|électricité solaire|production solaire)",
        "(le|du|un) (trop-plein|reste) (solaire|de soleil|des panneaux)",
        "(il y a|on a|on aura|nous avons|nous aurons|il y aura|vous avez) [un|du|de l'|assez de"
        "|trop de|des] (surplus|excédent|excédents|trop|assez) [de|d'] [solaire|soleil|production"
        " solaire|énergie solaire|photovoltaïque|électricité solaire|courant solaire]",
        "(le|du|un|les|de l'|l') (surplus|excédent|excédents) [de|du] [solaire|soleil"
        "|production|photovoltaïque|solaires|production solaire]",
        "(les panneaux|le solaire|nos panneaux|le toit) (produisent|produit|donnent) (trop"
        "|plus que|davantage que|un surplus|un excédent|plus qu'il ne faut) [ce qu'on consomme"
        "|la consommation|nécessaire]",
        "(surplus|excédent) solaire",
    ),
    "state.mode.vacation": (
        "({everybody}|<P>) (part|parte|partons|partions|sera|serons|est|sommes|soyons) en (vacances"
        "|congés|congé|voyage)",
        "({everybody}) {be} en (vacances|congés|congé|voyage)",
        "(les|nos|mes|des) (vacances|congés)",
        "en vacances",
    ),
    "again.price.high": (
        "&(il|elle|ils|elles) {be} [trop|plus|très] (cher|chère|chers|chères|élevé|élevés|haut)",
    ),
    "again.price.low": (
        "&(il|elle|ils|elles) {be} [très|plus|moins|à nouveau] (bas|basse|bon marché|chers|cher)",
    ),
    "state.device.done": (
        "{d} (a|ait|aura|avait) (fini|terminé|achevé) [de (laver|tourner|sécher|charger)] [son"
        " cycle|son programme]",
        "{d} {be} [bien|complètement] (fini|finie|terminé|terminée|achevé|achevée|arrêté|arrêtée)",
        "{d} {be} (fini|finie|terminé|terminée|finis|prêt|prête)",
        "{d} (a fini|aura fini|a terminé|se termine|finit|s'arrête)",
    ),
    "state.device.running": (
        "{it} (tourne|fonctionne|marche) [encore|toujours|déjà]",
        "{it} {be} [encore|toujours|déjà] (en train de tourner|en cours)",
        "{d} (tourne|tournera|fonctionne|marche|est en marche|est en train de tourner"
        "|tourne encore)",
        "{d} (tourne|fonctionne|est en marche|marche|est en route|est en cours)",
        "{d} {be} en (marche|route|fonctionnement)",
    ),
    "state.not.device.open": (
        "({it}|{d}) (n'est pas|ne sont pas|n'est plus|ne sont plus) [encore|déjà] (ouvert|ouverte"
        "|ouvertes|ouverts)",
    ),
    "state.not.device.closed": (
        "({it}|{d}) (n'est pas|ne sont pas|n'est plus|ne sont plus) [encore|déjà] (fermé|fermée"
        "|fermées|fermés)",
    ),
    "state.not.device.locked": (
        "({it}|{d}) (n'est pas|ne sont pas|n'est plus|ne sont plus) [encore|déjà] (verrouillé"
        "|verrouillée|fermée à clé)",
    ),
    "state.not.device.on": (
        "({it}|{d}) (n'est pas|ne sont pas|n'est plus|ne sont plus) [encore|déjà] (allumé|allumée"
        "|allumés|allumées)",
    ),
    "state.not.device.running": ("{d} ne (tourne|fonctionne|marche) pas",),
    "state.device.charging": (
        "{it} {be} [encore|toujours|déjà] (en charge|en train de charger)",
        "{d} (charge|est en charge|se recharge|se charge|est en train de charger)",
    ),
    "state.device.on": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (allumé|allumée|allumés|allumées|en"
        " route|en marche)",
        "{d} {be} [encore|toujours|déjà|bien|restée|resté] (allumé|allumée|allumés|allumées)"
        " [(dans|de|au|à|à l'|en) [la|le|l'] <A>]",
    ),
    "state.device.off": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (éteint|éteinte|éteints|éteintes)",
        "{d} {be} [encore|toujours|déjà|bien|restée|resté] (éteint|éteinte|éteints|éteintes)",
    ),
    "state.device.open": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (ouvert|ouverte|ouvertes|ouverts)",
        "{d} {be} [encore|toujours|restée|resté] (ouvert|ouverte|ouvertes|ouverts)",
        "&[le|la|notre] <A> {be} [encore|toujours|resté|restée] (ouvert|ouverte)",
    ),
    "state.device.closed": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (fermé|fermée|fermées|fermés)",
        "{d} {be} [encore|toujours|déjà|bien|restée|resté] (fermé|fermée|fermées|fermés)",
    ),
    "state.device.locked": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (verrouillé|verrouillée|fermée à clé"
        "|fermé à clé)",
        "{d} {be} [encore|toujours|déjà|bien|restée|resté] (verrouillé|verrouillée|fermée à clé)",
    ),
    "state.device.unlocked": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (déverrouillé|déverrouillée)",
        "{d} est déverrouillée",
    ),
    "state.device.full": (
        "{it} {be} [encore|toujours|déjà|bien|restée|resté] (plein|pleine|chargé|chargée)",
        "{d} {be} [encore|toujours|déjà|bien|restée|resté] (plein|pleine|chargé|chargée|remplie"
        "|complètement chargée)",
    ),
    "state.not.device.full": (
        "{it} n'est pas [encore|déjà] (pleine|plein|chargée|chargé)",
        "{d} n'est pas (pleine|plein|chargée|chargé)",
    ),
    "state.device.empty": (
        "{d} {be} [presque] (vide|déchargée|déchargé|à plat)",
        "{it} {be} [presque] (vide|déchargée|déchargé|à plat)",
    ),
    "if.until": (
        "(que si|que quand|que lorsque|que lorsqu'|que pendant que|que tant que|qu'en cas de|que s'"
        "|qu'une fois que|qu'après que) <S>",
    ),
    "if.eq": (
        "(attends|attendre|attendez) (que|qu'|jusqu'à ce que|jusqu'à ce qu'|d'avoir) <S> [pour"
        "|avant de]",
        "{if} [à|vers|en] <T> [,] <S>",
        "{if} <S> [et|ou] [que|qu'|{if}] <S>",
        "{if} <S>",
    ),
    "timed.by": ("&(si|s'|au cas où) <S> <C>", "&(si|s'|au cas où) <C> [,] <S>"),
    "joined": ("&<C> (et|ou) [que|qu'|si] <S> [(et|ou) [que|qu'|si] <S>]",),
    "if.neq": ("{unless} [que|qu'] <S>",),
    "wake.neq": (
        "sans (réveiller|déranger) [quelqu'un|personne|qui que ce soit|les enfants|le bébé|<P>"
        "|tout le monde|la petite|le petit|la famille|nous|bébé]",
        "(ne réveille|ne pas réveiller|ne réveillez|ne réveiller|n'éveille|sans que ça réveille|ne"
        " dérange|ne pas déranger) [pas] [quelqu'un|personne|les enfants|le bébé|<P>|tout le monde"
        "|la petite|le petit]",
    ),
    "state.not.weather.sunny": (
        "(il n'y a|il n'y ait) pas de soleil",
        "le temps est (couvert|gris|nuageux)",
    ),
    "state.not.weather.cold": (
        "il ne (fait|fasse|faisait|fera) (pas|plus) [très|trop|si|vraiment] froid [dehors"
        "|à l'extérieur]",
        "il ne (gèle|gelait) (pas|plus)",
    ),
    "state.not.weather.hot": (
        "il ne (fait|fasse|faisait|fera) (pas|plus) [très|trop|si|vraiment] chaud [dehors]",
    ),
}
