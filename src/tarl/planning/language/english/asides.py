"""English: reasons and courtesies, which mean nothing, what is told, and what is taken back."""

from __future__ import annotations

_WHO = "({everybody}|{somebody}|<P>|we all)"
_NOW = "[all|both|now|just|about to be|about]"

_LEFT = (
    "({somebody}|{everybody}|<P>|the kids|whoever it was|[silly|daft|stupid] [old] me|yours truly)"
    " [must have|has|have|'ve|'s|may have|might have] [just|always|often|sometimes|once again|again"
    "|accidentally|only] (left|forgotten|forgot|leaves|leave)"
)

PHRASES: dict[str, tuple[str, ...]] = {
    "told.device.open": (
        f"{_LEFT} ({{d}}|it|them) [wide|standing] open",
        f"{_LEFT} to (close|shut) {{d}}",
        f"&{_LEFT} [the] <A> [wide|standing] open",
        "&no [wide] open (<A>|<D>)",
        "!if|when|while|unless|once|whenever|should {d} {be} [still|again] [standing|left] [wide]"
        " open , (isn't|aren't) (it|they)",
    ),
    "told.device.unlocked": (
        f"{_LEFT} ({{d}}|it|them) unlocked",
        f"{_LEFT} to (lock|lock up) {{d}}",
        "&no unlocked <D>",
    ),
    "told.device.on": (
        f"{_LEFT} ({{d}}|it|them) (on|running|burning)",
        f"{_LEFT} to (turn|switch) {{d}} off",
        f"{_LEFT} to (turn|switch) off {{d}}",
        "!if|when|while|unless|once|whenever|should {d} (has|have|'s|'ve) been (on|running|burning"
        "|going) [all|the whole|for] [day|night|evening|morning|ages|hours|too long]",
        "!if|when|while|unless|once|whenever|should {d} (has|have|'s|'ve) been (on|running|burning"
        "|going) (for [over|more than|nearly|about] <U>|since <T>|<C>)",
        "!if|when|while|unless|once|whenever|should {d} {be} still (burning|blazing)",
        "!if|when|while|unless|once|whenever|should|and|or {d} (is|are|'s|'re) (still|always) on"
        " [again] (,|.|!|;|-)",
        "!if|when|while|unless|once|whenever|should|and|or {d} (is|are|'s|'re) on again (,|.|!|;"
        "|-)",
    ),
    "told.device.done": (
        "^{d} (is|'s|are|has|have|'ve) [just|now|already|all|been|finally] (done|finished|through"
        "|stopped|complete|completed|ended) [,|;|.|-|!]",
        "!if|when|while|unless|once|whenever|should|after|have|get|want {d} (is|'s|are|has|have"
        "|'ve) [just|now|already|all|been] (done|finished|through|ready|stopped|complete)"
        " [,|;|.|-|!] (now|so|please)",
    ),
    "told.device.empty": (
        "(we|i|you|they) [{be}|have|'ve|had] [nearly|almost|just|all|completely] (ran|run|running)"
        " (out|low) (of|on) {d}",
        "(we|i|you|they) {be} [nearly|almost|just|all|completely] (out of|low on) {d}",
        "{d} (ran|has run|'s run|is running|'s running) (out|low)",
    ),
    "told.device.off": (
        f"{_LEFT} ({{d}}|it|them) off",
        f"{_LEFT} to (start|run|turn on|switch on|plug in|charge|put on|unload|empty) {{d}}",
        f"{_LEFT} to (turn|switch|plug|put) {{d}} (on|in)",
    ),
    "event.bedtime.told.now": (
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} (going|heading|off) [off|up] (to bed|to sleep)",
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} turning in",
    ),
    "event.bedtime.told.off": ("off to (bed|sleep)",),
    "event.departure.told.now": (
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} (leaving|going out|heading out|off out|heading off"
        "|setting off|popping out|nipping out) [for work|the house|for the (day|evening)]",
    ),
    "fact.parting": ("^<T> (!|.)", "@. <T> (!|.)"),
    "reason.told": (
        "you (know|remember|recall|saw|heard) [very well|perfectly well|only too well] (what|how"
        "|why|who|where) ....",
        "(thinks|think|says|swears|bets|bet|reckons|reckon|claims|guesses|insists) [that] (it|that"
        "|this|they|it'd|it'll) [('s|is|costs|was|be|are|'d be|'ll be|would be)] (over|under|more"
        " than|less than|about|at least|at most|above|below|nearly|only) ....",
        "(i|we) (don't|do not|couldn't) (care|mind|give a hoot|give a damn) [less] [about] (what"
        " happens|what they|who|what people|what the neighbours|what the neighbors) ....",
        "(i|we) ('m|am|'re|are) not (fussy|fussed|bothered|picky|choosy) [about] ....",
        "(i|we) ('m|am|'re|are) not paying to (heat|warm|cool|light|wash|dry|keep|charge) ....",
        "(it'd|it would|it'll|it will|'twould) be (a|an|such a) (shame|pity|waste|crime|sin) [not]"
        " (to|if|otherwise) ....",
        "(it'd|it would|it'll|it will) be (daft|silly|stupid|mad|foolish|criminal) [not] to ....",
        "(i|we) ('m|am|'re|are) not (heating|warming|cooling|lighting) [up] (the (place|house"
        "|street|whole street|garden|world|moon|sky)|an empty house) ....",
        "(they|the (forecast|weather|radio|news|app|telly)) (say|says|reckon|reckons|promise"
        "|promises|predicts) [that] (it|there|we) ....",
        "is it (just|only) me or (,|....)",
        "(,|;|-|.) off to ....",
        "wish (me|us|him|her|them) ....",
        "(i|we) (do|really) mean (it|<N>)",
    ),
    "reason": (
        "^[the] (forecast|weather forecast|weather report|app|news|weather app) (says|said|promises"
        "|predicts|shows|calls for|is for) ....",
        "(because|cos|'cause|since|seeing as|seeing that|inasmuch as|considering|what with) ....",
        "cause (i|we|it|it's|the|my|our|there|there's|i'm|we're|i've|we've|he|she|they|they're|that"
        "|that's|nobody|everyone|power|electricity|he's|she's) ....",
        "!soon|long|far|much|well|quickly|fast|early|late|little|just (as) (i|we|my|our|the"
        "|there) (have|need|'ve|'m|'re|am|are|want|don't|can't|got) ....",
        "so (that|) (it|they) (can|could|will|'ll) ....",
        "so (that|) (i|we|she|he|the kids) (can|could|don't|won't|have|'ve|am|'m|'ll|will) ....",
    ),
    "regardless": (
        "{aimx} [(can|could|may|will|should|must|'ll|'s going to)] (wait|come (second|last|later)"
        "|be"
        " (secondary|second)|take (a back seat|second place))",
        "{aimx} (is|'s|comes|goes|takes) (second|secondary|last|later|less important"
        "|not so important"
        "|not as important|unimportant|second place|a back seat)",
        "{aimx} (doesn't|does not) matter [so much|as much|much|at all]|{aimx} matters less",
        "(never mind|nevermind|forget|forgetting|ignore|ignoring|don't worry about|don't mind)"
        " [about] {aimx}",
        "({everybody}|<P>|[the|our] (guests|visitors|friends)) ({be}|'ll be) [still|only|just"
        "|already] [about|roughly|around|maybe|some|another|less than|not even|barely] <U> (away"
        "|out|off|from home|late|early|behind|ahead) [from (home|here|the house)]",
        "[(,|-|and)] (no matter|whatever|regardless of|never mind|irrespective of|don't care about"
        "|not worried about|not fussed about|who cares about) (what|how much|) [the|it|about]"
        " (price|prices|cost|costs|rates|it costs|money|time|noise|weather) [is|are|may be|might"
        " be]",
        "(price|money|cost) ('s|is|being) no (object|issue|concern|problem)",
        "(i|we) (don't|do not|doesn't|needn't) (mind|care|worry about|bother about|bother) [about]"
        " (how long|when|what time|how much time|how|which|whether|if|how late|how soon) [exactly]"
        " [(it|that|this|the <D>) takes]",
    ),
    "nothing": (
        "&(instead of|rather than|in place of|in lieu of) [running|starting|doing|using|charging"
        "|closing|opening|locking|unlocking|turning on|turning off|switching on|switching off]"
        " [the|my|our] <D>",
        "(instead of|rather than|as opposed to) (opening|closing|shutting|locking|unlocking|turning"
        "|switching|leaving) (it|them|that) [on|off|open|closed|unlocked]",
        "({everybody}|<P>) [just|all] (forget|forgets|forgot) [about] [to]",
        "({everybody}|<P>) (always|often|usually|sometimes|never|keep|keeps|tend to|tends to|'m"
        " forever|am forever|is forever|will only|'ll only|may|might) (forget|forgets|forgetting"
        "|remember|remembers|remembering) [about] [it|that|this|them|to]",
        "&[the|our|my] <A> {be} [right|just|directly|almost|nearly|only|immediately] (above"
        "|overhead|underneath|beneath|below|beside|behind|adjacent|close by|nearby|near by|upstairs"
        "|downstairs|over it|next to it|under it|next to (us|me|that|there)|on the other side"
        "|through the wall|around the corner) [(it|us|me|that|there|this|here|of it|of the wall|the"
        " wall|<A>|the <A>|the <D>)]",
        "&my turn (for|with|on|at|in|to use) [the|my|our] <D>",
        "!if|when|while|unless|once|whenever|soon as|until|till|after|because ({everybody}|<P>)"
        " {be} (nearly|almost|just about|about|as good as|half|practically|just) [to|falling|going"
        "|dropping|nodding|drop|nod] (off|gone|<S>|sleep)",
        "(has|have|'s got|has got|had) [only|just|about|barely|still] <Q> (left|remaining|to go)"
        " [in it|in the battery]",
        "&(that|which) ('s|is|are) [still|already|sitting|waiting] in [the|our] <D>",
        "[,|-] [and] not (a|one|<N>) (minute|second|moment|degree|percent|cent|watt|day) (more"
        "|longer|later|less|sooner|earlier)",
        "[by|a|about|some] [whole|good] <H> (lower|higher|warmer|cooler|colder|more|less) [than"
        " (usual|normal|now|before|today|it is)]",
        "[,|-] [and] not <U> (more|longer|later|less|sooner|earlier)",
        "[by|at|on|before|after] <T> ('s|is|will be|would be|may be|might be) [far|way|much|a bit]"
        " too (late|early|long)",
        "!if|when|while|unless|once|whenever|as long as (it|the car|the ev|<D>) ('s|is|stays|will"
        " be|has been) (plugged in|on the plug|on the cable|connected|hooked up|parked|in the"
        " garage) [all|the whole|from|until|till|for] [<T>]",
        "(we|i|you|they|the kids|everyone|everybody) [always|really|all] (feel|feels|are|'re|am|'m"
        "|get|gets|freeze|sleep|sleeps|find it) [too|so|quite|a bit] [(cold|chilly|hot|warm|badly"
        "|well|better|best|frozen|cool)] (at|above|below|under|over) (<H>|<N>)",
        "(rather than|instead of|in place of|as opposed to|not the usual) [at|in|on|during|before"
        "|after|by|for] [the] [usual|current|normal] (<H>|<N>|<Q>|<T>)",
        "!if|when|while|unless|whenever|once|as it|that|this [always|still|far|much|way|a bit|a"
        " little|really] too (warm|hot|cold|chilly|dark|bright|noisy|loud|stuffy|humid|damp|cool)",
        "[,|and|but] (not|no|never|nothing|and no|but no|but not|and not|no need to go|don't go"
        "|not any) (lower|less|further|more|higher|longer|later|earlier|sooner|warmer|colder)"
        " [than that]",
        "^(it|that|this) ('s|is|was) [still|only|just|already|now|a mere|barely|about|down to|up"
        " to] [at] (<H>|<N>)",
        "^(we|you|they) (have|'ve got|'re at|are at|'re down to) [only|just|already] <H>",
    ),
    "takeback": (
        "(,|-|.|;) [oh|er|ah] (no|nope|wait|hang on|hold on|sorry|oops|pardon|actually|rather|well)"
        " [(,|-)] (no|nope|wait|sorry|actually|i mean|rather|make that|make it|better) [,|-]",
        "(,|-|.|;) [oh|er|ah] (no|nope|wait|hang on|hold on|sorry|oops|pardon|actually|rather"
        "|better) (,|-)",
        "[(,|-|.|;)] [or|and|oh] (no wait|scratch that|strike that|correction|no sorry|actually no"
        "|or rather|or actually|or better|or make it|or make that|better make it|better make that"
        "|sorry i mean|i mean|or no) [,|-|:]",
        "(,|-|.|;) (make that|make it|actually|sorry)",
        "(,|-|.|;) [oh|ah] [no] [,] (i tell a lie|[i] beg your pardon|silly me|daft me|my mistake"
        "|my bad|i meant|what i meant (is|was)|what am i saying) [,|:|-]",
    ),
    "takeback.behind": (
        ", (i mean|i meant|i meant to say|i mean to say|sorry|rather|that is|i should say)",
    ),
    "takeback.all": (
        "!always|never|i|we|they|he|she|often|sometimes|don't|not|to|might|may|will|people (forget"
        "|scratch|strike|ignore|never mind|nevermind|cancel) (that|it|all that|what i said) (,|-|:"
        "|.)",
        "(no|actually) [,] never mind (,|-|:|.)",
        "? (no way|no chance|not a chance|not on your life|not likely|over my dead body|absolutely"
        " not|certainly not|of course not|not in a million years|i don't think so) [,|.|!|-|:]",
    ),
    "polite.light": (
        "(let|letting|get|getting) [some|the|a bit of|more|a little] (light|sun|daylight|sunlight"
        "|sunshine|morning light|fresh air) in",
        "(let|letting|get|getting) in [some|the|a bit of|more|a little] (light|sun|daylight"
        "|sunlight|sunshine|morning light|fresh air)",
    ),
    # What a budget is for is asked for: ``my budget for charging the car is five euros``.
    "polite.budget": (
        "[the|my|our] (budget|spending limit|allowance) (for|on)",
        "[and] (stick|keep|hold) to (it|that)",
    ),
    "polite.hedge": (
        "(if|when|whenever|once|as soon as) you (have|'ve got|get|find|can spare) [a|some|the]"
        " [free|spare|quiet] (minute|moment|second|sec|chance|time) [to spare|for it|spare]",
        "^(if|where|when|whenever|wherever) [at all|it's|it is|that's|that is] (possible|feasible)",
        "^(where|when|whenever|wherever) (you|we|it) (can|could) ,",
    ),
    "polite": (
        "!if|when|while|once|whenever|unless|as|because|since|until|till|after (the|our|my|all the)"
        " (lawn|garden|grass|plants|soil|flowers|flower beds|beds|roses|vegetables|air|ground)"
        " ('s|is|are|looks|look|gets|has been) [too|so|very|really|all|bone|pretty|terribly|quite]"
        " dry",
        "full stop",
        "end of (story|discussion|the matter)",
        "(no (ifs|buts)|no ifs (and|or|,) [no] buts)",
        "!can|could|may|might|must|should|will|would|'ll|to|and|or (go) [right|straight|now]"
        " (on|ahead) and",
        "(carry|move|get|come|crack|push|press) [right|straight] (on|along) and",
        "@,|please|then|now|to (go) [on|straight on] and",
        "^go [ahead|on|right ahead|straight on] (and|,)",
        "(as efficiently {aspossible}|efficiently|economically|sensibly) [,|-] (so|meaning|that is"
        "|i.e.|that means) [with|for|at]",
        "(cheap|green|lean|nice|quiet) and clean|clean and (cheap|green|quiet)",
        "^[a|one] [very|really] (big|long|lazy|busy|quiet|special|cold|hot|rough|late|early|nice"
        "|romantic|important|short|calm|cosy|cozy|great|stormy|wild|full|rainy|sunny) (night"
        "|evening"
        "|morning|day|afternoon|weekend) [in|ahead|out] (:|!|.|;)",
        "^[oh|hello|hi] [,] [(it's|this is)] [only|just] (grandma|grandpa|granny|gran|nan|nana|mum"
        "|mom|dad|grandad|granddad|auntie|uncle|me|your [old] (mother|father|mum|mom|dad|gran"
        "|aunt)) (here|speaking|calling|again) (,|.|!|:|-)",
        "[oh] for (heaven's|goodness'|goodness's|god's|pity's|crying out) (sake|loud)",
        "({everybody}|<P>|daddy|mummy|mommy|teacher) (says|said|asks|wonders) [(if|whether|that)]"
        " (can|could|would|will) (you|we|it)",
        "(i|we) (said|told you|keep saying) [:|,]",
        "would it (kill|hurt|harm) you to",
        "(i|we) (don't|do not) suppose (you|it) (could|can|would|might|'d)",
        "^[right|okay|ok|now|come on] [,] [(it's|it is)] (bedtime|bath time|dinner time|tea time"
        "|nap time|school time) [(everyone|kids|children|you lot|folks)] (,|.|!|:)",
        "[and] (be quick [about it|now]|quick sticks|make it snappy|look sharp|look lively)",
        "like (a|an|the) (sauna|oven|fridge|freezer|furnace|icebox|greenhouse|cave|tomb|swamp"
        "|jungle|north pole|arctic|ice rink)",
        "(chop chop|hurry up|get a move on|get on with it|there's a (good|dear|love)"
        " [house|boy|girl])",
        "(,|;|:|.|!|-) (come on|go on) (,|;|.|!|now|then)",
        "would you (believe it|credit it|look at that)",
        "(be|you're|you are) (a|an) (dear|angel|darling|love|treasure|sweetheart|star) [and|,]",
        "if you ('d|would|could) [only] be (so|as|a|an) (good|kind|nice|dear|sweet|angel|love"
        "|gracious) [as to]",
        "if (it isn't|it's not|it is not|that's not|that isn't) (too much|a|any|much|too)"
        " [much|of a] (bother|trouble|nuisance|problem|hassle|late|to ask)",
        "(i|we) ('m|am|'re|are) (on a shoestring|on a [tight] budget|skint|broke|hard up|strapped"
        " [for cash]|counting [the|our|every|my] (pennies|penny|cents|cent)|watching (the|every|my"
        "|our) (pennies|penny|cents|cent))",
        "(it|tonight|today) ('s|is) (hair-wash|bath|hair|wash|curry|pizza|date|school|quiz|games"
        "|bingo|poker|bin) (night|day|evening)",
        "(it|today|tomorrow) ({be}|'s) [our|my|the|a] (laundry|wash|washing|cleaning|bin) day",
        "(it|tonight|tomorrow|today) ({be}|'s) [our|my|the|a|an|his|her] (school|work|week|bin"
        "|curry|pizza|pasta|taco|game|games|quiz|bath|match|market|poker|bowling|exam|training"
        "|practice|choir|club|band|football|washing-up|ironing|shopping|gym|rest|big|busy|hectic"
        "|rough|tough|lazy|short|quiet|normal|ordinary|regular) (night|nights|morning|mornings|day"
        "|evening)",
        "(it|tonight) ({be}|'s) [a] (weeknight|weekday|workday|school day|bank holiday|weekend)",
        "(school|week|quiz|curry|pizza|taco|game|games|poker|bowling|bath|match|market) (nights"
        "|night)",
        "(i|we|they) {be} [both|all|always|really] on a [very|really|pretty|rather|bit of a] (tight"
        "|small|low|limited|modest|student|strict|tiny|fixed|shoestring|thin|) (budget|shoestring"
        "|pension|income|salary)",
        "[the|our|my] (budget|money|cash|finances) ({be}|'s) [a bit|a little|very|really|rather"
        "|pretty|quite|so] (tight|limited|short|low|scarce|small|strained) [at the moment|right now"
        "|this month|these days]",
        "[,|-] [and] not (a|an|one) [single] (second|minute|moment|hour|day) (later|longer|more"
        "|sooner|earlier|too late)",
        "(the|our|my|his|her) .. (is|'s|are|sits|sit|lies) [right|just|only] next door [to (us|me"
        "|it|that|here)]",
        "!when|if|once|while|until|before|after|whenever|because|soon it (is|'s) [so|too|very|"
        "really|pretty|quite|rather] dark (in|here|there)",
        "[early|late] (night|late|early|day|evening|morning|graveyard|afternoon|late-night|weekend)"
        " (shift|shifts|duty|nurse|bus|train|flight|flights|class|classes|course|person|people|owl"
        "|owls|bird|birds|meeting|meetings|news|film|game|match|walk|jog|paper|swim|lecture"
        "|appointment|start|sleeper|sleepers|school|market|service|work|worker|workers)",
        "(day|days|night|evening|afternoon|morning) (off|out)",
        "(work|works|working|worked|do|does|doing|come off|comes off|coming off|off|start|starts)"
        " (nights|evenings|mornings|lates|earlies|weekends)",
        "({everybody}|<P>) {be} on (nights|lates|earlies|days|evenings)",
        "!while|when|if|as|once|until|whenever|since|till|before|after ({everybody}|<P>) ('m|'re"
        "|am|are|is|'s) [just|all|about to|going to|off to|still|now] (reading|cooking|eating"
        "|studying|baking|painting|knitting|(having|giving|throwing) (a|the|some|our|my) (bath"
        "|barbecue|party|meal|drink|chat|rest)) [(a|the|some|our|my) (book|paper|meal|cake"
        "|homework)|dinner|lunch|breakfast|supper]",
        "light (sleeper|sleepers|sleep|meal|lunch|supper|dinner|snack|rain|breeze|traffic|work|"
        "reading|cleaning|dusting|duty|of day|weight|clothes)",
        "[the] (traffic|rain|wind|breeze|workload) {be} [very|still|quite|rather|fairly] light",
        "a light touch",
        "('s|is|are) (not [that|so|very|really|all that|too]|n't) urgent",
        "(isn't|aren't|not) [that|so|very|really|all that|too|particularly|exactly] (urgent"
        "|pressing|time-critical|in a hurry|in a rush)",
        "^[so|and|ok|well] why (don't (you|we)|not|do you not)",
        "^(what|all) (i|we) ('d like|want|need|would like|wanted|ask) [you to do] (is|are) [(for"
        " you|you) to|that you|to]",
        "^good (morning|evening|afternoon|day) [house|home|all|everyone|there] (,|!|.)",
        "^(morning|evening|afternoon) [house|home|all|everyone|there] (!|.)",
        "^(morning|evening|afternoon) (house|home|all|everyone|there) ,",
        "(keep|keeping|stay|stays) (it|things|everything|the air|the room) [nice and] dry",
        "^(what|anything|is there anything|is there something|something) [else] [that] (can|could"
        "|should|might) (we|i|you|be done) [do|done] (to|so that|so|about it to)",
        "^(anything|something) [that] [to|we|you|i] [can|could|do] [do|try] to",
        "^(how|in what way) (can|could|do|might|should) (we|i|you) [best]",
        "(at|with) (full|top|maximum) (speed|tilt|throttle|blast|whack)",
        "^[and] what ('s|is|would be|'d be|are) [the|a|your] (best|smartest|right|ideal|cleverest"
        "|most sensible|good|better|optimal) (way|ways|time|times|moment|hour|plan|slot|idea) (to"
        "|for|of)",
        "on (my|our|the) way (out|home|in|to work|to school) [of] [the] [(door|house)]",
        "(no|there's no|there is no|without) [any|great] (rush|hurry|urgency|haste) [with|for|on"
        "|about]",
        "for (our|the|my|some) (guests|visitors|friends|in-laws|parents)",
        "first thing",
        "(sharp|on the dot|at the very least for now)",
        "(is there|any|would there be) [any|a] (chance|way|possibility) [of|to|that|for] [you|us]"
        " [could|can|to]",
        "(would you mind|do you mind|would it be possible to|is it possible to|would it be ok to|do"
        " me a favour and|do me a favor and|be so kind as to|would you be so kind as to|can i ask"
        " you to|may i ask you to|i'd be grateful if [you could]|right away|straight away|the thing"
        " is|if you get the chance|when you get a chance|if it's no trouble|if it's all the same to"
        " you|if at all possible|as per usual|like usual|as usual|as always)",
        "(it'd|it would|would it|it'd really|would) be (great|nice|lovely|good|cool|perfect|best"
        "|ideal|wonderful|awesome|possible|ok|okay) if",
        "(i'd|i would|we'd|we would) (like|love|appreciate|be happy|be glad|prefer) it if",
        "if (you|it) (please|wouldn't mind|don't mind|like|would)",
        "if (you'd be so kind|that's ok|you please)",
    ),
    "filler.bought": ("(buy|buying|purchase|purchasing) [any|in] {power} [from {grid}]",),
    "filler.left": ("(leave|leaving)",),
    "filler.them": ("(them|those|these)",),
    "filler.again": ("(again|once more|one more time|another time)",),
    "filler.else": ("[or] (otherwise|else)",),
    "filler.hedge": (
        "(if|where|when|whenever|wherever) [at all|it's|it is|that's|that is] (possible|feasible"
        "|available)",
        "(if|where|when|whenever|wherever) (you|we|it|they) (can|could|possibly can)",
        "(if|when|where|whenever|as long as|so long as) (there's|there is) (any|some|enough)",
        "if [at all] (possible|it works|that works)",
        "(preferably|ideally|for preference|by preference|by choice|as a preference)",
        "(i'd|i would|we'd|we would) (rather|sooner|much rather|prefer) [to|that|it if]",
    ),
    "filler.it": ("it",),
    "filler.source": ("[straight] (from|off|out of|via) {grid} [power|electricity]",),
    "filler": (
        "(slowly|gently|gradually|smoothly|daily|nightly)",
        "(each|every) (weekday|workday)",
        "({not}) forget [to|about|that]",
        "i mean",
        "not (only|just|merely)",
        "tell|ask",
        "(nice|good|lovely) and",
        "({be}|has|have|'s|'ve) [all] [been] (piling|piled|stacked|stacking|heaped|building"
        "|mounting|mounted) [up] [again|high|everywhere]",
        "[{be}] (able to|capable of|in a position to)",
        "(i'd|we'd|i would|we would) (rather|sooner|much rather|prefer) [to]",
        "'d|'ll|'ve|'m",
        "[much|any|a lot] (cheaper|greener|dearer|pricier|more expensive|less expensive)",
        "(would|will|does|do|might|could|'d) cost [me|us]",
        "(it costs|costs me|costs us|costs|what it costs) [to]",
        "(pictures|recordings|images|data|whatever|records|video|films|sees|tell me|let me know)",
        "(instead of (the|) (grid|mains)|on the|on a|on my|on our|on this|please|pls|could you|can"
        " you|would you|will you|i want|i want you to|i'd like|i would like|i need|we need|hey|hi"
        "|hello|ok|okay|the|a|an|my|our|your|me|us|for me|just|now|it|to|be|is|are|let|let's|have"
        "|has|get|make|sure|that|this|of|in|on|at|for|with|so|then|i|we|you|thanks|thank you|needs"
        "|need|should|must|will|would|can|could|'s|'re|'d like|by|some|any|all|both|again|back|out"
        "|there|house|home|whole house|everything|everywhere|one|household|things|cycle|program"
        "|programme|course|level|mood|only|too|well|first|kindly|go|ahead|want|like|try|possible|if"
        " possible|overall|whole|entire|room|mode|rooms|power|energy|electricity|every|day|each"
        "|always|from|time|as|always|itself|they|them|he|she|its|today's|scene|routine|atmosphere"
        "|lighting|inside|outside|shall|may|might|also|when|while|if|about|wondering|was|thinking|i"
        " was|how about|maybe|perhaps|really|actually|do|does|way|use|using)",
        "(make sure|make sure that|right now|right away|immediately|at once|straight away|weekdays"
        "|on weekdays|every day|each day|i don't mind|no need|over there|a bit|a little)",
        "take|takes",
        "(see|see to it|check) that",
        "(it'd|it would|would) be (great|nice|lovely|good|cool|perfect|best|ideal) [that|to]",
        "(i'm|we're|i am|we are) (off|going|heading|running|tired)",
        "this (week|month|winter|summer|year)|instead|show|altogether",
        "(ever|footage|whenever|rather|still|yet|even|otherwise)",
    ),
}
