"""French: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "regardless": ("({everybody}) {be} à [environ|encore] <U> [de (la maison|chez nous)]",),
    "reason": (
        "même (si|quand|lorsque|pendant que|avec) ....",
        "même s' ....",
        "(bien que|quoique) ....",
        "(parce que|car|puisque|vu que|étant donné que|comme quoi) ....",
        "(parce qu'|puisqu'|vu qu'|étant donné qu') ....",
    ),
    "filler.need": (
        "(il|) (me|nous|lui) faut",
        "(j'ai|on a|nous avons|elle a|il a) besoin (de|d'|du)",
        "(je veux|je voudrais|on veut|j'aimerais) (avoir|trouver)",
    ),
    "filler.hedge": (
        "(si possible|si tu peux|si c'est possible|si vous pouvez|dans la mesure du possible"
        "|de préférence|idéalement|quand c'est possible|autant que possible)",
    ),
    "nothing": (
        "&[la|le|l'|notre|ma|mon] <A> est [juste|tout|directement|pile] (au-dessus|à "
        "côté|en dessous|au dessus|derrière|en-dessous|à l'étage du dessus)",
    ),
    "polite": (
        "- (la|le|les|moi)",
        "[je suis|il est|elle est|on est] (de|en) (garde|équipe) [de] (nuit|matin|soir)",
        "[je|il|elle|on|<P>] (travaille|travailles|bosse) (de nuit|la nuit|le soir|le week-end)",
        "(j'ai|on a|nous avons) (froid|chaud|trop froid|trop chaud|un peu froid|un peu chaud)",
        "(après|avant|pendant) (le|notre) (dîner|repas|déjeuner|petit-déjeuner|souper)",
        "(n'importe quand|à n'importe quelle heure|quand tu veux|à un moment ou un autre"
        "|peu importe l'heure|peu importe quand)",
        "(bonsoir|coucou|bonjour)",
        "(ce serait|ça serait|il serait) (bien|super|sympa|gentil|parfait|génial|chouette|cool"
        "|idéal|bon|top) (si|que|de|qu') [tu|on|vous] [pouvais|pourrais|pouviez|puisses]",
        "(serait-il|est-il|est-ce|il serait|il est|c'est|ce serait) possible (de|d'|que|qu')",
        "(aurais-tu|auriez-vous|aie) la gentillesse de",
        "(tu veux|veux-tu|voulez-vous|tu voudrais|voudrais-tu) bien",
        "(merci de|merci d'|prière de|pense à|pensez à|n'oublie pas de|n'oublie pas d'"
        "|n'oubliez pas de|tâche de|essaie de|essaye de)",
        "(j'ai besoin|j'aurais besoin|il faudrait|il faut|j'apprécierais|j'aimerais bien"
        "|je préférerais|je préfère|je souhaite|je souhaiterais|on aimerait|nous aimerions"
        "|je tiens à ce) (que|qu')",
        "(si ça ne te dérange pas|si tu veux bien)",
        "ça te (dérangerait|dérange|gênerait) de",
        "(peux-tu|pourrais-tu|pouvez-vous|pourriez-vous|tu peux|tu pourrais|vous pouvez"
        "|vous pourriez) [me|nous|m']",
    ),
    "separator.and": ("[,] (et|ainsi que)",),
}
