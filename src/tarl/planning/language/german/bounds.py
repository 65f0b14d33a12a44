"""German: times, money, quantities and rules that bound a goal."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "order": (
        "(danach|anschließend|hinterher|wenn das fertig ist|sobald das fertig ist|wenn er fertig"
        " ist|wenn sie fertig ist|wenn das erledigt ist|daraufhin|im anschluss|nachher|wenn es"
        " fertig ist|sobald sie fertig ist|sobald er fertig ist|wenn sie durch ist|wenn er durch"
        " ist)",
    ),
    "then": ("([und] dann|[und] erst dann)",),
    "turn": (
        "(nacheinander|hintereinander|der reihe nach|eins nach dem anderen|eine nach der anderen"
        "|in dieser reihenfolge)",
    ),
    "orderdevice": ("(nach|sobald|wenn) {d} ", "nach {d}"),
    "deadline.of": (
        "&(bevor|ehe) ... <C> [kommen|kommt|eintreffen|eintrifft|ankommen|ankommt|beginnt|anfängt"
        "|losgeht|klingeln|klingelt|da sind|da ist]",
    ),
    "deadline": (
        "(brauche|brauchen|benötige|benötigen) (ich|wir) [es|das|ihn|sie] [um|am|zu|bis] {t}",
        "[um|zu|gegen] {t} .. (fertig|bereit|abfahrbereit|startklar|abreisefertig) [{be}"
        "|sein|dasteht|steht]",
        "[um|zu|gegen] {t} (fertig|bereit|abfahrbereit|startklar) [{be}|sein|dasteht|steht]",
        "(bevor|ehe) <S>",
        "(vor|bis|spätestens|bis spätestens|spätestens um|spätestens bis|bis um|noch vor|nicht"
        " später als|bis vor|bis zum|bis zur|bis gegen|spätestens am|bis spätestens um|kurz vor"
        "|rechtzeitig vor|nicht nach|bis maximal|rechtzeitig zum|bis in|bis es|ehe|bevor) [um|zum"
        "|zur|dem|den|der|gegen] {t}",
        "{t} (spätestens|als deadline)",
        "(bevor|ehe|bis|bis , wenn) <T>",
        "@voll|vollgeladen|aufgeladen|voll sein|vollgeladen sein|voll,|voll sein,|vollgeladen,"
        " (um|wenn|zum|zur|am|bis|gegen|vor) {t}",
        "(fertig|bereit|warm|durch|sauber|geladen|startklar|gewaschen|gespült|gesaugt|erledigt)"
        " [sein] [,] (um|wenn|zum|zur|am|bis|gegen|vor) {t}",
        "(bis|rechtzeitig bis|bis spätestens|bis allerspätestens|noch bis|bis kurz vor|pünktlich"
        " zum|pünktlich zur|rechtzeitig zur|rechtzeitig ehe|rechtzeitig bevor) [um|zum|zur] {t}",
    ),
    "earliest": (
        "(ab|nach|erst nach|erst ab|nicht vor|frühestens|frühestens um|um|gegen|so gegen|von"
        "|sobald|wenn|ungefähr um|bei|beim|zum|zur|pünktlich um|erst um|frühestens ab|immer um"
        "|mit|direkt nach|gleich nach|kurz nach|punkt|erst wenn|nicht früher als|nachdem|so um"
        "|circa um|etwa um|jeden tag um) [dem|der|den] {t}",
        "{t} (frühestens|an|aufwärts)",
    ),
    "at": (
        "<T>",
        "(am|an|im|in|in der|während|während der|während des|im laufe des|im lauf des|im verlauf"
        " des|über|den ganzen|die ganze|den|für|irgendwann) [der|dem|den|des|die|am] <T>",
    ),
    "window": (
        "<T> (und zwar|, und zwar|,) (von|zwischen) {t} (bis|und) {t}",
        "zwischen {t} und {t}",
        "(von|) {t} bis {t}",
        "<T> (von|zwischen) {t} (bis|und) {t}",
    ),
    "window.neq": (
        "(nicht|nie|niemals|bloß nicht|nur nicht|aber nicht|aber nie) (zwischen|von|) {t} (und"
        "|bis) {t}",
        "(nicht|nie|niemals|bloß nicht|nur nicht|aber nicht|außer) (am|in der|während|während der"
        "|im|) [der] <T>",
        "außerhalb (der|des|von) <T>",
        "(außer|es sei denn [,]) (es ist|wenn es|es wäre) [gerade|schon|noch] <T> [ist]",
    ),
    "weekend.before": (
        "(vor|noch vor|bis zum|spätestens zum|rechtzeitig vor) [dem] [kommenden|nächsten]"
        " wochenende",
    ),
    "weekend.neq": (
        "(außer|es sei denn [,]) (es ist|wenn es) [gerade|schon] wochenende [ist]",
        "(nicht|nie|niemals|bloß nicht|nur nicht|aber nicht|aber nie|außer) (am|an|übers|über das"
        "|im) (wochenende|wochenenden)",
        "außerhalb (des wochenendes|der wochenenden)",
    ),
    "weekend": ("(am|übers|über das|dieses|an diesem|fürs|im) (wochenende|kommenden wochenende)",),
    "within": (
        "(in|innerhalb|binnen|innerhalb von|in den|im laufe der|während der) [der|den] (nächsten"
        "|kommenden) <U>",
        "[von|aus|während|im lauf|im verlauf] (der|den|die) (nächsten|kommenden|folgenden) <U>",
        "(innerhalb|binnen|innert|in weniger als|in höchstens|in unter) [von|der] <U>",
    ),
    "duration": (
        "(für|etwa|ungefähr|lang|mindestens) [etwa|ungefähr|mindestens|genau] <U> [lang]",
        "<U> (lang|laufen|laden|am stück)",
        "<U>",
    ),
    "free": (
        "(kostenlos|kostenfrei|gratis|umsonst|unentgeltlich)",
        "zum nulltarif",
        "ohne [jede] kosten",
        "ohne (etwas|was|einen cent) (zu bezahlen|zu zahlen|auszugeben)",
    ),
    "budget.cost": (
        "(für|mit|um|zu|bei|und|) {most} <M>",
        "<M> (maximal|höchstens|max|oder weniger|maximum|budget|insgesamt|ausgeben)",
        "(nicht mehr als|nicht über|höchstens|maximal|keine|bis zu|unter) <M> [(kosten"
        "|ausgeben|bezahlen|zahlen|kostet|verbrauchen|dafür ausgeben)]",
        "(es|das|das ganze|alles|die kosten|kosten) [(darf|soll|sollte|sollen|dürfen|kann)]"
        " [zusammen|insgesamt] [{most}] <M> [(kosten|nicht übersteigen|nicht überschreiten)]",
        "(budget|limit|obergrenze|höchstbetrag) [ist|von|sind|:|beträgt|liegt bei] <M>",
        "(für|mit) <M>",
        "wenn (es|das) {most} <M> kostet",
        "ohne [dabei|dafür|mehr als|über|die] [als|von] <M> [zu] (auszugeben|zahlen|bezahlen"
        "|überschreiten|kosten|verbrauchen|übersteigen)",
        "ohne [dass] [es|das] (mehr als|über) <M> [kostet|auszugeben]",
    ),
    "budget.price": (
        "{most} <M> (pro|je|die|/|per) (kwh|kilowattstunde)",
        "(wenn|falls|sobald|solange) {price} [auf] (mehr als|über) <M> [(pro|je|die) (kwh"
        "|kilowattstunde)] (kostet|liegt|steigt|{be}|geht)",
        "(wenn|falls|sobald|solange) {price} <M> [(pro|je|die) (kwh|kilowattstunde)] (übersteigt"
        "|überschreitet)",
        "[wenn|solange|falls|sobald] {price} [{be}|liegt|sinkt|fällt|kostet|bleibt|sinken"
        "|fallen|liegen] {most} <M> [(pro|je|die) (kwh|kilowattstunde)] [{be}|liegt|kostet"
        "|sinkt|fällt|bleibt]",
    ),
    "limit.energy": ("[mit] {most} <V> [(verbrauchen|verbrauch|strom)]", "<V> (maximal|höchstens)"),
    "limit.latency": (
        "(in|innerhalb von|binnen|unter|in unter) <U> (reagieren|antworten|verzögerung)",
    ),
    "bound.lte": (
        "(stopp|stop|halt|schluss|ende|aufhören|hör auf|höre auf|abbrechen|brich ab) (bei|ab) {q}",
        "(bei|ab) {q} (stopp|stop|schluss|aufhören|abbrechen|stoppen)",
        "(ohne|nicht|nie|niemals|nirgends) .. {q} [zu] (überschreiten|übersteigen|überschreitet"
        "|übersteigt|überschritten|überschritten werden)",
        "{q} (nicht|nie|niemals) (überschreiten|übersteigen|überschreitet|übersteigt)",
        "{most} [auf] {q}",
        "(auf keinen fall|keinesfalls|unter keinen umständen|bloß nicht|niemals) [mehr als|über"
        "|wärmer als|höher als|heller als|heißer als] {q}",
        "(nicht|nie|niemals|ohne) [dabei] (über|wärmer als|mehr als|heißer als|höher als|heller"
        " als) {q} [(kommen|steigen|gehen|werden|laden|hinaus|klettern|zu kommen|zu gehen|ziehen"
        "|haben)]",
        "(bis|bis zu|auf) {q} [,] [und|aber] mehr nicht",
        "{q} (maximal|höchstens|oder weniger|und weniger|oder darunter|und darunter|oder kühler"
        "|oder kälter|oder drunter|oder niedriger)",
        "(hör|höre|hört) (bei|ab) {q} auf",
        "(über|wärmer als|höher als|heller als) {q} (steigt|kommt|wird|geht|steigen|klettert)",
        "(darf|dürfen|soll|sollen) [dabei] nicht über {q} [(kommen|steigen|gehen|hinaus|ziehen)]",
        "kühler als {q}",
        "(nicht|nie|niemals|ohne|keinesfalls) .. (über|wärmer als|mehr als|höher als|oberhalb von)"
        " {q} [(kommen|steigen|gehen|werden|steigt|kommt|wird|geht|klettert|ziehen|zieht)]",
    ),
    "bound.gte": (
        "(ohne|nicht|nie|niemals) .. {q} [zu] (unterschreiten|unterschreitet|unterschritten)",
        "{q} (nicht|nie|niemals) (unterschreiten|unterschreitet)",
        "(nicht|nie|niemals|ohne|keinesfalls) .. (unter|kälter als|weniger als|niedriger als|kühler"
        " als|unterhalb von) {q} [(fallen|sinken|gehen|werden|haben|fällt|sinkt|wird|geht|rutscht"
        "|hat)]",
        "{least} {q}",
        "(auf keinen fall|keinesfalls|unter keinen umständen) (unter|weniger als|kälter als"
        "|niedriger als|kühler als) {q} [(fallen|sinken|gehen|werden|kommen)]",
        "(nicht|nie|niemals|ohne|ohne dass es|ohne dass|kein) [dabei] (unter|kälter als"
        "|weniger als|niedriger als|kühler als|dunkler als) {q} [(fallen|sinken|gehen|werden"
        "|entladen|zu fallen|zu gehen|rutschen|kommen|haben)]",
        "(unter|kälter als|niedriger als|kühler als) {q} (fällt|sinkt|wird|geht|fallen|sinken"
        "|rutscht|kommt|kommen)",
        "{q} (oder|und) (mehr|darüber|drüber|wärmer|höher)",
        "{q} (aufwärts|mindestens|drinlassen|drin lassen|übrig lassen|reserve|übriglassen)",
        "(lass|lasse|behalte|halte) [mindestens|noch] {q} (drin|übrig|zurück|in reserve|in der"
        " batterie)",
        "(über|oberhalb von|wärmer als|höher als|heller als) {q} [(bleiben|bleibt|halten|gehalten"
        "|liegen|liegt|sein)]",
    ),
    "fill.gte.500": (
        "(eine|der|die|mit einer|) halbe [batterie|akku] (ladung|aufladung)",
        "(halb voll|zur hälfte|bis zur hälfte|mindestens halb voll)",
    ),
    "fill.gte.1000": (
        "(voll|ganz voll|komplett|vollständig|randvoll|vollladen|voll aufladen)",
        "(vollgeladen|voll geladen|vollzuladen)",
        "[eine|die|einer] (volle|vollständige|komplette|vollen|vollständigen|kompletten)"
        " (ladung|aufladung)",
    ),
    "bound.upto": ("bis (zu|auf) {q}",),
    "bound.aim": (
        "(auf|zu|bis auf|runter auf|hoch auf|herunter auf|rauf auf) [etwa|ungefähr] {q}",
        "(<H>|<Q>)",
    ),
    "fill.aim.500": (
        "(auf|bis auf) (die hälfte|halbe kraft|halbe leistung|halbe helligkeit|halber helligkeit)",
        "halb so hell",
        "(auf|mit) (halbe|halber) (helligkeit|kraft)",
    ),
    "bound.eq": ("(bei|um|um die|etwa|ungefähr|konstant|genau|rund) (<H>|<Q>|<W>)", "bei {q}"),
    "bound.between": ("zwischen {q} und {q}", "von {q} bis {q}", "<H> bis <H>", "<Q> bis <Q>"),
    "either.at": ("bei <N>",),
    "either.between": ("zwischen <N> und <N>", "von <N> bis <N>"),
    "offpeak.tariff.eq.off_peak": (
        "[nur|im|mit|zum|in|bei|während|über|zu|beim] [dem|der|den|die|des] (nachtstrom|niedertarif"
        "|nachttarif|niedertarifzeit|nebenzeit|nebenzeiten|schwachlastzeit|nachtstromtarif"
        "|spartarif|nt-tarif|nt|nebenzeittarif|schwachlasttarif|niedertarifzeiten|schwachlastzeiten"
        "|günstigen nachtstrom|günstigen nachttarif|billigen nachtstrom|off-peak)",
    ),
    "rule.tariff.eq.solar_only.loose": ("(mit|aus|von|über) {sun}",),
    "rule.tariff.eq.solar_only": (
        "(nur|ausschließlich|allein|bloß|lediglich|rein|nichts als|nur noch) [mit|von|aus|über"
        "|durch] {sun}",
        "(mit|aus|von|über) {sun} allein",
        "(mit|aus|von) nichts als {sun}",
        "[mit|aus|von|durch] nichts (außer|anderem als|anderes als) [mit|aus|von] {sun}",
        "ohne [strom aus dem|strom vom|das|den] netz",
        "ohne netzstrom",
    ),
    "rule.tariff.eq.cheapest": (
        "(nur|ausschließlich) (zum|zu|bei|in|mit|wenn) [dem|den|der] (billigsten|günstigsten"
        "|niedrigsten) (tarif|preis|preisen|stunden|zeiten|strom|zeit|strompreis)",
        "(nur|ausschließlich) [,] wenn {power} am (billigsten|günstigsten) {be}",
    ),
    "rule.tariff.eq.greenest": (
        "(nur|ausschließlich) [mit|bei|aus|von] (grünstem|sauberem|sauberstem|grünem|grüner"
        "|sauberer) (strom|energie|ökostrom)",
        "(nur|ausschließlich) [mit|bei|aus] (ökostrom|grünstrom)",
    ),
    "private.privacy.neq.cloud": (
        "(kein|keine|keinen|keinerlei|nichts|nie|niemals|nicht|ohne) ... [die|der] cloud",
        "(keine|ohne|nicht in die|nichts in die|nicht über die|ohne die|nie in die|nicht an die"
        "|nichts an die|keinerlei|bloß nicht in die|aber nicht in die|nicht zur) cloud [(schicken"
        "|senden|hochladen|laden|geben|übertragen|benutzen|nutzen)]",
        "(schick|schicke|sende|lade) (nichts|[die|das] [<D>|bilder|daten|aufnahmen|video] nicht"
        "|keine [daten|bilder|aufnahmen]|kein video) [vom|von der|der] [<D>] (in die|an die) cloud"
        " [hoch]",
        "(aus|von) der cloud (raushalten|fernhalten|raus|heraushalten)",
        "cloudfrei",
    ),
    "private.privacy.eq.local": (
        "[nur|alles|ausschließlich|bitte|rein|komplett|strikt] (lokal|auf dem gerät|vor ort|im"
        " lokalen netz|im heimnetz) [(bleiben|bleibt|verarbeiten|halten|verarbeitet|behalten"
        "|gespeichert|ausgewertet|auswerten)]",
        "(nur|alles|ausschließlich|rein) im haus [(bleiben|bleibt|verarbeiten|verarbeitet|behalten"
        "|gespeichert|ausgewertet|auswerten)]",
        "im haus (bleiben|bleibt|verarbeiten|verarbeitet|behalten|gespeichert|ausgewertet"
        "|auswerten)",
        "(nichts|keine daten|kein bild|keine bilder|keine aufnahmen) [darf|soll] (verlässt das haus"
        "|das haus verlassen|aus dem haus|nach draußen|verlassen das haus|nach außen) [gehen"
        "|gelangen]",
        "alles [bleibt|soll|muss] (im haus|lokal) [bleiben|bleibt]",
        "ohne internet",
    ),
    "rule.quiet.eq": (
        "[und|aber] (beachte|beachten|respektiere|respektieren|einhalten|halte|unter beachtung der"
        "|unter einhaltung der|mit rücksicht auf die|halte dich an|achte auf) [die|den|der]"
        " (ruhezeiten|ruhezeit|nachtruhe|mittagsruhe) [ein|einhalten|beachten|achten]",
        "[die|der] (ruhezeiten|ruhezeit|nachtruhe) (beachten|einhalten|respektieren|gelten"
        "|gilt|wahren)",
        "(nicht|außer|nie|bloß nicht|nichts lautes|nichts laut|kein krach|keinen krach) (während"
        "|in|zu)"
        " [der|den] (ruhezeiten|ruhezeit|nachtruhe)",
        "außerhalb der (ruhezeiten|ruhezeit|nachtruhe)",
    ),
    "question": (
        "^(ist|sind|war|waren|läuft|brennt|brennen) (die|der|das|mein|meine|unser|alle|noch"
        "|irgend|jemand|es|<D>|<P>)",
        "^(wie viele|wieviele|wie viel|wie warm|wie kalt|wie lange|wie hoch|welche|welcher|welches"
        "|wo|wer|warum|wieso|was ist|was sind|wann ist|wann sind|wann wird|wie ist|wie spät)",
    ),
    "whatif.cost": ("^[und] (was|wie viel|wieviel) (würde|würden|wird)",),
    "whatif": (
        "(spart|bringt|kostet|lohnt) (es|das|sich das|sich es) [uns|mir|denn] [etwas|was|viel|mehr"
        "|weniger|geld|strom] [,] wenn",
        "(wäre|würde|wird|ist) (das|es) [dann|denn] [viel|etwas|deutlich] (grüner|billiger"
        "|günstiger"
        "|besser|teurer|sparsamer|umweltfreundlicher|klimafreundlicher|leiser|sinnvoller) [sein]",
        "was (wäre|würde|ist|passiert|passierte|geschieht|geschähe) [passieren|sein|geschehen] [,]"
        " (wenn|falls)",
        "(was|wie viel|wieviel|wie teuer) (würde|kostet|wäre|kostete|würden|wird|käme|ist) (es|das"
        "|mich das|uns das|mich|mich es|sparen wir|ich sparen|ich|wir) [uns|mich|denn] [kosten"
        "|sparen|sein] [,|wenn]",
        "(wie viel|wieviel|was) (spare|sparen|sparten|würde|würden|spar) (ich|wir) [sparen"
        "|uns] [,] [wenn|falls]",
        "(wäre|würde|ist|wird) es [billiger|günstiger|teurer|grüner|besser|klimafreundlicher"
        "|umweltfreundlicher|sich lohnen|leiser] [sein] [,] [wenn]",
        "(angenommen|nehmen wir an|mal angenommen|gesetzt den fall|stell dir vor|nur mal"
        " angenommen) [,]",
        "was passiert",
        "was (spare|sparen|spart|kostet|zahle|zahlen|bringt|brächte|gewinnen|verbrauchen) (ich|wir"
        "|es|das|uns|mir) [uns|mir|dabei] [,] (wenn|falls)",
        "(wie viel|wieviel|was) (würde|würden) (ich|wir|es|das) ... (kosten|sparen|bringen)",
        "(ist|wäre|käme) (es|das) (billiger|günstiger|teurer|sparsamer|klimafreundlicher|besser)",
        "(spare ich|sparen wir|würde ich|würden wir) [etwas|geld|was] [sparen] [,] (wenn|falls)",
        "(lohnt es sich|würde es sich lohnen) [,]",
        "wie teuer (wäre|wird|ist) (es|das) [,]",
        "(simuliere|simulier) [mal]",
        "was (kostet|würde kosten|kostete) (es|das) [mich|uns] [,]",
        "was (kostet|bringt|brächte) [mich|uns]",
    ),
    "exclude": (
        "[,] (nur|bloß|aber|jedoch|allerdings) [das|die|der|den] [in|im] [der|die|das|dem|den] (<A>"
        "|<D>) [bitte|bloß] nicht",
        "[der|die|das|dem|den] (<A>|<D>) [bitte|dabei|aber] (auslassen|aussparen|überspringen"
        "|weglassen|auslässt|ausgenommen|in ruhe lassen|außen vor lassen|unangetastet lassen"
        "|außen vor)",
        "(überspring|überspringe|spar|spare|vergiss|meide) [dabei|bitte] [der|die|das|dem"
        "|den] (<A>|<D>) [aus|nicht]",
        "(außer|ausser|bis auf|nur nicht|aber nicht|mit ausnahme von|mit ausnahme|ohne|nicht"
        "|abgesehen von|ausgenommen|außer in|außer im|aber nicht in|aber nicht im|nur nicht in|nur"
        " nicht im|bloß nicht) [der|die|das|dem|den|denen] [in|im|vom|von] [der|die|das|dem|den]"
        " (<A>|<D>) [(in ruhe|weg|nicht|so)]",
        "(lass|lasse) [der|die|das|dem|den] (<A>|<D>) (in ruhe|aus|weg|so|in frieden|unberührt"
        "|außen vor)",
    ),
}
