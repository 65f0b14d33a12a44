"""English: what may be so."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.mode.guests": (
        "(people|friends|family|relatives|my parents|our parents|my in-laws|the in-laws|grandma|"
        "visitors|guests|company) (come|comes|are coming|are|is|'s|stay|stays) [to] (stay|staying|"
        "visit|visiting|over|round|here|around|with us)",
        "the (guests|visitors) {be} [still] (here|there|in|around|with us)",
        "[the|our|my] (guests|visitors) (have|'ve) (arrived|come)",
        "there {be} (guests|visitors|company) [in the house|at home|around|here]",
        "company {be} (over|round|here)",
        "<P> mode",
        "(the|their|our|a) (visit|get-together)",
        "({somebody}|my (mum|mom|dad|mother|father|parents|in-laws|sister|brother)|grandma|grandpa)"
        " {be} (visiting|staying over|staying with us|round|over)",
        "(we|i) (entertain|host|are entertaining|are hosting)",
        "(we|i|there) ('ve|have|'re|are|had|got|'s|'ve got|are having|'re having|is|be|) (guests"
        "|visitors|company|people over|friends over|friends round|guests over|guests here|people"
        " round|guests staying|a guest)",
        "(guests|visitors|the guests|friends|our guests|our visitors|company) (are|is|'re|come"
        "|comes) [here|over|around|staying|visiting|in|round|in the house]",
        "(there are|there's) (guests|visitors|a guest|company)",
        "(guests|visitors) stay",
        "(guests|visitors|company|friends) (around|here|over|staying|in the house|round)",
    ),
    "state.occupancy.asleep": (
        "({everybody}|<P>) (fall|falls|fell|drift|drifts|nod|nods|doze|dozes|drop|drops) (asleep"
        "|off|off to sleep)",
        "({somebody}|{everybody}|<P>) (has|have|is having|takes|take) (a|her|his|their|my) (nap|"
        "snooze|siesta|lie-in|lie in|rest)",
        "(the baby's|the kids'|my|her|his|their) (nap|naps|nap time|naptime|sleep)",
        "nap time|naptime",
        "the (kids|children|little ones) {be} [all] in bed",
        "({somebody}|{everybody}|<P>) [{be}|has] [still|all|also|already] {asleep}",
        "({somebody}|{everybody}|<P>) (sleep|sleeps|slept|nap|naps|doze|dozes)",
        "({somebody}|{everybody}|<P>) ('s|'ve|has|have|are|is) [all] (gone to (bed|sleep)|fallen"
        " asleep|gone off|off to sleep|dropped off|nodded off|turned in|gone down for the night)",
        "({somebody}|{everybody}|<P>) {be} [still] {asleep} in <A>",
        "({somebody}|{everybody}|<P>) {be} [all] down for the <T>",
        "asleep",
        "(sleeping|the (nap|naps))",
    ),
    "state.not.occupancy.asleep": (
        "{nobody} [{be}] [still] {asleep}",
        "{nobody} (sleeps|sleep)",
        "{nobody} (is|'s) (having|taking) a nap",
        "({everybody}|<P>) {be} not [still] {asleep}",
        "({everybody}|{somebody}|<P>) {isnt} {asleep}",
    ),
    "state.occupancy.awake": (
        "({somebody}|{everybody}|<P>) {be} [still|all] (up|up and about|on [our|their|his|her] feet"
        "|out of bed)",
        "({somebody}|{everybody}|<P>) [{be}] [still|all] (awake|up|up and about|wide awake)",
        "awake",
    ),
    "state.not.occupancy.awake": (
        "({everybody}|<P>|{somebody}) {be} not (awake|up)",
        "{nobody} [{be}] (awake|up|awake any more)",
    ),
    "state.occupancy.home": (
        "there {be} ({somebody}) (about|around)",
        "there {be} [still] ({somebody}) (in it|in there|in that room)",
        "&there {be} ({somebody}) in",
        "one of us {be} (in|around|about|home|here)",
        "({somebody}|{everybody}|<P>) {be} [still] (about|indoors|inside|present|up and about)",
        "@with ({somebody}|{everybody}|<P>) {home}",
        "({somebody}|{everybody}|<P>) {be} (working|sitting|busy|studying|playing|sleeping) there",
        "({somebody}|{everybody}|<P>) {be} [still] {home}",
        "({somebody}|{everybody}|<P>) {be} [still] in [the|our|my|his|her|their] <A>",
        "&({somebody}|{everybody}|<P>) {be} [still] in",
        "@with|without|if|when|while ({somebody}|<P>) in [the|our|my] <A>",
        "({somebody}|{everybody}|<P>) [{be}] [still] (work|works|working|sit|sits|sitting|study"
        "|studying|play|playing|read|reading) (there|in there)",
        "({somebody}|{everybody}|<P>) (sits|stays|hangs out|hang out|is sat) in [the] <A>",
        "there {be} [still] ({somebody}|people) [at|in the|in] (home|house|<A>)",
        "({somebody}|{everybody}|<P>) {be} [still] (<A>)",
        "[the] <A> {be} (occupied|in use|being used|busy)",
        "({somebody}|{everybody}|<P>) (uses|use|using) [the] <A>",
        "({somebody}|{everybody}|<P>) (play|sit|study|studies|read|reads|cook|cooks|eat|eats|paint"
        "|paints|relax|relaxes|hang out|watch tv|practise|practice) in [the] <A>",
        "({somebody}|{everybody}|<P>) [{be}] [still] (work|working|works|playing|plays|studying"
        "|reading|busy|cooking|sitting|sits|watching tv) [in|at] [the] <A>",
        "the house is (occupied|full)",
        "at home",
    ),
    "state.occupancy.away": (
        "^({everybody}|<P>) [all|both] {out}",
        "@with ({everybody}|<P>) [all|both|still] {out}",
        "({everybody}|<P>) [{be}] (eat|eats|eating|dine|dines|dining|have dinner|having dinner)"
        " out",
        "@while|when|whilst|whenever|if|though|once|unless|as long as ({out})",
        "there {be} (no one|nobody|no-one) [at|in the|] (home|house|here|there|around|about|left)",
        "there {isnt} (anyone|anybody) [at|in the|] (home|house|here|there|around|about|left)",
        "&there {isnt} (anyone|anybody) in",
        "there {isnt} (anyone|anybody) in [the] <A>",
        "[the] <A> {isnt} [being|currently] (used|in use|occupied|needed)",
        "(our|my|their|everyone's|everybody's) absence",
        "the (house|home|place|flat) (stands|sits|lies) (empty|vacant)",
        "({somebody}|{everybody}|<P>) {be} [all] (at (work|school|the office|nursery|uni|the gym"
        "|the pool|the park|the lake|church|training|football|practice|a friend's|grandma's|my"
        " parents'|the cinema|a concert|the shops|lunch|dinner)|out (shopping|walking the dog|for a"
        " walk|for a meal|for lunch|with friends|running|jogging|running errands|on a walk|at"
        " dinner))",
        "({everybody}|<P>) {be} not ([at] home|[at] here|there|in)",
        "@but|while|when|if|and|or|whenever|as|once|until|unless|because ({everybody}"
        "|<P>) {be} not",
        "({somebody}|{everybody}|<P>) {be} [all|still] {out}",
        "({everybody}|<P>) {isnt} {home}",
        "{nobody} [{be}] [still] {home}",
        "{nobody} [{be}] [still] (home|about|present|inside)",
        "&{nobody} [{be}] [still] [left] in",
        "there {be} {nobody} [left|still] in [the] <A>",
        "{nobody} {be} (left|using it)",
        "{nobody} (at|in) (home|the house)",
        "[the] <A> {be} (deserted|abandoned)",
        "there {be} {nobody} [at|in the|in] (home|house|here|there|around)",
        "&there {be} {nobody} in",
        "{nobody} [{be}] [still] (in [the|our|my] <A>|<A>)",
        "{nobody} (in|uses|using|'s using|is using) [the] <A>",
        "[the] <A> {be} (empty|unoccupied|vacant|free|not in use)",
        "the (house|home|place|flat|apartment) {be} (empty|unoccupied|deserted|vacant)",
        "(empty|an empty) (house|home)",
        "(everyone|everybody|we|i|they|all of us|the family|the kids) [have|has|'ve|'s] [all] (gone"
        "|left|gone out|cleared out|moved out)",
        "{everybody} {be} [all] {out} [and|,] [the] (house|home|place) {be} empty",
        "away",
        "(i|we) {be} at (work|school|the office|the shops)",
    ),
    "state.not.occupancy.away": (
        "{nobody} {be} (away|out)",
        "({everybody}|<P>) {isnt} (away|out)",
    ),
    "state.weather.sunny": (
        "[a|the] (sunny|bright|fine|clear) (day|days|weather|spell|spells)",
        "(it|the weather) {be} (fine|nice|lovely|glorious|sunny|clear|good|bright|a bright day|a"
        " sunny day|a nice day) [out|outside]",
        "the sun {be} [too|so|really|very] (blazing|beating down|glaring|strong|burning|bright|hot"
        "|on the windows|in the windows)",
        "the sun {be} (up|out|shining|up and shining)",
        "(it|the weather) ('s|is|gets|'ll be|turns) [really|very|nice and] (sunny|bright) [out"
        "|outside]",
        "[the|there's|there is] sun (shines|is shining|'s shining|is out|'s out|comes out|shining"
        "|is up and shining)",
        "sunny [out|outside]",
        "(there is|there's) (sun|sunshine|plenty of sun)",
        "clear skies",
        "the (sky|weather) is (clear|nice|fine)",
    ),
    "state.not.weather.sunny": (
        "it {isnt} sunny",
        "(it|the weather) ('s|is) (cloudy|overcast|grey|gray|dull)",
        "there (is|'s) no sun",
    ),
    "state.weather.raining": (
        "it {be} (drizzling|tipping down|bucketing [down]|raining [cats and dogs]|showery|damp|"
        "stormy)",
        "(rainy|wet|a rainy|a wet) (day|days|weather)",
        "case of (rain|showers|wet weather)",
        "it ({be}|starts|begins|) (raining|to rain|raining outside|rainy|wet|wet out|pouring|rain)",
        "it (rains|pours|drizzles|has rained|rained|'s rained|has been raining|is drizzling)",
        "rain (is|'s) (forecast|expected|coming|on the way)",
        "[the|a] (wet|rainy) weather",
        "(there's|there is) rain",
        "rain",
        "raining",
    ),
    "state.not.weather.raining": (
        "(it|the rain) (stops|stopped|has stopped|'s stopped|quits|lets up|has let up) [raining"
        "|pouring]",
        "it (isn't|is not|'s not|doesn't|does not|stays|'s) (raining|rain|dry|rain outside)",
        "there (is|'s) no rain",
        "it (hasn't|has not|didn't|did not|won't|will not|doesn't|isn't|is not) [been] (rain"
        "|rained|raining|going to rain)",
        "no rain",
        "it {isnt} [still] (raining|rainy|wet|pouring)",
        "it stays dry",
        "(it|the weather) ({be}|has been|'s been|was|stays|remains) [still|bone|nice and] dry [out|"
        "outside|all day|for days]",
        "(it|the weather) ('s|is) dry",
    ),
    "state.weather.cold": (
        "[a|the] (cold|frosty|freezing|chilly|icy) (day|days|night|nights|weather|spell|snap)",
        "(it|the weather|the temperature|temperatures) (drops|drop|falls|fall|goes|go|dips|dip|is"
        "|'s) (below|under) (freezing|zero|nought) [out|outside|out there]",
        "it {be} (freezing|bitter|nippy|baltic|sub-zero|perishing) [out|outside]",
        "frost",
        "(it|the weather) ({be}|turns|'s getting) [really|very|too|so|even] (cold|colder|chilly"
        "|chillier|freezing|frosty|icy|below freezing) [out|outside]",
        "(cold|chilly|freezing) (out|outside)",
        "(it freezes|there's frost|there is frost)",
    ),
    "state.not.weather.cold": ("it {isnt} [too|that|so] cold [out|outside]",),
    "state.weather.hot": (
        "[a|the] (hot|scorching|sweltering|boiling|warm) (day|days|weather|spell)",
        "[a|the] (heatwave|heat wave)",
        "it {be} [a] (scorcher|roasting|baking|boiling|tropical)",
        "the (weather|day) {be} hot",
        "(it|the weather) ({be}|turns|'s getting) [really|very|too|so|even] (hot|hotter|warmer|warm"
        "|boiling|scorching|sweltering) [out|outside]",
        "(hot|warm) (out|outside)",
        "(there's|there is) a heatwave",
    ),
    "state.not.weather.hot": ("it {isnt} [too|that|so] (hot|warm) [out|outside]",),
    "state.price.high": (
        "{price} {be} [at] [their|its|the] (highest|most expensive|sky-high|dearest|steepest|peak|"
        "top)",
        "{price} (cost|costs) (a lot|much|a fortune|the most|more)",
        "(high|peak) [price|tariff] (hours|times|time|periods)",
        "{price} ('s|is|are|'re|gets|get|goes|go|was|were|stays|stay|remains|remain|looks|become"
        "|becomes) [too|so|very|really|this|that] (high|expensive|pricey|dear|costly|crazy|up"
        "|peaking|at [its|their|the] peak|steep)",
        "(high|expensive|peak) (prices|price|power|electricity|rates)",
        "{price} (peaks|peak|spikes|spike|rises|rise)",
        "[the] (peak|expensive) (hours|times|time|period|rate)",
        "expensive (hours|times)",
        "it's (expensive|peak time)",
        "{price} {be} (through|over) the roof",
        "{price} ({be}|go|goes|rise|rises|climb|climbs) (above|over|higher than"
        "|dearer than) [the] (average|normal|usual|mean)",
        "[the] [<O>|<T>|daily] peak [hours|time|times|period|rates]",
        "@at|during (peak)",
        "peak (demand|prices|rates)",
    ),
    "state.not.price.high": ("{price} {isnt} [too|so|that] (high|expensive|pricey|dear)",),
    "state.price.low": (
        "{price} ({be}|go|goes|drop|drops|fall|falls|dip|dips) (below|under|lower than"
        "|cheaper than) [the] (average|normal|usual|mean)",
        "{price} (cost|costs) (less|little|hardly anything|next to nothing)",
        "(low-price|low-cost|cheap-rate|lower-price|bargain|low-tariff) (hours|hour|times|time"
        "|slots|periods|electricity|power|energy)",
        "(the|a|any|some|an) (cheap|cheaper|low-price|inexpensive) (one|ones|hour|hours|time|times|"
        "slot|slots|period|periods|stretch|spell|moment|phase)",
        "{price} (come|comes|go|goes|came) down",
        "{price} ({not}) cost [that|very|too] much",
        "{price} {be} (going cheap|good value|next to nothing|at rock bottom|a steal)",
        "{price} ('s|is|are|'re|gets|get|goes|go|was|were|drops|falls|drop|fall|stays|stay|remains"
        "|remain|becomes) [really|very|nice and|dirt|super|so] (low|cheap|down|inexpensive"
        "|affordable|good|a bargain)",
        "(low|cheap|cheaper) (prices|price|power|electricity|rates|hours|times)",
        "{price} (drops|drop|falls|fall|comes down|dips)",
        "it's cheap",
        "{price} {be} [really|very|quite|fairly|pretty|reasonably] (cheap|low|reasonable"
        "|favourable|favorable|decent|ok|okay)",
        "{price} (has|have|'s|'ve) [come|gone] (dropped|fallen|down)",
    ),
    "state.not.price.low": ("{price} {isnt} [too|so|that] (low|cheap)",),
    "state.price.negative": (
        "{price} (cost|costs) less than nothing",
        "(i|we) {be} (paid|getting paid) [to|for] ....",
        "{price} ('s|is|are|'re|gets|get|goes|go|turns|turn|falls|fall|drop|drops|dip|dips|was"
        "|were) (negative|below zero|under zero|minus|to below zero|into the negative|sub-zero)",
        "negative (prices|price|rates|electricity prices|power prices)",
        "(they|we) (pay|get paid|are paid|'re paid) [me|us] (to use|for using) (power"
        "|electricity|it)",
        "i('m| am) paid to use (power|electricity)",
        "{price} ('s|is|are|drops|drop|falls|fall|goes|go|dips|dip|gets|get|turns) [to] (below"
        "|under) <N>",
    ),
    "state.solar.surplus": (
        "{sun} (give|gives|make|makes|produce|produces|yield|yields|generate|generates|deliver"
        "|delivers|bring|brings|provide|provides|supply|supplies|put out|puts out) [us] more"
        " [power|electricity|energy] than (we|i|it|the house) [can|could|actually] (use|uses|need"
        "|needs|consume|consumes)",
        "(we|the panels|the roof|our panels) {be} (overproducing|producing too much|making too much"
        "|exporting)",
        "(the panels|our panels|the roof|the sun|the pv|solar) (give|gives|make|makes|produce"
        "|produces|yield|yields|generate|generates) (us|) [more than|too much|extra|plenty] [than]"
        " [what|] [(we|the house|it) (can|could|)] [use|need|needs|consume]",
        "(whatever|what|the) (solar|sun|solar power|pv) {be} left [over]",
        "(the rest|the remainder|what remains|the surplus|the excess|what's left) of {sun}",
        "(whatever|any) (surplus|excess|spare|extra|leftover) [solar|sun|power]",
        "{sun} (left over|going spare|to spare|going begging)",
        "(there's|there is|there are|we have|we've got|i have|i've got|you've got|we've|you have|it"
        " has|has|got|having) [some|any|enough|plenty of|a|an|lots of] (surplus|excess|spare|extra"
        "|leftover|left over|left-over|more) (solar|sun|pv|power from the roof|<D>|solar power"
        "|solar energy|sunshine|energy|electricity|power|sunlight|production)",
        "(the|our|) (solar|sun|panels|pv|solar panels|roof|<D>) (is|are|makes|make|produces|produce"
        "|produce|has|have|give|gives|giving|making|producing|generates|generate|generating|'s"
        " making) [a|an|some] (surplus|excess|more than (we|i|the house) (use|need|needs|can use"
        "|uses)|extra|to spare|extra power|more than enough|too much|in surplus)",
        "(surplus|excess|spare|extra|leftover|left-over) (solar|sun|pv|solar power|solar energy"
        "|sunshine|<D>|power from the sun|power from the roof|sunlight|power|energy|electricity)",
        "(whatever's|whatever is|what is|what's) (left|left over) [of|from] {sun}",
        "[a|the|any|our] (solar|pv|sun) (surplus|excess|left over|leftover|leftovers)",
        "what (we|the house) {not} (use|need|want|consume) [of|from] {sun}",
        "whatever {sun} {be} (left over|left|to spare|spare)",
        "we (produce|make|generate) more than we (use|need|consume)",
        "we have solar to spare",
        "[(there's|there is|we have|we've got|we've)] [any|some|enough] ({sun}|power|energy|sun)"
        " (to spare|left over|leftover|going spare|going begging)",
        "[(there's|there is|we have|we've got|there are)] (a|any|some|enough|the) (surplus"
        "|excess) [of] (solar|sun|pv|sunshine|solar power|solar energy)",
        "[(there's|there is|we have|we've got|there are)] (a|any|some|enough|the|) (surplus|excess"
        "|extra|spare|leftover) [power|energy|electricity|solar|sun|juice|capacity] (from|off|on"
        "|of) [the|our] (panels|roof|pv|solar|sun|solar panels|rooftop)",
        "(there's|there is) (extra|some to spare|any to spare|any going spare|some going spare)",
        "the (panels|roof|solar) (have|has|produce|produces|make|makes) (some|any|plenty|enough) to"
        " spare",
        "(enough|plenty of|lots of) (sun|sunshine|solar|solar power|pv)",
        "(surplus|excess) of (solar|sun|pv|power|energy)",
        "(there's|there is) more (sun|solar|power|energy) than (we|the house) (use|need|needs"
        "|uses|can use)",
        "the (panels|roof|solar) (make|makes|produce|produces|give|gives) more than (we|the house)"
        " (use|need|needs|uses|can use)",
        "[(there's|there is|we have|we've got)] too much (sun|solar|solar power|sunshine|solar"
        " energy)",
    ),
    "state.not.solar.surplus": (
        "(there's|there is) no (surplus|excess|spare|extra) (solar|sun|pv|solar power|power)",
    ),
    "again.not": (
        "&(it|they|that) (isn't|is not|'s not|aren't|are not|'re not|doesn't|does not|don't|do"
        " not)",
    ),
    "again.price.high": (
        "&(it|they|that) {be} [too|so|very|really|back|back to being|getting] (high|expensive|dear"
        "|pricey|costly|up|up again|high again)",
        "&(it|they) (go|goes|climb|climbs|rise|rises|shoot|shoots|jump|jumps|get|gets|turn|turns)"
        " (up|back up|high|expensive|again)",
    ),
    "again.price.low": (
        "&(it|they|that) {be} [too|so|very|really|back|back to being|getting] (low|cheap|down"
        "|cheap again|low again|down again)",
        "&(it|they) (go|goes|come|comes|fall|falls|drop|drops|get|gets|sink|sinks) (down|back down"
        "|low|cheap|again)",
    ),
    "state.mode.vacation": (
        "({everybody}|we|i) {be} (travelling|traveling|on tour|on a trip|away on a trip|on our"
        " travels|on our hols|off on our hols|on honeymoon|on leave|away for the (week|weekend))",
        "(vacation|holiday) mode",
        "(i|we|everyone|everybody|the family|they) {be} [away] (on|off on|away on) [a|our|my|]"
        " (vacation|holiday|holidays|leave|trip)",
        "(our|my|the) (vacation|holiday|holidays|trip)",
        "(on|vacation|holiday) (vacation|holiday|mode)",
        "(on) (vacation|holiday|holidays)",
        "(i|we) (go|are|'re) (away on|on|travelling|traveling) [holiday|vacation]",
        "vacation",
    ),
    "state.not.mode.vacation": ("(i|we) (aren't|are not|'re not|'m not) on (vacation|holiday)",),
    "state.not.mode.guests": (
        "(there are|we have) no (guests|visitors)",
        "(guests|visitors) (aren't|are not) here",
    ),
    "state.device.done": (
        "{d} {be} [all|fully|completely|already] (done|finished|through|ready|complete|over"
        "|completed) [with it|with its (cycle|run|job|load)]",
        "{d} {be} (done|finished|through) (charging|washing|drying|running|cleaning|heating"
        "|vacuuming)",
        "{d} (finishes|stops|has finished|'s finished|has stopped|has done|is finished with) [its"
        "|the] (charging|washing|drying|running|cleaning|heating|vacuuming|cycle|load|job)",
        "{d} (finishes|has finished|'s finished) (its|the) run",
        "{d} (has|have|'s|'ve) (finished|ended|stopped|completed|gone through|done its thing)",
        "{d} has (come to an end|run through)",
        "{d} ('s|') (cycle|run|load|program|programme|job) {be} (over|done|finished|through"
        "|complete|ended)",
        "{d} (finishes|ends|stops|has finished|has ended|has stopped|completes|finish|beeps|stop"
        "|end)",
        "{d} (has|'s) (done|finished) [its] (cycle|program|run|load|job)",
    ),
    "state.device.running": (
        "(the same time as|together with|alongside|in parallel with|side by side with) {d}",
        "(it|that|they) {be} [still|already] (running|going)",
        "{d} {be} [still|also|already] (running|going|working|busy|in use|operating|at work"
        "|spinning)",
        "{d} (runs|works|operates)",
    ),
    "state.not.device.running": (
        "(it|that|they) {isnt} [already|still|yet] (running|going) [already|yet]",
        "{d} {isnt} [still] (running|going|working|in use|on)",
    ),
    "state.device.on.burning": ("{d} {be} [still] (burning|lit|blazing)",),
    "state.device.charging": (
        "(it|that|they) {be} [still|already] (charging|being charged|plugged in and charging|on"
        " charge)",
        "{d} {be} [still|being] (charging|being charged|on charge|on the charger|hooked up to"
        " charge)",
        "@when {d} charges",
        "@while {d} charges",
        "@whenever {d} charges",
    ),
    "state.not.device.on": (
        "{d} {isnt} [already|still|yet] (switched on|turned on)",
        "(it|that|they) {isnt} [already|still] (on already|on yet|switched on|turned on)",
    ),
    "state.not.device.open": (
        "({d}|it|that|they) {isnt} [already|still|yet] (open|opened) [already|yet]",
        "&[the] <A> (isn't|is not) [already|still|yet] open [already|yet]",
    ),
    "state.not.device.closed": (
        "({d}|it|that|they) {isnt} [already|still|yet] [properly] (closed|shut) [already|yet]",
        "({d}|it|that|they) {be} still not [properly] (closed|shut)",
        "&[the] <A> (isn't|is not) [already|still|yet] (closed|shut) [already|yet]",
    ),
    "state.not.device.locked": (
        "({d}|it|that|they) {isnt} [already|still|yet] [properly] (locked|bolted) [already|yet]",
        "({d}|it|that|they) {be} still not [properly] locked",
    ),
    "state.not.device.charging": (
        "(it|that) {isnt} [already|still] charging [already|yet]",
        "{d} {isnt} charging",
    ),
    "state.device.on": (
        "@with {d} (on|running)",
        "(it|that|they) {be} (still|left|already) on",
        "(it|that|they) {be} [still|already] (switched on|turned on|on already)",
        "{d} {be} [still|already|left] (on|switched on|turned on)",
        "[the] <D> {be} [still|left] (on|burning) in [the|my|our] <A>",
    ),
    "state.device.off": (
        "{not} leave {d} (on|running|burning)",
        "(it|that|they) {be} (still|already) off",
        "(it|that|they) {be} [still|already] (switched off|turned off|off already)",
        "{d} {be} [still|already] (off|switched off|turned off)",
    ),
    "state.device.open": (
        "@with {d} [wide] open",
        "(it|that|they) {be} [still|left|wide|already|standing] (open|opened|ajar) [already]",
        "{d} {be} [still|left|wide|standing|been left] (open|opened|unclosed)",
        "&[the] <A> [has|is|'s] {be} [still|left|wide|standing|been left] (open|opened|unclosed)",
    ),
    "state.device.closed": (
        "{not} leave {d} [wide|standing] open",
        "(it|that|they) {be} [still|already] (closed|shut) [already]",
        "{d} {be} [already|still] (closed|shut)",
        "&[the] <A> {be} [already|still] (closed|shut)",
    ),
    "state.device.locked": (
        "{not} leave {d} unlocked",
        "(it|that|they) {be} [still|already] locked [already]",
        "{d} {be} [already] locked",
    ),
    "state.device.unlocked": (
        "(it|that|they) {be} [still|left|already] unlocked",
        "{d} {be} [still|left] unlocked",
    ),
    "state.device.full": (
        "@if|unless|when|once|while (it|that) {be} [already] (full|fully charged|charged)",
        "{d} (reaches|hits|gets to|is at|has reached|'s reached|gets up to) (<Q>|its limit"
        "|capacity)",
        "{d} {be} [already|fully|completely|nearly|all] (full|fully charged|charged up|charged to"
        " the brim|brim full|brimming)",
    ),
    "state.device.charged": ("{d} {be} [already|fully] (charged|topped up)",),
    "state.not.device.full": (
        "@if|unless|when|while (it|that) {isnt} [already|yet] (full|fully charged"
        "|charged) [already|yet]",
        "{d} {isnt} [yet] (full|charged|fully charged)",
    ),
    "state.device.empty": (
        "@if|when|once|unless|until|while|whenever|because|as (it|that|they) {be} [nearly|almost"
        "|completely|] (empty|unoccupied|vacant)",
        "{d} {be} [nearly|almost|completely|all but|] (empty|flat|dead|run down)",
        "@if|when|once|unless|until|while|after|before|whenever|and|or|case {d} {be} [nearly|almost"
        "|completely|all but|] (drained|discharged|used up|depleted)",
    ),
}
