"""Spanish: the parts that several phrases share, and all of its phrases together."""

from __future__ import annotations

from tarl.planning.language.lexicon import Lexicon, Tells
from tarl.planning.language.numbers import spanish
from tarl.planning.language.spanish import alike, asides, bounds, states, things, times, verbs
from tarl.planning.language.spanish.tellings import (
    TELLS,
    TELLS_IN_VAIN,
    TELLS_LOOSELY,
    TELLS_SURELY,
)
from tarl.planning.language.spanish.unordered import UNORDERED

_MACROS = {
    "stops": "si|cuando|mientras|salvo|antes|después|y|pero|o|luego",
    "n": "(<N>|un|una)",
    "t": "(<T>|<N>)",
    "q": "(<H>|<Q>|<N>|<W>)",
    "masde": "(más de|más que|por encima de|al menos|superior a)",
    "menosde": "(menos de|menos que|por debajo de|inferior a)",
    "d": "[el|la|los|las|mi|nuestro|nuestra] <D> [(de|del|en) [la|el] <A>]",
    "cl": "(<K>|<L>)",
    "most": "(nada por encima de|nada de más de|nada que pase de|nada por encima de los|menos de"
    "|como máximo|máximo|máx|no más de|hasta|por debajo de|por debajo del"
    "|debajo de|debajo del|inferior al|un máximo de|un máximo del|hasta un máximo de"
    "|hasta un máximo del|a lo sumo"
    "|no superar|no pase de|no supere|no supere los|sin pasar de|sin superar|inferior a|como "
    "mucho|como mucho al|como mucho a|como máximo al|como máximo a|como máximo hasta el|máximo al"
    "|por menos de|sin exceder|no exceda|con un máximo de|con menos de|dentro de|un tope de|a no "
    "más de)",
    "least": "(al menos|como mínimo|mínimo|no menos de|por encima de|por encima del"
    "|más del|más de|un "
    "mínimo de|superior a"
    "|por lo menos)",
    "power": "(la luz|la electricidad|la energía|el precio|la tarifa|la corriente|luz|electricidad"
    "|energía|el precio de la luz|el kwh|el precio de la electricidad|precio|el kilovatio)",
    "price": "(la luz|la electricidad|la energía|el precio|los precios|la tarifa|precio|precios|luz"
    "|el precio de la luz|los precios de la luz|electricidad|el precio de la electricidad|la "
    "corriente|el kilovatio hora|el kwh|el precio del kwh|el kilovatio"
    "|los precios de la electricidad|la factura)",
    "sun": "[la|el|nuestra|nuestro|mi|propia|propio|de la|del|las] [propia|propio|energía"
    "|electricidad] "
    "(solar|sol|energía solar|placas|placas solares|paneles|paneles solares|fotovoltaica"
    "|electricidad solar|producción solar|luz solar|tejado|del sol|luz del sol)",
    "grid": "[la|de la] red [eléctrica]",
    "somebody": "(alguien|alguno|una persona|alguno de nosotros|uno de nosotros)",
    "everybody": "(todos|nosotros|yo|los niños|el bebé|bebé|el niño|la niña|la familia|ellos|él"
    "|ella"
    "|todo el mundo|mi mujer|mi marido|el peque|la peque|los peques|los invitados|la gente|tú"
    "|ustedes"
    "|mi pareja)",
    "nobody": "(nadie|ninguno|ninguno de nosotros)",
    "be": "(está|están|estoy|estamos|esté|estén|es|son|sea|sean|estemos|estaba|estuviera|estuviese"
    "|estás|estéis|estuviéramos|fuera|queda|quede|quedan|queden|sigue|siga|siguen|sigan"
    "|estuviera|estaría|resulta|resulte|salga|sale|se vuelve|se vuelva)",
    "home": "(en casa|aquí|en la casa|en el piso|presente|en el hogar)",
    "out": "(fuera|fuera de casa|ausente|ausentes|en el trabajo|trabajando|en el colegio|en la "
    "oficina"
    "|de viaje|en la calle)",
    "aspossible": "(posible|que se pueda|que puedas|lo posible|que sea posible|podamos|se pueda)",
    "if": "(si|cuando|mientras|siempre que|sólo si|solo si|sólo cuando|solo cuando|en cuanto"
    "|una vez que|a condición de que|únicamente si|únicamente cuando|pero solo si|pero solo cuando"
    "|durante|tan pronto como|con|en caso de que|cada vez que|en caso de|pero sólo si|pero sólo "
    "cuando"
    "|solo mientras|sólo mientras|cuando ya|por si|y solo si|y solo cuando|en|siempre y cuando"
    "|como|aprovechando que|aprovecha que|aprovechando cuando|a la vez que|todo el tiempo que"
    ""
    "|en el momento en que|al momento que|nada más)",
    "unless": "(a menos que|a no ser que|salvo que|salvo si|excepto si|excepto cuando|salvo cuando"
    "|pero no si|pero no cuando|pero no mientras|no cuando|no si|no mientras|nunca mientras"
    "|nunca cuando"
    "|nunca si|excepto mientras|menos cuando|menos si|pero nunca cuando|no , mientras|salvo "
    "mientras"
    "|excepto que|pero nunca si|pero nunca mientras|no durante|excepto durante|salvo durante|no "
    "en|sin que)",
    "opt": "(optimiza|optimizar|mejora|mejorar|gestiona|gestionar|prioriza|priorizar|optimice)",
    "aimx": "[el|la|los|las|entre] (confort|comodidad|coste|costes|precio|factura|energía"
    "|consumo|ahorro"
    "|privacidad|ruido|seguridad|dinero|gasto|gastos|clima|calor|medio ambiente|factura de la luz"
    "|velocidad|rapidez|costo|costos|eficiencia)",
}

LEXICON = Lexicon(
    tag="es",
    numbers=spanish,
    tells=Tells(TELLS, TELLS_SURELY, loosely=TELLS_LOOSELY, in_vain=TELLS_IN_VAIN),
    macros=_MACROS,
    unordered=UNORDERED,
    phrases=verbs.phrases(
        {
            **alike.PHRASES,
            **asides.PHRASES,
            **bounds.PHRASES,
            **states.PHRASES,
            **things.PHRASES,
            **times.PHRASES,
        }
    ),
    bare=verbs.without_clitics,
)
