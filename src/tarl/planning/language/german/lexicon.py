"""German: the parts that several phrases share, and all of its phrases together."""

from __future__ import annotations

from tarl.planning.language.german import (
    aims,
    alike,
    asides,
    bounds,
    states,
    things,
    times,
    verbs,
)
from tarl.planning.language.german.tellings import (
    TELLS,
    TELLS_IN_VAIN,
    TELLS_LOOSELY,
    TELLS_SURELY,
)
from tarl.planning.language.german.unordered import UNORDERED
from tarl.planning.language.lexicon import Lexicon, Tells
from tarl.planning.language.numbers import german

_MACROS = {
    "adv": "(dabei|gerade|noch|schon|mehr|immer noch|auch|wirklich|alle|tatsächlich|draußen|bereits"
    "|ganz|gar|heute|endlich|wieder)",
    "stops": "wenn|falls|während|solange|außer|bis|vor|nach|und|aber|oder|damit|dann",
    "n": "(<N>|ein|eine|einer|einem|einen|eines)",
    "t": "(<T>|<N>)",
    "q": "(<H>|<Q>|<N>|<W>)",
    "ueber": "(über|mehr als|wärmer als|höher als|mindestens|oberhalb von)",
    "unter": "(unter|weniger als|kälter als|niedriger als|unterhalb von)",
    "d": "[der|die|das|den|dem|mein|meine|unser|unsere] <D> [(in|im|vom|von) [der|dem] <A>]",
    "it": "(er|sie|es|das|die|der|dieses|diese|dieser)",
    "a": "[der|die|das|den|dem|im|in|in der|in dem] <A>",
    "cl": "(<K>|<L>)",
    "most": "(unter|weniger als|höchstens|maximal|max|max.|nicht mehr als|nicht über|bis zu|bis"
    "|nichts über|nichts mehr als|nichts oberhalb von|nichts darf mehr als|nichts darf über"
    "|darf nichts mehr als|darf nichts über|nicht teurer als|für unter|im rahmen von|kleiner als"
    "|unterhalb von|keine)",
    "least": "(mindestens|wenigstens|mehr als|über|nicht unter|nicht weniger als|minimum|min|min."
    "|oberhalb von|nie unter|niemals unter)",
    "power": "[der|die|das] (strom|strompreis|energie|preis|tarif|strompreise|preise|netz)",
    "price": "[der|die|das|den] (strom|strompreis|strompreise|preis|preise|energiepreis|tarif"
    "|energie|energiepreise|die kilowattstunde|kilowattstunde|der kilowattstundenpreis"
    "|die energiepreise)",
    "sun": "[der|die|dem|den|unserer|unserem|unser|unsere|eigener|eigenem|eigene|eigenen|von der] "
    "[eigener|eigenem|eigene|eigenen] (solarstrom|sonne|sonnenstrom|sonnenenergie|solarenergie"
    "|pv-strom|pv|photovoltaik|solar|strom vom dach|dach|sonnenschein|solaranlage|pv-anlage"
    "|strom von der sonne|strom aus der sonne|sonnenlicht)",
    "grid": "[das|dem|vom|aus dem] (netz|stromnetz)",
    "somebody": "(jemand|irgendjemand|irgendwer|einer|wer|einer von uns)",
    "everybody": "(alle|wir|ich|ihr|sie|er|die kinder|kinder|das baby|baby|der kleine|die kleine"
    "|die familie|wir alle|meine frau|mein mann|man|die gäste|das kind|die kleinen|alle leute"
    "|unsere tochter|unser sohn|die zwillinge)",
    "nobody": "(niemand|keiner|keine seele|niemand von uns|keiner von uns)",
    "be": "(ist|sind|bin|seid|war|wäre|wären|sei)",
    "home": "(zu hause|daheim|zuhause|da|im haus|hier|anwesend)",
    "out": "(weg|unterwegs|außer haus|nicht zu hause|nicht daheim|nicht zuhause|nicht da|fort"
    "|auf arbeit|bei der arbeit|in der arbeit|auf der arbeit|ausgeflogen|aus dem haus"
    "|in der schule)",
    "aspossible": "(wie [es|nur|es nur|irgend|es irgend|irgendwie|überhaupt] (möglich|geht)|wie's"
    " [nur|irgend] geht|wie (du|ihr|man|wir) [es] [nur] (kannst|könnt|kann|können)|[es|man"
    "|du] (geht"
    "|kannst|kann)|es [nur|irgend|eben] geht|es sich (machen|einrichten) lässt)",
    "if": "(wenn|falls|sofern|solange|während|sobald|nur wenn|nur solange|nur während|nur falls"
    "|immer"
    " wenn|aber nur wenn|nur , wenn|im fall dass|vorausgesetzt|wann immer|und zwar wenn|bei|in|mit"
    "|zu|nur bei|nur in|nur mit|, wenn|dann wenn|erst wenn|im)",
    "unless": "(außer wenn|es sei denn|außer|nicht wenn|nicht während|nicht solange|bloß nicht wenn"
    "|nur nicht wenn|aber nicht wenn|aber nicht während|nie wenn|ausser wenn|es sei denn ,"
    "|außer , wenn|nicht bei|nicht , wenn|nicht , während|nur nicht während|ausgenommen wenn"
    "|aber nicht solange|sofern nicht|wenn nicht|ohne dass|nicht im|nicht in)",
    "opt": "(optimiere|optimieren|optimier|verbessere|verbessern|optimierst|optimierung"
    "|priorisiere|priorisieren|steuere|manage|manage mal|verwalte)",
    "aimx": "[die|den|der|das|dem|guten|niedrigen|niedriger] (kosten|komfort|behaglichkeit|energie"
    "|privatsphäre|preis|stromrechnung|rechnung|geld|wärme|lautstärke|lärm|sicherheit|klima"
    "|co2|verbrauch|effizienz|umwelt|sparen|sparsamkeit|gemütlichkeit|stromkosten|ersparnis"
    "|energiekosten|energieverbrauch|tempo|datenschutz|klimaschutz)",
}

LEXICON = Lexicon(
    tag="de",
    numbers=german,
    tells=Tells(TELLS, TELLS_SURELY, loosely=TELLS_LOOSELY, in_vain=TELLS_IN_VAIN),
    macros=_MACROS,
    unordered=UNORDERED,
    phrases=verbs.phrases(
        {
            **alike.PHRASES,
            **asides.PHRASES,
            **bounds.PHRASES,
            **aims.PHRASES,
            **states.PHRASES,
            **things.PHRASES,
            **times.PHRASES,
        }
    ),
)
