"""German: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "bound.lte.house": (
        "[mit|das|die|unser|unsere|einem|einer] (hauslimit|gesamtlimit|gesamtleistung|limit|grenze"
        "|obergrenze|höchstlast|maximallast) [fürs haus|für das haus|vom haus|im haus|des hauses]"
        " [ist|liegt bei|bei|von|sind|:] <W>",
    ),
    "bound.gte.left": (
        "[mindestens|noch] <Q> [{adv}] für [den|die|das] (<T>|<O>|<Y>) (aufheben|übrig lassen"
        "|drinlassen|drin lassen|behalten|zurückhalten|übriglassen|reservieren|zurücklegen)",
        "(heb|hebe|lass|behalte|behalt|spar|reserviere) [mindestens|noch|aber] <Q> [{adv}] für [den"
        "|die|das] (<T>|<O>|<Y>) [auf|übrig|drin|zurück]",
    ),
    "ifso": (
        "(wenn|falls|sofern) (es|er|sie|das) (das|es|so|der fall) (ist|wird|tut)",
        "(wenn|falls|sofern) (dem so|das der fall|dies der fall) ist",
    ),
    "event.bedtime.now": (
        "(ich|wir|alle) (gehe|gehen|geh|gehn) [jetzt|gleich|nun|dann|alle] (ins bett|zu bett"
        "|schlafen)",
    ),
    "event.departure.now": (
        "(ich|wir|alle) (gehe|gehen|fahre|fahren) [jetzt|gleich|nun|dann|alle] (los|weg|aus dem"
        " haus|raus|zur arbeit)",
        "(ich bin|wir sind) (jetzt|gleich|dann) (weg|unterwegs)",
    ),
    "fact.parting": ("^<T> (,|.|!|;)",),
    "orderdevice.later": ("&<C> nach {d}",),
    "timed.device.open": (
        "&{if} [die|das|der|unsere] <A> [{adv}] (<C>|[um|gegen|ab|nach|bei] {t}) [{adv}] [{adv}]"
        " (offen|auf|geöffnet|nicht zu) ({be}|steht|stehen)",
        "&(sollte|sollten) [die|das|der|unsere] (<A>|<D>) [{adv}] (<C>|[um|gegen|ab|nach|bei] {t})"
        " [{adv}] [{adv}] (offen|auf|geöffnet) (sein|stehen)",
        "{if} {d} [{adv}] <C> [{adv}] [{adv}] (offen|auf|geöffnet|nicht zu) ({be}|steht|stehen)",
        "{if} {d} [{adv}] [um|gegen|bis|ab|nach] {t} [{adv}] [{adv}] (offen|auf|geöffnet|nicht zu)"
        " ({be}|steht|stehen)",
    ),
    "timed.device.open.it": (
        "{if} (er|sie|es|das) [{adv}] [um|gegen|bis|ab|nach] {t} [{adv}] [{adv}] (offen|auf"
        "|geöffnet) ({be}|steht)",
    ),
    **{
        f"timed.{state}.first": (
            f"&^(<Z>|steht|stehen) [die|das|der|unser|unsere] (<A>|<D>) [(in|im) [der|dem] <A>]"
            f" [{{adv}}] [<C>|<I>] [{{adv}}] [{{adv}}] ({words})",
        )
        for state, words in {
            "device.open": "offen|auf|geöffnet",
            "device.closed": "zu|geschlossen",
            "device.on": "an|eingeschaltet",
            "device.off": "aus|ausgeschaltet",
            "device.unlocked": "unverschlossen|aufgeschlossen",
            "device.done": "fertig|durch",
            "device.full": "voll|vollgeladen|voll geladen|aufgeladen",
            "not.device.locked": "nicht (abgeschlossen|verriegelt|zugesperrt|abgesperrt)",
        }.items()
    },
    "timed.device.on": (
        "{if} {d} [{adv}] (<C>|[um|gegen|ab|nach|bei] {t}) [{adv}] [{adv}] (brennt|brennen"
        "|leuchtet)",
        "&(sollte|sollten) {d} [in der|im|in] [<A>] [{adv}] (<C>|[um|gegen|ab|nach"
        "|bei] {t}) [{adv}]"
        " [{adv}] (an|eingeschaltet) sein",
        "{if} {d} [{adv}] <C> [{adv}] [{adv}] (an|eingeschaltet) {be}",
        "{if} {d} [{adv}] [um|gegen|bis|ab|nach] {t} [{adv}] [{adv}] (an|eingeschaltet) {be}",
    ),
    "timed.device.unlocked": (
        "{if} {d} [{adv}] <C> [{adv}] [{adv}] (unverschlossen|aufgeschlossen) {be}",
        "{if} {d} [{adv}] [um|gegen|bis|ab|nach] {t} [{adv}] [{adv}] (unverschlossen"
        "|aufgeschlossen) {be}",
    ),
    "timed.not.device.locked": (
        "{if} {d} [{adv}] <C> [{adv}] nicht (abgeschlossen|verriegelt|zugesperrt|abgesperrt) {be}",
        "{if} {d} [{adv}] [um|gegen|bis|ab|nach] {t} [{adv}] nicht (abgeschlossen|verriegelt"
        "|zugesperrt|abgesperrt) {be}",
    ),
    "timed.occupancy.away": (
        "{if} ({everybody}|<P>) [{adv}] [um|gegen|bis|ab] {t} [{adv}] nicht [{adv}] {home} {be}",
        "{if} {nobody} [{adv}] [um|gegen|bis|ab] {t} [{adv}] {home} {be}",
    ),
    "deadline.ahead": (
        "!für|lang|mindestens <U> (vor|bevor|ehe) [dem|der|den|unserer|meiner|es] <T>",
    ),
    "earliest.behind": (
        "!für|lang|mindestens <U> (nach|nachdem) [dem|der|den|unserer|meiner|es] <T>",
    ),
    "budget.cost.spent": (
        "[{most}] <M> [dafür|dabei|insgesamt|zusammen|pro tag|am tag] (aus|ausgeben)",
    ),
    "goal.minimize.cost.spent": (
        "(gib|geben|gebt) [wir|dafür|dabei] nicht (zu viel|so viel|zuviel|unnötig viel|unnötig"
        "|mehr) [geld] [als nötig] [dafür] aus",
    ),
    "gone": (
        "^(ich bin|wir sind|niemand ist|keiner ist) bis [um] {t} (nicht {home}|{out}|{home})",
    ),
    "nothing.instead": ("[,|und] (statt|anstatt|anstelle von) [am|in der|erst|wie sonst] <T>",),
    "bound.lte.reached": (
        "(hör|höre|hörst|stopp|stoppe|stop|brich|schluss|ende|halt) [auf|ab|damit|an] [,] (wenn"
        "|sobald) [er|sie|es|das] {q} (erreicht (sind|ist|hat|werden|wird)|drin (sind|ist)|hat)",
        "bei {q} (ist|soll|sei|dann) (schluss|ende|stopp|gut)",
        "bei {q} (aufhören|abbrechen|stoppen|schluss)",
    ),
    "wake.neq.all": (
        "(niemand|keiner) (soll|darf) [dabei|davon|dadurch] (geweckt werden|aufwachen|wach werden"
        "|gestört werden)",
        "({everybody}|{somebody}|<P>) (soll|sollen|darf|dürfen) [dabei|davon] nicht [dabei|davon]"
        " (geweckt werden|aufwachen|wach werden|gestört werden)",
    ),
    "state.price.low.again": (
        "{price} [{adv}] [{adv}] (billiger|günstiger|erschwinglich|wieder billig) (wird|werden"
        "|{be})",
    ),
    "lowest.energy": (
        "(so|möglichst) (gering|niedrig|klein|wenig) [{aspossible}] [halten|sein|bleiben"
        "|ausfallen]",
    ),
    "filler.use": ("[den|unseren|der|im|unser] (stromverbrauch|energieverbrauch|verbrauch)",),
    "filler.else": ("[und] (sonst|ansonsten|andernfalls)",),
    "at.rather": ("(lieber|eher|besser) [am|in der] <T> als [am|in der|wie] <T>",),
    "filler.house": (
        "(das|die|unser|unsere|dem|der|im) [ganze|ganzen|gesamte|gesamten] (haus|wohnung)",
        "überall",
    ),
    "filler.spent": ("(ausgeben|ausgegeben|fürs)",),
    "polite.spent": ("(gib|gebt|geben wir) [dafür|dabei]",),
    "regardless": (
        "{aimx} (kann|darf|muss|können|dürfen|müssen) (warten|zurückstehen|hinten anstehen)",
        "{aimx} (ist|sind|kommt|kommen) [dabei|mir|uns|da] (zweitrangig|nebensächlich|nachrangig"
        "|unwichtig|weniger wichtig|nicht so wichtig|egal|an zweiter stelle|danach|erst danach)",
        "{aimx} (spielt|spielen) keine rolle",
        "({everybody}) {be} [noch|etwa|ungefähr|rund|ca.] <U> (entfernt|weg|unterwegs)",
    ),
    "reason": (
        "(es|das) wäre [doch|ja|echt|wirklich] (schade|jammerschade|blöd|dumm|verschwendung) [,]"
        " [wenn|um|das|es|die|sie|ihn] ....",
        "du weißt [ja|doch|schon] [,] (was|wie|dass|warum|wer) ....",
        "(selbst|auch|sogar) wenn ....",
        "(obwohl|obgleich) ....",
        "weil ....",
        "@, (denn) ....",
        "(damit|so dass|sodass) (ich|wir|sie|er|man|die kinder) (nicht|keine|es|noch|genug|was"
        "|etwas) ....",
    ),
    "takeback.behind": (", (meine ich|meinte ich|wollte ich sagen|sorry|entschuldigung)",),
    "takeback": (
        "(,|-|.|;) [ach|äh|oh] (nein|nee|quatsch|moment|stopp|sorry|entschuldigung|pardon)"
        " [(,|-|!)] [(doch|lieber|besser|moment|warte|ich meine|ich meinte|sag ich)] (,|-)",
        "(,|-|.|;) [oder] [ach] [nein|sorry] [,] (ich meine|ich meinte|besser gesagt|oder besser"
        "|oder lieber|oder vielmehr|vielmehr|quatsch) [,|-]",
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
        "&(statt|anstatt|anstelle|anstelle von|an stelle von) [der|des|dem|die|das|den|meiner"
        "|unserer]"
        " <D>",
        "&(das|die|der|mein|meine|unser|unsere) <A> (liegt|ist|befindet sich) [ja|doch] [direkt"
        "|genau|gleich|nur|unmittelbar] (darüber|daneben|nebenan|darunter|drüber|drunter|dahinter"
        "|obendrüber|oben drüber|nebendran)",
    ),
    "polite": (
        "^[ein|eine] (langer|lange|großer|große|kalter|kalte|gemütlicher|ruhiger|romantischer"
        "|fauler"
        "|stressiger|schöner|besonderer|früher|heißer) (abend|nacht|tag|morgen) (:|!|.)",
        "(warte|abwarten|wart) [bitte|noch|damit|ab] [,]",
        "(mir|uns) ist [es] [so|sehr|zu|gerade|ganz|etwas] (kalt|warm|heiß)",
        "(ich|wir) (friere|frieren|schwitze|schwitzen)",
        "(nach|vor|während) (dem|unserem) (abendessen|essen|frühstück|mittagessen|kochen|sport)",
        "(egal wann|zu einer beliebigen zeit|wann auch immer|irgendwann|wann es passt)",
        "guten (abend|tag)",
        "(,|!|.) (ist|wird) (das|es) [hier] [aber|vielleicht|ganz schön|so|mal wieder] (kalt|warm"
        "|heiß|eisig|stickig) [hier] [drin|drinnen|drin wieder] (,|.|!)",
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
