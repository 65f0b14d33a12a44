"""German: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.occupancy.asleep": (
        "({somebody}|{everybody}|<P>) [noch|schon|alle|gerade] (schläft|schlafen|schlafe"
        "|schlief|im bett {be}|am schlafen {be}|eingeschlafen {be}|ein nickerchen macht|pennt"
        "|pennen)",
        "({somebody}|{everybody}|<P>) {be} [noch|schon|alle] (im bett|am schlafen|eingeschlafen)",
        "(schläft|schlafen) [gerade|noch|schon] ({somebody}|{everybody}|<P>)",
    ),
    "state.not.occupancy.asleep": (
        "{nobody} [mehr|gerade|noch|schon] (schläft|im bett ist|am schlafen ist)",
        "(schläft|im bett) {nobody} [mehr]",
    ),
    "state.occupancy.awake": (
        "({somebody}|{everybody}|<P>) [schon|noch|alle] (wach|auf|auf den beinen) {be}",
        "({somebody}|{everybody}|<P>) {be} [schon|noch|alle] wach",
    ),
    "state.not.occupancy.awake": ("{nobody} [mehr|schon] wach ist",),
    "state.occupancy.home": (
        "({somebody}|{everybody}|<P>) [noch|gerade|alle] {home} {be}",
        "({somebody}|{everybody}|<P>) {be} [noch|gerade|alle] {home}",
        "({somebody}|{everybody}|<P>) (im|in der|in) <A> {be}",
        "({somebody}|{everybody}|<P>) {be} (im|in der|in) <A>",
    ),
    "state.occupancy.away": (
        "({everybody}|<P>|{somebody}) [alle|gerade|noch] {out} {be}",
        "({everybody}|<P>|{somebody}) {be} [alle|gerade|noch] {out}",
        "{nobody} [gerade|mehr] {home} {be}",
        "{nobody} {be} [gerade|mehr] {home}",
        "(das haus|die wohnung|es) leer {be}",
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
        "es [draußen|gerade] regnet",
        "regnet es",
        "es regnet",
        "regen",
        "(regenwetter|regen)",
        "es nass ist",
    ),
    "state.not.weather.raining": ("es (nicht regnet|trocken ist|trocken bleibt)", "es ist trocken"),
    "state.weather.cold": (
        "es [draußen] (kalt|frostig|eisig|sehr kalt|zu kalt) [draußen] {be}",
        "es {be} [draußen] kalt [draußen]",
        "es friert",
        "(kälte|frost)",
    ),
    "state.weather.hot": (
        "es [draußen] (heiß|sehr warm|warm|zu heiß) [draußen] {be}",
        "es {be} [draußen] heiß [draußen]",
        "(hitze|großer hitze)",
    ),
    "state.price.high": (
        "{price} [gerade|zu|so|sehr] (teuer|hoch|am höchsten) {be}",
        "{price} {be} [gerade|zu|so|sehr] (teuer|hoch)",
        "(hohen|hohem|teuren|teurem) (preisen|strompreisen|strom|strompreis|preis)",
    ),
    "state.not.price.high": ("{price} nicht [zu|so|mehr] (teuer|hoch) {be}",),
    "state.price.low": (
        "{price} [gerade|schön|sehr] (billig|günstig|niedrig|preiswert) {be}",
        "{price} {be} [gerade|schön|sehr] (billig|günstig|niedrig)",
        "(niedrigen|niedrigem|billigem|günstigem|günstigen) (preisen|strompreisen|strom"
        "|strompreis)",
    ),
    "state.price.negative": (
        "{price} [gerade] (negativ|unter null|unter <N>) [{be}|wird|werden|fällt|fallen|liegt]",
        "{price} {be} [gerade] negativ",
        "(negativen|negativem) (preisen|strompreisen|preis|strompreis)",
        "{price} (ins negative|ins minus) (rutscht|rutschen|fällt|fallen|geht|gehen)",
    ),
    "state.solar.surplus": (
        "[wir|es|du] [noch|genug|viel|zu viel] (überschuss|überschüsse|solarüberschuss"
        "|pv-überschuss|sonnenüberschuss|überschüssigen solarstrom|überschüssiger solarstrom"
        "|überschüssigem solarstrom|überschüssige sonne|überschüssigen strom) [vom dach|an "
        "solarstrom|an sonne|aus der pv|von der sonne] [(haben|gibt|da ist|da|ist|vorhanden "
        "ist|habe|besteht|anfällt)]",
        "(genug|zu viel|genügend|reichlich|mehr als genug) (sonne|solarstrom|sonnenstrom"
        "|pv-strom) [(da ist|haben|gibt|da|vorhanden ist|scheint)]",
        "(die|unsere) (solaranlage|pv|pv-anlage|anlage) mehr (liefert|produziert|erzeugt) als "
        "(wir brauchen|wir verbrauchen|das haus braucht|nötig)",
        "solarstrom übrig ist",
    ),
    "state.mode.vacation": (
        "(wir|ich|alle) (im urlaub|in den ferien|verreist|in urlaub|auf reisen) {be}",
        "(wir|ich|alle) {be} (im urlaub|in den ferien|verreist|in urlaub)",
        "[unserem|unseres|dem|des|meinem|den] (urlaub|urlaubs|ferien)",
    ),
    "state.mode.guests": (
        "[wir|ich] (gäste|besuch) [da] (haben|da {be}|habe|kommt|kommen|hätten|hätte|im haus {be})",
        "(wir|ich) (haben|habe|hätten) (gäste|besuch)",
        "(gäste|besuch) [da] (sind|ist|kommen|kommt)",
        "(gästen|besuch)",
    ),
    "state.device.done": (
        "{d} [endlich|ganz] (fertig|durch|zu ende|fertig gelaufen|fertig gewaschen|fertig geladen"
        "|ausgelaufen) {be}",
        "{d} (fertig {be}|endet|stoppt|piept)",
        "{d} {be} (fertig|durch)",
        "{d} (aufhört|durchgelaufen ist|beendet ist)",
    ),
    "state.device.running": ("{d} [noch|gerade] (läuft|in betrieb {be}|lief|an {be})", "läuft {d}"),
    "state.device.charging": ("{d} [noch|gerade] (lädt|geladen wird)",),
    "state.device.on": ("{d} [noch] (an|eingeschaltet) {be}",),
    "state.device.off": ("{d} [noch] (aus|ausgeschaltet) {be}",),
    "state.device.open": ("{d} [noch] (offen|auf|geöffnet) [steht|{be}]",),
    "state.device.closed": ("{d} (zu|geschlossen) {be}",),
    "state.device.locked": ("{d} (abgeschlossen|verriegelt|zugesperrt) {be}",),
    "state.device.unlocked": (
        "{d} (nicht abgeschlossen|unverschlossen|offen|aufgeschlossen) {be}",
    ),
    "state.device.full": (
        "{d} {be} [ganz] (voll|vollgeladen|voll geladen|aufgeladen)",
        "{d} [ganz|erst] (voll|vollgeladen|aufgeladen|geladen|voll geladen) {be}",
    ),
    "state.not.device.full": ("{d} [noch] nicht (voll|voll geladen|geladen) {be}",),
    "state.device.empty": ("{d} [fast] leer {be}",),
    "if.eq": ("{if} [,] <S> [und] [,] [{if}] <S>", "{if} [,] <S>"),
    "if.neq": ("{unless} [,] [wenn|während|solange] <S>",),
    "wake.neq": (
        "ohne [dass] [jemanden|irgendjemanden|die kinder|das baby|irgendwen|alle|<P>|uns|mich] "
        "(zu wecken|zu stören|aufzuwecken|aufwacht|aufwachen|geweckt wird)",
        "(nicht|niemanden|keinen) [jemanden|die kinder|das baby|<P>|uns|mich] (wecken"
        "|aufwecken|stören|wecke|weckt)",
        "(weck|wecke) [dabei|bitte] (niemanden|keinen|nicht die kinder|die kinder nicht|das "
        "baby nicht)",
        "(so|damit|so dass|sodass) [,] [dass] {nobody} (aufwacht|geweckt wird|wach wird)",
    ),
}
