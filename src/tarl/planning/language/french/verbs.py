"""French: what is done, in every form that an order may take.

A verb is named by its infinitive, followed by the stem before a mute ending where that is another
one (``régler:règl``). Its forms are those of orders, wishes (*que tu lances*), suppositions (*si je
baissais*) and states (*lavée*).
"""

from __future__ import annotations

from functools import cache

VERBS: dict[str, str] = {
    "verb.off": "couper arrêter stopper désactiver débrancher",
    "verb.on": "allumer activer rallumer",
    "verb.run": (
        "lancer démarrer passer tourner laver nettoyer:nettoi commencer marcher fonctionner"
        " programmer préparer exécuter finir relancer"
    ),
    "verb.charge": "charger recharger remplir brancher stocker",
    "verb.discharge": "décharger vider utiliser injecter alimenter",
    "verb.set": "régler:règl monter baisser ajuster augmenter pousser fixer abaisser remonter",
    "verb.heat": "chauffer réchauffer préchauffer",
    "verb.cool": "refroidir rafraîchir climatiser",
    "verb.dim": "tamiser",
    "verb.close": "fermer refermer",
    "verb.lock": "verrouiller",
    "verb.unlock": "déverrouiller",
    "verb.watch": "surveiller détecter guetter observer",
    "verb.keep": "garder conserver rester",
}
JOBS: dict[str, str] = {
    "kind.dryer": "sécher:sèch",
    "kind.vacuum": "aspirer balayer:balai",
    "kind.sprinkler": "arroser",
}
"""Verbs that name the device that does it; what is done by it (*séché*) names none."""
_CLOTHES = "linge|vêtements|habits|affaires|draps|serviettes|lessive"
_IRREGULAR: dict[str, str] = {
    "verb.off": "éteins éteint éteindre éteigne éteignes éteignent éteignez éteignais éteignait",
    "verb.run": (
        "fais fait faire fasse fasses fassent faites faisais faisait faisant ferait mets met mettre"
        " mette mettes mettent mettez mettais mettait mettant"
    ),
    "verb.discharge": "vends vend vendre vende vendent vendais revends revend revendre revende",
    "verb.set": "réduis réduit réduire réduise réduisais réduisait",
    "verb.open": "ouvre ouvres ouvrent ouvrir ouvrez ouvrais ouvrait ouvert ouverte ouvrant",
    "verb.keep": "maintiens maintient maintenir maintienne maintiennent maintenu maintenue",
}


def _before_a(stem: str) -> str:
    """How a stem is written before an *a* or an *o*: *chargeais*, *lançons*."""
    return stem + "e" if stem.endswith("g") else stem[:-1] + "ç" if stem.endswith("c") else stem


@cache
def forms(verb: str) -> tuple[str, ...]:
    """The forms of a verb, its infinitive first."""
    infinitive, _, mute = verb.partition(":")
    stem = infinitive[:-2]
    if infinitive.endswith("ir"):
        long = f"{stem}iss"
        made = [infinitive, stem + "is", stem + "it", stem + "i", stem + "ie", stem + "irait"]
        made += [long + ending for ending in ("e", "es", "ent", "ez", "ons", "ant", "ais", "ait")]
        return tuple(made)
    mute, hard = mute or stem, _before_a(stem)
    made = [infinitive, stem + "ez", hard + "ons", hard + "ant", hard + "ais", hard + "ait"]
    made += [mute + ending for ending in ("e", "es", "ent", "erait", "era", "eras")]
    made += [stem + ending for ending in ("é", "ée", "és", "ées")]
    return tuple(dict.fromkeys(made))


def phrases(written: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The phrases with all forms of the verbs."""
    made = {
        key: [form for verb in verbs.split() for form in forms(verb)]
        for key, verbs in VERBS.items()
    }
    for key, verbs in JOBS.items():
        own = [form for verb in verbs.split() for form in forms(verb)]
        made[key] = [form for form in own if not form.endswith(("é", "ée", "és", "ées"))]
    # What is dried are clothes; they are washed by another machine.
    dried = f"({'|'.join(made['kind.dryer'])}) [le|les|mon|mes|notre|nos] ({_CLOTHES})"
    made["kind.dryer"].append(dried)
    for key, words in _IRREGULAR.items():
        made.setdefault(key, []).extend(words.split())
    return written | {
        key: (*written.get(key, ()), f"({'|'.join(words)})") for key, words in made.items()
    }
