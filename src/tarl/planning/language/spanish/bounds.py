"""Spanish: times, money, quantities and rules that bound a goal, and what is striven for."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "order": (
        "(justo|inmediatamente|enseguida|nada más|directamente) (después|terminar|acabar)",
        "(enseguida|seguidamente|al terminar|al acabar)",
        "(después de eso|cuando acabe|cuando termine|cuando haya terminado|una vez terminado|una"
        " vez termine|tras eso|cuando esté lista|cuando haya acabado|en cuanto termine|en cuanto"
        " acabe|cuando esté listo|una vez acabe|acto seguido|cuando eso termine|cuando eso acabe)",
    ),
    "turn": (
        "[la|el] (<N>|uno|una) (detrás de|tras|después de|después del) [la|el] (<N>|otro|otra)",
        "(en ese orden|en este orden|por turnos|sucesivamente|por ese orden)",
    ),
    "then": ("([y] (luego|después|entonces|a continuación|posteriormente))",),
    "orderdevice": ("(después de|tras|una vez) {d} ",),
    "deadline.of": ("&(antes de que|para cuando) ... <C>",),
    "deadline": (
        "(a|para) {t} (listo|lista|cargado|cargada|terminado|terminada|hecho|hecha)",
        "antes {t}",
        "(antes de que|para cuando) <S>",
        "(antes de|antes del|para|hasta|a más tardar|como muy tarde a|como muy tarde|de aquí a|de"
        " aquí al|antes de que|no más tarde de|hasta que|lista para|listo para|lista a|listo a"
        "|terminado para|terminada para|para cuando|como tarde a|como tarde|listo cuando|lista"
        " cuando|lista antes de|listo antes de|acabado a|terminar antes de|acabada para|para el"
        "|hasta el|para la|hasta las|hasta la|a más tardar el|a más tardar a|caliente para|caliente"
        " cuando|listos para|listas para|no después de|nunca después de|cargado para|cargada para"
        "|llena para|como muy tarde el|justo antes de|poco antes de) [el|la|las|que] {t}",
        "@lleno|llena (a|para|cuando|hacia|antes de) [el|la|las] {t}",
        "@lleno|llena (<T>)",
        "(listo|lista|listos|listas|cargado|cargada|terminado|terminada|acabado|acabada"
        "|limpio|limpia|limpios|caliente) (a|para|cuando|hacia|el|antes de) [el|la|las] {t}",
        "(seca|seco|secas) (para|cuando) [el|la|las] {t}",
        "(listo|lista|listos|listas|cargado|cargada|terminado|terminada|acabado|acabada"
        "|limpio|limpia|limpios|seca|seco|secas) [el] <T>",
        "[a] {t} (como muy tarde|como máximo|a más tardar|como tarde|como mucho|máximo)",
    ),
    "earliest": (
        "después {t}",
        "(a partir de|a partir del|después de|desde|no antes de|a|sobre|hacia|cuando|en cuanto|al"
        "|tras|a eso de|después de que|nunca antes de|cerca de|una vez que|tan pronto como"
        "|alrededor de|pasada|pasadas|solo después de|sólo después de|más tarde de|desde que|como"
        " pronto a|justo después de|a partir|apenas|todos los días a|cada día a|de|justo a|no"
        " empieces antes de|si) [el|la|las|que] {t}",
        "{t} (en adelante|como pronto|o más tarde)",
    ),
    "at": (
        "<T>",
        "(durante|en|por|el|la|este|esta|a lo largo de|a|para|en algún momento de) [el|la|toda la"
        "|todo el|del] <T>",
    ),
    "window": (
        "entre {t} y {t}",
        "(de|desde|del) {t} (a|hasta|al) {t}",
        "<T> (entre|de) {t} (y|a|hasta) {t}",
    ),
    "window.neq": (
        "(no|nunca|excepto|salvo|pero no|pero nunca) (entre|de) {t} (y|a) {t}",
        "(no|nunca|excepto|salvo|pero no|pero nunca|menos) (durante|por|en|de|a) [la|el|las] <T>",
        "(pero no|pero nunca|y no|solo no|solo que no|menos|excepto|salvo) <T>",
        "fuera (de|del) <T>",
        "(salvo que|a menos que|a no ser que|excepto si|salvo si|excepto cuando|salvo cuando)"
        " (sea|es) [ya] [de|por] [la] <T>",
    ),
    "weekend.before": ("(antes del|antes de|antes de este|para antes del) (fin de semana|finde)",),
    "weekend.neq": (
        "(no|nunca|excepto|salvo|pero no|pero nunca|menos) (este|el|durante el|en el|al|los|en)"
        " (fin de semana|finde|fines de semana)",
        "fuera (del|de los) (fin de semana|finde|fines de semana)",
    ),
    "weekend": ("(este|el|durante el|en el|al|para el|los) (fin de semana|finde|fines de semana)",),
    "within": (
        "(de|entre|a lo largo de|en el curso de) [las|los] (próximas|próximos|siguientes) <U>",
        "(en|dentro de|durante) [las|los] (próximas|próximos|siguientes) <U>",
        "en (menos de|como máximo|un máximo de|no más de) <U>",
        "(en|dentro de) <U> (como máximo|como mucho|a lo sumo)",
        "en las (próximas|siguientes) <U>",
    ),
    "duration": (
        "<U>",
        "(durante|por|unas|unos) [unas|unos|aproximadamente|al menos] <U>",
    ),
    "free": (
        "(gratis|gratuitamente)",
        "de (balde|forma gratuita)",
        "sin (coste|costo|coste alguno|pagar|pagar nada|gastar nada|gastar un céntimo)",
        "sin que (cueste|me cueste|nos cueste) nada",
    ),
    "budget.cost": (
        "(no|que no) (salga|cueste|costar|suba|se vaya|sobrepase|supere|pase) [por|a|de] [{most}"
        "|más de|los] <M>",
        "[por|con|a] {most} <M>",
        "<M> (como máximo|máximo|como mucho|o menos|a lo sumo|de presupuesto|en total|máx|de"
        " límite)",
        "(gasta|gastar|gastando|cueste|costar|pagar|gastes|pagando|gastarme) [{most}|como máximo|no"
        " más de] <M> [(como máximo|como mucho|máximo)]",
        "(sin|no) (gastar|pasar|pasarse|gastes|superar|pagar|cueste|superes|pasarte|gaste|te pases)"
        " [más|de|más de] [de] [los] <M>",
        "(no|nunca) (puedo|podemos|quiero|queremos|debo|debemos|pienso|me gustaría) (gastar"
        "|gastarme|gastarnos|pagar|pasar) [de|más|más de] [los] <M>",
        "(presupuesto|límite|tope) [es|de|:|es de|máximo de] <M>",
        "(por|con) <M>",
        "que [todo|no|el total|en total|todo junto] [no] (cueste|costar|pase|supere|exceda) [de]"
        " [{most}|más de|más] <M>",
    ),
    "budget.price": (
        "(si|cuando|mientras) {price} (supera|supere|pasa de|pase de|cuesta más de|cueste más de"
        "|sube de|suba de|{be} por encima de|{be} a más de|rebasa|rebase|excede|exceda)"
        " [los|las] <M> [(el|por|/) (kwh|kilovatio hora)]",
        "{most} <M> (el|por|/|al|cada) (kwh|kilovatio|kilovatio hora)",
        "[si|cuando|mientras|siempre que|solo si|solo cuando|sólo si|sólo cuando|en cuanto] {price}"
        " ({be}|baje|cueste|quede|cuesta|baja) [a|de|en] [{most}] <M> [(el|por|/) (kwh|kilovatio"
        " hora)]",
        "{be} [a|de|en] [{most}] <M> (el|por|/) (kwh|kilovatio hora)",
    ),
    "limit.energy": (
        "(no|que no|sin|nunca) .. (gaste|gasten|gastes|gastar|consuma|consuman|consumas|consumir"
        "|use|usar|supere|superar|pase|pasar) [nunca] (más de|más que|de|los|por encima de) <V>",
        "[con|usando|gasta|usa|consumiendo] {most} <V>",
        "<V> (como máximo|máximo|como mucho)",
        "sin (gastar|pasar|superar|consumir) [más] [de] [los] <V>",
    ),
    "limit.latency": (
        "(en|con) [menos de] <U> (de latencia|de retraso|de respuesta)",
        "(responda|reaccione|reaccionar|responder|latencia) [en|de] [{most}] <U>",
    ),
    "bound.lte": (
        "(como mucho|como máximo|a lo sumo|máximo|no más que) (hasta|a|al) [el|los|un] {q}",
        "(hasta|a|al) [el|los|un] {q} (como mucho|como máximo|a lo sumo|máximo|y no más)",
        "(hasta|a|al) [el|los|un] {q} [,] [y|pero] (no|ni) más",
        "(para|detente|corta|deja de cargar|párate|paras|cortas) [al llegar|cuando llegue|en] [a"
        "|al] [el|los] {q}",
        "(no|nunca|jamás|sin) .. (más de|más del|por encima de|por encima del) [los|el] {q}",
        "(no|nunca|jamás|sin) .. (pase|pases|pasar|pasen|supere|superes|superar|superen|suba|subas"
        "|subir|suban|exceda|exceder|llegue|rebase|rebasar|sobrepase) [nunca|jamás] [más allá|por"
        " encima|a más|más] [de|del|al|a] [los|el|la|las] {q}",
        "{most} {q}",
        "(que no|no|sin que|sin|nunca) [el|la|los|<A>|la casa|la temperatura] [debe|puede] (suba"
        "|subir|pase|pasar|supere|superar|sobrepase|exceda|exceder|llegue|ir|vaya|suban|pases"
        "|subas) [de|por encima de|los|a más de|más de|más allá de] {q}",
        "(no|nunca) [por encima de|más de|más caliente que|más de los] {q}",
        "{q} (como máximo|máximo|como mucho|o menos|y menos|o por debajo|o más fresco|a lo sumo)",
        "(limita|limitar|deja de cargar|para|parar|no cargues) [la casa|la potencia|al|la carga|más"
        "|la|de] [a|de|del] {q}",
        "(suba|pase|supere|sube|sobrepase) [de|los] {q}",
    ),
    "bound.gte": (
        "(no|nunca|jamás|sin) .. (menos de|menos del|por debajo de|por debajo del|más frío que)"
        " [los|el] {q}",
        "{least} {q}",
        "(que no|no|sin que|sin|nunca) [el|la|los|<A>|la casa|la temperatura] [debe|puede] (baje"
        "|bajar|caiga|caer|descienda|descender|bajen|quede|bajes|esté) [nunca] [de|por debajo de"
        "|los|a menos de|menos de] {q}",
        "(no|nunca) (por debajo de|menos de|más frío que) {q}",
        "{q} (como mínimo|mínimo|o más|y más|o por encima|por lo menos|al menos)",
        "(deja|dejar|dejando|guarda|guardar|reserva|conserva) [al menos|siempre] {q} [(de reserva"
        "|en reserva|dentro|en la batería)]",
        "(baje|caiga|descienda|baja) [de|por debajo de|los] {q}",
    ),
    "fill.gte.500": (
        "(a la mitad|hasta la mitad|la mitad|medio llena)",
        "[una] media (carga|recarga)",
    ),
    "fill.gte.1000": (
        "[una|la] (carga|recarga) (completa|total|entera|llena)",
        "(del todo|completamente|entera|a tope|por completo|al máximo|llena|entero|lleno|al"
        " completo)",
    ),
    "bound.upto": ("hasta [el|los] {q}",),
    "bound.aim": ("(a|al|hasta) [los|unos|el] {q}", "(<H>|<Q>)"),
    "fill.aim.500": (
        "(a|hasta|en) (la mitad|media potencia|media intensidad)",
        "(a media|a mitad de) (intensidad|potencia|luz)",
    ),
    "bound.eq": ("(a|en|sobre|alrededor de|unos|a unos) [los] (<H>|<Q>|<W>)",),
    "bound.between": (
        "entre [los|el] {q} y [los|el] {q}",
        "de {q} a {q}",
        "<H> a <H>",
        "<Q> a <Q>",
    ),
    "either.at": ("a <N>", "en <N>"),
    "either.between": ("entre <N> y <N>", "de <N> a <N>"),
    "offpeak.tariff.eq.off_peak": (
        "[en|durante|con|solo en|sólo en|a|por|de|aprovechando] [las|la|el] (horas valle|hora valle"
        "|tarifa nocturna|tarifa de noche|tarifa valle|periodo valle|horario valle|tarifa reducida"
        "|valle)",
    ),
    "rule.tariff.eq.solar_only.loose": ("(con|usando|a base de) [la|el] {sun}",),
    "rule.tariff.eq.solar_only": (
        "(solo|sólo|únicamente|exclusivamente|nada más que|solamente) [con|de|desde|por|a base de"
        "|usando] [la|el] {sun}",
        "(con|de|desde|usando|a base de) [la|el] {sun} (solo|sólo|únicamente|exclusivamente"
        "|solamente|y nada más)",
        "sin [usar|tocar|tirar de] la red",
    ),
    "rule.tariff.eq.cheapest": (
        "(solo|sólo|únicamente|solamente) (a|en|con|cuando|durante|al) [{power} {be}] [el|la"
        "|las|lo] (precio más bajo|tarifa más barata|horas más baratas|más barata|más barato"
        "|más baratas|tarifa más baja)",
    ),
    "rule.tariff.eq.greenest": (
        "(solo|sólo|únicamente|exclusivamente|solamente) [con|de|cuando|usando] [la|{power} {be}"
        "|{power} sea] [la|lo] (energía verde|energía limpia|electricidad verde|más verde"
        "|renovables|energía renovable|más limpia|electricidad limpia|renovable)",
    ),
    "private.privacy.neq.cloud": (
        "(ningún|ninguna|nada|nunca|no|sin) ... [la] nube",
        "(sin|nada de|no uses la|nada en la|nada a la|nunca a la|fuera de la|no a la|sin usar la"
        "|ninguna|nada por la|sin pasar por la|no en la|sin la|no usar la) nube",
        "(no|nunca) (envíes|mandes|subas|suba|envíe|mande|use|uses|enviar|subir|mandar) [nada"
        "|las|los|la|el] [imágenes|datos|vídeo|vídeos|grabaciones|<D>] [de] [la|el] [<D>] (a"
        "|en) la nube",
    ),
    "private.privacy.eq.local": (
        "(procesa|procesando|procesar|procese|analiza|analizando|analizar|trata|tratando|guarda"
        "|guardando|guardar|almacena|almacenando) [las|los|la|el] [todo|imágenes|datos|vídeo"
        "|grabaciones] (en casa|en local|localmente|dentro de casa|aquí|en la propia casa)",
        "(procesa|procesando|procesar|analiza|analizando|analizar|guarda|guardando"
        "|guardar) [todo|los datos|las imágenes] (en casa|en local|localmente|dentro de casa)",
        "[solo|sólo|todo|únicamente|solamente] (en local|localmente|en el propio dispositivo"
        "|en el dispositivo|de forma local|en local y)",
        "[que] (nada|ningún dato|ninguna imagen) (salga|sale|debe salir|puede salir) de [la] (casa"
        "|red local)",
        "[que] (todo|los datos|las imágenes) [se] (quede|queden|queda|permanezca|se quede|se"
        " queden) (en casa|en la casa|en local|en la red local)",
        "sin (internet|salir de casa)",
        "(no|nunca|nada|jamás|ninguna|ningún) .. (salir|salgan|salga|salen) [nunca] (de casa|de la"
        " casa|de aquí|del hogar|fuera de casa)",
        "que no salga [nada] de casa",
    ),
    "rule.quiet.eq": (
        "(respeta|respetar|respetando|respete|cumple|respeten) [bien] [las|el|la] (horas de"
        " silencio|horas de descanso|descanso|horario de silencio|horas tranquilas|descanso"
        " nocturno|horas de calma)",
        "(durante|en) las (horas de silencio|horas de descanso|horas tranquilas|horas de calma)",
        "(nada de|ningún|sin|cero) (ruido|ruidos) (durante|en) las (horas de silencio|horas de"
        " descanso|horas tranquilas|horas de calma)",
        "(no|nunca|fuera de|excepto|salvo) [durante|en] [las] (horas de silencio|horas de"
        " descanso)",
    ),
    "goal.minimize.cost": (
        "[cuando|en el momento en que|a la hora en que|en las horas en que] {power} ({be}"
        "|cueste|valga|salga) [a] [lo|la|el|al] (más barata|más barato|más baja|más bajo|menos"
        "|menos cara|precio más bajo|más económica|mejor precio)",
        "(cuando|a la hora que) sea más barato",
        "[lo|al|el|la|las|a] [precio|horas|hora|tarifa|las] (más barato|más barata|más baratas|más"
        " económico|más bajo|más económica|más baratos|mínimo coste|menor coste|menor precio)"
        " [{aspossible}|posibles]",
        "(gastar|gasta|gastando|pagando|pagar|gastemos) [lo] (mínimo|menos) [{aspossible}] [de"
        " dinero]",
        "(ahorra|ahorrar|ahorremos|ahorrando) [algo de|todo el|el máximo de|más|lo máximo en]"
        " [dinero|en la factura|en la factura de la luz|en la luz] [{aspossible}]",
        "(reduce|reducir|baja|bajar|minimiza|recorta|abarata|recortar|minimizar) [la|el|los"
        "|nuestra|mi] (factura|coste|costes|gasto|gastos|factura de la luz|factura de luz"
        "|recibo de la luz|costes de energía)",
        "(por|al) [lo] (mínimo|menos|menor coste|mínimo coste) {aspossible}",
        "(por lo menos posible|lo más barato posible|al menor coste|al mejor precio)",
    ),
    "goal.minimize.energy": (
        "(ahorra|ahorrar|ahorremos) [toda la|algo de|la máxima|más|el máximo de|un poco de]"
        " (energía|electricidad|luz|corriente) [{aspossible}]",
        "(consume|consumir|usa|usar|gasta|gastar|consumiendo|gastando) [la|lo] (mínima|menor"
        "|menos|mínimo) [de] [cantidad de] [energía|electricidad|luz] [{aspossible}]",
        "(reduce|reducir|baja|bajar|minimiza|recorta) [el|nuestro|mi] (consumo|consumo de energía"
        "|consumo eléctrico|consumo de luz|consumo de electricidad)",
        "(con|) [el|la] (menor|mínimo|mínima) (consumo|energía|consumo de energía) [{aspossible}]",
    ),
    "goal.minimize.co2": (
        "[cuando|en el momento en que] {power} ({be}) [lo|la] (más verde|más limpia|más ecológica"
        "|menos contaminante)",
        "(lo|de la forma|de la manera) más (ecológico|ecológica|verde|limpio|sostenible"
        "|ecológicamente|respetuoso con el clima|respetuosa con el clima|limpia|respetuoso con el"
        " medio ambiente) [{aspossible}]",
        "(con|emitiendo|emitir|emite|produciendo|generar|contaminar|contaminando|emitamos) [las|el"
        "|lo] (mínimas|menor|menos|mínimo|menores) [de] [co2|emisiones|carbono|huella de carbono"
        "|huella] [{aspossible}] [de] [co2|carbono|emisiones]",
        "(reduce|reducir|baja|bajar|minimiza|disminuye|minimizar) [la|nuestra|mi|las|nuestras]"
        " (huella de carbono|huella|emisiones|emisiones de co2|huella ecológica)",
        "(con) [la] (energía verde|energía limpia|electricidad verde|energía más limpia"
        "|energía renovable)",
        "(más verde|más ecológico|más limpio) posible",
    ),
    "goal.minimize.peak_power": (
        "(sin|evita|evitar|evitando|nada de) [los] (picos|picos de consumo|picos de potencia"
        "|picos de demanda)",
        "(aplana|aplanar|suaviza|reparte|limita|reduce|recorta|reducir|suavizar|repartir) [la|el"
        "|los|nuestra] (carga|curva|curva de carga|pico|picos|consumo pico|demanda|potencia máxima"
        "|picos de consumo|pico de consumo|pico de potencia)",
        "(el|con el) (menor|mínimo) pico [de consumo|de potencia] [{aspossible}]",
    ),
    "goal.minimize.grid_import": (
        "(tira|tirar|toma|tomar|coge|coger|consume|consumir|depende|depender|usa|usar|compra"
        "|comprar|tirando|saca|sacar|dependamos|importa|importar) [lo] (menos|mínimo) [de energía"
        "|de electricidad|de luz] [{aspossible}] (de|en) la red [{aspossible}]",
        "lo más (independiente|independientes|autosuficiente|autosuficientes) [{aspossible}] [de la"
        " red] [{aspossible}]",
        "(la menor|menos) (energía|electricidad) [{aspossible}] de la red [{aspossible}]",
        "(reduce|minimiza|reducir) [la|el] (importación|consumo) (de|de la) red",
        "(usa|usar) la red lo menos [{aspossible}]",
        "(usa|usar|usando) lo menos posible [de] la red",
        "lo menos posible (de|en) la red",
    ),
    "goal.minimize.latency": (
        "lo más (rápido|rápidamente|pronto) [{aspossible}]",
        "(con|) [el|la] (menor|mínimo|mínima) (retraso|latencia|demora|tiempo de respuesta)"
        " [{aspossible}]",
        "(cuanto antes|sin demora|sin retraso)",
        "(reduce|minimiza|reducir) [la|el] (latencia|retraso|tiempo de respuesta)",
    ),
    "goal.minimize.noise": (
        "lo más (silencioso|silenciosamente|silenciosa|callado) [{aspossible}]",
        "(con|haciendo|hacer|haz) [el] (menor|mínimo|menos) [de] ruido [{aspossible}]",
        "(no|sin) (hagas|hacer|hagáis|haga|meter|metas|armar) [mucho|ningún|nada de] (ruido|jaleo"
        "|bulla)",
        "(silencio|en modo silencioso|silencioso|sin jaleo|bajito)",
        "(sin hacer ruido|sin ruido|en silencio|silenciosamente)",
        "(reduce|minimiza) el ruido",
    ),
    "goal.maximize.solar_use": (
        "(aprovecha|aprovechar|usa|usar|utiliza|aprovechando|utilizar|consume) [al máximo|lo máximo"
        "|toda|todo|el máximo de|lo más|lo máximo de|tanta|tanto] [de] [la|el|nuestra] {sun} [al"
        " máximo|{aspossible}|lo máximo posible|todo lo posible|cuanto puedas|como sea posible]",
        "(preferiblemente|sobre todo|a ser posible|si puede ser|mejor|si es posible) [,] (con|de)"
        " [la|el] {sun}",
        "(preferiblemente|sobre todo|a ser posible|principalmente|de preferencia"
        "|preferentemente) [con|de] [la|el] {sun}",
        "(con|de) [la|el] {sun} (preferiblemente|a ser posible|si es posible|siempre que se pueda"
        "|en lo posible)",
        "(maximiza|aumenta|maximizar) [el] (autoconsumo|uso del sol|uso solar|uso de la energía"
        " solar|aprovechamiento solar)",
        "[toda|tanta|tanto] [la] {sun} (posible|que se pueda|como sea posible)",
        "el máximo de {sun} [posible]",
    ),
    "goal.maximize.comfort": (
        "lo más (cómodo|confortable|agradable|cómodamente) [{aspossible}]",
        "(el|con el|la|con la) (máximo|máxima|mayor) (confort|comodidad) [{aspossible}]",
        "maximiza (el confort|la comodidad)",
    ),
    "goal.maximize.privacy": (
        "lo más (privado|discreto|confidencial) [{aspossible}]",
        "(la|con la) (máxima|mayor) privacidad [{aspossible}]",
        "(maximiza|protege) [la|nuestra|mi] privacidad",
    ),
    "goal.maximize.security": (
        "lo más (seguro|segura) [{aspossible}]",
        "(la|con la) (máxima|mayor) seguridad [{aspossible}]",
        "(maximiza|aumenta) la seguridad",
    ),
    "goal.optimize.energy": (
        "{opt} [el|la|nuestro|nuestra|mi] (consumo|energía|consumo de energía|electricidad"
        "|consumo eléctrico|uso de la energía|eficiencia|uso de energía|eficiencia energética"
        "|consumo energético|luz)",
        "más eficiente [energéticamente]",
        "la energía (primero|ante todo)",
    ),
    "goal.optimize.cost": (
        "[el|la|los] (coste|precio|ahorro) (primero|ante todo|es lo primero|es lo más importante"
        "|por encima de todo|es la prioridad|tiene prioridad|va primero|manda)",
        "{opt} [el|los|la|nuestra|mi] (coste|costes|factura|gasto|gastos|factura de la luz|precio)",
        "(el coste|el precio|los costes) (primero|ante todo)",
    ),
    "goal.optimize.comfort": (
        "[el|la|los] (confort|comodidad) (primero|ante todo|es lo primero|es lo más importante"
        "|por encima de todo|es la prioridad|tiene prioridad|va primero|manda)",
        "{opt} [el|la|nuestro] (confort|comodidad)",
        "[el|la] (confort|comodidad) (primero|ante todo|por encima de todo)",
    ),
    "goal.optimize.privacy": (
        "[el|la|los] (privacidad|intimidad) (primero|ante todo|es lo primero|es lo más importante"
        "|por encima de todo|es la prioridad|tiene prioridad|va primero|manda)",
        "{opt} [la|nuestra|mi] privacidad",
        "la privacidad (primero|ante todo)",
    ),
    "goal.optimize.latency": (
        "{opt} [la|el|los] (latencia|tiempo de respuesta|velocidad|tiempos de respuesta|rapidez)",
    ),
    "goal.optimize.balanced": (
        "[un|el|busca|encuentra] [un|el] [buen|mejor|justo] (equilibrio|compromiso|término medio"
        "|balance) entre",
        "[un|el|busca|encuentra] [un|el] [buen|mejor|justo] (equilibrio|compromiso|término medio"
        "|balance) [entre {aimx} y {aimx}]",
        "(equilibra|concilia|compagina|equilibrar) {aimx} (y|con) {aimx}",
        "equilibrado",
    ),
    "question": (
        "^(está|están|cuánto|cuánta|cuántas|cuántos|cuál|cuáles|dónde|quién|por qué|qué|hay) ",
        "^(está|están|hay) (el|la|los|las|alguna|algún|alguien)",
    ),
    "whatif": (
        "(saldría|sale|saldrá|sería|resultaría) [muy|demasiado|más|tan] (caro|barato|rentable"
        "|económico)",
        "(qué|que) (pasaría|pasa|ocurriría|sucedería|pasará) [si]",
        "(cuánto|cuanto|qué) (costaría|cuesta|sale|vale|valdría|me costaría|nos costaría|costará"
        "|ahorraría"
        "|ahorraríamos|ahorro|ahorramos|me cuesta|saldría|me ahorraría|gastaría|gastaríamos"
        "|ahorraría yo|pagaría|cambiaría|saldría por) [si|el]",
        "(por) (cuánto|cuanto) (saldría|me saldría|saldrá)",
        "(sería|saldría|resultaría|es) [más|menos] (barato|caro|ecológico|económico|rentable"
        "|mejor|verde) [si]",
        "(imagina|supón|supongamos|imaginemos|pongamos|digamos) [que]",
        "(simula|simular)",
        "^y si",
        "@?|.|; (y si)",
        "qué coste (tendría|tiene)",
        "(qué|cuánto|cuanto) [me|nos] (ahorro|ahorramos|ahorra|ahorraría|ahorraríamos|gano|ganamos"
        "|ganaría|pago|pagaríamos|gasto) (si|al|con)",
        "(es|sería|sale|saldría) (más|menos) (barato|caro|ecológico|rentable|económico)",
        "(cuánto|qué) (sería|costaría)",
    ),
    "exclude": (
        "(sáltate|olvida|olvídate de|olvídate del|evita|evitar|ignora|respeta) [el|la|los"
        "|las] (<A>|<D>)",
        "(deja|dejando) (fuera|de lado|en paz|aparte|tranquilo|tranquila) [el|la|los|las|al"
        "|a la] (<A>|<D>)",
        "[el|la|los|las] (<A>|<D>) (no|ni tocarlo|ni tocarla|aparte|excluido|excluida)",
        "(excepto|salvo|menos|pero no|a excepción de|a excepción del|sin|sin tocar|no toques|deja"
        " fuera|pero no en|excepto en|menos en|salvo en|sin incluir|aparte de|quitando|pero sin"
        " tocar|excepto la de|excepto la del|menos la del|menos la de|pero no toques) [la|el|las"
        "|los] [en|de|del] [el|la|los|las] (<A>|<D>)",
        "deja en paz [el|la|los] (<A>|<D>)",
        "deja [el|la|los|las] (<A>|<D>) (en paz|fuera|tranquilo|tranquila|como está)",
    ),
}
