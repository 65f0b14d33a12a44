"""Spanish: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "regardless": ("{be} a [unos|unas] <U> [de (casa|aquí)]",),
    "reason": (
        "(incluso|aun|ni siquiera) (si|cuando|con|mientras) ....",
        "aunque ....",
        "(porque|ya que|puesto que|dado que|que luego|es que|visto que) ....",
    ),
    "filler.need": (
        "(necesito|necesitamos|necesita|me hace falta|nos hace falta|quiero tener|queremos tener)",
    ),
    "filler.hedge": (
        "(si es posible|si se puede|a ser posible|si puedes|de ser posible|en lo posible"
        "|preferentemente|preferiblemente|idealmente|siempre que se pueda|cuando se pueda)",
    ),
    "nothing": (
        "&[el|la|mi|nuestro|nuestra] <A> (está|queda) [justo|directamente|ahí|pared con "
        "pared] (encima|al lado|debajo|arriba|detrás)",
    ),
    "polite": (
        "[tengo|tiene|hago|hace] turno de (noche|tarde|mañana)",
        "(trabajo|trabaja|trabajamos) (de noche|por la noche|de tarde|de mañana)",
        "(tengo|tenemos|estoy pasando) [mucho|un poco de] (frío|calor) [aquí|en casa]",
        "(después|antes) (de|del|de la) (cenar|cena|comer|comida|desayunar|desayuno|almuerzo)",
        "(en cualquier momento|a cualquier hora|cuando quieras|da igual cuándo|cuando sea) [de]",
        "(buenas tardes|buenas|qué tal)",
        "(estaría|sería|vendría) (bien|genial|bueno|estupendo|ideal|perfecto|fantástico) (si"
        "|que) [pudieras|puedes|pudiera]",
        "(es|sería) posible que",
        "(te importaría|serías tan amable de|serías tan amable|haz el favor de|hazme el favor de"
        "|haz favor de|me haces el favor de|si eres tan amable|si no te importa"
        "|si te parece)",
        "(acuérdate de|no te olvides de|no olvides|no te olvides|recuerda|procura|intenta)",
        "(me gustaría|preferiría|prefiero|necesito|quiero|me encantaría|quisiera|quisiéramos"
        "|nos gustaría|agradecería|te agradecería|querría|hay|hace falta|conviene) que",
        "(podrías|puedes|podría|podemos|podríamos|me puedes|me podrías|nos puedes|podríais) [me"
        "|nos]",
    ),
    "separator.and": ("[,] (y|e)",),
}
