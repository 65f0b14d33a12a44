"""Spanish: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.occupancy.asleep": (
        "({somebody}|{everybody}|<P>) [{be}] [todavía|aún|ya|todos] (duerme|duermen|duerma"
        "|duerman|durmiendo|dormido|dormidos|dormida|en la cama|acostados|acostado|duermo"
        "|dormimos|durmamos|acostada)",
        "(duerme|duermen|duerma|duerman|dormimos|duermo|durmamos|duerme ya) [({somebody}"
        "|{everybody}|<P>)]",
        "({be}) (durmiendo|dormido|dormidos) ({somebody}|{everybody}|<P>)",
        "(la siesta) [del bebé|de los niños|del niño]",
    ),
    "state.not.occupancy.asleep": (
        "{nobody} [{be}] (duerme|duerma|durmiendo|dormido|en la cama|acostado)",
        "no (duerme|duerma) {nobody}",
        "no hay nadie (durmiendo|dormido|acostado)",
    ),
    "state.occupancy.awake": (
        "({somebody}|{everybody}|<P>) [{be}] [todavía|aún|ya] (despierto|despiertos|despierta"
        "|levantado|levantados|en pie)",
    ),
    "state.not.occupancy.awake": ("{nobody} {be} (despierto|levantado)",),
    "state.occupancy.home": (
        "({somebody}|{everybody}|<P>) {be} [todavía|todos] {home}",
        "{be} ({everybody}|<P>) {home}",
        "(haya|hay) alguien [{home}]",
        "{be} [todos] en casa",
        "({somebody}|{everybody}|<P>) {be} en [el|la] <A>",
        "(haya|hay) alguien en [el|la] <A>",
    ),
    "state.occupancy.away": (
        "({everybody}|<P>|{somebody}) {be} [todos] {out}",
        "{be} [todos] {out}",
        "(todos|todo el mundo|{everybody}) [ya] (se hayan ido|se han ido|se haya ido|se ha ido"
        "|hayan salido|han salido|haya salido)",
        "({everybody}|<P>) no {be} {home}",
        "no {be} {home}",
        "(no hay|no haya|no había|no hubiera) nadie [{home}]",
        "{nobody} {be} {home}",
        "no {be} nadie [{home}]",
        "(la casa|el piso) {be} (vacía|sola|vacío|solo)",
        "(no hay|no haya) nadie en [el|la] <A>",
        "(nuestra|mi) ausencia",
    ),
    "state.weather.sunny": (
        "(hace|haga|haya|hay|brille|brilla) [buen|mucho] [el] (sol|tiempo)",
        "({be}) soleado",
    ),
    "state.weather.raining": (
        "(llueve|llueva|lloviendo|está lloviendo|esté lloviendo|lluvia|lloviera|empiece a "
        "llover|empieza a llover)",
    ),
    "state.not.weather.raining": ("no (llueve|llueva|está lloviendo|esté lloviendo|llueve fuera)",),
    "state.weather.cold": ("(hace|haga) [mucho|demasiado] frío [fuera]", "(hiele|hiela)"),
    "state.weather.hot": ("(hace|haga) [mucho|demasiado] calor [fuera]", "(ola de calor)"),
    "state.price.high": (
        "{price} [{be}|siga|sigue] [muy|tan|demasiado] (alto|altos|cara|caro|caros|alta"
        "|elevado|por las nubes)",
        "({be}) [muy|demasiado|tan] (cara|caro|alto|altos|alta) {price}",
        "(precios altos|precio alto|horas punta|hora punta|horas caras)",
        "las horas punta",
        "{price} (suba|sube|suban|suben)",
    ),
    "state.not.price.high": ("{price} no {be} [muy|tan|demasiado] (alto|cara|caro|altos|alta)",),
    "state.price.low": (
        "{price} {be} [muy] (bajo|bajos|barata|barato|baja|baratos|económica)",
        "({be}) [muy] (barata|barato|bajo|baja|bajos) {price}",
        "(precios bajos|precio bajo)",
        "{price} (baje|baja|bajen|bajan)",
    ),
    "state.price.negative": (
        "{price} (se pone|se ponga|se vuelve|entra|entre|cae|caiga|pasa|pase|baja|baje|está"
        "|esté) [en|a|por|de] [precio|precios|terreno|valor|valores] (negativo|negativos"
        "|negativa|bajo cero|debajo de cero|por debajo de cero)",
        "{price} {be} [en] (negativo|negativos|negativa|por debajo de cero|bajo cero)",
        "{price} (sea|sean|se vuelva|se ponga|entre en|pase a|caiga por debajo de) (negativo"
        "|negativos|negativa|cero|terreno negativo)",
        "(precio negativo|precios negativos)",
    ),
    "state.solar.surplus": (
        "(haya|hay|tengamos|tenemos|sobre|sobra|hubiera) [un|suficiente|el|la|de] (excedente"
        "|excedentes|sobrante|energía solar|sol de sobra|de sobra|solar de sobra|electricidad "
        "solar|excedente de energía) [solar|solares|de sol|fotovoltaico|de placas|de las "
        "placas]",
        "(el|los|un|con) (excedente|excedentes|sobrante) [solar|solares|de sol|fotovoltaico|de "
        "las placas]",
        "(las placas|los paneles) (produzcan|producen|den|generen|generan) (más de lo que|de "
        "sobra|excedente|de más) [gastamos|consumimos|usamos|necesitamos]",
        "(excedente|excedentes) [solar|solares]",
        "sobre (sol|energía solar|solar)",
    ),
    "state.mode.vacation": (
        "({be}) [todos|de] (de vacaciones|en vacaciones|vacaciones)",
        "(las|nuestras|mis) vacaciones",
        "de vacaciones",
    ),
    "state.mode.guests": (
        "(haya|hay|tengamos|tenemos|tuviéramos|tenga|tengo|vienen|vengan) (invitados|visita"
        "|visitas|huéspedes)",
        "(los|nuestros) invitados {be} [aquí|en casa]",
    ),
    "state.device.done": (
        "{d} [haya|ha] (terminado|acabado|termine|acabe|termina|acaba|finalizado|termine de lavar)",
        "(termine|acabe|haya terminado|haya acabado|termina|acaba|ha terminado) {d}",
        "{d} {be} (lista|listo|terminada|terminado|acabada)",
    ),
    "state.device.running": (
        "{d} {be} [todavía|aún] (en marcha|funcionando|encendida|encendido|puesta|puesto"
        "|trabajando|lavando)",
        "{d} (funciona|funcione)",
    ),
    "state.not.device.running": ("{d} no {be} (en marcha|funcionando)",),
    "state.device.charging": (
        "{d} {be} cargando",
        "{d} (carga|cargue|se esté cargando|se carga|se cargue|se está cargando)",
        "(se esté cargando|se está cargando|se carga|se cargue|{be} cargando) {d}",
    ),
    "state.device.on": ("{d} {be} (encendida|encendido|encendidas|encendidos)",),
    "state.device.off": ("{d} {be} (apagada|apagado|apagadas|apagados)",),
    "state.device.open": ("{d} {be} [todavía|aún] (abierta|abierto|abiertas)", "{be} abierta {d}"),
    "state.device.closed": ("{d} {be} (cerrada|cerrado|cerradas)",),
    "state.device.locked": ("{d} {be} (cerrada con llave|bloqueada)",),
    "state.device.unlocked": ("{d} {be} (sin llave|desbloqueada|sin cerrar)",),
    "state.device.full": (
        "{d} {be} (llena|lleno|cargada|cargado|llena del todo|completamente cargada)",
    ),
    "state.not.device.full": ("{d} no {be} (llena|lleno|cargada|cargado)",),
    "state.device.empty": ("{d} {be} [casi] (vacía|vacío|descargada|descargado)",),
    "if.eq": (
        "{if} <S> [y|o] [{if}] <S>",
        "{if} <S>",
        "(en cuanto|una vez que|tan pronto como|nada más que) <S>",
    ),
    "if.until": ("hasta que <S>",),
    "if.neq": ("{unless} <S>",),
    "wake.neq": (
        "(sin|no|para no|que no) (despertar|molestar|despierte|despiertes|moleste|molestes"
        "|despiertes) [a] [nadie|los niños|el bebé|<P>|la peque|nosotros|la familia|al bebé|al "
        "niño|a nadie|el niño]",
    ),
}
