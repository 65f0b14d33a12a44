"""French: times, money, quantities and rules that bound a goal, and what is striven for."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "order": (
        "(juste|tout de suite|aussitôt|immédiatement|directement|sitôt) (après|derrière)",
        "(après ça|après cela|une fois que c'est fini|une fois que c'est fait|quand c'est fini"
        "|quand c'est fait|dès que c'est fini|quand il a fini|quand elle a fini|une fois terminé"
        "|une fois fini|quand c'est terminé|dans la foulée|une fois que c'est terminé|après quoi)",
    ),
    "turn": (
        "(l'un|l'une|<N>|un|une) après (l'autre|un autre)",
        "(à la suite|l'un derrière l'autre|dans cet ordre|successivement|à tour de rôle)",
    ),
    "then": ("([et] (ensuite|puis|après|enfin)|et seulement ensuite)",),
    "orderdevice": ("(après|une fois|dès) {d} ", "après {d} [fini|terminé]"),
    "deadline.of": ("&(avant que|avant qu'|avant l'arrivée) ... <C>",),
    "deadline": (
        "(à|pour) {t} (prêt|prête|chargé|chargée|terminé|terminée|fini|finie)",
        "(d'ici à ce|jusqu'à ce|d'ici|avant) {t}",
        "(avant qu'|avant d'|avant de|d'ici à ce que|d'ici à ce qu'|d'ici que|le temps que|jusqu'à"
        " ce que|jusqu'à ce qu') [le|la|les|l'] {t}",
        "(avant que|avant qu'|d'ici à ce que|d'ici à ce qu') <S>",
        "(avant|d'ici|pour|jusqu'à|au plus tard|au plus tard à|avant que|d'ici à|jusqu'au|au plus"
        " tard le|au plus tard avant|pas plus tard que|pas après|prêt pour|prête pour|terminé à"
        "|fini à|terminé pour|fini pour|juste avant|d'ici au|jusqu'en|avant le|avant la|à finir"
        " pour|finie pour|terminée pour|prêt à|prête à|prêt quand|prête quand|terminé avant|fini"
        " avant|chaud pour|chaude pour|jusque|chaude quand|prêts pour|prêtes pour|terminée avant"
        "|finie avant|chargée pour|pleine pour|chargée à|pleine à|prêts à|prêtes à|propre pour"
        "|propres pour|sec pour|sèche pour|chargé pour|chargé à|remplie pour|maximum à|bien avant"
        "|au plus tard quand|pour quand) [le|la|les|l'] {t}",
        "@plein|pleine|remplie (à|pour|quand|vers) [le|la|les|l'] {t}",
        "@plein|pleine|remplie (<T>)",
        "(prêt|prête|prêts|prêtes|fini|finie|terminé|terminée|chargé|chargée|propre|propres|sec"
        "|sèche|lavé|lavée|lavés|chaud|chaude) ... (à|pour|quand|vers|avant) [le|la|les|l'] {t}",
        "(prêt|prête|prêts|prêtes|fini|finie|terminé|terminée|chargé|chargée|propre"
        "|propres|sec|sèche) [le|la] <T> [à] {t}",
        "(prêt|prête|prêts|prêtes|fini|finie|terminé|terminée) [le|la|à] <T>",
        "{t} (au plus tard|maximum|dernier délai|max|grand maximum)",
    ),
    "earliest": (
        "(à partir de|à partir du|après|dès|pas avant|à|vers|dès que|dès qu'|quand|lorsque|au"
        "|depuis|à compter de|aux environs de|seulement après|lorsqu'|une fois que|aussitôt que"
        "|après que|au moment où|au moment du|autour du|lors du|au plus tôt à|jamais avant"
        "|autour de|juste après|uniquement après"
        "|si|une fois qu'|environ à|à partir d'|qu'après|chaque jour à|tous les jours à|tous les"
        " soirs à|de|le|la|il est|dès le|dès la|au plus tôt) [le|la|les|l'] {t}",
        "{t} (au plus tôt|et après|passées)",
    ),
    "at": (
        "<T>",
        "(toute la journée|toute la durée|le long|tout au long) (de|du) [la|l'] <T>",
        "(pendant|durant|en|dans|au cours de|le|la|l'|tout|toute|pour|au|à|dans le courant de"
        "|au courant de|pendant la|pour la|à la|au cours) [le|la|l'|toute la|tout le|de la] <T>",
    ),
    "window": (
        "entre {t} et {t}",
        "(de|des|du|depuis) {t} (à|jusqu'à|au|et|jusqu'au) {t}",
        "<T> (entre|de) {t} (et|à|jusqu'à) {t}",
    ),
    "window.neq": (
        "(pas|jamais|sauf|surtout pas|mais pas) (entre|de) {t} (et|à) {t}",
        "(pas|jamais|sauf|surtout pas|mais pas|mais jamais) [pendant|durant|dans|en|le|la] [la"
        "|le|l'] <T>",
        "en dehors de [la] <T>",
        "(sauf si|sauf quand|à moins que) (c'est|ce soit|on est|on soit) [le|la|en|déjà] <T>",
    ),
    "weekend.before": ("(avant|d'ici) [le|ce] (week-end|weekend|week end)",),
    "weekend.neq": (
        "(pas|jamais|sauf|surtout pas|mais pas|mais jamais|hors) [(ce|le|pendant le|durant le|au"
        "|les)] (week-end|weekend|week end|week-ends|weekends)",
        "en dehors (du|des) (week-end|weekend|week-ends|weekends)",
    ),
    "weekend": ("(ce|le|pendant le|durant le|au|tout le|pour le) (week-end|weekend|week end)",),
    "within": (
        "(dans|d'ici|en moins de|en|sous|avant|au cours) [les|des|moins de] [prochaines"
        "|prochains|deux prochaines] <U> [maximum|au plus|qui viennent]",
        "dans les (<N>) (prochaines heures)",
        "[dans|sur|parmi|pendant|durant|au cours] (des|les) [prochaines] <U> [(à venir|qui viennent"
        "|suivantes)]",
    ),
    "duration": (
        "<U>",
        "(pendant|durant|pour une durée de|pour) [environ|au moins] <U>",
    ),
    "free": (
        "(gratuitement|gratuit|gratis|à titre gratuit)",
        "sans (frais|aucun frais|payer|rien payer|rien dépenser|dépenser un centime|payer un"
        " centime)",
        "sans que ça (coûte|me coûte|nous coûte) (rien|un centime)",
    ),
    "budget.cost": (
        "[pour|à|avec] {most} <M>",
        "<M> (maximum|max|au maximum|au plus|ou moins|tout au plus|de budget|grand maximum|en tout"
        "|au total|à dépenser)",
        "(dépense|dépenser|dépensant|coûte|coûter|payer|dépensez|coûtera) [{most}|pas plus de"
        "|plus de|plus d'|que] <M> [(maximum|max|au plus|au maximum)]",
        "(ne|n') [pas] (dépense|dépenser|coûte|coûter|dépasser|dépasse|dépensez|excéder|paie"
        "|payer|doit pas coûter) [pas|jamais] [plus de|plus d'|les] <M>",
        "(ne|n') (peux|peut|pouvons|veux|veut|voulons|voudrais|dois|doit|devons) (pas|jamais)"
        " (dépenser|payer|mettre|débourser|dépasser) [plus de|plus d'|les] <M>",
        "sans (dépasser|dépenser|payer|excéder) [plus de|plus d'] [les] <M>",
        "(budget|plafond|limite|budget maximum) [est|de|à|:|est de|maximal de|fixé à] <M>",
        "(pour|à|avec) <M>",
        "(que|le tout|ça|tout ça|cela) [ne] (coûte|coûter|dépasse) [pas] [{most}] <M>",
    ),
    "budget.price": (
        "(si|quand|lorsque|dès que|tant que) {price} (dépasse|passe|coûte|monte|{be}|grimpe)"
        " [au-dessus de|plus de|au-delà de|supérieur à|supérieure à] [les] <M> [(le|du|par|/) (kwh"
        "|kilowattheure)]",
        "{most} <M> (le|du|par|/|au|de l') (kwh|kilowattheure|kilowatt-heure)",
        "[si|quand|tant que|lorsque|uniquement si|seulement si|dès que|à condition que] {price}"
        " ({be}|coûte|passe|descend|tombe|reste|vaut) [à|en|sous] [{most}] <M> [(le|du|par|/) (kwh"
        "|kilowattheure)]",
    ),
    "limit.energy": (
        "[avec|en|utiliser|consommer|utilise|consomme] {most} <V>",
        "<V> (maximum|au maximum|max|au plus)",
        "sans (dépasser|consommer) [plus de] [les] <V>",
    ),
    "limit.latency": (
        "(en|sous|dans|en moins de) [moins de] <U> (de latence|de délai|réagir|répondre)",
        "(réagir|réagit|répondre|réponds|réagisse|latence|délai) [en|sous|de] [{most}] <U>",
    ),
    "bound.lte": (
        "(descendre|tomber|passer|baisser|refroidir|chuter|aller) (en dessous de|sous|en-dessous de"
        "|au-dessous de) {q}",
        "(arrête-toi|arrête|arrêter|stoppe|stop|t'arrêter|stopper|coupe) (à|une fois à|dès) {q}",
        "(jamais|pas|ne|n') .. (plus de|au-dessus de|au delà de|plus chaud que) {q}",
        "(jamais|pas|ne|n') .. (dépasser|dépasse|excéder|excède) [jamais|pas] [les] {q}",
        "{most} {q}",
        "(ne|n'|sans|sans que) [il|elle|ça|la maison|la température|jamais|la|le|les|la puissance]"
        " (dépasse|dépasser|dépassent|monte|monter|excède|excéder|monte au-dessus de|aille"
        " au-dessus de|doit dépasser|doit pas dépasser|passe au-dessus de|monter au-dessus de) [pas"
        "|jamais] [au-dessus de|les|à plus de|plus de|au delà de] {q}",
        "(pas|jamais) [au-dessus de|plus chaud que|plus haut que|plus de|au delà de] {q}",
        "{q} (maximum|max|au maximum|au plus|ou moins|et moins|ou en dessous|ou au-dessous|grand"
        " maximum|ou plus frais)",
        "(dépasse|dépassent) [jamais|pas] [les] {q}",
        "(limite|limiter|plafonne|arrête) [la maison|la puissance|à|le|la|la charge] [à] {q}",
    ),
    "bound.gte": (
        "(monter|passer|grimper|chauffer|aller) (au-dessus de|au dessus de|à plus de|au delà de)"
        " {q}",
        "!de|pas|jamais|ne|n'|sans|surtout|plus|à|d'en (dépasser) {q}",
        "(jamais|pas|ne|n') .. (moins de|en dessous de|en-dessous de|au-dessous de|sous|plus froid"
        " que) {q}",
        "{least} {q}",
        "(ne|n'|sans|sans que) [il|elle|ça|la maison|la température|jamais|la|le|les|<A>|la charge]"
        " (descende|descendre|descend|tombe|tomber|passe|passer|baisse|descendent|tombent|aille"
        "|aller|soit|être) [pas|jamais] [en dessous de|sous|en-dessous de|au-dessous de|à moins de"
        "|moins de|plus bas que|sous les] {q}",
        "(pas|jamais) (en dessous de|moins de|sous|en-dessous de|au-dessous de|plus froid que"
        "|plus bas que) {q}",
        "{q} (minimum|au minimum|au moins|ou plus|et plus|ou au-dessus|ou davantage|ou plus chaud"
        "|min)",
        "(garde|laisse|garder|laisser|en gardant|en laissant|conserve) [au moins|toujours] {q}"
        " [(dedans|en réserve|de réserve|dans la batterie)]",
        "(descende|descend|tombe|baisse) (en dessous de|sous|en-dessous de|au-dessous de) {q}",
    ),
    "fill.gte.500": (
        "[une] (demi-charge|demi charge|demi-recharge|demie charge|moitié de charge)",
        "(à moitié|à la moitié|moitié pleine|la moitié)",
    ),
    "fill.gte.1000": (
        "[une|la] (charge|recharge) (complète|totale|entière|pleine)",
        "(à fond|complètement|entièrement|totalement|à bloc|pleine|plein|le plein|au complet"
        "|pleinement)",
    ),
    "bound.upto": ("jusqu'à {q}",),
    "bound.aim": ("(à|sur|vers|au niveau de|à environ) {q}", "(<H>|<Q>)"),
    "fill.aim.500": (
        "(à|de|en) (moitié|la moitié|mi-intensité|mi-puissance)",
        "(à|en) [mi-|demi-|moitié] (intensité|mi-puissance|mi-intensité|moitié)",
    ),
    "bound.eq": ("(à|autour de|vers|aux alentours de|environ|à environ) (<H>|<Q>|<W>)",),
    "bound.between": ("entre {q} et {q}", "de {q} à {q}", "<H> à <H>", "<Q> à <Q>"),
    "either.at": ("à <N>", "autour de <N>"),
    "either.between": ("entre <N> et <N>", "de <N> à <N>"),
    "offpeak.tariff.eq.off_peak": (
        "[en|pendant|durant|aux|seulement|uniquement|dans|sur|au|avec|à] [les|des|le|seulement en]"
        " (heures creuses|tarif de nuit|tarif nuit|heure creuse|tarif heures creuses|tarif réduit"
        "|tarif heure creuse|tarif creux)",
    ),
    "rule.tariff.eq.solar_only.loose": ("(avec|au|à partir de|grâce à|à l'|par) [l'|le|du] {sun}",),
    "rule.tariff.eq.solar_only": (
        "(seulement|uniquement|exclusivement|que|rien que|juste|seul|rien d'autre que|qu'"
        "|purement) [avec|sur|à|par|grâce à|au|de|via] [l'|le|du|au] {sun}",
        "(avec|sur|à partir de|par|au|grâce à|à|de|via) [l'|le|du|au] {sun} (seulement"
        "|uniquement|exclusivement|seul|et rien d'autre)",
        "sans [utiliser|toucher|prendre sur] [le|au|sur le] réseau",
        "100 % solaire",
    ),
    "rule.tariff.eq.cheapest": (
        "(seulement|uniquement|que|exclusivement) (quand|au|aux|pendant|lorsque|en) [{power} est]"
        " [le|la|les|au|heures] (tarif le plus bas|prix le plus bas|moins cher|moins chère|moins"
        " chères|heures les moins chères|tarif le moins cher)",
    ),
    "rule.tariff.eq.greenest": (
        "(seulement|uniquement|exclusivement|que) [avec|à|de|en|sur|quand] [l'|de l'|du|{power}"
        " est] [la] (électricité verte|énergie verte|énergie propre|courant vert|plus verte|énergie"
        " renouvelable|plus propre|électricité propre|électricité renouvelable|plus verte"
        " possible)",
    ),
    "private.privacy.neq.cloud": (
        "(aucun|aucune|rien|jamais|pas|ne|n'|sans) ... [le] cloud",
        "(pas de|sans|aucun|jamais de|pas sur le|rien sur le|rien dans le|hors du|pas dans le"
        "|pas vers le|jamais dans le|jamais sur le|sans passer par le|rien vers le|sans le"
        "|point de) [le] cloud",
        "(n'|ne) (envoie|envoyer|envoyez|mets|utilise|utiliser|passe|transmets|stocke) [rien"
        "|pas] [les|le|la|des|d'|de|aucune] [images|vidéo|vidéos|données|<D>|image"
        "|enregistrements] [de] [la|le] [<D>] [pas|rien] [dans|sur|vers|par|au] [le] cloud",
        "n'utilise pas le cloud",
    ),
    "private.privacy.eq.local": (
        "[uniquement|seulement|strictement|tout|que|entièrement] (en local|localement|sur place|sur"
        " l'appareil|à la maison uniquement|dans la maison uniquement|en interne|sur l'appareil"
        " même)",
        "(reste|restent|rester|garde|garder|gardez|traite|traiter) [tout|les données|les images|la"
        " vidéo] (à la maison|dans la maison|en local|localement|chez nous|sur le réseau local)",
        "[que] (rien|aucune donnée|aucune image|aucune vidéo) ne (sort|sorte|quitte|doit sortir"
        "|doit quitter|sorte de|quittera|sortira) [de] [la|le] (maison|réseau local|logement)",
        "sans internet",
    ),
    "rule.quiet.eq": (
        "[en] (respecte|respecter|respectant|respectez|observe|observer) [bien] [les|l'|le] (heures"
        " de silence|heures calmes|heures de calme|plages de silence|heures silencieuses|repos"
        " nocturne|silence nocturne|tranquillité)",
        "(pendant|durant|dans) les (heures de silence|heures calmes|heures de calme|plages de"
        " silence|heures silencieuses|heures de repos)",
        "(pas de|aucun|sans|zéro) bruit (pendant|durant|dans) les (heures de silence|heures calmes"
        "|heures de calme|plages de silence|heures silencieuses|heures de repos)",
        "(pas|jamais|hors|en dehors|sauf) [pendant|durant|des|de] [les|des] (heures de silence"
        "|heures calmes|heures de calme|plages de silence|heures silencieuses)",
    ),
    "goal.minimize.cost": (
        "{lower} {utmost} [la|le|notre|ma|nos|mes|les] (facture|factures|coût|coûts|dépenses|frais"
        "|facture d'électricité|facture d'énergie|coûts d'énergie|facture de chauffage)",
        "(à|au|pendant|aux|dans|sur|durant) [l'|la|le|les] (heure|heures|moment|créneau|créneaux"
        "|période|tranche|prix|tarif|horaire|plage) [horaire] [la|le|les] (plus|moins) (avantageuse"
        "|avantageux|économique|économiques|basse|bas|intéressante|intéressant|favorable|rentable"
        "|bon marché|chère|cher|chères|coûteuse|coûteux|coûteuses|onéreux|onéreuse)",
        "[pour|avec] le (moins d'argent|moins de frais|moins de dépenses|moins de sous)"
        " [{aspossible}]",
        "[quand|lorsque|au moment où|dès que|à l'heure où|aux heures où] {power} ({be}|coûte|sera)"
        " (la|le|au) (moins chère|moins cher|plus bas|meilleur marché|moins|plus bas prix|plus"
        " avantageux|moins coûteuse)",
        "(le|la|les|au) (moins cher|moins chère|meilleur marché|moins chères|moins coûteux)"
        " [{aspossible}|possibles]",
        "(au|à) [le|la] (prix le plus bas|meilleur prix|tarif le plus bas|moindre coût|moindre prix"
        "|coût le plus bas|prix le moins cher|tarif le moins cher|meilleur tarif)",
        "(aux|pendant les|dans les|sur les) (heures|heures les|créneaux) [les] (moins chères"
        "|moins chers)",
        "(le|en|en dépensant|dépenser|dépense|payer|dépensant|à dépenser) [le] moins [{aspossible}]"
        " [d'argent] [{aspossible}]",
        "(dépense|dépenser|payer|dépensant|gaspiller) le (moins|minimum) [{aspossible}] [d'argent]",
        "(fais|faire|faites|réalise) des économies",
        "(économise|économiser|économisons|épargne) [de l'|un peu d'|le plus d'|plus d'] argent"
        " [{aspossible}]",
        "(réduis|réduire|baisse|baisser|diminue|diminuer|minimise|minimiser|alléger|allège) [la|ma"
        "|notre|les|le|nos|mes] (facture|facture d'électricité|coûts|coût|dépenses|factures|note"
        " d'électricité|coût de l'énergie|factures d'électricité|frais|note|facture d'énergie)",
        "aussi (bon marché|peu cher|économiquement) {aspossible}",
        "(au plus bas prix|à moindre coût|à moindre frais|au moindre coût|économiquement)",
        "(moins cher|moins chère) possible",
    ),
    "goal.minimize.energy": (
        "{lower} {utmost} [la|notre|ma] (consommation|conso|dépense d'énergie|consommation"
        " électrique|consommation d'électricité|consommation d'énergie)",
        "(limite|limiter|réduis|réduire|minimise|diminue|baisse) [au maximum] (la|notre"
        "|ma) consommation [d'électricité|d'énergie|électrique] [au (strict|plus|) (minimum"
        "|maximum|bas)|le plus possible|autant que possible]",
        "(économise|économiser|économisons|épargne) [l'|de l'|le plus d'|un peu d'|plus d'|de|du"
        "|autant d'] (énergie|électricité|courant) [{aspossible}]",
        "(consomme|consommer|utilise|utiliser|consommant|gaspiller|consommez) [le] moins [d'"
        "|de] [énergie|électricité|courant] [{aspossible}] [d'énergie|d'électricité]",
        "(réduis|réduire|baisse|diminue|minimise|diminuer|minimiser) [la|ma|notre] (consommation"
        "|consommation d'énergie|consommation d'électricité|conso)",
        "(avec|en consommant) [le] moins [d'|de] [énergie|électricité] [{aspossible}]",
        "le moins d'(énergie|électricité) [{aspossible}]",
    ),
    "goal.minimize.co2": (
        "{lower} {utmost} [notre|mon|l'|nos|les|mes] (empreinte carbone|empreinte|émissions|bilan"
        " carbone|émissions de co2|impact carbone|impact environnemental|émissions carbone|impact"
        " climatique|pollution)",
        "de (la façon|la manière|manière|façon) la plus (écologique|verte|propre|durable"
        "|respectueuse du climat|respectueuse de l'environnement) [{aspossible}]",
        "[quand|lorsque|au moment où] {power} {be} (la|le) (plus verte|plus propre|plus vert"
        "|moins carbonée|moins polluante|moins carboné)",
        "(émettre|émets|émettant|produire|générer|avec|rejeter|émet) [le] moins (de|d') (co2"
        "|carbone|émissions|gaz à effet de serre) [{aspossible}]",
        "le moins (de|d') (co2|carbone|émissions) [{aspossible}]",
        "(réduis|réduire|diminue|baisse|minimise|diminuer|minimiser|limite|limiter) [notre|mon|l'"
        "|nos|les|mes] (empreinte carbone|empreinte|émissions|bilan carbone|émissions de co2|impact"
        " carbone|impact environnemental|émissions carbone|impact climatique)",
        "(le|de la manière la|de façon la) plus (écologique|écologiquement|vert|propre|respectueux"
        " du climat|écolo|verte|durable|respectueuse du climat|propre) [{aspossible}]",
        "aussi (écologique|écologiquement|vert|propre|écolo) {aspossible}",
        "(avec|à) (de l'|l'|une) (électricité verte|énergie verte|électricité propre|énergie"
        " propre)",
        "(plus écologique|plus écolo|plus vert|plus propre) possible",
        "(écologiquement|écolo)",
    ),
    "goal.minimize.peak_power": (
        "(sans|évite|éviter|pas de|évitez|aucun) [les|de|des] (pics|pic|pointes|pics de"
        " consommation|pointes de consommation|pics de puissance|pic de consommation)",
        "(lisse|lisser|aplanis|aplanir|étale|étaler|répartis|limite|réduis|réduire|écrête) [la"
        "|notre|les] (courbe de charge|charge|consommation|pics|pointe|pointes|courbe|puissance"
        "|pics de consommation|pic de consommation|pointe de consommation|puissance de pointe)",
        "(pic|pointe) [de consommation|de puissance] le plus bas [{aspossible}]",
    ),
    "goal.minimize.grid_import": (
        "{lower} {utmost} [l'|les|nos|le] (achat|achats|import|importation|soutirage|prélèvement|"
        "électricité|courant|énergie) (au|du|sur le|auprès du) réseau",
        "(sollicitant|solliciter|sollicite|tirant|tirer|tire|utilisant|utiliser|utilise|pompant"
        "|pomper|puisant|puiser|chargeant|dépendant|dépendre) le moins [{aspossible}] (le|sur le"
        "|du|dans le|au) réseau [{aspossible}]",
        "(tire|tirer|prends|prendre|soutirer|importer|consomme|soutire|utilise|dépendre"
        "|utiliser|consommer|achète|acheter|dépends|puise|puiser) [le] moins [de courant"
        "|d'électricité|d'énergie] [{aspossible}] (du|sur le|au|le) réseau [{aspossible}]",
        "le moins [{aspossible}] (du|de courant du|d'électricité du) réseau [{aspossible}]",
        "(le plus|aussi) (autonome|autonomes|indépendant|indépendants|autonomie) [du réseau]"
        " [{aspossible}] [du réseau]",
        "(réduis|minimise|réduire|minimiser) [l'] (import|importation|soutirage) [du|sur le]"
        " réseau",
    ),
    "goal.minimize.latency": (
        "(le|aussi) plus (vite|rapidement|rapide|tôt) {aspossible}",
        "(avec|) le moins de (délai|retard|latence) [{aspossible}]",
        "(réagir|réagis|réagit|répondre|réponds) (le plus vite|au plus vite|le plus rapidement"
        "|vite) [{aspossible}]",
        "(au plus vite|aussi vite que possible|aussi rapidement que possible|sans délai)",
        "(réduis|minimise|réduire|minimiser) [la|le] (latence|délai|temps de réaction|temps de"
        " réponse)",
    ),
    "goal.minimize.noise": (
        "{lower} {utmost} [le|les] (bruit|bruits|niveau sonore|nuisances)",
        "(le|aussi) [plus] (silencieusement|silencieux|discrètement|doucement|silencieuse"
        "|calmement) [{aspossible}]",
        "(en faisant|avec|faire|fais|faisant|) le moins de bruit [{aspossible}]",
        "(sans bruit|sans faire de bruit|en silence|silencieusement)",
        "(réduis|minimise|réduire|minimiser) le bruit",
    ),
    "goal.maximize.solar_use": (
        "(privilégie|privilégier|favorise|favoriser|mise sur|donne la priorité à|donne la priorité"
        " au|compte d'abord sur) [l'|le|les|nos|notre] {sun}",
        "(utilise|utiliser|profite|profiter|exploite|consomme|consommer|utilisant|tire|utilisez)"
        " [au maximum|le plus|le plus possible|autant que possible|un maximum|autant|au mieux|le"
        " maximum] [de|d'|du|l'|le|la] {sun} [au maximum|le plus possible|au mieux|autant que"
        " possible|{aspossible}]",
        "(de préférence|principalement|surtout|autant que possible|en priorité|si possible"
        "|plutôt) [avec|sur|à|par|grâce à|au|de] [l'|le|du|au] {sun}",
        "(avec|sur|grâce à|au) [l'|le|du|au] {sun} (de préférence|autant que possible|en priorité"
        "|si possible|le plus possible)",
        "(maximise|maximiser|augmente|augmenter|favorise) [l'|notre] (autoconsommation"
        "|autoconsommation solaire|usage du solaire|utilisation du solaire)",
        "autant [de|d'] {sun} que possible",
        "(le plus de|un maximum de|le maximum de) {sun} [{aspossible}]",
    ),
    "goal.maximize.comfort": (
        "(le|aussi) plus (confortable|confortablement|agréable) {aspossible}",
        "(maximise|maximiser|augmente) [le|notre] confort",
        "(un maximum de|le plus de|confort maximal|confort maximum|avec le plus de) [confort]"
        " [{aspossible}]",
        "aussi (confortable|agréable) {aspossible}",
    ),
    "goal.maximize.privacy": (
        "(le|aussi) plus (privé|confidentiel|discret|respectueux de la vie privée) {aspossible}",
        "(maximise|protège|maximiser) [la|notre|ma] (vie privée|confidentialité)",
        "(un maximum de|le plus de) (confidentialité|vie privée) [{aspossible}]",
    ),
    "goal.maximize.security": (
        "(le|aussi) plus (sûr|sécurisé|sécurisée|sûre) {aspossible}",
        "(maximise|maximiser|renforce) [la|notre] sécurité",
        "(un maximum de|le plus de|sécurité maximale) [sécurité] [{aspossible}]",
    ),
    "goal.optimize.energy": (
        "{opt} [la|l'|notre|ma|le] (consommation|énergie|électricité|consommation d'énergie"
        "|consommation d'électricité|usage de l'énergie|efficacité énergétique|consommation"
        " énergétique|utilisation de l'énergie|conso)",
        "(plus efficace|plus économe) en énergie",
        "l'énergie (d'abord|en priorité)",
    ),
    "goal.optimize.cost": (
        "[le|la|les|l'] (coût|prix|budget|économies) (passe avant tout|passent avant tout"
        "|avant tout|d'abord|en premier|prime|priment|est prioritaire|est le plus important"
        "|est la priorité|a la priorité|avant tout le reste)",
        "{opt} [le|les|la|notre|nos|ma] (coût|coûts|facture|dépenses|facture d'électricité"
        "|prix|coûts d'énergie)",
        "(le coût|le prix|les coûts) (d'abord|en priorité|avant tout)",
    ),
    "goal.optimize.comfort": (
        "[le|la|les|l'] (confort|bien-être) (passe avant tout|passent avant tout|avant tout"
        "|d'abord|en premier|prime|priment|est prioritaire|est le plus important|est la priorité"
        "|a la priorité|avant tout le reste)",
        "{opt} [le|notre] confort",
        "[le] confort (d'abord|en priorité|avant tout|en premier)",
    ),
    "goal.optimize.privacy": (
        "[le|la|les|l'] (confidentialité|vie privée) (passe avant tout|passent avant tout"
        "|avant tout|d'abord|en premier|prime|priment|est prioritaire|est le plus important"
        "|est la priorité|a la priorité|avant tout le reste)",
        "{opt} [la|notre|ma] (vie privée|confidentialité)",
        "(la vie privée|la confidentialité) (d'abord|en priorité|avant tout)",
    ),
    "goal.optimize.latency": (
        "{opt} [la|le|les] (latence|temps de réponse|réactivité|temps de réaction|vitesse)",
    ),
    "goal.optimize.balanced": (
        "[un|le|bon|trouve|trouver|cherche] [un|le] [bon|juste|meilleur] (compromis|équilibre"
        "|juste milieu) entre",
        "[un|le|bon|trouve|trouver|cherche] [un|le] [bon|juste|meilleur] (compromis|équilibre"
        "|juste milieu) [entre {aimx} et {aimx}]",
        "(équilibre|concilie|équilibrer|concilier) {aimx} et {aimx}",
        "(équilibré|équilibrée)",
    ),
    "question": (
        "^(est-ce que|est-ce qu'|est-ce) ... (est|sont|était|reste|restent|tourne|marche"
        "|y a) [encore|déjà|bien] (allumé|allumée|allumés|allumées|éteint|éteinte|ouvert|ouverte"
        "|fermé|fermée|verrouillée|fini|finie|terminé|en marche|en route|là|chargée|pleine|vide"
        "|quelqu'un)",
        "^(est-ce qu'il|est-ce qu'on) (y a|fait|reste)",
        "^(quel est|quelle est|quels sont|quelles sont|combien de|combien|où|qui|pourquoi|quelle"
        "|quel|quels|quelles|y a-t-il|quand est-ce)",
    ),
    "whatif": (
        "(reviendrait-il|coûterait-il|serait-ce|serait-il|est-ce que ça serait|est-ce que ce serait"
        "|est-ce que ça reviendrait|est-ce que cela reviendrait|ça serait|ce serait|ça reviendrait"
        "|ça coûterait|est-ce que ça coûterait|gagnerait-on à) [plus|moins] [cher|chère|avantageux"
        "|économique|vert|écologique|rentable|intéressant|malin] [de|d'|si]",
        "(que|qu'est-ce qui|qu'est-ce que|qu'est-ce qu'|que se|ce qui) (se passerait-il|se"
        " passe-t-il|se passerait|passerait-il|arriverait-il|arrive-t-il|donnerait|se passe"
        "|arriverait|ça donnerait|ça changerait|se passera) [si|s']",
        "^[et] que (coûterait|coûterait-il|coûterait-t-il|coûte|coûte-t-il|coûtera) [de|d'|le fait"
        " de|si]",
        "(combien|qu'est-ce que|que) (ça|cela|est-ce que ça|est-ce que cela) (coûterait|coûte"
        "|coûtera|me coûterait|nous coûterait|changerait|ferait) [de|pour|si|d']",
        "(combien) (coûterait|coûte|coûterait-il|ça coûterait|coûterait-il de|me coûterait"
        "|nous coûterait|cela coûterait|économiserait-on|on économiserait|on économise"
        "|j'économiserais|économiserais-je|j'économise|est-ce qu'on économiserait|gagnerait-on"
        "|gagne-t-on|faudrait-il|coûterait le fait) [de|si|pour|d'|le fait de|en]",
        "(est-ce que ce serait|serait-ce|serait-il|ce serait|est-ce que ça serait|est-il"
        "|serait-il plus) [plus|moins] [cher|économique|écologique|avantageux|écolo"
        "|intéressant|chère|rentable] [de|si|d']",
        "(imagine|imaginons|supposons|suppose|admettons|mettons|à supposer) [que|qu'|un peu|]",
        "(simule|si jamais)",
        "^et si",
        "@?|.|; (et si)",
        "(qu'est-ce que|qu'est-ce qu'|combien|que) (j'|je|on|nous|est-ce que je|est-ce qu'on)"
        " (économise|économisons|économiserais|économiserait|gagne|gagnerait|gagnons|paie|paierait"
        "|dépense|dépenserait) [si|en]",
        "qu'est-ce que (ça|cela) (donne|change|coûte|rapporte) (si|de)",
        "est-ce (plus|moins) (cher|économique|écologique|avantageux) (si|de)",
        "(quel|à combien) [serait] [le|reviendrait] (coût|prix|de) [de|pour|si|d']",
        "à combien (reviendrait|reviendrait-il) [de|]",
    ),
    "exclude": (
        "(évite|éviter|saute|oublie|épargne|ignore|laisse tomber) [le|la|les|l'] (<A>|<D>)",
        "[pas] [dans] [le|la|les|l'] (<A>|<D>) (exclu|exclue|excepté|exceptée|non compris"
        "|mis à part|mise à part)",
        "(sauf|excepté|à part|hormis|mais pas|sans|à l'exception de|à l'exception du|hors|mais pas"
        " dans|sauf dans|à l'exclusion de|en dehors de|ne touche pas à|ne touche pas au|pas touche"
        " au|pas touche à|pas touche aux|sans toucher au|sans toucher à|sauf celle de|sauf celui de"
        "|mais pas celle de|ne touche pas aux|pas toucher au|pas toucher à|mais pas celle du|sauf"
        " celle du|pas au|pas à) [celle|celui|celles|ceux] [dans|de|du|au|à] [le|la|les|l'] (<A>"
        "|<D>) [tranquille|de côté|en paix]",
        "(laisse|laisser) [le|la|les|l'] (<A>|<D>) (tranquille|de côté|en paix|comme ça)",
    ),
}
