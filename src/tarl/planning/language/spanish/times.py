"""Spanish: amounts, clock times, days, parts of the day and events."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "money.EUR": ("{n} (euro|euros|eur|€)", "€ <N>", "{n} (euro|euros|€) [con|y] <N> [céntimos]"),
    "money.EUR.100": ("{n} (céntimo|céntimos|centimos|cts|cent|centavos de euro)",),
    "money.EUR.1.1/2": ("medio euro",),
    "money.USD": ("{n} (dólares|dólar|usd|$)", "$<N>"),
    "money.GBP": ("{n} (libras|libra|gbp|£)",),
    "money.MXN": ("{n} (pesos|mxn)",),
    "amount.H.10": ("<N> (grados|grado|°|°c|º|grados centígrados|grados celsius|ºc)",),
    "amount.Q.1000.1/2": ("@debajo de|menos de (la mitad)",),
    "amount.Q.1000.1/3": ("un tercio",),
    "amount.Q.1000.1/4": ("@debajo de|menos de|a|al|hasta|con|máximo|mínimo (un cuarto)",),
    "amount.Q.1000.1/5": ("un quinto",),
    "amount.Q.1000/3": ("<N> (tercio|tercios)",),
    "amount.Q.250": ("<N> (cuarto|cuartos)",),
    "amount.Q.200": ("<N> (quinto|quintos)",),
    "amount.Q.100": ("<N> (décimo|décimos)",),
    "amount.Q.10": ("<N> (%|por ciento|porciento)",),
    "amount.W.1": ("<N> (w|vatios|watts|vatio)",),
    "amount.W.1000": ("<N> (kw|kilovatios|kilowatts)",),
    "amount.V.1": ("<N> (wh|vatios hora)",),
    "amount.V.1000": ("<N> (kwh|kilovatios hora|kilovatio hora|kilovatios-hora)",),
    "amount.U.1": ("{n} (ms|milisegundos)",),
    "amount.U.1000": ("{n} (segundos|segundo)",),
    "amount.U.60000": ("{n} (minutos|minuto|min)",),
    "amount.U.3600000": ("{n} (horas|hora)",),
    "amount.U.3600000.1": ("(la próxima|la siguiente) hora",),
    "amount.U.3600000.1/2": ("[una] media hora", "{n} media hora"),
    "amount.U.3600000.1/4": ("[un] cuarto de hora", "{n} cuarto de hora"),
    "amount.U.3600000.3/4": ("tres cuartos de hora", "{n} cuartos de hora"),
    "halves.U.3600000": ("{n} (horas|hora) y media",),
    "amount.U.86400000": ("{n} (días|día)",),
    "sum.U": ("<U> [y] <U>",),
    "clock.plain": (
        "<L> [h|horas]",
        "<N> en punto",
        "(las|la) <N>",
        "(las|la) <L>",
        "(las|la) <N> horas",
        "<N> h",
    ),
    "clock.one": ("la una [en punto]",),
    "clock.one.30": ("la una y media",),
    "clock.one.15": ("la una y cuarto",),
    "clock.one.-15": ("la una menos cuarto",),
    "clock.one.1": ("la una y <N>",),
    "clock.one.-1": ("la una menos <N>",),
    "clock.past.-1": ("(las|la) <N> menos <N>",),
    "clock.past": ("(las|la) <N> y <N>",),
    "clock.past.30": ("(las|la) <N> y media",),
    "clock.past.15": ("(las|la) <N> y cuarto",),
    "clock.past.-15": ("(las|la) <N> menos cuarto",),
    "clock.am": ("(las|la|) <N> (am|a.m.|a. m.)", "(las|la|) <L> (am|a.m.|a. m.)"),
    "clock.pm": ("(las|la|) <N> (pm|p.m.|p. m.)", "(las|la|) <L> (pm|p.m.|p. m.)"),
    "part.noon": ("(mediodía|medio día|mediodia)",),
    "part.midnight": ("(medianoche|media noche)",),
    "part.morning": ("mañanas", "(por|de|en|toda) la mañana", "la mañana"),
    "part.afternoon": ("[por|de|en|toda|durante] la tarde", "tardes"),
    "part.evening": (
        "[por|de|en] la tarde-noche",
        "[por] la noche temprano",
        "el anochecer temprano",
    ),
    "part.night": (
        "(de|por la|en la|durante la) madrugada",
        "[la] madrugada",
        "[por|de|en|toda|durante] [la|las] (noche|noches)",
    ),
    "part.am": ("!antes|después|desde|hasta|dentro|partir (de la madrugada)",),
    "part.tonight": ("esta noche",),
    "part.morning.0": ("esta mañana",),
    "part.afternoon.0": ("esta tarde",),
    "day.0": ("hoy",),
    "day.1": ("mañana",),
    "day.2": ("pasado mañana",),
    "day.7": ("(dentro de|en) una semana",),
    "weekday.0": ("[el|este|próximo] lunes [que viene]",),
    "weekday.1": ("[el|este|próximo] martes [que viene]",),
    "weekday.2": ("[el|este|próximo] miércoles [que viene]",),
    "weekday.3": ("[el|este|próximo] jueves [que viene]",),
    "weekday.4": ("[el|este|próximo] viernes [que viene]",),
    "weekday.5": ("[el|este|próximo] sábado [que viene]",),
    "weekday.6": ("[el|este|próximo] domingo [que viene]",),
    "event.sunrise": (
        "[el|la|al|del] (amanecer|salida del sol|alba)",
        "(sale el sol|salga el sol|amanezca|amanece|se haga de día|que amanezca)",
    ),
    "event.sunset": (
        "[el|la|al|del] (atardecer|puesta de sol|puesta del sol|anochecer|ocaso)",
        "(se ponga el sol|se pone el sol|anochezca|oscurezca|anochece|oscurece|se haga de noche|se"
        " haga oscuro|que anochezca|que oscurezca)",
    ),
    "event.wake_up": (
        "(me levante|nos levantemos|me despierte|nos despertemos|me levanto|nos levantamos|me"
        " despierto|levantarme|levantarnos|despertarme|suene el despertador|el despertador|que me"
        " levante|que nos levantemos|que me despierte|que nos despertemos|nos despertamos"
        "|despertarnos)",
    ),
    "event.bedtime": (
        "(me acueste|nos acostemos|irme a la cama|irnos a la cama|acostarme|acostarnos|me vaya a la"
        " cama|nos vayamos a la cama|me acuesto|nos acostamos|la hora de dormir|irnos a dormir|irme"
        " a dormir|nos vayamos a dormir|me vaya a dormir|ir a dormir|la hora de acostarse|nos vamos"
        " a la cama|me voy a la cama|nos vamos a dormir|que nos acostemos|que me acueste|hora de"
        " dormir|vayamos a la cama|me voy a dormir)",
        "@antes de|después de|hora de (dormir)",
        "[que] [({everybody}|<P>)] (se vaya|se vayan|se va|se van|nos vayamos|nos vamos|me vaya|me"
        " voy|irse|irnos|irme) [ya] a (la cama|dormir|acostar|acostarse|acostarnos|acostarme"
        "|descansar)",
    ),
    "event.arrival": (
        "(llegue|lleguemos|llego|llegamos|vuelva|volvamos|regrese|regresemos|vuelvo|volvemos|llegar"
        "|volver|regresar|que llegue|que lleguemos|<P> llegue|<P> llega|<P> vuelva|que volvamos|que"
        " vuelva|lleguen los niños|nuestra llegada|mi llegada|regresamos|regreso|<P> vuelve|los"
        " niños vuelvan) [a casa|del trabajo|del cole|a la casa]",
    ),
    "event.departure": (
        "!no|luz|electricidad|energía|corriente|tarifa (salga|salgamos|me vaya|nos vayamos|salgo"
        "|salimos|nos vamos|me voy|irme|irnos|que salgamos|que nos vayamos|<P> salga|<P> se vaya"
        "|<P> sale|<P> se va|salir|nuestra salida|mi salida|que salga|que me vaya|me marche|nos"
        " marchemos|nos hayamos ido|me haya ido|hayamos salido) [de casa|a trabajar|al trabajo]",
    ),
    "when": (
        "<K>|<L>|<Y>|<O>|<E>",
        "<Y> [,] [a|sobre|desde|hacia] [<O>] [a|sobre] {cl}",
        "<Y> [,] [a|sobre|desde|hacia] {cl} [de|por] <O>",
        "{cl} [,] [de|por|del] <O> [,] [de|del] [<Y>]",
        "{cl} [de|del|,] <Y> [<O>]",
        "<Y> [,] [por|a|al] <O> [,] [a] [{cl}]",
        "<O> [,] [del|de] <Y>",
        "<O> [,] a {cl}",
        "<Y> a <N>",
        "@de|desde|hasta|a|y|entre <N> [de|por] [la] <O>",
    ),
    "counted.-1": (
        "!durante|por|menos <U> (antes|antes de|antes del|antes de que) [el|la|nuestra|mi] <E>",
    ),
    "counted.1": (
        "!durante|por|menos <U> (después|después de|después del|después de que) [el|la|nuestra|mi]"
        " <E>",
    ),
    "later": ("(dentro de|en) [unos|unas|aproximadamente] <U>",),
    "later.then": ("<U> (después|más tarde|después de eso)",),
    "halves.H.10": ("{n} (grados|grado|°) y (medio|media)",),
}
