"""German: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "regardless": (
        "({everybody}) {be} [noch|etwa|ungefähr|rund|ca.] <U> (entfernt|weg|unterwegs)",
    ),
    "reason": (
        "(selbst|auch|sogar) wenn ....",
        "(obwohl|obgleich) ....",
        "weil ....",
        "@, (denn) ....",
        "(damit|so dass|sodass) (ich|wir|sie|er|man|die kinder) (nicht|keine|es|noch|genug|was"
        "|etwas) ....",
    ),
    "filler.need": (
        "(ich|wir|sie|er|<P>) (brauche|brauchen|braucht|bräuchte|bräuchten)",
        "(brauche|brauchen|braucht|bräuchte) (ich|wir|sie|er|<P>)",
        "(ich|wir) (will|wollen|möchte|möchten|hätte gern|hätten gern)",
    ),
    "filler.hedge": (
        "(wenn|falls|sofern|soweit) (es geht|es|) [irgend|nur] (möglich|möglich ist|geht|machbar"
        "|machbar ist)",
        "(wenn|falls|sofern) (es geht|das geht|du kannst)",
        "(vorzugsweise|bevorzugt|nach möglichkeit|idealerweise|am besten)",
    ),
    "nothing": (
        "&(das|die|der|mein|meine|unser|unsere) <A> (liegt|ist|befindet sich) [ja|doch] "
        "[direkt|genau|gleich|nur|unmittelbar] "
        "(darüber|daneben|nebenan|darunter|drüber|drunter|dahinter|obendrüber|oben "
        "drüber|nebendran)",
    ),
    "polite": (
        "(warte|abwarten|wart) [bitte|noch|damit|ab] [,]",
        "(mir|uns) ist [es] [so|sehr|zu|gerade|ganz|etwas] (kalt|warm|heiß)",
        "(ich|wir) (friere|frieren|schwitze|schwitzen)",
        "(nach|vor|während) (dem|unserem) (abendessen|essen|frühstück|mittagessen|kochen|sport)",
        "(egal wann|zu einer beliebigen zeit|wann auch immer|irgendwann|wann es passt)",
        "guten (abend|tag)",
        "(moin|servus|hallo zusammen|na du)",
        "(wärst du|bist du|wären sie) so (nett|lieb|gut|freundlich) [und|,]",
        "sei [doch] [bitte] so (gut|nett|lieb|freundlich) [und|,]",
        "(wäre es|ist es|wär es|wär's|wäre das) (möglich|machbar|drin|denkbar) [,] [dass|wenn]",
        "(es|das) wäre (schön|toll|nett|super|gut|prima|klasse|lieb|ideal|praktisch|fein"
        "|hilfreich) [,] (wenn|dass|falls)",
        "(ich|wir) (fände|fänden|hätte|hätten) es (gut|schön|toll|lieber|gern|gerne|am liebsten"
        "|nett|prima) [,] (wenn|dass)",
        "mir wäre es (recht|lieb|wichtig|am liebsten) [,] (wenn|dass)",
        "(mir|uns) ist wichtig [,] dass",
        "(wenn|falls|sofern) (du magst|du so nett bist)",
        "(ich|wir) (würde|würden) mich|uns freuen [,] wenn",
        "(denk|denke) (dran|daran) [,] [dass]",
        "(vergiss|vergesst) [bitte] nicht [,] [dass]",
        "nicht vergessen",
        "(magst|kannst|könntest|würdest|willst) du [mal|bitte|mir|uns|vielleicht|eventuell] [mal"
        "|bitte]",
        "(ist|wäre) es okay [,] wenn",
        "hättest du die güte [,]",
    ),
    "separator.and": ("[,] (und|sowie)",),
}
