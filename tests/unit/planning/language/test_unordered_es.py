"""Spanish: what is no order moves nothing; what is one, however it is said, stays one."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()
NOTHING = (
    "¿debo abrir el garaje?",
    "¿debería abrir la puerta del garaje?",
    "¿deberíamos cerrar con llave la puerta principal?",
    "¿tengo que cerrar la puerta con llave?",
    "¿hay que apagar la calefacción?",
    "¿abro el garaje?",
    "¿cierro la puerta del garaje?",
    "¿puedo abrir el garaje?",
    "¿puedo apagar la calefacción?",
    "¿se puede poner la secadora por la noche?",
    "¿puede funcionar el lavavajillas por la noche?",
    "¿es seguro dejar el garaje abierto?",
    "¿es buena idea abrir el garaje?",
    "¿vale la pena poner el lavavajillas ahora?",
    "¿has cerrado con llave la puerta principal?",
    "¿cerraste el garaje?",
    "¿alguien ha cerrado el garaje?",
    "¿cuándo funciona el lavavajillas?",
    "¿cómo se abre el garaje a mano?",
    "mi vecino abre su garaje a las seis",
    "mamá dijo que cerrara la puerta con llave pero ya lo hice",
    "ayer me dijo que apagara la calefacción",
    "ya he cerrado la puerta principal con llave",
    "ayer puse el lavavajillas a las nueve",
    "siempre ponemos el lavavajillas por la noche",
    "el garaje se abrió a las tres",
    "alguien abrió la puerta del garaje",
    "Anna encendió la luz de la cocina",
    "los vecinos cargan su coche por la noche",
    "el ladrón abrió el garaje",
    "yo mismo cierro la puerta",
    "antes apagábamos la calefacción a las diez",
    "nadie debe abrir el garaje",
    "deja de abrir el garaje",
    "en lugar de abrir el garaje",
    "cierra la puerta con llave, no espera, déjala",
    "abre el garaje, no, mejor no",
    "abre el garaje, no, déjalo",
    "abre el garaje. Olvídalo.",
    "pon el lavavajillas a las nueve, no, olvídalo",
    "apaga la calefacción, no, déjala encendida",
    "abre la puerta, es broma",
    'pon la canción "abre la puerta"',
    "dile a Anna que cierre la puerta con llave",
    "recuérdame cerrar el garaje",
    "recuérdame que cargue el coche",
    '¿cómo se dice "apaga la luz" en inglés?',
    "ojalá hubiera cerrado el garaje",
    "debería haber cargado el coche",
    "tendrías que haber apagado la calefacción",
    "tendría que haber cerrado la puerta",
    "si hubiera cerrado la puerta con llave",
    "el coche debería haber estado cargado a las siete",
    "casi abro el garaje",
    "quería cargar el coche ayer",
    "¿crees que debería abrir el garaje?",
    "me pregunto si he cerrado la puerta con llave",
    "¿he cerrado la puerta con llave?",
    "nuestro vecino carga su coche de día",
    "papá siempre cierra la puerta a las diez",
    "Sofía abrió el garaje",
    "apagaste la calefacción",
    "la luz estuvo encendida toda la noche",
    "cierra el garaje, no, mejor déjalo",
    "pon la secadora, no, para",
    "¿puedes recordarme que cargue el coche?",
    "¿puedes decirle a Anna que cierre la puerta con llave?",
    "pregúntale a Mika si ha cerrado la puerta",
    "gracias por cerrar el garaje",
    "si lo hubiera sabido, habría cerrado el garaje",
    "habría sido mejor cargar el coche por la noche",
    "he oído abrirse el garaje",
    "espero que alguien haya cerrado la puerta",
    "es demasiado tarde para cargar el coche",
    "por suerte Anna cerró el garaje",
    "deja que Anna cierre la puerta con llave",
    "mi teléfono me recordó cargar el coche",
    "escribe a Mika que cierre el garaje",
    "cargar el coche cuesta una fortuna",
    "enciende la calefacción, o mejor no",
    "¿se puede poner la secadora los domingos?",
    "ya cerré el garaje",
)
"""Each was an order once: of a plan nobody asked for."""
ORDERS = {
    "¿puedes cerrar con llave la puerta principal?": "lock.front_door:lock",
    "¿podrías cerrar el garaje por favor?": "cover.garage:close",
    "¿me apagas la luz de la cocina?": "light.kitchen:turn_off",
    "¿puedes cargar el coche antes de las siete?": "ev_charger:charge",
    "¿te importaría cerrar el garaje?": "cover.garage:close",
    "¿cuánto costaría cargar el coche esta noche?": "ev_charger:charge",
    "cierra el garaje en vez de abrirlo": "cover.garage:close",
    "no olvides cerrar la puerta principal con llave": "lock.front_door:lock",
    "no pongas la secadora antes de las nueve": "dryer:run",
    "enciende la luz de la cocina, no, la del dormitorio": "light.bedroom:turn_on",
    "¿puedes cargar el coche por favor?": "ev_charger:charge",
    "he dejado el garaje abierto, ciérralo": "cover.garage:close",
    "¿has cerrado la puerta? si no, ciérrala con llave": "lock.front_door:lock",
    "Anna se ha ido, cierra la puerta principal con llave": "lock.front_door:lock",
    "quiero que el coche esté cargado a las siete": "ev_charger:charge",
    "hay que cerrar el garaje a las diez": "cover.garage:close",
    "el coche debe estar cargado a las siete": "ev_charger:charge",
    "cuando nos hayamos ido, cierra la puerta principal con llave": "lock.front_door:lock",
    "ya puedes apagar la luz de la cocina": "light.kitchen:turn_off",
    "no, cierra la puerta principal con llave": "lock.front_door:lock",
    "espera hasta las diez para poner el lavavajillas": "dishwasher:run",
    "Anna quiere que la luz de la cocina esté apagada": "light.kitchen:turn_off",
    "nos vamos, cierra la puerta principal con llave": "lock.front_door:lock",
    "no has cerrado la puerta, ciérrala con llave": "lock.front_door:lock",
    "¿puedes poner la calefacción a 21 grados?": "heat_pump:set_temperature",
    "los niños duermen, apaga la luz del dormitorio": "light.bedroom:turn_off",
    "como he dicho, cierra la puerta principal con llave": "lock.front_door:lock",
    "necesitaría el coche para las ocho": "ev_charger:charge",
    "me gustaría que el garaje estuviera cerrado a las diez": "cover.garage:close",
}


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_order_moves_nothing(text: str) -> None:
    said = translate(text, language="es", home=HOME)
    assert said.route == "none"
    assert not said.goals


@pytest.mark.parametrize(("text", "done"), ORDERS.items())
def test_an_order_stays_an_order_however_it_is_said(text: str, done: str) -> None:
    said = translate(text, language="es", home=HOME)
    assert " ".join(f"{one.target}:{one.value['action']}" for one in said.goals) == done
