"""Spanish: what is done, in every form that an order may take.

A verb is named by its infinitive, followed by the stem that carries the stress where that is
another one (``cerrar:cierr``). Its forms are those of wishes (*que limpie*), of reported orders
(*que no cargues*), of suppositions (*si cargara*) and of states (*cargado*).
"""

from __future__ import annotations

import re
from functools import cache

VERBS: dict[str, str] = {
    "verb.off": (
        "apagar detener:detien pausar desconectar desactivar cortar interrumpir suspender"
    ),
    "verb.on": "encender:enciend activar prender conectar",
    "verb.run": (
        "arrancar iniciar lavar limpiar pasar lanzar funcionar empezar:empiez preparar programar"
        " comenzar:comienz fregar:frieg ejecutar correr barrer trapear aspirar"
    ),
    "verb.charge": "cargar recargar llenar enchufar almacenar",
    "verb.discharge": "descargar vaciar:vací vender verter:viert alimentar",
    "verb.set": "ajustar regular:regul fijar aumentar",
    "verb.heat": "calentar:calient caldear precalentar:precalient",
    "verb.cool": "enfriar:enfrí refrescar",
    "verb.dim": "atenuar:atenú",
    "verb.open": "abrir levantar",
    "verb.close": "cerrar:cierr",
    "verb.lock": "bloquear",
    "verb.unlock": "desbloquear",
    "verb.watch": "vigilar detectar observar",
    "verb.keep": "conservar",
}
JOBS: dict[str, str] = {
    "kind.dryer": "secar",
    "kind.vacuum": "aspirar barrer",
    "kind.sprinkler": "regar:rieg",
}
"""Verbs that name the device that does it; what is done by it (*seco*) names none."""
_CLOTHES = "ropa|colada|prendas|sábanas|toallas"
_IRREGULAR = (
    "pon ponga pongas pongan pongamos pongo pone ponen poner poniendo pusiera"
    " pusieran pusiéramos pusiese pusiesen"
    " pusiésemos ponemos puesto puesta haz haga hagas hagan hagamos hago hace hacen"
    " hacer haciendo hiciera hicieran"
    " hiciéramos hiciese hiciesen hiciésemos hacemos"
)
"""Of *poner* and *hacer*: what is put on, and what is done."""

_SOFT = (("c", "qu"), ("g", "gu"), ("z", "c"))
"""How a stem is written before an *e*."""


def _subjunctive(stem: str, is_first: bool) -> str:
    """The stem before the endings of a wish."""
    for last, soft in _SOFT if is_first else ():
        if stem.endswith(last):
            return stem[: -len(last)] + soft
    return stem


@cache
def forms(verb: str) -> tuple[str, ...]:
    """The forms of a verb, its infinitive first."""
    infinitive, _, stressed = verb.partition(":")
    stem, is_first = infinitive[:-2], infinitive.endswith("ar")
    strong = stressed or stem
    own, wish = ("a", "e") if is_first else ("e", "a")
    soft = _subjunctive(strong, is_first)
    past, other, first = ("ara", "ase", "á") if is_first else ("iera", "iese", "ié")
    done = stem + ("ado" if is_first else "ido")
    done = {"abrir": "abierto"}.get(infinitive, done)
    made = [infinitive, strong + "o", stem + ("ando" if is_first else "iendo")]
    made += [strong + own + ending for ending in ("", "s", "n")]
    made += [soft + wish + ending for ending in ("", "s", "n")]
    made += [_subjunctive(stem, is_first) + wish + "mos", infinitive[:-1] + "mos"]
    made += [stem + supposed + ending for supposed in (past, other) for ending in ("", "s", "n")]
    made += [stem + first + ending for ending in ("ramos", "semos")]
    made += [infinitive + ending for ending in ("á", "ás", "án", "ía", "ían")]
    made += [done, done[:-1] + "a", done + "s", done[:-1] + "as"]
    return tuple(dict.fromkeys(made))


def _is_done(form: str) -> bool:
    return form.endswith(("o", "ada", "ida", "os", "adas", "idas")) and not form.endswith("ndo")


@cache
def known() -> frozenset[str]:
    """All forms of all verbs."""
    words = {form for verbs in VERBS.values() for verb in verbs.split() for form in forms(verb)}
    others = "procesar analizar guardar bajar subir dejar usar utilizar reducir sacar tirar"
    rest = [*others.split(), *" ".join(JOBS.values()).split()]
    words |= {form for verb in rest for form in forms(verb)}
    return frozenset(words | set(_IRREGULAR.split()))


_PLAIN = str.maketrans("áéíóú", "aeiou")
_CLINGING = re.compile(r"(\w+?)(?:(?:me|te|se|nos)?(?:l[oa]s?|les?)|me|te|nos)")


def without_clitics(word: str) -> str | None:
    """The order that a word is besides its pronouns: *ciérramela* is *cierra*; None for others.

    What somebody does to himself stays: *acostarme* is no order.
    """
    found = _CLINGING.fullmatch(word)
    if found is None or word in known():
        return None
    bare = found[1]
    if bare.endswith("r") and word[len(bare) :] in ("me", "te", "nos"):
        return None
    for said in (bare, bare.translate(_PLAIN)):
        if said in known():
            return said
    return None


def phrases(written: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The phrases with all forms of the verbs."""
    added: dict[str, tuple[str, ...]] = {
        key: (f"({'|'.join(form for verb in verbs.split() for form in forms(verb))})",)
        for key, verbs in VERBS.items()
    }
    added["verb.run"] += (f"({'|'.join(_IRREGULAR.split())})",)
    for key, verbs in JOBS.items():
        made = [form for verb in verbs.split() for form in forms(verb) if not _is_done(form)]
        added[key] = (f"({'|'.join(made)})",)
    # What is dried are clothes; they are washed by another machine.
    dried = [form for form in forms("secar") if not _is_done(form)]
    added["kind.dryer"] += (f"({'|'.join(dried)}) [la|toda la|nuestra|mi|las|los] ({_CLOTHES})",)
    return written | {key: (*written.get(key, ()), *some) for key, some in added.items()}
