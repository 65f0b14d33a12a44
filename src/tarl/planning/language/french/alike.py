"""French: objectives that share their words: ``minimise le coût et les émissions``."""

from __future__ import annotations

from tarl.planning.language.lexicon import sharing

_NOUNS = {
    "cost": "coût|coûts|facture|dépenses|prix",
    "energy": "énergie|consommation|consommation d'énergie",
    "co2": "émissions|co2|empreinte|empreinte carbone",
    "peak_power": "pics|pics de consommation|pics de puissance",
    "grid_import": "achats au réseau|soutirage|recours au réseau",
    "latency": "latence|délai",
    "noise": "bruit",
    "solar_use": "autoconsommation",
    "comfort": "confort",
    "privacy": "confidentialité|vie privée",
    "security": "sécurité",
}

PHRASES = sharing(_NOUNS, "(et|ainsi que|,) [le|la|les|l'|notre|nos]")
