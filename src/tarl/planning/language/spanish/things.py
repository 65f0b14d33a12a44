"""Spanish: devices, places, moods, what is done, and the small words."""

from __future__ import annotations

from tarl.planning.language.lexicon import SEPARATORS

PHRASES: dict[str, tuple[str, ...]] = {
    "scene.cozy": ("(acogedor|acogedora|calentito y acogedor)",),
    "scene.movie": (
        "(noche de cine|modo cine|modo película|noche de película|noche de pelis|cine|sesión de"
        " cine|ambiente de cine)",
    ),
    "scene.romantic": ("[ambiente|modo|cena|noche|luz] romántico", "[cena|noche|luz] romántica"),
    "scene.party": ("[modo|ambiente] [de] fiesta",),
    "scene.dinner": ("[modo|ambiente|luz] [de|para] [la] cena",),
    "scene.reading": ("[modo|luz|ambiente] [de|para] (lectura|leer)",),
    "scene.relax": ("[modo|ambiente] (relax|relajante|relajado|de relax)",),
    "scene.work": ("(modo trabajo|ambiente de trabajo|modo concentración)",),
    "scene.goodnight": (
        "[modo|rutina|la rutina] [de] buenas noches",
        "(modo|rutina|la rutina|escena|la escena|ambiente) [de|para] dormir",
        "modo noche",
    ),
    "scene.morning": (
        "(rutina de la mañana|modo mañana|rutina de buenos días|rutina matutina|buenos días)",
    ),
    "scene.away": ("(modo ausente|modo ausencia|rutina de salida|modo fuera de casa)",),
    "kind.dishwasher": (
        "(lavavajillas|lavaplatos|platos|vajilla|friegaplatos|fregar los platos|los platos)",
    ),
    "kind.washing_machine": (
        "(lava|lavar|lave|lavo|lavando|lavemos) y",
        "(lavo|lave la ropa|lavemos|poner una lavadora|lavadora|colada|ropa|lavado|lavar la ropa"
        "|lava la ropa|coladas|una lavadora)",
    ),
    "kind.dryer": (
        "(ropa|colada|sábanas|toallas) (tiene que estar|debe estar|ha de estar|esté|estén"
        "|tienen que estar|está) [bien|ya] (seca|secas)",
        "(ropa|colada|sábanas|toallas) (seca|secas)",
        "(secadora|secar la ropa|seca la ropa|secado|secar|sécala|secarla|sécalo|secarlo|sécalas"
        "|seca)",
    ),
    "kind.ev_charger": (
        "(coche|coche eléctrico|carro|auto|vehículo|cargador|cargador del coche|vehículo"
        " eléctrico)",
    ),
    "kind.battery": (
        "(batería|batería de casa|batería doméstica|acumulador|baterías|batería de la casa)",
    ),
    "kind.water_heater": (
        "(calentador|agua caliente|termo|agua|calentador de agua|boiler|termo eléctrico|el agua)",
    ),
    "kind.vacuum": (
        "(aspiradora|aspirador|robot aspirador|robot|aspirar|aspira|robot aspiradora|suelo"
        "|pasar la aspiradora|limpiar el suelo|limpia el suelo|suelos|roomba|aspire)",
    ),
    "kind.heat_pump": (
        "(calefacción|bomba de calor|termostato|radiadores|radiador|aerotermia|suelo radiante)",
    ),
    "kind.light": ("(luz|lámpara|bombilla)",),
    "kind.light.all": (
        "(luz|luces) (en toda la casa|de toda la casa|por todas partes|en todas las habitaciones"
        "|en todos los cuartos)",
        "toda la luz",
        "(luces|lámparas|todas las luces|todas las lámparas|bombillas|iluminación)",
    ),
    "kind.front_door": (
        "(puerta principal|puerta de entrada|puerta de casa|cerradura|puerta de la calle"
        "|puertas|puerta de la entrada)",
    ),
    "kind.front_door.loose": ("puerta",),
    "kind.light.in.garage": ("(luz|luces|lámpara|bombilla) (del|en el|de la) (garaje|cochera)",),
    "kind.garage_door": (
        "(puerta del garaje|garaje|puerta de garaje|portón del garaje|puerta de la cochera|portón)",
    ),
    "kind.camera": (
        "(cámara|cámara del recibidor|cámara de seguridad|cámara de la entrada|cámaras|cámara de"
        " vigilancia|cámara del pasillo)",
        "(alguien|personas|gente|visitas|quién) [llama|está|hay] (a|en) la puerta",
    ),
    "kind.oven": ("(horno)",),
    "kind.coffee_maker": ("(cafetera|café|máquina de café)",),
    "kind.fan": ("(ventilador|ventilación)",),
    "verb.arm": ("(arma|armar|arme)",),
    "verb.disarm": ("(desarma|desarmar|desarme)",),
    "kind.everything.do.turn_off": (
        "(apaga|apagar|apague|desconecta|desconectar) (todo|todos los (aparatos|dispositivos"
        "|electrodomésticos))",
    ),
    "kind.blinds.all": (
        "(todas las|todos los|todas mis|todos mis|ambas|ambos|las dos|los dos) (persianas|cortinas"
        "|estores|toldos)",
    ),
    "kind.fan.all": ("(todos los|ambos|los dos) (ventiladores)",),
    "kind.heat_pump.all": (
        "(todas las|todos los|ambos|los dos) (calefacciones|radiadores|termostatos)",
    ),
    "kind.blinds": ("(persianas|persiana|estores|cortinas|toldos|estor)",),
    "kind.sprinkler": (
        "(riegues|regues|riegue|regando|riego|aspersores|aspersor|regar|riega|regar el jardín|riega"
        " el jardín|regar las plantas|riega las plantas|regar el césped)",
    ),
    "kind.pool_pump": (
        "(bomba de la piscina|bomba de piscina|depuradora|depuradora de la piscina)",
    ),
    "kind.air_conditioner": ("(aire acondicionado|aire|climatizador)",),
    "kind.tv": ("(tele|televisión|televisor|tv)",),
    "kind.dehumidifier": ("(deshumidificador)",),
    "kind.alarm": ("[sistema de] alarma [de casa]",),
    "place.kitchen": ("cocina",),
    "place.living_room": ("(salón|sala|sala de estar|cuarto de estar)",),
    "place.bedroom": ("(dormitorio|habitación|alcoba|dormitorio principal|nuestra habitación)",),
    "place.nursery": (
        "(cuarto de los niños|cuarto del bebé|habitación de los niños|habitación del bebé|cuarto"
        " del niño|cuarto de la niña|habitación infantil|dormitorio de los niños|cuarto de los"
        " peques|habitación del niño|dormitorio del bebé)",
    ),
    "place.office": ("(despacho|oficina|estudio)",),
    "place.hall": ("(recibidor|entrada|pasillo|vestíbulo|hall)",),
    "place.garden": ("(jardín|césped)",),
    "place.bathroom": ("(baño|cuarto de baño)",),
    "place.utility_room": ("(lavadero|cuarto de la lavadora)",),
    "place.basement": ("(sótano|bodega)",),
    "place.attic": ("(ático|desván|buhardilla|altillo)",),
    "place.dining_room": ("(comedor)",),
    "place.guest_room": ("(habitación de invitados|cuarto de invitados|habitación de huéspedes)",),
    "place.conservatory": ("(invernadero|galería)",),
    "place.workshop": ("(taller|cobertizo|trastero)",),
    "place.ground.floor": ("(abajo|planta baja|piso de abajo|la planta de abajo|planta de abajo)",),
    "place.second_floor.floor": ("(segundo piso|segunda planta)",),
    "place.third_floor.floor": ("(tercer piso|tercera planta)",),
    "place.fourth_floor.floor": ("(cuarto piso|cuarta planta)",),
    "place.fifth_floor.floor": ("(quinto piso|quinta planta)",),
    "place.upper.floor": (
        "(arriba|planta de arriba|piso de arriba|planta alta|primera planta|planta superior)",
    ),
    "here": ("(aquí|esta habitación|este cuarto)",),
    "program.eco": ("(eco|programa eco|modo eco|económico|programa ecológico)",),
    "program.quick": ("(rápido|programa rápido|ciclo rápido|programa corto|corto)",),
    "verb.off": (
        "(apaga|apagar|apagues|apague|parar|detén|detener|pausa|pausar|desconecta|desactiva"
        "|apagado|apagada|deja de cargar|desconectar|apagados|apagadas|corta|interrumpe"
        "|apágalo|apágala|apagadas|páralo|párala)",
    ),
    "verb.on": (
        "(enciende|encender|encienda|activa|activar|prende|conecta|encendida|encendido"
        "|enciéndelo|enciéndela|conectar)",
    ),
    "verb.run": (
        "(pon|poner|ponga|pongas|haz|hacer|haga|arranca|arrancar|inicia|iniciar|lava|lavar|limpia"
        "|limpiar|pasa|pasar|lanza|lista|listo|hecha|hecho|terminada|terminado|funcione|funcionar"
        "|empieza|empezar|prepara|preparar|programa|lave|limpie|pase|comience|marcha|en marcha"
        "|friega|fregar|fregados|ponlo|ponla|hagas|ejecuta|lavado|acabada|acabado|termine|arranque"
        "|listos|listas|fregado|limpios|ponerse|hazlo|hazla|corra|haya terminado)",
        "(pongo|pusiera|puesto|lavo|hago)",
    ),
    "verb.charge": (
        "(llena|llene|llenes) (la|el|mi|nuestra|las|los)",
        "(carga|cargar|cargado|cargada|recarga|recargar|cargue|llena|llenar|enchufa|cargues"
        "|recargue|almacena|recargado|cargarse|cárgalo|cárgala|recárgala)",
        "(cargo|cargara|cargamos)",
    ),
    "verb.discharge": (
        "(descarga|descargar|vacía|vaciar|usa|usar|utiliza|vende|vender|vierte|alimenta|gasta"
        "|tira de|descargue|consume|alimentar|verter|venda)",
        "(usamos|usáramos|usásemos|usara|usase|utilizamos|utilizáramos|utilizásemos"
        "|(tiramos|tirásemos|tiráramos|tirara|tirar) de)",
    ),
    "verb.heat.more": ("[un poco] más (caliente|calentito|calor|cálido)", "menos frío"),
    "verb.cool.more": ("[un poco] más (fresco|frío|fresquito)", "menos calor"),
    "verb.set.more": ("[un poco] más (alto|alta|bajo|baja|fuerte)",),
    "verb.set": (
        "(sube|subir|baja|bajar|ajusta|regula|fija|establece|deja|aumenta|reduce|subes|suba"
        "|baje|ajustar|dejar|bájala|súbela)",
    ),
    "verb.heat": ("(calienta|calentar|caliente|calentita|caldea|caldear|calentado|precalienta)",),
    "verb.cool": ("(enfría|enfriar|refresca|refrescar)",),
    "verb.dim": ("(atenúa|atenuar|baja la luz|atenuada|atenuadas)",),
    "verb.open": ("(abre|abrir|abra|abierta|ábrela|ábrelo)",),
    "verb.close": ("(cierra|cerrar|cierre|cerrada|ciérrala|ciérralo)",),
    "verb.lock": (
        "(echa la llave|cierra con llave|bloquea|bloquear|echa el cerrojo|cerrar con llave"
        "|cierra con llave la|bloquéala|echar la llave)",
    ),
    "verb.unlock": ("(desbloquea|desbloquear|abre con llave|quita el cerrojo)",),
    "early.watch": (
        "(vigila|vigilar|detecta|detectar|avisa|avísame|observa|vigile|detecte|mira|mire|dime|"
        "comprueba) si (hay|viene|llega|llama) (alguien|gente) [(en|a|ante|delante de|frente a)"
        " la (puerta|entrada)]",
    ),
    "verb.watch": (
        "(vigila|vigilar|detecta|detectar|avisa|observa|reconoce|vigile|detecte|mira) [si|a]"
        " [alguien|personas|gente|hay|viene|visitas|intrusos] [alguien|gente] [viene|llega]",
    ),
    "verb.keep": (
        "(mantenerse|manteniéndose|se mantenga|se quede|quedarse|permanecer|mantengan"
        "|manteniendo|seguir|sigue a)",
        "(mantén|mantener|mantenga|conserva|asegúrate de que|que se mantenga|guarda|que siga"
        "|que permanezca|manténla|manténlo|mantenlo|mantenla|mantenlos|mantenlas|mantenerlo"
        "|mantenerla|permanezca)",
    ),
    "verb.prohibit": ("(no dejes que|que nunca|no debe|no puede|no permitas que|nunca debe)",),
    "quantity.security": ("(segura|seguro|protegida|seguridad|protegido)",),
    "quantity.humidity": ("(humedad)",),
    "quantity.temperature": ("(temperatura)",),
    "quantity.brightness": ("(brillo|luminosidad|intensidad)",),
    "quantity.power": ("(potencia|consumo|carga de la casa)",),
    "not": (
        "(no|nunca|jamás|nada de|prohibido|evita|evitar|evites|ni se te ocurra|ni|ningún|ninguna"
        "|tampoco)",
    ),
    "only": ("(solo|sólo|únicamente|solamente|exclusivamente)",),
    "separator": (
        "[,|;] (y|pero|e|además|o|así que|aunque) [también|por favor]",
        *SEPARATORS,
        "¿",
        "¡",
    ),
    "filler.source": ("(de|desde|con|a) la red [eléctrica]",),
    "source": ("(de|desde|con|a) la red [eléctrica]",),
    "filler": (
        "(despacio|lentamente|suavemente|gradualmente|diariamente|a diario)",
        "[,] con (llave|cerrojo|doble vuelta|dos vueltas|dos vueltas de llave)",
        "(bien|un poco|bastante|de verdad|a la vez|al mismo tiempo|de una vez)",
        "(por favor|puedes|podrías|quiero|quiero que|quisiera|me gustaría|necesito|necesitamos|el"
        "|la|los|las|lo|un|una|unos|unas|de|del|al|a|en|con|por|para|mi|mis|nuestro|nuestra|me|nos"
        "|te|se|que|qué|y|o|si|cuando|mientras|esté|está|están|estar|es|sea|ser|son|todo|toda|todos"
        "|todas|casa|hogar|hola|gracias|oye|primero|luego|también|ya|más|menos|muy|posible|máximo"
        "|mínimo|programa|modo|ciclo|ambiente|hay|haya|tengo|tiene|tener|que|esto|eso|ello|puede"
        "|debe|debería|sí|bien|hora|horas|día|días|cada|siempre|luz|energía|electricidad|corriente"
        "|temperatura ambiente|su|sus|le|les|lo que|cuarto|habitación|como|así|vale|ambos|ambas|dos"
        "|entonces|tal vez|partes|ponte|haz|solo|queremos|quede|quedar|allí|ahí|fuera|dentro|aunque"
        "|porque|pues|esa|ese|esta|este|cosas|momento|las dos|los dos|nada|en total|total|junto)",
    ),
    "hostile": (
        "(ignora|olvida|omite|desactiva) [todas|las|tus|los] [tus|las] (instrucciones|reglas"
        "|normas|protecciones) [anteriores|previas|de seguridad]",
        "(ahora eres|eres ahora) [un|una]",
        "(modo desarrollador|modo administrador|prompt del sistema)",
        "sin (preguntar|confirmación|pedir confirmación|pedir permiso)",
    ),
    "kind.blinds.do.open": (
        "(sube|subir|suba|suban|levanta|levantar|levante|alza) [todas|todos] (las|los|la"
        "|el) (persianas|persiana|estores|cortinas|estor|toldos)",
    ),
    "kind.blinds.do.close": (
        "(baja|bajar|baje|bajen) [todas|todos] (las|los|la|el) (persianas|persiana|estores"
        "|cortinas|estor|toldos)",
    ),
    "cycle.eco": ("(programa|ciclo) (económico|ecológico|eco|de ahorro|ahorro)",),
    "cycle.quick": ("(programa|ciclo|modo) (rápido|corto|exprés)",),
}
