"""Spanish: objectives that share their words: ``minimiza los costes y las emisiones``."""

from __future__ import annotations

from tarl.planning.language.lexicon import sharing

_NOUNS = {
    "cost": "costes|coste|costos|gasto|gastos|factura",
    "energy": "energía|consumo|consumo de energía",
    "co2": "emisiones|co2|huella|huella de carbono",
    "peak_power": "picos|picos de consumo|picos de potencia",
    "grid_import": "consumo de red|importación de red|uso de la red",
    "latency": "latencia|retraso",
    "noise": "ruido",
    "solar_use": "autoconsumo",
    "comfort": "confort|comodidad",
    "privacy": "privacidad",
    "security": "seguridad",
}

PHRASES = sharing(_NOUNS, "(y|e|así como|,) [el|la|los|las|nuestro|nuestra]")
