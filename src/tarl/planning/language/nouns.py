"""Words that stand around the name of a thing, language by language.

They say which words part a thing from what singles it out (*the back door*, *la porte de la cave*),
and which single out nothing (*the damn door*).
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Nouns(NamedTuple):
    """How things are named in a language.

    Attributes:
        determiners: What a name begins with.
        plain: What singles out nothing, before a name or behind it.
        pointing: What singles a thing out, though it is a small word elsewhere: before its name.
        behind: The same behind its name.
        locative: What stands between a thing and the place or the person that it belongs to.
        toward: Those of them that need a determiner behind them: ``to the shed``, not ``to come``.
        within: Those of them that say that something is in a place.
        inside: What stands behind a place that something is in: ``谷仓里``.
        others: What else joins a word to what is said, so that it is not what the verb works on.
        of: What stands between a room and what tells it from others: ``salón de baile``.
        idioms: What is no place, though it is said like one: ``in the meantime``.
        vague: What is worked on and is no thing of its own: ``vacuum the lot``.
        rooms: Words for parts of a building.
        stuff: What is no thing of its own but comes from one: water.
        is_described_behind: Whether what describes a thing stands behind its name.
        ends_with_verb: Whether an order may end with what is to be done.
        empties: Words that take out of a store what is in it.
        has_articles: Whether a thing is named with a determiner.
        joints: What joins a verb to what stands before it, and is a verb of its own elsewhere.
        switches: Verbs of what opens that are said of what is switched on and off as well.
    """

    determiners: frozenset[str]
    plain: frozenset[str]
    pointing: frozenset[str]
    behind: frozenset[str]
    locative: frozenset[str]
    toward: frozenset[str]
    within: frozenset[str]
    others: frozenset[str]
    of: frozenset[str]
    idioms: frozenset[str]
    vague: frozenset[str]
    rooms: re.Pattern[str]
    stuff: frozenset[str]
    empties: re.Pattern[str]
    is_described_behind: bool = False
    ends_with_verb: bool = False
    has_articles: bool = True
    joints: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH = Nouns(
    determiners=_set(
        "the a an my our your his her its their this that these those any every each all both some"
    ),
    plain=_set(
        "s big large huge main whole entire own good dear lovely nice damn damned bloody darn"
        " stupid silly wretched blasted ruddy flipping freaking fucking little wee poor heavy"
        " smart electric electronic electrical automatic automated motorised motorized house home"
        " family front of open opened closed shut locked unlocked forgotten only please just now"
        " up also too central which is"
    ),
    pointing=_set(
        "back rear side other others another second third fourth fifth 2nd 3rd 4th next left right"
        " outer inner middle upper lower top bottom neighbour neighbours neighbor neighbors"
    ),
    behind=frozenset(),
    locative=_set(
        "of in at on to by near beside behind next opposite inside outside into onto leading"
        " belonging beneath under above leads round around"
    ),
    toward=_set("to on at by onto into"),
    within=_set("in inside on of throughout across"),
    others=_set(
        "for with without until till after before because since while as than during about like if"
        " when once unless from using via over and or but so"
    ),
    of=_set("of"),
    idioms=_set(
        "meantime meanwhile background dark rain end process long cold heat middle right best same"
        " name open case way back usual front first last next time moment minute second future"
        " past weekend mornings evenings nights afternoons day days week rest least most once very"
        " go double side sly quiet fly dot whole absence interest ready air coming early late wee"
        " small lot place later somewhere everywhere latest earliest hottest coldest cheapest"
        " greenest daytime nighttime"
    ),
    vague=_set("lot place rest whole thing things way day house everything bit"),
    rooms=re.compile(
        r"(?:\w*rooms?|\w+house|wing|annexe?|tower|turret|barn|stables?|stairwell|staircase|stairs"
        r"|balcony|terrace|patio|veranda|porch|lobby|foyer|cloakroom|closet|larder|scullery|pantry|den"
        r"|parlou?r|mezzanine|penthouse|roof|rooftop|apartment|flat|cottage|cabin|chalet|dungeon|gazebo"
        r"|gym|vault|storey|storeys|landing|carport|driveway|courtyard|sauna|library|chapel|bunker)\Z"
    ),
    stuff=_set("water bath shower"),
    empties=re.compile(r"(?:discharg|drain|empt|deplet)", re.IGNORECASE),
)

_GERMAN = Nouns(
    determiners=_set(
        "der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner"
        " dein deine deinen deinem deiner unser unsere unseren unserem unserer euer eure ihre"
        " ihren ihrem ihrer sein seine seinen seinem seiner alle diese dieser dieses diesen diesem"
        " jene jenes jenen jede jeden jedes beide beiden zum zur im am vom beim ins ans"
    ),
    plain=_set(
        "große großen großes groß ganze ganzen ganzes eigene eigenen verdammte verdammten"
        " verdammtes blöde blöden blödes doofe doofen dumme dummen schöne schönen liebe lieben"
        " gute guten olle ollen schwere schweren smarte smarten elektrische elektrischen"
        " elektrisches automatische automatischen automatisches vordere vorderen vorn vorne offene"
        " offenen offenes geschlossene geschlossenen bitte mal jetzt doch auch noch zentrale"
        " zentralen"
    ),
    pointing=_set(
        "hintere hinteren hinterer hinteres seitliche seitlichen andere anderen anderes anderer"
        " zweite zweiten zweites zweiter dritte dritten drittes dritter vierte vierten linke"
        " linken linkes rechte rechten rechtes obere oberen oberes untere unteren unteres mittlere"
        " mittleren nächste nächsten"
    ),
    behind=_set("hinten nebenan drüben draußen seitlich links rechts"),
    locative=_set(
        "von vom zum zur zu in im ins an am auf hinter neben bei beim vor unter über nach des der"
        " meines meiner unseres unserer eines einer seines seiner ihres ihrer"
    ),
    toward=_set("zu auf an"),
    within=_set("in im auf am ins"),
    others=_set(
        "für mit ohne bis nach seit während wegen weil wenn sobald falls damit dass als wie um aus"
        " und oder aber durch gegen ab per"
    ),
    of=_set("des der meines meiner unseres unserer"),
    idioms=_set(
        "moment augenblick dunkeln dunklen regen ende laufe allgemeinen hintergrund winter sommer"
        " herbst frühling januar februar märz april mai juni juli august september oktober"
        " november dezember urlaub zweifel voraus schnitt prinzip grunde notfall fall falle besten"
        " liebsten günstigsten billigsten wochenende nu rahmen kalten warmen stillen sparmodus"
        " schongang lage dort da anschluss zeitraum lauf verlauf tagesverlauf betrieb dauerbetrieb"
        " ganzen haus"
    ),
    vague=_set("rest ganze haus ding dings ganzes"),
    rooms=re.compile(
        r"\w*(?:zimmer|raum|räume|räumen|saal|flügel|turm|keller|stock|stockwerk|etage|anbau|scheune"
        r"|stall|treppenhaus|balkon|terrasse|veranda|kammer|speicher|loft|wohnung|häuschen|haus|halle"
        r"|bibliothek|werkstatt|laube|carport|hof|empore|erker|gewölbe|studio|küche|bad|diele)\Z"
    ),
    joints=_set("zu"),
    stuff=_set("wasser warmwasser badewasser duschwasser"),
    empties=re.compile(r"(?:entl|leer)", re.IGNORECASE),
    ends_with_verb=True,
)

_FRENCH = Nouns(
    determiners=_set(
        "le la les l un une des du au aux mon ma mes ton ta tes son sa ses notre nos votre vos"
        " leur leurs ce cet cette ces chaque toutes tous toute tout"
    ),
    plain=_set(
        "grande grand grosse gros belle beau petite petit sacrée sacré fichue fichu foutue foutu"
        " maudite maudit satanée satané principale principal principales propre entière entier"
        " maison automatique électrique connectée connecté intelligente avant ouverte ouvert"
        " fermée fermé donc vite bien maintenant aussi encore central centrale d moi nous s il te"
        " plaît vous plait même seule seul stp svp clé clef double tour"
    ),
    pointing=_set(
        "autre autres deuxième seconde second troisième quatrième 2e 3e dernière prochaine"
    ),
    behind=_set(
        "arrière derrière gauche droite suivante suivant haut latérale intérieure extérieure dehors"
    ),
    locative=_set(
        "côté de du des d à au aux dans en sur chez derrière devant vers sous près entre"
    ),
    toward=_set("à sur vers"),
    within=_set("dans en à au aux sur de du des d"),
    others=_set(
        "pour avec sans jusqu jusque après avant pendant parce puisque car comme que qu si quand"
        " dès lorsque par et ou mais contre depuis"
    ),
    of=_set("de du des d"),
    idioms=_set(
        "moment nuit journée soirée matinée semaine noir fond cours attendant tout suite avance"
        " fait fin début retard route marche veille pause continu douce douceur silence urgence"
        " bas haut heures heure temps plus moins maximum minimum mieux fois possible façon manière"
        " maison clé clef vacances hiver été automne printemps solaire solaires réseau batterie"
        " énergie facture"
    ),
    vague=_set("reste tout maison chose"),
    rooms=re.compile(
        r"(?:salles?|aile|tour|tourelle|annexe|grange|écurie|escaliers?|balcon|terrasse|patio|véranda"
        r"|porche|vestiaire|placard|dressing|cellier|mezzanine|toit|appartement|chalet|cabane|dépendance"
        r"|étages?|bibliothèque|piscine|chapelle|hangar|crypte|donjon|loge|studio|pièce)\Z"
    ),
    stuff=_set("eau chaude bain"),
    empties=re.compile(r"(?:décharg|vid)", re.IGNORECASE),
    is_described_behind=True,
)

_SPANISH = Nouns(
    determiners=_set(
        "el la los las un una unos unas mi mis tu tus su sus nuestro nuestra nuestros nuestras"
        " este esta estos estas ese esa esos esas aquel aquella cada todas todos toda todo del al"
        " lo"
    ),
    plain=_set(
        "piso gran grande principal propia propio maldita maldito dichosa dichoso bendita bendito"
        " puñetera jodida buena bonita casa automática automático eléctrica eléctrico inteligente"
        " delantera delantero entera entero abierta abierto cerrada cerrado ya ahora también bien"
        " por favor central llave misma mismo solo"
    ),
    pointing=_set(
        "otra otro otras otros segunda segundo tercera tercer cuarta siguiente última próxima 2ª 3ª"
    ),
    behind=_set(
        "trasera trasero atrás detrás izquierda derecha lateral siguiente exterior interior"
    ),
    locative=_set("lado de del a al en hacia sobre tras detrás junto bajo entre desde"),
    toward=_set("a hacia sobre"),
    within=_set("en de del"),
    others=_set(
        "para con sin hasta después antes durante porque pues como que si cuando por y o e u pero"
        " contra según"
    ),
    of=_set("de del"),
    idioms=_set(
        "momento noche día tarde mañana madrugada semana fin fondo cambio serio silencio marcha"
        " espera cuanto general realidad caso total plena pleno punto invierno verano otoño"
        " primavera casa vacaciones barato baratas barata tiempo hora horas posible energía solar"
        " solares red batería factura modo"
    ),
    vague=_set("resto todo casa cosa"),
    rooms=re.compile(
        r"(?:sala|salas|ala|torre|anexo|granero|establo|escaleras?|balcón|terraza|patio|veranda|porche"
        r"|vestidor|armario|despensa|altillo|azotea|tejado|apartamento|cabaña|planta|biblioteca"
        r"|piscina|capilla|nave|calabozo|estudio|habitación|cuarto)\Z"
    ),
    stuff=_set("agua caliente"),
    empties=re.compile(r"(?:descarg|vac)", re.IGNORECASE),
    is_described_behind=True,
)

_CHINESE = Nouns(
    determiners=_set("把 将"),
    plain=_set(
        "的 这 那 个 扇 道 我 家 们 咱 把 将 请 帮 给 大 里 就 都 也 再 先 快 所 有 全 部 要 能 可"
        " 以 一 下 吧 前 正"
    ),
    pointing=_set("后 侧 另 别 其 旁 左 右 二 三 第 外 内"),
    behind=frozenset(),
    locative=frozenset(),
    toward=frozenset(),
    within=_set("在"),
    others=frozenset(),
    of=frozenset(),
    idioms=_set("干 净 遍 完 掉 好 晚 早 点 时 后"),
    vague=_set("干 净 遍 完 掉 好 晚 早 点 时 家 里"),
    rooms=re.compile(r".*[厅室房楼翼层馆院阁塔舍棚仓库]\Z"),
    stuff=_set("水"),
    empties=re.compile(r"(?:放电)", re.IGNORECASE),
    ends_with_verb=True,
    has_articles=False,
    inside=_set("里 内"),
    switches=frozenset({"open", "close"}),
)

NOUNS: dict[str, Nouns] = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "fr": _FRENCH,
    "es": _SPANISH,
    "zh": _CHINESE,
}
"""By the tag of the language."""
