"""German: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.mode.guests": (
        "[die|unsere|meine] (gäste|besucher|besuch|freunde|leute zu besuch|die großeltern|die"
        " schwiegereltern) [{adv}] [bei"
        " uns] (da|hier|im haus|zu besuch) {be}",
        "({everybody}) [{adv}] (gäste|besuch) (haben|bekommen|erwarten|habe)",
        "[wir|ich] (gäste|besuch) [da] (haben|da {be}|habe|kommt|kommen|hätten|hätte|im haus {be})",
        "(wir|ich) (haben|habe|hätten) (gäste|besuch)",
        "(gäste|besuch) [da] (sind|ist|kommen|kommt)",
        "(gästen|besuch)",
    ),
    "state.occupancy.asleep": (
        "(im|in der|in) <A> [{adv}] ({somebody}|{everybody}|<P>) [{adv}] (schläft|schlafen"
        "|schlummert)",
        "({somebody}|{everybody}|<P>|oma|opa) (macht|hält|machen|halten) [gerade|jetzt|noch] [ein|"
        "einen|seinen|ihren|kurz] [kleines] (nickerchen|mittagsschlaf|schläfchen|mittagsruhe)",
        "es [{adv}] (schläft|schlafen|schlummert) [{adv}] ({somebody}|{everybody}|<P>)",
        "({somebody}|{everybody}|<P>) [{adv}] [{adv}] (schläft|schlafen|schlafe|schlummert"
        "|im bett {be}|eingeschlafen {be}|eingenickt {be}|im bett liegt|im bett liegen"
        "|ein nickerchen macht|mittagsschlaf macht|mittagsschlaf hält)",
        "({somebody}|{everybody}|<P>) [noch|schon|alle|gerade] (schläft|schlafen|schlafe|schlief|im"
        " bett {be}|am schlafen {be}|eingeschlafen {be}|ein nickerchen macht|pennt|pennen)",
        "({somebody}|{everybody}|<P>) {be} [noch|schon|alle] (im bett|am schlafen|eingeschlafen)",
        "(schläft|schlafen) [gerade|noch|schon] ({somebody}|{everybody}|<P>)",
    ),
    "state.not.occupancy.asleep": (
        "(im|in der|in) <A> [{adv}] {nobody} [{adv}] (schläft|schlafen)",
        "{nobody} [{adv}] [{adv}] (schläft|schlafen|im bett {be}|im bett liegt|eingeschlafen {be})",
        "({somebody}|{everybody}|<P>) [{adv}] nicht [{adv}] (schläft|schlafen|schlafe|im bett"
        " {be})",
        "{nobody} [mehr|gerade|noch|schon] (schläft|im bett ist|am schlafen ist)",
        "(schläft|im bett) {nobody} [mehr]",
    ),
    "state.occupancy.awake": (
        "({somebody}|{everybody}|<P>) [{adv}] [{adv}] (wach|auf|auf den beinen|munter|aufgewacht"
        "|aufgestanden|wach geworden) {be}",
        "({somebody}|{everybody}|<P>) [schon|noch|alle] (wach|auf|auf den beinen) {be}",
        "({somebody}|{everybody}|<P>) {be} [schon|noch|alle] wach",
    ),
    "state.not.occupancy.awake": (
        "{nobody} [{adv}] [{adv}] (wach|auf|auf den beinen|munter|aufgestanden) {be}",
        "({somebody}|{everybody}|<P>) [{adv}] nicht [{adv}] (wach|auf) {be}",
        "{nobody} [mehr|schon] wach ist",
    ),
    "state.occupancy.home": (
        "(im|in der|in) <A> [{adv}] ({somebody}|{everybody}|<P>) [{adv}] ({be}|arbeitet|arbeiten"
        "|spielt|spielen|sitzt|sitzen|liest)",
        "({somebody}|{everybody}|<P>) [{adv}] (darin|dadrin|drin|drinnen) [{adv}] {be}",
        "(dort|drin|drinnen|darin|da|da drin) [{adv}] ({somebody}|{everybody}|<P>) [{adv}] {be}",
        "({somebody}|{everybody}|<P>) [{adv}] (dort|im|in der|in|da drin|drinnen) [<A>] [{adv}]"
        " (arbeitet|arbeiten|spielt|spielen|sitzt|sitzen|liest|lesen|{be}|aufhält|aufhalten"
        "|bleibt)",
        "({somebody}|{everybody}|<P>) [{adv}] [{adv}] {home} {be}",
        "({somebody}|{everybody}|<P>) [noch|gerade|alle] {home} {be}",
        "({somebody}|{everybody}|<P>) {be} [noch|gerade|alle] {home}",
        "({somebody}|{everybody}|<P>) (im|in der|in) <A> {be}",
        "({somebody}|{everybody}|<P>) {be} (im|in der|in) <A>",
    ),
    "state.occupancy.away": (
        "(im|in der|in) <A> [{adv}] {nobody} [{adv}] (mehr|) ({be}|arbeitet|spielt|sitzt)",
        "(dort|drin|drinnen|darin|da|da drin) [{adv}] {nobody} [{adv}] [drin|drinnen] {be}",
        "{nobody} [{adv}] [da] (drin|drinnen|darin) {be}",
        "(wir|alle|wir beide|wir alle) [{adv}] im büro {be}",
        "{nobody} [{adv}] (dort|im|in der|in|drinnen) [<A>] [{adv}] (arbeitet|spielt|sitzt|{be})",
        "({everybody}|<P>|{somebody}) [{adv}] [{adv}] {out} {be}",
        "{nobody} [{adv}] [{adv}] {home} {be}",
        "({everybody}|<P>) [{adv}] nicht [{adv}] {home} {be}",
        "(das haus|die wohnung|alles) [{adv}] (leer|verlassen) {be}",
        "{nobody} [{adv}] (im|in der|in) <A> [{adv}] {be}",
        "({everybody}|<P>|{somebody}) [alle|gerade|noch] {out} {be}",
        "({everybody}|<P>|{somebody}) {be} [alle|gerade|noch] {out}",
        "{nobody} [gerade|mehr] {home} {be}",
        "{nobody} {be} [gerade|mehr] {home}",
        "(das haus|die wohnung) leer {be}",
        "(alle|wir|{everybody}) [alle] (weg|fort|ausgeflogen|aus dem haus|unterwegs) {be}",
        "{nobody} [mehr] (im|in der|in) <A> {be}",
        "(unserer|meiner) abwesenheit",
        "leerem haus",
    ),
    "state.not.occupancy.away": ("{nobody} (weg|unterwegs|außer haus) {be}",),
    "state.weather.sunny": (
        "die sonne [draußen|gerade] (scheint|rauskommt|lacht|da ist)",
        "scheint die sonne",
        "es [draußen] sonnig {be}",
        "es {be} sonnig",
        "(sonnenschein|sonnigem wetter|schönem wetter)",
        "das wetter schön ist",
    ),
    "state.weather.raining": (
        "es [{adv}] (hat|habe|hatte) [{adv}] geregnet",
        "es [{adv}] geregnet (hat|hatte|habe)",
        "es [{adv}] [{adv}] (regnet|schüttet|nieselt|gießt|zu regnen anfängt|zu regnen beginnt"
        "|anfängt zu regnen|beginnt zu regnen)",
        "es [draußen|gerade] regnet",
        "regnet es",
        "es regnet",
        "regen",
        "(regenwetter|regen)",
        "es nass ist",
    ),
    "state.not.weather.raining": (
        "es [{adv}] nicht [{adv}] (regnet|schüttet|nieselt)",
        "es [{adv}] [{adv}] (trocken {be}|trocken bleibt|aufgehört hat zu regnen|aufhört zu"
        " regnen)",
        "es (nicht regnet|trocken ist|trocken bleibt)",
        "es ist trocken",
    ),
    "measured.weather.above": (
        "(es|die (temperatur|außentemperatur)) [{adv}] draußen [{adv}] {ueber} (<H>|<N>) [grad]"
        " ({be}|hat|liegt|steigt)",
        "es [{adv}] {ueber} (<H>|<N>) [grad] (draußen) [warm] ({be}|hat)",
        "(die (temperatur|außentemperatur)|draußen) [draußen] {ueber} (<H>|<N>) [grad] (liegt|{be}"
        "|steigt)",
        "{ueber} (<H>|<N>) [grad] (draußen|außentemperatur)",
    ),
    "measured.weather.below": (
        "(es|die (temperatur|außentemperatur)) [{adv}] draußen [{adv}] {unter} (<H>|<N>) [grad]"
        " ({be}|hat|liegt|fällt|sinkt)",
        "es [{adv}] {unter} (<H>|<N>) [grad] (draußen) [kalt] ({be}|hat)",
        "(die (temperatur|außentemperatur)|draußen) [draußen] {unter} (<H>|<N>) [grad] (liegt|{be}"
        "|fällt|sinkt)",
        "{unter} (<H>|<N>) [grad] (draußen|außentemperatur)",
    ),
    "measured.solar.above": (
        "{ueber} <W> (sonne|sonnenstrom|solarstrom|solarleistung|pv-leistung|vom dach)",
        "(die (sonne|anlage|solaranlage|pv|pv-anlage|photovoltaik|solarleistung)|das dach)"
        " {ueber} <W> (liefert|bringt|macht|erzeugt|gibt|{be}|liegt)",
    ),
    "measured.solar.below": (
        "{unter} <W> (sonne|sonnenstrom|solarstrom|solarleistung|pv-leistung|vom dach)",
        "(die (sonne|anlage|solaranlage|pv|pv-anlage|photovoltaik|solarleistung)|das dach)"
        " {unter} <W> (liefert|bringt|macht|erzeugt|gibt|{be}|liegt|fällt)",
    ),
    "if.eq.measured": ("[nur|erst] [bei|ab] <S>",),
    "state.weather.cold": (
        "es [{adv}] [{adv}] [zu|so|sehr|richtig|bitter] (kalt|frostig|eisig|eiskalt"
        "|bitterkalt) [draußen] ({be}|wird)",
        "(frostnächten|frostnacht|frost herrscht)",
        "es [draußen] (kalt|frostig|eisig|sehr kalt|zu kalt) [draußen] {be}",
        "es {be} [draußen] kalt [draußen]",
        "es friert",
        "(kälte|frost)",
    ),
    "state.weather.hot": (
        "es [{adv}] [{adv}] [zu|so|sehr|richtig] (heiß|warm|schwül) [draußen] ({be}|wird)",
        "es [draußen] (heiß|sehr warm|warm|zu heiß) [draußen] {be}",
        "es {be} [draußen] heiß [draußen]",
        "[der|dieser|großer] (hitze|hitzewelle)",
    ),
    "state.price.high": (
        "{price} [{adv}] [{adv}] [zu|so|sehr|besonders|recht|ziemlich|relativ] (teuer|hoch|oben"
        "|am höchsten) {be}",
        "{price} [{adv}] (viel kostet|steigt|steigen|hochgeht|hochgehen|anzieht|anziehen)",
        "(teurer|teuren|hohen) (zeiten|stunden|phasen)",
        "{price} [gerade|zu|so|sehr] (teuer|hoch|am höchsten) {be}",
        "{price} {be} [gerade|zu|so|sehr] (teuer|hoch)",
        "(hohen|hohem|teuren|teurem) (preisen|strompreisen|strom|strompreis|preis)",
    ),
    "state.not.price.high": (
        "{price} [{adv}] nicht [{adv}] [zu|so|sehr|allzu] (teuer|hoch) {be}",
        "{price} nicht [zu|so|mehr] (teuer|hoch) {be}",
    ),
    "state.price.low": (
        "{price} [{adv}] [{adv}] [sehr|besonders|recht|ziemlich|relativ|gerade] (billig|günstig"
        "|niedrig|unten|preiswert|tief) {be}",
        "{price} [{adv}] (wenig kostet|fällt|fallen|sinkt|sinken|nachlässt|fast nichts kostet"
        "|kaum etwas kostet)",
        "{price} [gerade|schön|sehr] (billig|günstig|niedrig|preiswert) {be}",
        "{price} {be} [gerade|schön|sehr] (billig|günstig|niedrig)",
        "(niedrigen|niedrigem|billigem|günstigem|günstigen) (preisen|strompreisen|strom"
        "|strompreis)",
    ),
    "state.price.negative": (
        "{price} [{adv}] (negativ|unter null|im minus|im negativen) ({be}|wird|werden|geht|gehen"
        "|rutscht)",
        "{price} [gerade] (negativ|unter null|unter <N>) [{be}|wird|werden|fällt|fallen|liegt]",
        "{price} {be} [gerade] negativ",
        "(negativen|negativem) (preisen|strompreisen|preis|strompreis)",
        "{price} (ins negative|ins minus) (rutscht|rutschen|fällt|fallen|geht|gehen)",
    ),
    "state.solar.surplus": (
        "[wir|es|ich] [{adv}] mehr {sun} (haben|habe|gibt|da ist|produzieren|erzeugen) [,] als (wir"
        "|ich|das haus|nötig) [{adv}] [selbst] [brauchen|verbrauchen|braucht|verbraucht|nutzen"
        "|brauche|ist]",
        "(wir|das dach|die anlage|die module|die panels|die solaranlage|unsere anlage|die pv-anlage"
        "|die pv) [{adv}] (mehr|zu viel|überschuss|genug) [{sun}|strom] (haben|erzeugen|erzeugt"
        "|produzieren|produziert|liefert|liefern|bringt|abwirft|einspeist|einspeisen) [,] [als (wir"
        "|das haus|nötig) [{adv}] [selbst] [brauchen|verbrauchen|braucht|verbraucht|nutzen|ist]]",
        "[{adv}] {sun} [{adv}] (übrig|über) (ist|bleibt|haben|sind)",
        "(überschüssigem|überschüssige|übrigem|überschüssiger) ({sun}|strom|energie)",
        "[wir|es|du] [noch|genug|viel|zu viel] (überschuss|überschüsse|solarüberschuss"
        "|pv-überschuss|sonnenüberschuss|überschüssigen solarstrom|überschüssiger solarstrom"
        "|überschüssigem solarstrom|überschüssige sonne|überschüssigen strom) [vom dach|an"
        " solarstrom|an sonne|aus der pv|von der sonne] [(haben|gibt|da ist|da|ist|vorhanden ist"
        "|habe|besteht|anfällt)]",
        "(genug|zu viel|genügend|reichlich|mehr als genug) (sonne|solarstrom|sonnenstrom"
        "|pv-strom) [(da ist|haben|gibt|da|vorhanden ist|scheint)]",
        "(die|unsere) (solaranlage|pv|pv-anlage|anlage) mehr (liefert|produziert|erzeugt) als (wir"
        " brauchen|wir verbrauchen|das haus braucht|nötig)",
        "solarstrom übrig ist",
    ),
    "state.mode.vacation": (
        "({everybody}|<P>) [{adv}] [{adv}] (im urlaub|in den ferien|verreist|auf reisen"
        "|in urlaub) {be}",
        "({everybody}) (verreisen|verreist sind|urlaub machen|urlaub haben|ferien haben)",
        "(wir|ich|alle) (im urlaub|in den ferien|verreist|in urlaub|auf reisen) {be}",
        "(wir|ich|alle) {be} (im urlaub|in den ferien|verreist|in urlaub)",
        "[unserem|unseres|dem|des|meinem|den] (urlaub|urlaubs|ferien)",
    ),
    "state.device.done": (
        "{d} [{adv}] [{adv}] [mit dem (waschen|trocknen|spülen|laden)] (fertig|durch|zu ende"
        "|durchgelaufen|fertig geworden|gelaufen) {be}",
        "{d} [endlich|ganz] (fertig|durch|zu ende|fertig gelaufen|fertig gewaschen|fertig geladen"
        "|ausgelaufen) {be}",
        "{d} (fertig {be}|endet|stoppt|piept)",
        "{d} {be} (fertig|durch)",
        "{d} (aufhört|durchgelaufen ist|beendet ist)",
    ),
    "state.device.running": (
        "{it} [{adv}] [{adv}] läuft",
        "{it} läuft [{adv}] [{adv}]",
        "{d} [{adv}] [{adv}] (läuft|arbeitet|wäscht|spült|in betrieb {be}|am laufen {be})",
        "{d} [noch|gerade] (läuft|in betrieb {be}|lief|an {be})",
        "läuft {d}",
    ),
    "state.device.charging": (
        "{it} [{adv}] [{adv}] lädt",
        "{it} lädt [{adv}] [{adv}]",
        "{d} [{adv}] [{adv}] (lädt|geladen wird|am laden {be}|aufgeladen wird|am kabel hängt)",
        "{d} [noch|gerade] (lädt|geladen wird)",
    ),
    "state.device.on": (
        "{it} [{adv}] [{adv}] (an|eingeschaltet|angeschaltet) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (an|eingeschaltet|angeschaltet)",
        "{d} [noch] (an|eingeschaltet) {be}",
    ),
    "state.device.off": (
        "{it} [{adv}] [{adv}] (aus|ausgeschaltet|abgeschaltet) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (aus|ausgeschaltet|abgeschaltet)",
        "{d} [noch] (aus|ausgeschaltet) {be}",
    ),
    "state.device.open": (
        "{it} [{adv}] [{adv}] (offen|auf|geöffnet) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (offen|auf|geöffnet)",
        "{d} [{adv}] [{adv}] (offen|auf|geöffnet|sperrangelweit offen) (steht|{be}|bleibt|stehen)",
        "{d} [noch] (offen|geöffnet) [steht|{be}]",
        "&[die|das|der|unsere] <A> [{adv}] [{adv}] (offen|auf|geöffnet) (steht|{be})",
        "&(die|das|der|unsere) <A> (steht|{be}) [{adv}] [{adv}] (offen|auf|geöffnet)",
        "{d} (steht|{be}) [{adv}] [{adv}] (offen|geöffnet)",
        "{d} [noch] auf (steht|{be})",
    ),
    "state.device.closed": (
        "{it} [{adv}] [{adv}] (zu|geschlossen) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (zu|geschlossen)",
        "{d} (zu|geschlossen) {be}",
    ),
    "state.device.locked": (
        "{it} [{adv}] [{adv}] (abgeschlossen|verriegelt|zugesperrt|abgesperrt) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (abgeschlossen|verriegelt|zugesperrt|abgesperrt)",
        "{d} (abgeschlossen|verriegelt|zugesperrt) {be}",
    ),
    "state.device.unlocked": (
        "{it} [{adv}] [{adv}] (unverschlossen|aufgeschlossen|unabgeschlossen) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (unverschlossen|aufgeschlossen|unabgeschlossen)",
        "{d} (unverschlossen|offen|aufgeschlossen) {be}",
    ),
    "state.device.full": (
        "{it} [{adv}] [{adv}] (voll|vollgeladen|voll geladen|aufgeladen) (steht|{be}|bleibt)",
        "{it} (steht|{be}) [{adv}] [{adv}] (voll|vollgeladen|voll geladen|aufgeladen)",
        "{d} {be} [ganz] (voll|vollgeladen|voll geladen|aufgeladen)",
        "{d} [ganz|erst] (voll|vollgeladen|aufgeladen|geladen|voll geladen) {be}",
    ),
    "state.not.device.full": (
        "{it} [{adv}] nicht [{adv}] (voll|vollgeladen|voll geladen|geladen) {be}",
        "{d} [noch] nicht (voll|voll geladen|geladen) {be}",
    ),
    "state.device.empty": ("{d} [fast] leer {be}", "{it} [{adv}] [fast] leer {be}"),
    "placed.state": ("&(im|in der|in) <A> <S>",),
    "if.eq": (
        "{if} [um|ab|gegen|am|in der|im] <T> [,] <S>",
        "{if} [,] <S> [und] [,] [{if}] <S>",
        "{if} [,] <S>",
    ),
    "joined": ("&<C> (und|oder) [auch|zugleich] [{if}] <S> [(und|oder) <S>]",),
    "if.neq.fixed": (
        "[,] [und|aber|oder] (auch|schon gar|erst recht|bloß|ja|vor allem) nicht [,] (wenn|solange"
        "|während|falls|sobald) <S>",
        "(bei|aber bei|und bei|außer bei|nur bei) <S> nicht",
    ),
    "if.neq": (
        "{unless} [um|ab|gegen|am|in der|im] <T> [,] <S>",
        "{unless} [,] [wenn|während|solange] <S>",
        "(außer|es sei denn [,]) (es gibt|wir haben|es ist|da ist) [gerade|noch] <S>",
    ),
    "wake.neq": (
        "ohne [dass] [jemanden|irgendjemanden|die kinder|das baby|irgendwen|alle|<P>|uns|mich] (zu"
        " wecken|zu stören|aufzuwecken|aufwacht|aufwachen|geweckt wird)",
        "(nicht|niemanden|keinen) [jemanden|die kinder|das baby|<P>|uns|mich] (wecken"
        "|aufwecken|stören|wecke|weckt)",
        "(weck|wecke) [dabei|bitte] (niemanden|keinen|nicht die kinder|die kinder nicht|das baby"
        " nicht)",
        "(so|damit|so dass|sodass) [,] [dass] {nobody} (aufwacht|geweckt wird|wach wird)",
    ),
    "state.not.weather.cold": (
        "es [{adv}] nicht [{adv}] [zu|so|sehr|allzu] (kalt|frostig|eisig) [draußen] ({be}|wird)",
    ),
    "state.not.weather.hot": (
        "es [{adv}] nicht [{adv}] [zu|so|sehr|allzu] (heiß|warm) [draußen] ({be}|wird)",
    ),
    "state.not.weather.sunny": (
        "die sonne [{adv}] nicht [{adv}] scheint",
        "es [{adv}] (bewölkt|bedeckt|trüb|nicht sonnig) {be}",
        "die sonne weg ist",
    ),
    "state.not.price.low": (
        "{price} [{adv}] nicht [{adv}] [so|sehr|besonders] (billig|günstig|niedrig) {be}",
    ),
    "state.not.device.open": (
        "({it}|{d}) [{adv}] nicht [{adv}] (offen|auf|geöffnet) (steht|{be})",
    ),
    "state.not.device.closed": ("({it}|{d}) [{adv}] nicht [{adv}] (zu|geschlossen) {be}",),
    "state.not.device.locked": (
        "({it}|{d}) [{adv}] nicht [{adv}] (abgeschlossen|verriegelt|zugesperrt|abgesperrt) {be}",
        "{it} {be} [{adv}] nicht [{adv}] (abgeschlossen|verriegelt|zugesperrt|abgesperrt)",
    ),
    "state.not.device.on": ("({it}|{d}) [{adv}] nicht [{adv}] (an|eingeschaltet) {be}",),
    "state.not.device.running": (
        "{it} [{adv}] nicht [{adv}] läuft",
        "{d} [{adv}] nicht [{adv}] (läuft|in betrieb {be}|arbeitet)",
    ),
    "if.until": ("[,] bis <S>",),
}
