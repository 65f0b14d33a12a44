"""Spanish: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "bound.lte.house": (
        "[con] [el|un|la|una] (límite|tope|potencia máxima|máximo) [total] [(de|para) la casa] [es"
        "|de|a|en|:] <W>",
    ),
    "bound.gte.left": (
        "(deja|dejar|dejando|guarda|guardar|reserva|reservar|conserva|conservar) [al menos|como"
        " mínimo] [un|el] <Q> [dentro|de reserva] para [la|el|las] (<T>|<O>|<Y>)",
    ),
    "ifso": ("(si|cuando) (lo está|lo es|es así|es el caso|lo están)",),
    "event.departure.now": ("(nos vamos|me voy|salimos|salgo) (ya|ahora) [de casa|a trabajar]",),
    "fact.parting": ("^[ya] <T> (,|.|!|;)",),
    "deadline.ahead": (
        "!durante|por <U> (antes|antes de|antes del|antes de que) [el|la|nuestra|mi] <T>",
    ),
    "earliest.behind": (
        "!durante|por <U> (después|después de|después del|después de que) [el|la|nuestra|mi] <T>",
    ),
    "orderdevice.later": ("&<C> después (de|del) {d}",),
    "placed.at": ("&<C> en [el|la] <A>",),
    "regardless": (
        "{aimx} (puede|pueden|podrá) (esperar|ir después)",
        "{aimx} (es|son|va|van|queda|viene) (secundario|secundaria|después|en segundo plano|en"
        " segundo lugar|lo de menos|menos importante)",
        "{aimx} (da igual|no importa|importa poco|importa menos)",
        "(da igual|no importa|olvida) {aimx}",
        "{be} a [unos|unas] <U> [de (casa|aquí)]",
    ),
    "reason": (
        "sería (una pena|una lástima|una tontería|un desperdicio|de tontos) [que|no] ....",
        "ya sabes (cómo|lo que|qué|quién|que) ....",
        "@, (que (es|está|sale|resulta) (más|muy) (barato|barata|económico|económica)) ....",
        "@, (que (es|está|sale|resulta) (más|muy) (barato|barata|económico|económica))",
        "(incluso|aun|ni siquiera) (si|cuando|con|mientras) ....",
        "aunque ....",
        "(porque|ya que|puesto que|dado que|que luego|es que|visto que) ....",
    ),
    "takeback.behind": (", (quiero decir|quería decir|quise decir|perdón|mejor dicho)",),
    "takeback": (
        "(,|-|.|;) [ay|oh|eh] (no|espera|perdón|perdona|mejor dicho|uy) [(,|-|!)] [(perdón|perdona"
        "|espera|mejor|quiero decir|digo|quería decir)] (,|-)",
        "(,|-|.|;) [o] [ay] [no|perdón] [,] (quiero decir|quería decir|mejor dicho|o mejor"
        "|digo) [,|-]",
    ),
    "gone": ("^<S> hasta [el|la|las|los] {t}",),
    "nothing.instead": (
        "[,] (en vez de|en vez del|en lugar de|en lugar del|y no) [por|el|la|a|esta] <T>",
    ),
    "bound.lte.reached": (
        "(párate|para|pares|parar|páralo|párala|deja de cargar|detente|detenla|detenlo|que pare"
        "|corta) (cuando|al|en cuanto|a) [<T>|alcance|alcanzar|esté|tenga] [a|al|en|el] {q}",
    ),
    "wake.neq.all": (
        "(que nadie|nadie debe|nadie tiene que|que no) (se despierte|despertarse|sea despertado"
        "|despertar)",
        "({everybody}|<P>|los niños|el bebé) no (debe|deben|tienen que|debería) (despertarse|ser"
        " despertado)",
    ),
    "state.price.low.again": (
        "({price}|la luz) <T> a (estar|ser) [más] (barata|barato|bajo|baja|económica)",
        "{price} (vuelva|vuelve|esté|está|sea|es) [a (estar|ser)] [más] (barata|barato|baja"
        "|económica) [otra vez|de nuevo]",
        "(la luz|la electricidad|la corriente) (vuelva|vuelve) a (estar|ser) [más] (barata"
        "|económica)",
    ),
    "filler.else": ("[y] (si no|de lo contrario|en caso contrario|el resto del tiempo)",),
    "drained.battery": ("(baja|bajar|bájanos) [la|nuestra] (<D>|batería de casa|batería)",),
    "goal.minimize.cost.light": ("(con|usando|cuando) la luz [(esté|está|sea)] más barata",),
    "filler.house": ("[toda] (la|nuestra) casa", "[todo] el piso", "(en|por) todas partes"),
    "filler.need": (
        "(necesito|necesitamos|necesita|me hace falta|nos hace falta|quiero tener|queremos tener)",
    ),
    "filler.hedge": (
        "(si es posible|si se puede|a ser posible|si puedes|de ser posible|en lo posible"
        "|preferentemente|preferiblemente|idealmente|siempre que se pueda|cuando se pueda)",
    ),
    "nothing": (
        "&(en vez|en lugar) (de|del) [la|el|los|las] <D>",
        "(en vez de|en lugar de) (abrir lo|abrir la|cerrar lo|cerrar la|abrir|cerrar"
        "|encender|apagar"
        "|abrirlo|abrirla|cerrarlo|cerrarla|encenderlo"
        "|encenderla|apagarlo|apagarla)",
        "&[el|la|mi|nuestro|nuestra] <A> (está|queda) [justo|directamente|ahí|pared con pared]"
        " (encima|al lado|debajo|arriba|detrás)",
    ),
    "polite": (
        "(no|sin|que no) (pasar|pase|pasemos|pasen) (frío|calor)",
        "^[una|un] (gran|larga|bonita|buena|mala|fría) (noche|tarde|mañana|velada) (:|!|.)",
        "^[una|un] (noche|tarde|mañana|día|velada) (especial|larga|largo|tranquila|tranquilo|fría"
        "|romántica|importante) (:|!|.)",
        "[tengo|tiene|hago|hace] turno de (noche|tarde|mañana)",
        "(trabajo|trabaja|trabajamos) (de noche|por la noche|de tarde|de mañana)",
        "(tengo|tenemos|estoy pasando) [mucho|un poco de] (frío|calor) [aquí|en casa]",
        "(después|antes) (de|del|de la) (cenar|cena|comer|comida|desayunar|desayuno|almuerzo)",
        "(en cualquier momento|a cualquier hora|cuando quieras|da igual cuándo|cuando sea) [de]",
        "(buenas tardes|buenas|qué tal)",
        "[ay|uy|madre mía|por dios] [,] qué (frío|calor|fresco|bochorno) [hace|tengo|tenemos|más"
        " malo] [hoy|aquí|en esta casa|por dios]",
        "(estaría|sería|vendría) (bien|genial|bueno|estupendo|ideal|perfecto|fantástico) (si"
        "|que) [pudieras|puedes|pudiera]",
        "(es|sería) posible que",
        "(te importaría|serías tan amable de|serías tan amable|haz el favor de|hazme el favor de"
        "|haz favor de|me haces el favor de|si eres tan amable|si no te importa|si te parece)",
        "(acuérdate de|no te olvides de|no olvides|no te olvides|recuerda|procura|intenta)",
        "(me gustaría|preferiría|prefiero|necesito|quiero|me encantaría|quisiera|quisiéramos"
        "|nos gustaría|agradecería|te agradecería|querría|hay|hace falta|conviene) que",
        "(podrías|puedes|podría|podemos|podríamos|me puedes|me podrías|nos puedes|podríais) [me"
        "|nos]",
    ),
    "separator.and": ("[,] (y|e)",),
}
