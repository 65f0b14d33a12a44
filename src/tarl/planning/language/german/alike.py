"""German: objectives that share their words: ``Kosten und Emissionen minimieren``."""

from __future__ import annotations

from tarl.planning.language.lexicon import sharing

_NOUNS = {
    "cost": "kosten|stromkosten|rechnung|stromrechnung|ausgaben|preis",
    "energy": "energie|energieverbrauch|stromverbrauch|verbrauch",
    "co2": "emissionen|co2|co2-ausstoß|ausstoß|fußabdruck",
    "peak_power": "lastspitzen|spitzen|spitzenlast",
    "grid_import": "netzbezug|strom aus dem netz",
    "latency": "verzögerung|latenz",
    "noise": "lärm|geräusche|lautstärke",
    "solar_use": "eigenverbrauch|solarnutzung",
    "comfort": "komfort",
    "privacy": "privatsphäre|datenschutz",
    "security": "sicherheit",
}

PHRASES = sharing(_NOUNS, "(und|sowie|,) [die|den|der|das|unsere|unseren]")
