"""Spanish: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.occupancy.asleep": (
        "(hay|haya|quede) (alguien|gente) [todavía|aún] (durmiendo|dormido|dormida|acostado|en la"
        " cama|echando la siesta)",
        "@vez ({everybody}|<P>) (acostados|acostado|dormidos|dormido|en la cama)",
        "@vez (acostados|dormidos|dormido) ({everybody}|<P>)",
        "({everybody}|<P>|{somebody}) [ya] (se hayan acostado|se acuesten|se hayan ido a la cama"
        "|estén acostados|se haya ido a la cama|nos hayamos acostado|nos hayamos dormido)",
        "({everybody}|<P>|{somebody}) (se haya dormido|se ha dormido|se hayan dormido|se haya"
        " acostado|se duerma|se duerman|se acueste|esté ya dormido|ya esté dormido|ya duerma)",
        "({somebody}|{everybody}|<P>) [{be}] [todavía|aún|ya|todos] (duerme|duermen|duerma"
        "|duerman|durmiendo|dormido|dormidos|dormida|en la cama|acostados|acostado|duermo"
        "|dormimos|durmamos|acostada)",
        "(duerme|duermen|duerma|duerman|dormimos|duermo|durmamos|duerme ya) [({somebody}"
        "|{everybody}|<P>)]",
        "({be}) (durmiendo|dormido|dormidos) ({somebody}|{everybody}|<P>)",
        "(la siesta) [del bebé|de los niños|del niño]",
    ),
    "state.not.occupancy.asleep": (
        "(no hay|no haya|no quede|no queda) nadie (durmiendo|dormido|acostado|en la cama)",
        "{nobody} {be} [ya|todavía|aún] (durmiendo|dormido|acostado|en la cama)",
        "({everybody}|<P>|{somebody}) no {be} [ya|todavía|aún] (durmiendo|dormido|dormida"
        "|dormidos|acostado|en la cama)",
        "({everybody}|<P>) no (duerme|duerman|duerma|duermen)",
        "{nobody} [{be}] (duerme|duerma|durmiendo|dormido|en la cama|acostado)",
        "no (duerme|duerma) {nobody}",
        "no hay nadie (durmiendo|dormido|acostado)",
    ),
    "state.occupancy.awake": (
        "(haya|hay|quede|queda) alguien [todavía|aún] (despierto|levantado|en pie)",
        "({everybody}|<P>|{somebody}) (se despierte|se despierten|se haya despertado|se levante"
        "|se levanten)",
        "({somebody}|{everybody}|<P>) [{be}] [todavía|aún|ya] (despierto|despiertos|despierta"
        "|levantado|levantados|en pie)",
    ),
    "state.not.occupancy.awake": (
        "[ya] no (hay|haya|queda|quede|está|esté) [ya] nadie [ya] (despierto|levantado|en pie)",
        "[ya] nadie {be} [ya] (despierto|levantado|en pie)",
        "{nobody} {be} (despierto|levantado)",
    ),
    "state.occupancy.home": (
        "(hay|haya) ({somebody}) (dentro|ahí|allí|en él|en ella)",
        "({somebody}|{everybody}|<P>) ({be}|trabaja|trabaje|juega|juegue|lee|lea|se quede) (allí"
        "|ahí|dentro|en [el|la] <A>)",
        "(haya|hay|quede|queda|hubiera) (alguien|gente|uno de nosotros) [{home}]",
        "({somebody}|{everybody}|<P>) {be} [ya|todavía|aún] {home}",
        "({somebody}|{everybody}|<P>) {be} [todavía|todos] {home}",
        "{be} ({everybody}|<P>) {home}",
        "(haya|hay) alguien [{home}]",
        "{be} [todos] en casa",
        "({somebody}|{everybody}|<P>) {be} en [el|la] <A>",
        "(haya|hay) alguien en [el|la] <A>",
    ),
    "state.occupancy.away": (
        "no (hay|haya) nadie (dentro|ahí|allí|en él|en ella)",
        "(no hay|no haya|no quede|no queda) nadie (dentro|allí|ahí|en ella|en él)",
        "(no hay|no haya|no había|no hubiera|no queda|no quede) [ya] (nadie|gente|un alma)"
        " [{home}]",
        "{nobody} {be} [ya] {home}",
        "({everybody}|<P>) (salga|salgamos|hayamos salido|haya salido|hayan salido|nos hayamos ido)"
        " [todos] [de casa]",
        "(la casa|el piso) (se quede|se queda|quede|queda|{be}) (vacía|sola|vacío|solo)",
        "({everybody}|<P>|{somebody}) {be} [todos] {out}",
        "{be} [todos] {out}",
        "(todos|todo el mundo|{everybody}) [ya] (se hayan ido|se han ido|se haya ido|se ha ido"
        "|hayan salido|han salido|haya salido)",
        "(se hayan ido|se han ido|hayan salido|han salido) [ya] (todos|todo el mundo)",
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
        "(hace|haga|haya|hay|brille|brilla|salga|sale) [un|mucho|el|un día de] (sol|día soleado"
        "|buen tiempo)",
        "(hace|haga|haya|hay|brille|brilla) [buen|mucho] [el] (sol|tiempo)",
        "({be}) soleado",
    ),
    "state.weather.raining": (
        "(haya|ha|había|hubiera) [ya] llovido",
        "(llueve|llueva|lloviera|lloverá|chispea|chispee|caen cuatro gotas|esté lloviendo"
        "|se ponga a llover|se pone a llover)",
        "(llueve|llueva|lloviendo|está lloviendo|esté lloviendo|lluvia|lloviera|empiece a llover"
        "|empieza a llover)",
    ),
    "state.not.weather.raining": (
        "no (llueve|llueva|esté lloviendo|está lloviendo|haya lluvia|lloviera)",
        "(deje|deja|haya dejado) de llover",
        "no (llueve|llueva|está lloviendo|esté lloviendo|llueve fuera)",
    ),
    "measured.weather.above": (
        "(hace|haga|hay|haya) {masde} (<H>|<N>) [grados] (fuera|afuera|en la calle)",
        "la temperatura (exterior|fuera|de fuera) (es|sea|está|esté|sube|suba|pasa|pase) {masde}"
        " (<H>|<N>) [grados]",
        "{masde} (<H>|<N>) [grados] (fuera|afuera|en la calle)",
    ),
    "measured.weather.below": (
        "(hace|haga|hay|haya) {menosde} (<H>|<N>) [grados] (fuera|afuera|en la calle)",
        "la temperatura (exterior|fuera|de fuera) (es|sea|está|esté|baja|baje) {menosde} (<H>|<N>)"
        " [grados]",
        "{menosde} (<H>|<N>) [grados] (fuera|afuera|en la calle)",
    ),
    "measured.solar.above": (
        "[hay|haya] {masde} <W> de (sol|energía solar|solar|producción solar)",
        "(el sol|las placas|los paneles|las placas solares|los paneles solares) (da|dé|dan|den"
        "|produce|producen|produzcan) {masde} <W>",
    ),
    "measured.solar.below": (
        "[hay|haya] {menosde} <W> de (sol|energía solar|solar|producción solar)",
        "(el sol|las placas|los paneles|las placas solares|los paneles solares) (da|dé|dan|den"
        "|produce|producen|produzcan) {menosde} <W>",
    ),
    "if.eq.measured": ("[solo|sólo|únicamente] [con|a] <S>",),
    "state.weather.cold": (
        "(hace|haga|hiciera|hará) [mucho|demasiado|bastante|un] frío [fuera|en la calle|ahí fuera]",
        "(hiela|hiele|esté helando|haya helada)",
        "(hace|haga) [mucho|demasiado] frío [fuera]",
        "(hiele|hiela)",
    ),
    "state.weather.hot": (
        "(hace|haga|hiciera|hará|apriete|aprieta) [mucho|demasiado|bastante|el] calor [fuera"
        "|en la calle]",
        "(hace|haga) [mucho|demasiado] calor [fuera]",
        "[la|esta] ola de calor",
    ),
    "state.price.high": (
        "{price} (se pone|se ponga|se vuelva|se vuelve|salga|sale|resulte) [muy|más|tan] (cara"
        "|caro|alta|alto|caros)",
        "{price} {be} [muy|tan|demasiado|bastante] (alto|altos|alta|altas|cara|caro|caros"
        "|elevado|elevada|por las nubes|disparado|disparada)",
        "{price} (se dispare|se dispara|se encarezca|se encarece|cueste mucho|cuesta mucho)",
        "{price} [{be}|siga|sigue] [muy|tan|demasiado] (alto|altos|cara|caro|caros|alta"
        "|elevado|por las nubes)",
        "({be}) [muy|demasiado|tan] (cara|caro|alto|altos|alta) {price}",
        "(precios altos|precio alto|horas punta|hora punta|horas caras)",
        "las horas punta",
        "{price} (suba|sube|suban|suben)",
    ),
    "state.not.price.high": (
        "{price} no {be} [muy|tan|demasiado] (alto|alta|cara|caro|altos|elevado|por las nubes)",
        "{price} no {be} [muy|tan|demasiado] (alto|cara|caro|altos|alta)",
    ),
    "state.price.low": (
        "{price} (se pone|se ponga|se vuelva|se vuelve|salga|sale|resulte) [muy|más|bien] (barata"
        "|barato|baja|bajo|baratos|económica)",
        "{price} {be} [muy|bastante] (bajo|bajos|baja|barata|barato|baratos|económica|por los"
        " suelos|tirada|tirado)",
        "{price} (cueste poco|cuesta poco|se abarate|se abarata|caiga|cae|caigan)",
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
        "[nos|me|os] (sobre|sobra|sobren|sobran) [la|el] [energía|electricidad|luz|corriente"
        "|kilovatios] [del|de] [la|las|el] {sun}",
        "[nos|me] (sobre|sobra) (sol|luz del sol|energía de las placas|energía solar|solar)",
        "(produzcamos|producimos|generemos|generamos|produzcan|producen|den|dan|generen|generan"
        "|tengamos|tenemos|haya|hay) (más|de sobra|demasiada|demasiado|de más) [{sun}|energía"
        "|electricidad|luz|sol] [solar] [de la que|de lo que|del que|que la que] [gastamos"
        "|consumimos|usamos|necesitamos|se gasta]",
        "(las placas|los paneles|el tejado|la instalación) (produzca|produzcan|produce|producen"
        "|genere|generen|dé|den) (más de lo que|de sobra|excedente|de más|demasiado|más energía de"
        " la que) [gastamos|consumimos|usamos|necesitamos]",
        "(haya|hay|tengamos|tenemos|sobre|sobra|hubiera) [un|suficiente|el|la|de] (excedente"
        "|excedentes|sobrante|energía solar|sol de sobra|de sobra|solar de sobra|electricidad solar"
        "|excedente de energía) [solar|solares|de sol|fotovoltaico|de placas|de las placas]",
        "(el|los|un|con) (excedente|excedentes|sobrante) [solar|solares|de sol|fotovoltaico|de las"
        " placas]",
        "(las placas|los paneles) (produzcan|producen|den|generen|generan) (más de lo que|de sobra"
        "|excedente|de más) [gastamos|consumimos|usamos|necesitamos]",
        "(excedente|excedentes) [solar|solares]",
        "sobre (sol|energía solar|solar)",
    ),
    "state.mode.vacation": (
        "({be}) [todos|de] (de vacaciones|en vacaciones|vacaciones)",
        "(las|nuestras|mis) vacaciones",
        "de vacaciones",
    ),
    "state.mode.guests": (
        "(haya|hay|tengamos|tenemos|tenga|tengo|vengan|vienen|esperemos|esperamos) (invitados"
        "|visita|visitas|gente|amigos|gente en casa|gente a cenar|amigos en casa)",
        "(haya|hay|tengamos|tenemos|tuviéramos|tenga|tengo|vienen|vengan) (invitados|visita"
        "|visitas|huéspedes)",
        "(los|nuestros) (invitados|huéspedes) {be} [aquí|en casa]",
        "{be} [aquí|en casa] (los|nuestros) (invitados|huéspedes) [aquí|en casa]",
    ),
    "again.price.high": (
        "&[ella|él] {be} [muy|más|demasiado] (cara|caro|caras|caros|alta|alto|altos)",
    ),
    "again.price.low": (
        "&[ella|él] {be} [muy|más] (barata|barato|baratas|baratos|baja|bajo|bajos)",
    ),
    "state.device.done": (
        "(acabe|termine|haya acabado|haya terminado|acaba|termina|finalice|pare) [ya|por fin] {d}",
        "{d} (haya acabado|haya terminado|acabe|termine|acaba|termina|finalice) [de (lavar|secar"
        "|cargar|funcionar)]",
        "{d} [haya|ha] (terminado|acabado|termine|acabe|termina|acaba|finalizado|termine de lavar)",
        "(termine|acabe|haya terminado|haya acabado|termina|acaba|ha terminado) {d}",
        "{d} {be} (lista|listo|terminada|terminado|acabada)",
    ),
    "state.device.running": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (en marcha"
        "|funcionando)",
        "{d} {be} [todavía|aún] (en marcha|funcionando|encendida|encendido|puesta|puesto"
        "|trabajando|lavando)",
        "{d} funciona",
        "@si|cuando|mientras|siempre que|tanto tiempo como {d} (funcione|esté funcionando"
        "|esté puesta)",
    ),
    "state.not.device.open": (
        "&[{d}] no {be} [ya|aún|todavía] (abierta|abierto|abiertas|abiertos)",
    ),
    "state.not.device.closed": (
        "&[{d}] no {be} [ya|aún|todavía] (cerrada|cerrado|cerradas|cerrados)",
    ),
    "state.not.device.locked": (
        "&[{d}] no {be} [ya|aún|todavía] (cerrada con llave|bloqueada|bloqueado)",
    ),
    "state.not.device.on": (
        "&[{d}] no {be} [ya|aún|todavía] (encendida|encendido|encendidas|encendidos)",
    ),
    "state.not.device.running": (
        "&no {be} [ya|aún|todavía] (en marcha|funcionando)",
        "{d} no {be} (en marcha|funcionando)",
    ),
    "state.device.charging": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] cargando",
        "{d} {be} cargando",
        "{d} (carga|cargue|se esté cargando|se carga|se cargue|se está cargando)",
        "(se esté cargando|se está cargando|se carga|se cargue|{be} cargando) {d}",
    ),
    "state.device.on": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (encendida"
        "|encendido|encendidas|encendidos)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (encendida|encendido"
        "|encendidas|encendidos) [(en|de|del) [la|el] <A>]",
    ),
    "state.device.off": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (apagada"
        "|apagado|apagadas|apagados)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (apagada|apagado|apagadas"
        "|apagados)",
    ),
    "state.device.open": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (abierta"
        "|abierto|abiertas|abiertos)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [todavía|aún] (abierta|abierto|abiertas)",
        "{be} abierta {d}",
        "&[el|la|nuestro] <A> ({be}|sigue) [todavía|aún] (abierto|abierta)",
    ),
    "state.device.closed": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (cerrada"
        "|cerrado|cerradas|cerrados)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (cerrada|cerrado|cerradas)",
    ),
    "state.device.locked": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (cerrada con"
        " llave|bloqueada|bloqueado)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (cerrada con llave"
        "|bloqueada)",
    ),
    "state.device.unlocked": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (desbloqueada"
        "|sin cerrar con llave)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (sin llave|desbloqueada"
        "|sin cerrar)",
    ),
    "state.device.full": (
        "&[ya|aún|todavía] ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (llena|lleno"
        "|cargada|cargado)",
        "{d} ({be}|sigue|siguen|siga|sigan|continúa) [ya|aún|todavía] (llena|lleno|cargada"
        "|cargado|llena del todo|completamente cargada)",
    ),
    "state.not.device.full": (
        "&no {be} [ya|aún|todavía] (llena|lleno|cargada|cargado)",
        "{d} no {be} (llena|lleno|cargada|cargado)",
    ),
    "state.device.empty": (
        "{d} {be} [casi] (vacía|vacío|descargada|descargado)",
        "&{be} [casi|ya] (vacía|vacío|descargada|descargado)",
    ),
    "if.eq": (
        "(espera|esperar|espere|espérate) (a que|hasta que|que) <S> [para]",
        "(una vez) <S>",
        "{if} [a|en|por|sobre] <T> [,] <S>",
        "{if} <S> [y|o] [{if}] <S>",
        "{if} <S>",
        "(en cuanto|una vez que|tan pronto como|nada más que) <S>",
    ),
    "timed.by": ("&(si|en caso de que) <S> <C>", "&(si|en caso de que) <C> [,] <S>"),
    "joined": ("&<C> (y|o|e|u) [que|si] <S> [(y|o) <S>]",),
    "if.until": (
        "(más que|sino) (si|cuando|mientras|en caso de que) <S>",
        "hasta que <S>",
    ),
    "if.neq.fixed": ("[,] (pero|y|aunque) si <S> [entonces] (no|nada|mejor no)",),
    "if.neq": (
        "{unless} [a|en|por|sobre] <T> [,] <S>",
        "{unless} <S>",
    ),
    "wake.neq": (
        "(no|sin|nunca) .. (despertar|molestar|despierte|despiertes|despertemos) [a] [nadie"
        "|los niños|el bebé|<P>|la peque|los peques|al bebé|al niño|la familia]",
        "(sin|no|para no|que no) (despertar|molestar|despierte|despiertes|moleste|molestes"
        "|despiertes) [a] [nadie|los niños|el bebé|<P>|la peque|nosotros|la familia|al bebé|al niño"
        "|a nadie|el niño]",
    ),
    "state.not.weather.sunny": (
        "no (hace|haga|haya|hay) [nada de] sol",
        "(esté|está) (nublado|cubierto)",
    ),
    "state.not.weather.cold": (
        "no (hace|haga|hiciera) [mucho|demasiado|tanto] frío [fuera|en la calle]",
    ),
    "state.not.weather.hot": ("no (hace|haga|hiciera) [mucho|demasiado|tanto] calor [fuera]",),
}
