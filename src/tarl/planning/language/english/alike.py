"""English: objectives that share their words: ``minimize cost and emissions``."""

from __future__ import annotations

from tarl.planning.language.lexicon import sharing

_NOUNS = {
    "cost": "(cost|costs|money|price|bill|bills|spending|expenses|outgoings|electricity (bill|bills"
    "|cost|costs)|energy (bill|bills|cost|costs)|running costs)",
    "energy": "(energy|electricity|power|energy (use|usage|consumption)|electricity (use|usage"
    "|consumption)|power (use|usage|consumption)|consumption)",
    "co2": "(co2|carbon|emissions|footprint|carbon (footprint|emissions)|co2 (footprint|emissions)"
    "|climate impact|environmental impact)",
    "peak_power": "(peak|peaks) [power|load|loads|demand]|(power|load) (peak|peaks|spikes)|spikes",
    "grid_import": "(grid|mains) (import|imports|use|usage|power|draw|electricity|consumption)"
    "|imports from the grid|(use|import) of (the grid|grid power)",
    "latency": "(latency|delay|delays|response time|response times|reaction time|lag)",
    "noise": "(noise|noise level|noise levels|racket|sound)",
    "solar_use": "(solar use|use of (solar|our solar|solar power|our own solar|the sun)"
    "|self-consumption|self consumption|solar share|solar self-consumption)",
    "comfort": "comfort",
    "privacy": "privacy",
    "security": "(security|safety)",
}
_ALSO = "(, and|,|and|as well as|plus|&|along with|together with|and also)"

PHRASES = sharing(_NOUNS, f"{_ALSO} [the|our|my|its|with as little|as little]")
PHRASES["aims.peak_power"] += (f"&<G> {_ALSO} [the|our|my] <S>",)
