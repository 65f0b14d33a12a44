"""German: devices, places, moods, what is done, and the small words."""

from __future__ import annotations

from tarl.planning.language.lexicon import SEPARATORS

PHRASES: dict[str, tuple[str, ...]] = {
    "scene.cozy": ("(gemütlich|gemütlicher|kuschelig|heimelig|kuschlig|behaglich gemütlich)",),
    "scene.movie": (
        "(filmstimmung|kinostimmung|filmatmosphäre|kinoatmosphäre|kinolicht|filmlicht)",
        "(filmabend|kinoabend|kinomodus|filmmodus|heimkino|kino|film schauen|filmnacht)",
    ),
    "scene.romantic": ("(romantisch|romantische|romantischer|romantik) [stimmung|abend|licht]",),
    "scene.party": ("(partymodus|partystimmung|party|partylicht) [modus|stimmung]",),
    "scene.dinner": ("(abendessen|dinner|essensstimmung|dinnerstimmung) [stimmung|modus|licht]",),
    "scene.reading": ("(leselicht|lesemodus|zum lesen|lesestimmung|leseecke)",),
    "scene.relax": (
        "(entspannt|entspannungsmodus|relax|entspannung|entspannte|entspannen) [stimmung|modus"
        "|licht|atmosphäre]",
    ),
    "scene.work": ("(arbeitsmodus|arbeitslicht|konzentrationsmodus|fokusmodus)",),
    "scene.goodnight": (
        "(gute-nacht|gute nacht|gutenacht) [routine|modus|programm|-routine|szene]",
        "(gute-nacht-routine|gutenachtroutine|nachtmodus|schlafmodus)",
    ),
    "scene.morning": (
        "(guten-morgen-routine|morgenroutine|guten morgen routine|aufwachmodus|guten morgen"
        "|morgenmodus)",
    ),
    "scene.away": (
        "(abwesenheitsmodus|abwesenheitsroutine|abwesend-modus|weg-modus|abschiedsroutine"
        "|abwesenheitsszene)",
    ),
    "kind.dishwasher": (
        "(spülmaschine|geschirrspüler|spüler|abwasch|geschirrspülmaschine|spülgang)",
        "[das] geschirr [spülen|waschen|abwaschen|sauber]",
        "abspülen",
    ),
    "kind.washing_machine": (
        "(bügelwäsche|buntwäsche|kochwäsche|bettwäsche|weißwäsche|feinwäsche|dreckwäsche"
        "|schmutzwäsche)",
        "(waschmaschine|wasche|wäscht|gewaschen|waschprogramm|wäschewaschen|kleidung|waschgang"
        "|wäsche|waschladung|waschen|wasch|maschine wäsche|waschmaschinenladung|kleider waschen"
        "|klamotten|wäsche waschen|waschvorgang)",
    ),
    "kind.dryer": (
        "[die|der|meine|unsere] (wäsche|klamotten|kleider|handtücher|bügelwäsche|bettwäsche"
        "|sachen) (muss|soll|sollte|müssen|sollen|sollten) [{t}] trocken [(sein|werden)]",
        "[die|meine|unsere] (wäsche|klamotten|kleider|handtücher|bügelwäsche|bettwäsche"
        "|sachen) trocken (haben|kriegen|bekommen|ist|machen)",
        "(trockner|wäschetrockner|trocknen|trockne|tumbler|trocknergang|getrocknet|wäschetrocknen"
        "|kleider trocknen|trockne sie|tumblern)",
        "[die] wäsche (trocknen|trockne)",
    ),
    "kind.ev_charger": (
        "(auto|e-auto|elektroauto|wagen|eauto|wallbox|ladestation|fahrzeug|stromer|autos"
        "|elektrowagen|ladesäule|pkw)",
    ),
    "kind.battery.do.discharge": (
        "aus (der|dem|unserem|unserer|meinem|meiner) (batterie|speicher|akku|hausbatterie"
        "|heimspeicher|hausspeicher)",
    ),
    "kind.battery": (
        "(batterie|speicher|hausspeicher|hausbatterie|akku|heimspeicher|stromspeicher"
        "|batteriespeicher|solarspeicher|hausakku|powerwall)",
    ),
    "kind.water_heater": (
        "(mach|mache|macht) [mir|uns] [das|bitte] (wasser|warmwasser|badewasser|duschwasser)"
        " [bitte] (heiß|warm)",
        "(warmwasser|boiler|wasserboiler|wasser|warmwasserspeicher|warmwasserboiler|wassererhitzer"
        "|heißwasser|durchlauferhitzer|warmwasserbereiter|warmes wasser|heißes wasser)",
    ),
    "kind.vacuum": (
        "(staubsauger|saugroboter|staubsaugerroboter|staubsaugen|saugen|saug|sauge|gesaugt"
        "|roboter|staub saugen|staubsauge|sauger|putzroboter|boden|böden|roboterstaubsauger"
        "|gestaubsaugt|boden saugen)",
    ),
    "kind.heat_pump": (
        "(heizung|wärmepumpe|thermostat|fußbodenheizung|heizkörper|heizungen|heizthermostat)",
    ),
    "kind.light": ("(licht|lampe|leuchte|beleuchtung|deckenlicht)",),
    "kind.light.all": (
        "überall [das|die] (licht|lichter|lampen)",
        "(das licht|licht|beleuchtung) (überall|im ganzen haus|in allen räumen|in allen zimmern"
        "|in der ganzen wohnung)",
        "(sämtliche|alle|die ganzen) (lichter|lampen|leuchten|lichtquellen)",
        "das ganze licht",
        "(lichter|lampen|alle lichter|alle lampen|leuchten|sämtliche lichter|die ganze beleuchtung"
        "|alles licht)",
    ),
    "kind.light.in.garage": ("(garagenlicht|garagenlampe|licht in der garage)",),
    "kind.light.in.basement": ("(kellerlicht|kellerlampe)",),
    "kind.light.in.kitchen": ("(küchenlicht|küchenlampe|küchenbeleuchtung)",),
    "kind.light.in.living_room": ("(wohnzimmerlicht|wohnzimmerlampe|wohnzimmerbeleuchtung)",),
    "kind.light.in.bedroom": ("(schlafzimmerlicht|schlafzimmerlampe|schlafzimmerbeleuchtung)",),
    "kind.front_door": (
        "(haustür|haustüre|eingangstür|wohnungstür|haustürschloss|türschloss|schloss)",
    ),
    "kind.front_door.loose": ("(tür|türe|türen)",),
    "kind.garage_door": ("(garagentor|tor der garage|garagentür|garage)",),
    "kind.camera": (
        "(kamera|überwachungskamera|flurkamera|kameras|türkamera|eingangskamera)",
        "[wer|jemand|leute|personen|besucher] (vor|an) der [haus] tür [steht|ist]",
    ),
    "kind.oven": ("(ofen|backofen|herd)",),
    "kind.coffee_maker": ("(kaffeemaschine|kaffee|espressomaschine|kaffeevollautomat)",),
    "kind.fan": ("(ventilator|lüfter|lüftung)",),
    "verb.arm": ("(scharf|scharfstellen|scharfschalten|scharfmachen|scharfzustellen)",),
    "verb.disarm": (
        "(unscharf|unscharfstellen|unscharfschalten|entschärfe|entschärfen|entschärf)",
    ),
    "kind.everything.do.turn_off": (
        "(schalt|schalte|mach|mache|stell|stelle|dreh|drehe) [bitte] (alles|alle geräte|sämtliche"
        " geräte) (aus|ab)",
        "(alles|alle geräte|sämtliche geräte) (ausschalten|abschalten|ausmachen)",
    ),
    "kind.blinds.all": (
        "(alle|sämtliche|beide|alle unsere|alle meine) (rollos|rollläden|rolläden|jalousien"
        "|vorhänge|gardinen|markisen|raffstores)",
    ),
    "kind.fan.all": ("(alle|sämtliche|beide) (ventilatoren|lüfter)",),
    "kind.heat_pump.all": ("(alle|sämtliche|beide) (heizungen|heizkörper|thermostate)",),
    "kind.blinds": (
        "(rollläden|rolläden|jalousien|rollos|jalousie|rollladen|rollo|vorhänge|rolladen"
        "|rollade|raffstores)",
    ),
    "kind.sprinkler": (
        "(rasensprenger|bewässerung|sprinkler|gartenbewässerung|rasen sprengen|rasen bewässern"
        "|sprenge|sprengen|wässern|wässere|gartensprenger|bewässerungsanlage|gieß|gieße|gießen"
        "|bewässern|bewässere|garten gießen|blumen gießen)",
        "(gieß|gieße|gießt|bewässere|bewässer|wässere|sprenge|spreng) (den|die|unseren|unsere"
        "|meinen|das) (garten|rasen|blumen|pflanzen|beete|gras|tomaten)",
        "(den|die|unseren|unsere) (garten|rasen|blumen|pflanzen|beete) (gießen|bewässern|wässern"
        "|sprengen)",
    ),
    "kind.pool_pump": ("(poolpumpe|pool-pumpe|pumpe vom pool|pumpe des pools)",),
    "kind.air_conditioner": ("(klimaanlage|klima)",),
    "kind.tv": ("(fernseher|tv|glotze)",),
    "kind.dehumidifier": ("(luftentfeuchter|entfeuchter)",),
    "kind.alarm": ("(alarmanlage|alarm|einbruchmeldeanlage)",),
    "place.kitchen": ("küche",),
    "place.living_room": ("(wohnzimmer|stube|wohnstube)",),
    "place.bedroom": ("(schlafzimmer|elternschlafzimmer)",),
    "place.nursery": ("(kinderzimmer|babyzimmer|zimmer der kinder|zimmer der kleinen)",),
    "place.office": ("(büro|arbeitszimmer|home-office|homeoffice)",),
    "place.hall": ("(flur|diele|eingang|eingangsbereich|hausflur|gang)",),
    "place.garden": ("(garten|rasen)",),
    "place.utility_room": ("(hauswirtschaftsraum|waschküche)",),
    "place.bathroom": ("(bad|badezimmer)",),
    "place.basement": ("(keller|kellerraum|hobbykeller|partykeller)",),
    "place.attic": ("(dachboden|dachgeschoss|speicherraum|estrich)",),
    "place.dining_room": ("(esszimmer|speisezimmer|essbereich)",),
    "place.guest_room": ("(gästezimmer|gastzimmer)",),
    "place.conservatory": ("(wintergarten)",),
    "place.workshop": ("(werkstatt|gartenhaus|schuppen|gewächshaus)",),
    "place.ground.floor": ("(erdgeschoss|unten|eg|parterre|untergeschoss|im erdgeschoss)",),
    **{
        f"place.{floor}_floor.floor": (f"({said}) (stock|stockwerk|obergeschoss|etage|og)",)
        for floor, said in (
            ("second", "zweiten|zweite|zweites|zweiter"),
            ("third", "dritten|dritte|drittes|dritter"),
            ("fourth", "vierten|vierte|viertes|vierter"),
            ("fifth", "fünften|fünfte|fünftes|fünfter"),
        )
    },
    "place.upper.floor": (
        "(obergeschoss|oben|ersten stock|og|obere etage|oberen stock|oberen stockwerk|ersten etage"
        "|oberen etage|im obergeschoss)",
    ),
    "here": ("(hier|hier drin|in diesem raum|in diesem zimmer|hier im raum|hier im zimmer)",),
    "program.eco": ("(eco|eco-programm|ecoprogramm|sparprogramm|öko-programm|öko|eco-modus)",),
    "program.quick": (
        "(kurzprogramm|schnellprogramm|schnell-programm|schnellen programm|schnelles programm"
        "|kurzes programm|schnellwaschgang|kurzen programm)",
    ),
    "verb.off": (
        "(aus|ausschalten|abschalten|ausmachen|abstellen|stopp|stoppe|stoppen|pausiere"
        "|pausieren|ausgeschaltet|abgeschaltet|anhalten|halte an|unterbrich|unterbrechen"
        "|ausmachst|ausgehen|beende|beenden)",
    ),
    "verb.on": (
        "(an|einschalten|anschalten|anmachen|anstellen|aktiviere|aktivieren|eingeschaltet"
        "|angeschaltet|angehen)",
    ),
    "verb.run": (
        "(starte|starten|start|lass|lasse|lassen|laufen|mach|mache|machen|erledige|erledigen|läuft"
        "|liefe|gestartet|spülen|spül|spüle|soll|sollen|gemacht|putzen|reinigen|putz|reinige"
        "|wischen|fertig|durch|sein|koch|kochen|sauber|wasche|gewaschen|gespült|durchlaufen"
        "|anlaufen|anwerfen|wirf|beginnen|beginne|machst|erledigt|schmeiß|loslegen|bereit)",
    ),
    "verb.charge": (
        "(lade|laden|lädt|auflade|aufladen|geladen|aufgeladen|auffüllen|fülle|füllen|volltanken"
        "|betanken|vollladen|nachladen|lad|speichere|geladen wird|tanken|füll|vollmachen)",
        "(vollgeladen|vollzuladen)",
    ),
    "verb.discharge": (
        "(entlade|entladen|entlad|aus der batterie|aus dem speicher|aus dem akku|verkaufe"
        "|verkaufen|einspeisen|leere|leeren|nutze|nutzen|nutz|nimm|nehmt|verbrauche|benutze|speise"
        "|versorgen|versorge|betreiben|betreibe)",
    ),
    "verb.heat.more": ("[etwas|ein bisschen|ein wenig] wärmer", "mehr wärme"),
    "verb.cool.more": ("[etwas|ein bisschen|ein wenig] (kühler|kälter)",),
    "verb.set.more": (
        "[etwas|ein bisschen|ein wenig] (höher|niedriger)",
        "(etwas|ein bisschen|ein wenig) (herunter|rauf|runter|hoch)",
    ),
    "verb.set": (
        "(stell|stelle|stellen|setze|setzen|setz|dreh|drehe|drehen|schalte|schalt|schalten|bring"
        "|bringe|regle|regeln|erhöhe|senke|senken|erhöhen|heruntergedreht|reduziere|absenken"
        "|runterdrehen|hochdrehen|runtergedreht|gestellt|herunterdrehen|fahr|zieh)",
    ),
    "verb.set.down": ("(runter|herunter|hinunter)",),
    "verb.set.up": ("(hoch|rauf|herauf|hinauf)",),
    "verb.heat": (
        "(heize|heizen|heiz|erwärme|erwärmen|aufheizen|wärme|wärmen|geheizt|beheizen|warm"
        "|aufwärmen|vorheizen|erhitze|erhitzen|aufgeheizt|machen warm)",
    ),
    "verb.cool": ("(kühle|kühlen|kühl|abkühlen|gekühlt|kalt)",),
    "verb.dim": ("(dimme|dimmen|dimm|heller|gedimmt)",),
    "verb.open": ("(öffne|öffnen|auf|aufmachen|geöffnet|hochfahren|aufmachst)",),
    "verb.close": ("(schließe|schließen|schließ|zu|zumachen|geschlossen|runterfahren|zugemacht)",),
    "verb.lock": (
        "(verriegele|verriegeln|abschließen|schließ ab|sperr|sperre|zusperren|absperren"
        "|abgeschlossen|verriegle|verschließen|verschließe|schließe ab|ab|abschließt)",
    ),
    "verb.unlock": (
        "(entriegele|entriegeln|aufschließen|entsperre|entsperren|aufsperren|entriegle|schließ auf"
        "|schließe auf|aufgeschlossen)",
    ),
    "verb.watch": (
        "(beobachte|beobachten|überwache|überwachen|achte|achten|erkenne|erkennen|halte ausschau"
        "|ausschau halten|melde|melden|schaue|schauen|aufpassen|pass auf|bewache|sieht|schau"
        "|erkennt|personenerkennung) [nach|auf|ob] [leute|leuten|personen|besucher|besuchern"
        "|menschen|wer|jemand|einbrecher|einbrechern] [(kommt|klingelt|kommen)]",
    ),
    "verb.keep": (
        "(halte|halten|hält|gehalten|bleibt|bleiben|belasse|sorge dafür dass|bleibe|sorg dafür dass"
        "|bewahre|aufrechterhalten|stell sicher dass|stelle sicher dass|sorge dafür , dass|sorg"
        " dafür , dass|stell sicher , dass)",
    ),
    "verb.prohibit": (
        "(lass|lasse) [das|die|den|es] [<A>|haus|temperatur] (nicht|nie)",
        "(darf|soll|dürfen|sollen) (nicht|nie|niemals)",
    ),
    "quantity.security": ("(sicher|gesichert|geschützt|einbruchsicher|sicherheit)",),
    "quantity.humidity": ("(luftfeuchtigkeit|feuchtigkeit|luftfeuchte|feuchte)",),
    "quantity.temperature": ("(temperatur|raumtemperatur)",),
    "quantity.brightness": ("(helligkeit|licht level)",),
    "quantity.power": ("(leistung|verbrauch|last|hausleistung|stromverbrauch|hauslast)",),
    "not": (
        "(ich|wir|er|sie) (will|möchte|wollen|möchten|mag|mögen|wünsche|wünschen|hätte|hätten|hätte"
        " gern|hab es|habe es) nicht [gern|gerne] [,] dass",
        "(nicht|nie|niemals|kein|keine|keinen|keinerlei|nirgends|verboten|unterlass|unterlasse"
        "|keinesfalls|auf keinen fall|bloß nicht)",
    ),
    "only": ("(nur|ausschließlich|bloß|lediglich)",),
    "separator": (
        "[,|;] (und|aber|sowie|plus|dann aber|jedoch|außerdem|oder|sondern|also) [auch|bitte|zwar]",
        *SEPARATORS,
        "-",
    ),
    "filler.source": ("(vom|aus dem|über das|am|mit) (netz|stromnetz|netzstrom)", "mit netzstrom"),
    "source": ("(vom|aus dem|über das|am|mit) (netz|stromnetz|netzstrom)", "mit netzstrom"),
    "filler": (
        "(schön|richtig|total|recht|so richtig|ein wenig|nett|bestens|gemeinsam|auf einmal"
        "|einigermaßen)",
        "(aus der|aus dem|aus den|aus unserer|aus unserem|hauptsache|egal wann|egal wie)",
        "(bitte|bitte mal|kannst du|könntest du|könnte|würdest du|ich will|ich möchte|ich hätte"
        " gern|wir wollen|wir möchten|ich brauche|brauche|der|die|das|den|dem|des|ein|eine|einen"
        "|einem|einer|mein|meine|meinen|unser|unsere|unseren|unserem|mir|uns|mich|mal|doch|jetzt|es"
        "|sein|ist|sind|war|werden|wird|wurde|soll|sollen|muss|müssen|darf|dabei|damit|dafür|dass"
        "|im|in|am|an der|auf|bei|für|mit|so|also|dann|ich|du|wir|sie|er|man|danke|hallo|hey|zum"
        "|zur|vom|von|aus dem|zu|haus|hause|wohnung|ganze|ganzen|alles|überall|erst|zuerst|immer"
        "|möglichst|programm|wenn|falls|während|und|auch|gern|gerne|noch|schon|wieder|etwas"
        "|bisschen|hat|haben|will|möchte|würde|kann|können|nach|um|bis|einfach|insgesamt|zusammen"
        "|ganz|raum|zimmer|jeden tag|täglich|heißt|nämlich|stets|lieber|was|wie|ginge|wäre|geht"
        "|gehen|stimmung|licht stimmung|denn|eigentlich|vielleicht|sorge|dafür|zuhause|strom"
        "|energie|beim|wollen|hätte|hätten|sollte|sollten|zuletzt|bevor|alle|beide|beides|ihn|ihr"
        "|ihm)",
        "(finde|such|suche|besucher|leute)",
    ),
    "hostile": (
        "(ignoriere|vergiss|missachte|umgehe) [alle|die|sämtliche|deine|jede] [vorherigen"
        "|bisherigen|vorigen|früheren|obigen] (anweisungen|anweisung|regeln|vorgaben"
        "|instruktionen|sicherheitsregeln|befehle)",
        "du bist (jetzt|ab jetzt|nun) [ein|eine]",
        "(systemprompt|system-prompt|entwicklermodus|adminmodus)",
        "ohne (rückfrage|bestätigung|nachfrage|nachzufragen|zu fragen)",
    ),
    "kind.blinds.do.open": (
        "(fahr|fahre|zieh|ziehe|lass|lasse|mach|mache) [bitte] [alle] [die|den] (rollläden"
        "|rolläden|jalousien|rollos|jalousie|rollladen|rollo|vorhänge) (hoch|rauf|nach oben|auf)",
        "(rollläden|rolläden|jalousien|rollos|jalousie|rollladen|rollo) [bitte] (hoch|rauf"
        "|nach oben|hochfahren|hochziehen)",
    ),
    "kind.blinds.do.close": (
        "(fahr|fahre|zieh|ziehe|lass|lasse|mach|mache) [bitte] [alle] [die|den] (rollläden|rolläden"
        "|jalousien|rollos|jalousie|rollladen|rollo|vorhänge) (runter|herunter|nach unten|zu)",
        "(rollläden|rolläden|jalousien|rollos|jalousie|rollladen|rollo) [bitte] (runter|herunter"
        "|nach unten|runterfahren|herunterfahren|herunterlassen)",
    ),
    "cycle.eco": (
        "[im|mit dem|das] (energiesparprogramm|umweltprogramm|sparsamen programm"
        "|sparsames programm|eco programm|öko programm|energiesparmodus|eco-gang|spargang)",
    ),
    "cycle.quick": ("(schnellen|kurzen|schnelles|kurzes) (programm|waschgang|spülgang|gang)",),
}
