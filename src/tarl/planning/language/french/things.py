"""French: devices, places, moods, what is done, and the small words."""

from __future__ import annotations

from tarl.planning.language.lexicon import SEPARATORS

PHRASES: dict[str, tuple[str, ...]] = {
    "scene.cozy": ("(cosy|chaleureux|chaleureuse|douillet|douillette|cocooning|cosi)",),
    "scene.movie": (
        "(soirée film|mode film|mode cinéma|soirée cinéma|ambiance cinéma|home cinéma|cinéma)",
    ),
    "scene.romantic": ("[ambiance|soirée|mode] (romantique)",),
    "scene.party": ("[mode|ambiance] (fête|soirée fête)",),
    "scene.dinner": ("[mode|ambiance] (dîner|souper)",),
    "scene.reading": ("[mode|ambiance|lumière] [de] lecture",),
    "scene.relax": ("[mode|ambiance] (détente|relax|relaxante|relaxation|détendue)",),
    "scene.work": ("(mode travail|ambiance travail|mode bureau|mode concentration)",),
    "scene.goodnight": (
        "[mode|routine|scénario|la routine] [de] bonne nuit",
        "(mode|routine|scénario|la routine|scène) du coucher",
        "(mode nuit|routine du soir)",
    ),
    "scene.morning": ("(routine du matin|mode matin|mode réveil|routine matinale)",),
    "scene.away": ("(mode absence|mode absent|routine de départ|scénario départ|mode départ)",),
    "kind.dishwasher": (
        "(assiettes|casseroles|couverts|plats sales|verres sales)",
        "(lave-vaisselle|lave vaisselle|vaisselle|lave-vaiselle)",
    ),
    "kind.washing_machine": (
        "(lave|laver|lavez|lave-moi|laves) et",
        "(je lave|on lave|lavage|laver les vêtements|vêtements|lave le linge|lave-linge|lave linge"
        "|lessive|machine à laver|linge|machine|lessives|une machine|laver le linge)",
    ),
    "kind.dryer": (
        "@et (séché|séchée|séchés|séchées)",
        "(linge|vêtements|draps|serviettes|habits) (doit être|doivent être|soit|soient|est|être"
        "|sera) [bien] (sec|secs|sèche|sèches)",
        "(linge|vêtements|draps|serviettes) (sec|secs|sèches)",
        "(sèche-linge|sèche linge|séchoir|sécher le linge|sécher|séchage|sèche le linge|sèche-le"
        "|sèche-la|sèche-les|sèche-moi le linge|sèche|sécher)",
    ),
    "kind.ev_charger": (
        "(voiture|voiture électrique|auto|véhicule|véhicule électrique|borne|borne de recharge"
        "|ve|bagnole|chargeur)",
    ),
    "kind.battery.do.discharge": (
        "(prends|prendre|prenez|tire|tirer|puise|puiser) [le|du|l'|de l'] [courant|jus|électricité"
        "|énergie] (sur|dans|de|depuis) (la|notre) batterie",
    ),
    "kind.battery": (
        "(batterie|batterie domestique|batterie de la maison|accumulateur|powerwall|batteries)",
    ),
    "kind.water_heater": (
        "(chauffe-eau|chauffe eau|eau chaude|ballon|ballon d'eau chaude|cumulus|eau|l'eau|eau du"
        " bain|boiler|l'eau chaude)",
    ),
    "kind.vacuum": (
        "(aspirateur|aspirateur robot|robot aspirateur|robot|aspirer|aspire|sol|le ménage"
        "|l'aspirateur|aspi|nettoyer le sol|nettoie le sol|sols|roomba)",
    ),
    "kind.heat_pump": (
        "(chauffage|pompe à chaleur|thermostat|radiateurs|radiateur|clim chaude|plancher"
        " chauffant)",
    ),
    "kind.light": ("(lumière|lampe|éclairage|luminaire|plafonnier)",),
    "kind.light.all": (
        "(lumière|lumières|éclairage) (partout|dans toute la maison|dans toutes les pièces)",
        "partout (la lumière|les lumières)",
        "(toute la lumière|tous les éclairages|toutes les ampoules)",
        "(lumières|lampes|toutes les lumières|toutes les lampes|tout l'éclairage|les éclairages)",
    ),
    "kind.front_door": ("(porte d'entrée|porte de la maison|serrure|portes|porte principale)",),
    "kind.front_door.loose": ("porte",),
    "kind.light.in.garage": ("(lumière|lumières|lampe|éclairage|lampes) (du|dans le|au) garage",),
    "kind.garage_door": ("(porte du garage|porte de garage|garage|portail du garage)",),
    "kind.camera": (
        "(caméra|caméra de surveillance|caméra du couloir|caméra de l'entrée|caméras|caméra du"
        " hall)",
        "(quelqu'un|personnes|visiteurs|gens|qui) [est|sonne|se présente] (à|devant) la porte",
    ),
    "kind.oven": ("(four|cuisinière)",),
    "kind.coffee_maker": ("(cafetière|machine à café|café)",),
    "kind.fan": ("(ventilateur|ventilo|ventilation)",),
    "verb.arm": ("(arme|armer|armez|active|activer|activez)",),
    "verb.disarm": ("(désarme|désarmer|désarmez|désactive|désactiver|désactivez)",),
    "kind.everything.do.turn_off": (
        "(éteins|éteindre|éteignez|coupe|coupez|arrête) (tout|tous les appareils)",
    ),
    "kind.blinds.all": (
        "(tous les|toutes les|tous nos|toutes nos|tous mes|les deux) (volets|stores|rideaux"
        "|persiennes|volets roulants)",
    ),
    "kind.fan.all": ("(tous les|les deux) (ventilateurs|ventilos)",),
    "kind.heat_pump.all": ("(tous les|les deux) (chauffages|radiateurs|thermostats)",),
    "kind.blinds": ("(volets|stores|volet|store|rideaux|persiennes|volets roulants)",),
    "kind.sprinkler": (
        "(arroses|arrosez|arrosons|arrosage|arroseur|arroser|arrose|arrosage automatique|arroser le"
        " jardin|arrose le jardin|arroser la pelouse)",
    ),
    "kind.pool_pump": ("(pompe de la piscine|pompe de piscine|filtration de la piscine)",),
    "kind.air_conditioner": ("(climatisation|clim|climatiseur)",),
    "kind.tv": ("(télé|télévision|tv|téléviseur)",),
    "kind.dehumidifier": ("(déshumidificateur)",),
    "kind.alarm": ("[système d'] alarme [de la maison]",),
    "place.kitchen": ("cuisine",),
    "place.living_room": ("(salon|séjour|salle de séjour|pièce à vivre)",),
    "place.bedroom": ("(chambre|chambre à coucher|chambre des parents|chambre parentale)",),
    "place.nursery": (
        "(chambre des enfants|chambre du bébé|chambre d'enfant|chambre de bébé|chambre du petit"
        "|chambre de la petite|chambre des petits|chambre d'enfants)",
    ),
    "place.office": ("(bureau)",),
    "place.hall": ("(entrée|couloir|hall|vestibule)",),
    "place.garden": ("(jardin|pelouse)",),
    "place.bathroom": ("(salle de bain|salle de bains)",),
    "place.utility_room": ("(buanderie)",),
    "place.basement": ("(sous-sol|cave)",),
    "place.attic": ("(grenier|combles)",),
    "place.dining_room": ("(salle à manger)",),
    "place.guest_room": ("(chambre d'amis|chambre d'ami|chambre des invités)",),
    "place.conservatory": ("(véranda|jardin d'hiver)",),
    "place.workshop": ("(atelier|cabanon|serre)",),
    "place.ground.floor": ("(en bas|rez-de-chaussée|au rez-de-chaussée|rdc)",),
    "place.second_floor.floor": ("(deuxième|second|2e|2ème) étage",),
    "place.third_floor.floor": ("(troisième|3e|3ème) étage",),
    "place.fourth_floor.floor": ("(quatrième|4e|4ème) étage",),
    "place.fifth_floor.floor": ("(cinquième|5e|5ème) étage",),
    "place.upper.floor": ("(à l'étage|en haut|étage|premier étage|l'étage|au premier)",),
    "here": ("(ici|dans cette pièce|cette pièce)",),
    "program.eco": ("(éco|eco|programme éco|mode éco|programme eco|écologique|économique)",),
    "program.quick": ("(rapide|programme rapide|cycle rapide|programme court|court)",),
    "verb.off": (
        "(éteins|éteindre|éteint|coupe|couper|arrête|arrêter|stoppe|mets en pause|suspends"
        "|stopper|désactive|interromps|interrompre|éteignez|éteintes|éteinte|pause)",
    ),
    "verb.on": (
        "(allume|allumer|active|activer|allumez|rallume|remets|allumé|allumée|en marche|en route)",
    ),
    "verb.run": (
        "(lance|lancer|démarre|démarrer|fais|faire|fais tourner|mets|mettre|passe|passer"
        "|tourne|tourner|fais-le tourner|fais-la tourner|lave|laver|nettoie|nettoyer|commence"
        "|terminé|fini|prêt|prête|finie|terminée|marcher|fonctionner|programme|lancez|démarrez"
        "|faites|fasse|tourne|exécute|prépare|préparer|fais marcher|fais fonctionner|mettez"
        "|soit faite|soit fait|faite|fait|lavée|propre|finisse|termine|prêts|prêtes)",
    ),
    "verb.charge": (
        "(charge|charger|recharge|recharger|chargée|chargé|rechargée|remplis|remplir|chargez"
        "|rechargez|branche|brancher|la charge|charges|stocke)",
    ),
    "verb.discharge": (
        "(décharge|décharger|vide|vider|utilise|utiliser|vends|vendre|injecte|alimente|puise dans"
        "|sers-toi de|servir|revends|consomme|utilisant|alimenter|vider)",
    ),
    "verb.heat.more": ("[un peu] plus (chaud|chaude)", "plus de chaleur", "[un peu] moins froid"),
    "verb.cool.more": ("[un peu] plus (frais|froid|fraîche)", "[un peu] moins chaud"),
    "verb.set.more": ("[un peu] plus (haut|bas|fort)", "moins fort"),
    "verb.set": (
        "(règle|régler|monte|monter|baisse|baisser|réglez|ajuste|mets|augmente|réduis|pousse"
        "|programme|fixe|passe)",
    ),
    "verb.heat": (
        "(chauffe|chauffer|réchauffe|réchauffer|chauffez|préchauffe|chaud|chaude|préchauffer"
        "|chauffée)",
    ),
    "verb.cool": ("(refroidis|refroidir|rafraîchis|rafraîchir|froid)",),
    "verb.dim": ("(tamise|tamiser|baisse la lumière|tamisée|tamisées)",),
    "verb.open": ("(ouvre|ouvrir|ouvrez|ouverte)",),
    "verb.close": ("(ferme|fermer|fermez|referme|baisse les|fermée)",),
    "verb.lock": (
        "(verrouille|verrouiller|verrouillez|ferme à clé|fermer à clé|verrouillée|verrouille-la)",
    ),
    "verb.unlock": ("(déverrouille|déverrouiller|déverrouillez)",),
    "early.watch": (
        "(surveille|surveiller|détecte|détecter|guette|repère|observe|regarde|dis-moi|préviens-moi|"
        "vérifie) (si|s') (il y a|) [quelqu'un|une personne|du monde] [vient|sonne|arrive|est"
        "|frappe] [(à|devant|derrière) la porte]",
    ),
    "verb.watch": (
        "(surveille|surveiller|détecte|détecter|guette|repère|repérer|observe|reconnaître|regarde"
        "|surveillance) [si|les] [quelqu'un|personnes|gens|visiteurs|intrus|qui] [vient|arrive]",
    ),
    "verb.keep": (
        "(garde|garder|maintiens|maintenir|maintenez|conserve|reste|rester|tiens|gardez"
        "|restent|veille à ce que|assure-toi que|fais en sorte que|maintien|restant|laisse)",
    ),
    "verb.prohibit.que": ("que",),
    "verb.prohibit": ("(que jamais|ne doit (pas|jamais)|ne doivent (pas|jamais))",),
    "quantity.security": ("(sécurisée|sûre|en sécurité|sécurisé|protégée|sécurité)",),
    "quantity.humidity": ("(humidité|taux d'humidité|l'humidité)",),
    "quantity.temperature": ("(température)",),
    "quantity.brightness": ("(luminosité|intensité)",),
    "quantity.power": ("(puissance|consommation|charge de la maison)",),
    "verb.forbid": ("(ne|n') (laisse|laisser|laissez|laissons) (pas|jamais|plus)",),
    "not": (
        "(je|j'|nous|on|il) (ne|n') (veux|voulons|veut|voudrais|aimerais|souhaite|souhaitons|aime"
        "|aimons) pas (que|qu')",
        "(pas|jamais|non|surtout pas|aucun|aucune|évite|éviter|évitez|interdit|interdiction"
        "|plus jamais|hors de question)",
    ),
    "only": ("(seulement|uniquement|exclusivement|juste)",),
    "separator": (
        "[,|;] (et|mais|ainsi que|plus|ou|donc|alors|cependant) [aussi|surtout]",
        *SEPARATORS,
    ),
    "filler.source": ("(sur|depuis|par|à partir de|du|au|via) [le|du] réseau [électrique]",),
    "source": ("(sur|depuis|par|à partir de|du|au|via) [le|du] réseau [électrique]",),
    "filler": (
        "(lentement|progressivement|graduellement|quotidiennement)",
        "(bien|joliment|un peu|vraiment|en même temps|à la fois|gentiment)",
        "(s'il te plaît|s'il te plait|s'il vous plaît|stp|svp|peux-tu|pourrais-tu|tu peux|je veux"
        "|je voudrais|j'aimerais|il faut|il faudrait|on voudrait|nous voulons|le|la|les|l'|un|une"
        "|des|du|de|d'|mon|ma|mes|notre|nos|moi|nous|me|te|toi|ce|cette|ça|cela|c'est|est|sont|soit"
        "|être|à|au|aux|en|dans|sur|par|pour|avec|que|qu'|qui|il|elle|on|je|j'|tu|vous|ils|doit"
        "|doivent|y|et|si|quand|tout|toute|tous|toutes|maison|partout|bien|merci|bonjour|salut|hé"
        "|d'abord|ensuite|enfin|surtout|aussi|possible|très|plus|programme|mode|cycle|ambiance"
        "|besoin|j'ai besoin|voudrais|veux|faut|peut|peux|serait|sera|ai|a|fois|jour|chaque|jours"
        "|fasse|faire en sorte|rends|rendre|lui|leur|eux|donc|alors|là|dedans|énergie|électricité"
        "|courant|pièce|lumière ambiance|temps|été|avoir|vas-y|moins|maximum|se|s'|le tout|deux"
        "|quelque chose|les deux|comme|sinon|même|ne|n'|car|parce que|puisque|toujours|dehors)",
        "(lançais|lance|cherche|faudrait)",
    ),
    "hostile": (
        "(ignore|oublie|ignorez|contourne|désactive) [toutes|tes|les|vos] [tes|les] (instructions"
        "|règles|consignes|protections|sécurités) [précédentes|de sécurité]",
        "tu es (maintenant|désormais) [un|une]",
        "(prompt système|mode développeur|mode administrateur)",
        "sans (demander|confirmation|demander confirmation|demander la permission)",
    ),
    "kind.blinds.do.open": (
        "(monte|monter|remonte|remonter|lève|lever|relève|relever) [tous] (les|le) (volets"
        "|stores|volet|store|rideaux|volets roulants)",
    ),
    "kind.blinds.do.close": (
        "(baisse|baisser|descends|descendre|abaisse|abaisser) [tous] (les|le) (volets|stores"
        "|volet|store|rideaux|volets roulants)",
    ),
    "cycle.eco": ("(programme|cycle) (économique|écologique|éco|eco|économe)",),
    "cycle.quick": ("(programme|cycle|mode) (rapide|court|express)",),
}
