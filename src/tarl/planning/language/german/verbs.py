"""German: what is done, in every form that an order may take.

A verb is named by its infinitive; a stroke parts what stands apart in a main clause:
``ab|schalten`` is *abschalten*, *abzuschalten*, *abgeschaltet*, and in a clause that ends with it
*abschaltet*.
"""

from __future__ import annotations

from functools import cache

VERBS: dict[str, str] = {
    "verb.off": (
        "aus|schalten ab|schalten aus|machen ab|stellen ab|drehen stoppen pausieren beenden"
        " deaktivieren an|halten unterbrechen aus|stellen"
    ),
    "verb.on": "ein|schalten an|schalten an|machen an|stellen aktivieren an|drehen",
    "verb.run": (
        "starten laufen an|werfen an|lassen an|laufen durch|laufen los|laufen los|legen reinigen"
        " putzen wischen kochen machen erledigen durch|führen an|schmeißen beginnen"
    ),
    "verb.charge": (
        "laden auf|laden voll|laden nach|laden füllen auf|füllen tanken voll|tanken betanken"
        " speichern"
    ),
    "verb.discharge": "entladen verkaufen ein|speisen leeren versorgen betreiben",
    "verb.set": (
        "stellen setzen drehen regeln regulieren erhöhen senken ab|senken herunter|drehen"
        " runter|drehen hoch|drehen reduzieren herunter|regeln runter|regeln hoch|regeln"
        " herunter|stellen runter|stellen hoch|stellen"
    ),
    "verb.heat": (
        "heizen auf|heizen vor|heizen erwärmen auf|wärmen vor|wärmen wärmen erhitzen beheizen"
    ),
    "verb.cool": "kühlen ab|kühlen herunter|kühlen runter|kühlen",
    "verb.dim": "dimmen herunter|dimmen runter|dimmen",
    "verb.open": (
        "öffnen auf|machen hoch|fahren rauf|fahren herauf|fahren auf|fahren hoch|ziehen rauf"
        "|ziehen auf|ziehen hoch|lassen"
    ),
    "verb.close": (
        "schließen zu|machen runter|fahren herunter|fahren hinunter|fahren zu|fahren runter"
        "|ziehen zu|ziehen runter|lassen herunter|lassen"
    ),
    "verb.lock": "ab|schließen verriegeln zu|sperren ab|sperren verschließen zu|schließen",
    "verb.unlock": "auf|schließen entriegeln auf|sperren entsperren",
    "verb.watch": "beobachten überwachen erkennen",
    "verb.keep": "halten bleiben bewahren",
}
JOBS: dict[str, str] = {
    "kind.dishwasher": "spülen ab|spülen ab|waschen",
    "kind.washing_machine": "waschen",
    "kind.dryer": "trocknen",
    "kind.vacuum": "saugen staub|saugen durch|saugen ab|saugen",
    "kind.sprinkler": "gießen bewässern wässern sprengen",
}
"""Verbs that name the device that does it."""
_STRONG: dict[str, str] = {
    "laden": "lädt lüde geladen",
    "waschen": "wäscht wüsche gewaschen",
    "laufen": "läuft liefe liefen gelaufen",
    "lassen": "lässt ließe gelassen",
    "halten": "hält hielte gehalten",
    "schließen": "schlösse geschlossen",
    "gießen": "gösse gegossen",
    "fahren": "fährt führe gefahren",
    "ziehen": "zöge gezogen",
    "werfen": "wirft wirf würfe geworfen",
    "bleiben": "bliebe geblieben",
    "betreiben": "betriebe betrieben",
    "beginnen": "begänne begonnen",
    "unterbrechen": "unterbricht unterbrochen",
    "schmeißen": "geschmissen",
}
_THEIR = "die|unsere|meine|der|nasse|die nasse"
_CLOTHES = "wäsche|kleidung|klamotten|kleider|sachen|handtücher|bettwäsche"
_INSEPARABLE = ("be", "ent", "er", "ver", "über", "unter")


@cache
def forms(verb: str) -> tuple[str, ...]:
    """The forms of a verb, its infinitive first."""
    apart, _, infinitive = verb.rpartition("|")
    stem = infinitive.removesuffix("en") if infinitive.endswith("en") else infinitive[:-1]
    link = "e" if stem.endswith(("t", "d", "chn", "ckn", "ffn")) else ""
    made = [infinitive, stem + "e", stem, stem + link + "t", stem + link + "st"]
    if infinitive.endswith("eln"):
        made.append(stem[:-2] + "le")
    strong = _STRONG.get(infinitive, "").split()
    if strong:
        made += strong
    else:
        is_plain = infinitive.startswith(_INSEPARABLE) or infinitive.endswith("ieren")
        made += [stem + link + "te", stem + link + "ten"]
        made.append(("" if is_plain else "ge") + stem + link + "t")
    if apart:
        made = [apart + form for form in [*made, "zu" + infinitive]]
    return tuple(dict.fromkeys(made))


def phrases(written: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The phrases with all forms of the verbs."""
    added = {
        key: f"({'|'.join(form for verb in verbs.split() for form in forms(verb))})"
        for key, verbs in (VERBS | JOBS).items()
    }
    # What is dried are clothes; they are washed by another machine.
    dry = "|".join(form for form in forms("trocknen"))
    added["kind.dryer"] = f"({dry}) [{_THEIR}] [{_CLOTHES}]"
    found = {key: (*written.get(key, ()), made) for key, made in added.items()}
    found["kind.dryer"] += (f"[{_THEIR}] ({_CLOTHES}) [noch|dann|danach|anschließend] ({dry})",)
    return written | found
