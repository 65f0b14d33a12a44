"""German: what is striven for."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "goal.minimize.cost": (
        "(so|möglichst) (billig|günstig|preiswert|kostengünstig|preisgünstig|sparsam"
        "|wirtschaftlich) wie [nur|es] [irgend|irgendwie|überhaupt] (möglich|geht)",
        "(zum|zur|im|am|in der|zu den|in den) (vorteilhaftesten|preisgünstigsten|lohnendsten"
        "|wirtschaftlichsten|kostengünstigsten|preiswertesten) [(zeit|zeitpunkt|stunde|stunden"
        "|preis|moment|tarif)]",
        "[wenn|wann] (es|das|der strom|strom|'s) am (wenigsten|günstigsten|billigsten) [kostet"
        "|ist|kosten]",
        "[wenn|sobald|dann wenn|wann|, wenn|immer wenn] {power} am (billigsten|günstigsten"
        "|niedrigsten|preiswertesten) {be}",
        "[wenn|sobald] {power} {be} am (billigsten|günstigsten)",
        "möglichst (billig|günstig|preiswert|kostengünstig|sparsam)",
        "so (billig|günstig|preiswert|kostengünstig|sparsam) {aspossible}",
        "(so|möglichst) wenig [geld|kosten] [{aspossible}] [(ausgeben|zahlen|kosten|bezahlen)]",
        "(für|zu|mit) (so|möglichst) wenig [geld|kosten] [{aspossible}]",
        "(zum|zu den|zur|mit dem|beim|in den|in der|am|im) [aller|jeweils] (billigsten"
        "|günstigsten|niedrigsten) [möglichen] [(preis|preisen|strompreis|tarif|zeit|strom"
        "|stunden|stunde|zeiten|zeitpunkt|kosten|zeitfenster)]",
        "(die|der|das) (billigste|günstigste|billigsten|günstigsten) [(zeit|stunde|stunden"
        "|tarif|möglichkeit|variante|weg|zeitfenster)]",
        "(am|) (billigsten|günstigsten)",
        "(spar|spare|sparen|einsparen|sparst) [mir|uns|mal|bitte|etwas|möglichst viel|so viel]"
        " (geld|kosten|stromkosten) [{aspossible}]",
        "(geld|kosten|stromkosten|energiekosten) (sparen|einsparen|senken|minimieren|drücken"
        "|reduzieren)",
        "(senk|senke|senken|minimiere|reduziere|drück|drücke|verringere) [bitte|mir] [die|unsere"
        "|meine|den] (kosten|stromrechnung|stromkosten|energiekosten|rechnung|heizkosten|ausgaben)",
        "[die|unsere] (stromrechnung|kosten|stromkosten|rechnung) (senken|drücken|niedrig halten"
        "|gering halten|reduzieren|minimieren|kleiner machen)",
        "weniger (für strom|für energie|geld) (ausgeben|zahlen|bezahlen)",
        "(geringste|geringsten|minimale|minimalen) kosten",
    ),
    "goal.minimize.energy": (
        "(spar|spare|sparen|einsparen) [möglichst viel|so viel|etwas|bitte|mal|viel] (strom"
        "|energie) [{aspossible}] [sparen]",
        "[möglichst viel|so viel|] (strom|energie) [{aspossible}] (sparen|einsparen)",
        "(so|möglichst) wenig (strom|energie) [{aspossible}] [(verbrauchen|brauchen|verbraucht"
        "|nutzen)]",
        "(senk|senke|reduziere|minimiere|verringere) [bitte] [den|unseren|meinen] (stromverbrauch"
        "|energieverbrauch|verbrauch)",
        "[den] (stromverbrauch|energieverbrauch|verbrauch) (senken|reduzieren|minimieren"
        "|verringern|niedrig halten)",
        "weniger (strom|energie) (verbrauchen|brauchen|nutzen)",
        "(mit|) (so|möglichst) wenig energie [{aspossible}]",
        "(möglichst|so) energiesparend [{aspossible}]",
    ),
    "goal.minimize.co2": (
        "(so|möglichst) (umweltverträglich|ressourcenschonend|umweltbewusst|klimabewusst"
        "|umweltgerecht|klimaneutral|ökologisch sinnvoll|umweltschonend) [{aspossible}]",
        "[wenn|sobald|, wenn] {power} am (grünsten|saubersten|klimafreundlichsten) {be}",
        "(so|möglichst) (klimafreundlich|umweltfreundlich|grün|sauber|ökologisch|klimaschonend"
        "|umweltschonend|nachhaltig|co2-arm|klimaneutral|emissionsarm) [{aspossible}]",
        "(mit|) (so|möglichst) (wenig|wenigen|geringen|wenige|geringer) (co2|co2-ausstoß"
        "|emissionen|kohlendioxid|treibhausgase|treibhausgasen) [{aspossible}] [(ausstoßen"
        "|verursachen|erzeugen)]",
        "(senk|senke|reduziere|verringere|minimiere|verkleinere|verkleinern) [bitte] [unseren"
        "|den|meinen|unsere|die] (co2-fußabdruck|co2-ausstoß|fußabdruck|emissionen"
        "|co2-emissionen|klimabilanz|ausstoß)",
        "[unseren|den|die|unsere|meinen] (co2-fußabdruck|co2-ausstoß|fußabdruck|emissionen|co2"
        "|klimabilanz) (senken|reduzieren|verringern|minimieren|klein halten|niedrig halten"
        "|verkleinern|verbessern)",
        "(mit|bei|zum|zur) [dem|der] (grünstem|sauberstem|grünsten|saubersten"
        "|klimafreundlichsten) (strom|zeit|zeitpunkt)",
        "(mit|aus) (grünem strom|ökostrom|sauberem strom|grünstrom)",
        "klimafreundlich",
        "umweltfreundlich",
        "am (klimafreundlichsten|umweltfreundlichsten|grünsten)",
    ),
    "goal.minimize.peak_power": (
        "(keine|ohne|vermeide|vermeiden) (lastspitzen|leistungsspitzen|spitzen|stromspitzen)",
        "(glätte|glätten|verteile|begrenze|kappe|senke|reduziere|verringere) [unsere|die|den"
        "|bitte] (lastspitzen|last|lastkurve|spitzenlast|leistungsspitzen|lastspitze|spitzen)",
        "[die] (lastspitzen|last|spitzenlast|leistungsspitzen|lastspitze) (glätten|vermeiden"
        "|begrenzen|kappen|gering halten|senken|reduzieren|niedrig halten|verteilen)",
        "(möglichst|so) (geringe|niedrige|kleine|gleichmäßige) (lastspitze|spitzenlast|last"
        "|lastspitzen) [{aspossible}]",
    ),
    "goal.minimize.grid_import": (
        "[das|unser] (netz|stromnetz) (möglichst wenig|so wenig wie möglich|kaum"
        "|möglichst gar nicht) (belasten|beanspruchen|nutzen|brauchen|anzapfen)",
        "(so|möglichst) wenig [strom|energie] [{aspossible}] (aus dem|vom|von dem) (netz"
        "|stromnetz) [{aspossible}] [(ziehen|beziehen|nehmen|kaufen|holen)]",
        "(so|möglichst) wenig [strom|energie] (aus dem|vom|von dem) (netz|stromnetz) [{aspossible}]"
        " [(ziehen|beziehen|nehmen|kaufen|holen)]",
        "(so|möglichst) wenig (netzstrom|netzbezug|strom aus dem netz) [{aspossible}] [(ziehen"
        "|beziehen)]",
        "(so|möglichst) (unabhängig|autark) [vom netz|vom stromnetz|{aspossible} vom netz]"
        " [{aspossible}]",
        "(minimiere|reduziere|senke|verringere) [den|unseren] netzbezug",
        "[den] netzbezug (minimieren|senken|reduzieren|gering halten|verringern)",
    ),
    "goal.minimize.latency": (
        "[soll|sollen|muss|müssen] möglichst (schnell|rasch|flott|zügig) [(reagieren|reagiert"
        "|antworten)]",
        "so (schnell|rasch|flott|zügig) [(reagieren|reagiert|antworten)] {aspossible} [(reagieren"
        "|reagiert|antworten)]",
        "(mit|) (der|) (geringster|kürzester|kleinster|möglichst wenig|so wenig|möglichst geringer)"
        " (verzögerung|latenz|reaktionszeit) [{aspossible}]",
        "(ohne|keine) verzögerung",
        "(schnellste|schnellstmögliche|kürzeste) (reaktion|reaktionszeit)",
        "schnellstmöglich",
        "(minimiere|senke|reduziere) [die] (latenz|verzögerung|reaktionszeit)",
    ),
    "goal.minimize.noise": (
        "möglichst (leise|ruhig|geräuscharm|still)",
        "so (leise|ruhig|geräuscharm|still) {aspossible}",
        "(mit|) (so|möglichst) wenig (lärm|krach|geräusch|geräuschen) [{aspossible}] [machen]",
        "(leise|geräuschlos)",
        "ohne (lärm|krach)",
        "am leisesten",
        "(minimiere|reduziere) [den] lärm",
    ),
    "goal.maximize.solar_use": (
        "(bevorzuge|bevorzugt|priorisiere|setz auf|setze auf|vorrang für) {sun}",
        "(nutz|nutze|nutzen|verwende|verwenden|verbrauche|nehmen|nimm) [bitte] (so|möglichst) viel"
        " {sun} [{aspossible}] [(nutzen|verbrauchen)]",
        "(so|möglichst) viel [von|vom|an] {sun} [{aspossible}] [selbst|selber] [(nutzen"
        "|verwenden|verbrauchen|verbraucht|nehmen)]",
        "[den|unseren] eigenverbrauch [vom dach|der pv|an solarstrom] [möglichst|so] (hoch"
        "|maximieren|erhöhen|steigern|groß) [{aspossible}] [halten]",
        "(maximiere|erhöhe|steigere|optimal) [den|unseren] eigenverbrauch",
        "(vorzugsweise|bevorzugt|am liebsten|möglichst|vor allem|in erster linie|hauptsächlich"
        "|vorrangig) [mit|aus|von|auf] {sun}",
        "(mit|aus|von) {sun} (bevorzugt|wenn möglich|soweit möglich|so weit möglich|so gut es"
        " geht)",
        "das beste aus {sun} (machen|rausholen|herausholen)",
        "(mach|mache) das beste aus {sun}",
    ),
    "goal.maximize.comfort": (
        "möglichst (komfortabel|behaglich|angenehm|bequem)",
        "so (komfortabel|behaglich|angenehm|bequem) {aspossible}",
        "(möglichst viel|maximaler|maximalen|größter|höchster|so viel) (komfort|behaglichkeit)",
        "(maximiere|erhöhe) [den] komfort",
    ),
    "goal.maximize.privacy": (
        "möglichst (privat|datensparsam|datenschutzfreundlich|diskret)",
        "so (privat|datensparsam|datenschutzfreundlich|diskret) {aspossible}",
        "(möglichst viel|maximale|maximaler|höchste|größte|so viel) (privatsphäre|datenschutz)"
        " [{aspossible}]",
        "(maximiere|schütze) [die|unsere] privatsphäre",
    ),
    "goal.maximize.security": (
        "möglichst (sicher|einbruchsicher)",
        "so (sicher|einbruchsicher) {aspossible}",
        "(möglichst viel|maximale|maximaler|höchste|größte|so viel) sicherheit [{aspossible}]",
        "(maximiere|erhöhe) [die] sicherheit",
    ),
    "goal.optimize.energy": (
        "{opt} [bitte|mir|mal] [den|die|unseren|unsere|das] (energieverbrauch|stromverbrauch"
        "|energie|strom|energienutzung|verbrauch|energieeffizienz|stromnutzung)",
        "[den|die|unseren|unsere] (energieverbrauch|stromverbrauch|energie|strom"
        "|energienutzung|verbrauch|energieeffizienz) [in|im|in der] [<A>] (optimieren"
        "|verbessern|steuern|priorisieren)",
        "(energieeffizienter|effizienter) (machen|werden)",
        "(erst|zuerst) [die] energie (,|.|;)",
        "energie (zuerst|hat vorrang|geht vor)",
    ),
    "goal.optimize.cost": (
        "[der|die|den|das] (kosten|preis|sparsamkeit) (hat priorität|haben priorität|steht an"
        " erster stelle|stehen an erster stelle|kommt zuerst|kommen zuerst|ist am wichtigsten|sind"
        " am wichtigsten|ist das wichtigste|geht vor|gehen vor|hat vorrang|haben vorrang|über alles"
        "|vor allem anderen)",
        "{opt} [bitte] [die|unsere] (kosten|stromkosten|energiekosten|stromrechnung|heizkosten)",
        "[die|unsere] (kosten|stromkosten|energiekosten|stromrechnung) (optimieren|verbessern"
        "|priorisieren)",
        "(erst|zuerst) [die|der] (kosten|preis) (,|.|;)",
        "(kosten|preis) (zuerst|haben vorrang|geht vor|gehen vor|hat vorrang)",
    ),
    "goal.optimize.comfort": (
        "[der|die|den|das] (komfort|behaglichkeit) (hat priorität|haben priorität|steht an erster"
        " stelle|stehen an erster stelle|kommt zuerst|kommen zuerst|ist am wichtigsten|sind am"
        " wichtigsten|ist das wichtigste|geht vor|gehen vor|hat vorrang|haben vorrang|über alles"
        "|vor allem anderen)",
        "{opt} [bitte] [den|die|unseren] (komfort|behaglichkeit|wohnkomfort)",
        "[den|die] (komfort|behaglichkeit) [in|im|in der] [<A>] (optimieren|verbessern"
        "|priorisieren)",
        "(erst|zuerst) [der|die] (komfort|behaglichkeit) (,|.|;)",
        "(komfort|behaglichkeit) (zuerst|hat vorrang|geht vor)",
    ),
    "goal.optimize.privacy": (
        "[der|die|den|das] (privatsphäre|datenschutz) (hat priorität|haben priorität|steht an"
        " erster stelle|stehen an erster stelle|kommt zuerst|kommen zuerst|ist am wichtigsten|sind"
        " am wichtigsten|ist das wichtigste|geht vor|gehen vor|hat vorrang|haben vorrang|über alles"
        "|vor allem anderen)",
        "{opt} [bitte] [die|den|unsere] (privatsphäre|datenschutz)",
        "[die|den] (privatsphäre|datenschutz) (optimieren|verbessern|priorisieren)",
        "(privatsphäre|datenschutz) (zuerst|hat vorrang|geht vor)",
    ),
    "goal.optimize.latency": (
        "{opt} [bitte] [die|unsere] (reaktionszeit|latenz|reaktionszeiten|geschwindigkeit"
        "|verzögerung)",
        "[die] (reaktionszeit|latenz|reaktionszeiten) (optimieren|verbessern)",
    ),
    "goal.optimize.balanced": (
        "[einen|ein|eine|den|die|das] [guten|gute|gutes|vernünftigen|fairen|besten] (kompromiss"
        "|balance|mittelweg|ausgleich|gleichgewicht|ausgewogenheit) (zwischen|aus)",
        "[einen|ein|eine|den|die|das] [guten|gute|gutes|vernünftigen|fairen|besten] (kompromiss"
        "|balance|mittelweg|ausgleich|gleichgewicht|ausgewogenheit) [(zwischen|aus|von) {aimx} und"
        " {aimx}]",
        "{aimx} (gegen|und) {aimx} (abwägen|ausbalancieren|ausgleichen|im gleichgewicht)",
        "(wäge|balanciere) {aimx} (gegen|und) {aimx} (ab|aus)",
        "(ausgewogen|ausbalanciert)",
        "das beste aus [beidem|beiden|beiden welten]",
    ),
}
