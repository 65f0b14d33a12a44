"""Spanish: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "reason": ("(porque|ya que|puesto que|dado que|que luego|es que|visto que) ....",),
    "polite": (
        "(buenas tardes|buenas|qué tal)",
        "(estaría|sería|vendría) (bien|genial|bueno|estupendo|ideal|perfecto|fantástico) (si"
        "|que) [pudieras|puedes|pudiera]",
        "(es|sería) posible que",
        "(te importaría|serías tan amable de|serías tan amable|haz el favor de|hazme el favor de"
        "|haz favor de|me haces el favor de|si eres tan amable|si puedes|si no te importa"
        "|si te parece)",
        "(acuérdate de|no te olvides de|no olvides|no te olvides|recuerda|procura|intenta)",
        "(me gustaría|preferiría|prefiero|necesito|quiero|me encantaría|quisiera|quisiéramos"
        "|nos gustaría|agradecería|te agradecería|querría|hay|hace falta|conviene) que",
        "(podrías|puedes|podría|podemos|podríamos|me puedes|me podrías|nos puedes|podríais) [me"
        "|nos]",
    ),
    "separator.and": ("[,] (y|e)",),
}
