"""English: rules without amounts, what is left out, what is only supposed, and what is hostile."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "offpeak.tariff.eq.off_peak": (
        "[at|on|with|using|during] [the] (night|nightly|overnight) (rates|rate|tariff|tariffs)",
        "(cheap-rate|low-rate|night-rate|off-peak-rate) (power|electricity|energy|hours)",
        "[in|at|on|during|only|with|using|use|on the|at the|only in|only at|only during] [the]"
        " [cheap|cheaper|low] (off-peak|off peak|offpeak|night rate|night tariff|low tariff|low"
        " rate|economy|economy 7|night-rate|economy rate|cheap rate|cheap tariff|cheaper tariff"
        "|cheaper rate|reduced tariff|low rates|cheap rates|overnight rate|reduced rate|night-time"
        " rate|low-tariff|nighttime rate) [hours|rate|times|time|tariff|period|prices|power"
        "|electricity|rates|window|hour]",
        "economy (hours|seven)",
        "[on|with|at|using|during|in] [the] [cheap|cheaper|low-cost|low|inexpensive] (night power"
        "|night-time power|night electricity|night-rate power|nightly tariff|night-time electricity"
        "|night-time tariff|overnight tariff|overnight electricity|overnight power)",
    ),
    "rule.tariff.eq.solar_only.loose": ("(on|from|with|using|by|off) [power from] {sun}",),
    "rule.tariff.eq.solar_only": (
        "(never|not|but never|but not|and never|and not) (from|off|with|on|using|out of) the"
        " (grid|mains) [power|electricity|energy]",
        "only (used|ran on|run on|took|relied on|relying on|ran off|drew on|charged from) {sun}",
        "(off|from|on|with|by) {sun} (only|alone|exclusively|and nothing else)",
        "[on|with|from|off|by|using|use] nothing (except|other than|else than|apart from|besides)"
        " [for] [with|from|on|by] {sun}",
        "(rely on|use|using|on|from|with|take|run on) {sun} [,] [and] not [(on|from|with|off)]"
        " {grid}",
        "{not} (use|using|touch|touching|draw|take|buy|need) [any|the|from] {grid} [power|"
        "electricity|at all]",
        "(only|nothing but|just|exclusively|solely|purely) [with|on|from|using] (what|whatever|the"
        " power) [the|our|my] (panels|roof|sun|solar panels|pv) [is|are] (make|makes|making|produce"
        "|produces|producing|give|gives|giving|yield|yields|deliver|delivers|generate|generates)",
        "(only|nothing but|just|exclusively|solely|purely) [with|on|from|using] (what|whatever|the"
        " power) [that] (comes|is coming|we get|we make|is made|we produce) (from|off|on|by) [the"
        "|our] (panels|roof|sun|solar panels|pv)",
        "(only|just|exclusively|solely) (with|on|from|using) [our|the] (own|self-made|"
        "self-generated|home-made) (power|electricity|energy)",
        "with (self-made|self-generated|home-made|home-grown) (power|electricity|energy) [only]",
        "without any (grid|mains) (power|electricity|energy)",
        "(only|just|purely|solely|exclusively|entirely|nothing but|100%|using only|with only|only"
        " with|only on|only from|only using|just from|just on|just with|on only|on nothing but"
        "|strictly|off nothing but|with nothing but|only use|use only|use nothing but|on just|from"
        " only|only by|with just|use just|just use|just take|exclusively use) [on|with|from|by"
        "|using|power from] [power from] {sun} [only]",
        "(on|from|with|using|by) [power from] {sun} (only|alone|exclusively|and nothing else)",
        "{sun} (only|alone|exclusively|and nothing else)",
        "solar-only",
        "without [using|touching|drawing from|any power from] {grid} [power]",
        "no grid power",
        "[with|using|on] no (power|electricity|energy|current) from {grid}",
        "without (buying|importing|paying for|purchasing) [any|extra|more] (power|electricity"
        "|energy|current) [from {grid}]",
        "[on|with|from|using|by] <Q> [from|on|of] {sun}",
        "only [when|while|if] [it|that] [can] (run|runs|be powered) [entirely] (on|from|by) {sun}",
    ),
    "rule.tariff.eq.cheapest": (
        "(strictly|purely|solely) (at|in|during|when) [the|{power}] [is|at] [its|the] (cheapest|"
        "lowest) [(rate|rates|price|prices|hours|hour)]",
        "(only|just|exclusively) (at|in|during|on|when|with|use|using|for|while) [the|it's"
        "|{power}] [is|are|at] [the|its|their] (cheapest|lowest) [(rate|rates|price|prices"
        "|hours|hour|tariff|power|electricity|times|slots|slot|time)]",
        "(at|in|during|on) the cheapest (rate|hours|rates|price|times) only",
        "only the cheapest (hours|power|rate|rates|times|slots|electricity)",
    ),
    "rule.tariff.eq.greenest": (
        "(lowest-emission|lowest-carbon|low-carbon|low-emission|cleanest|greenest) (hours|power"
        "|electricity|energy|times|current) only",
        "(only|just|exclusively|nothing but|solely) [on|with|from|using|use|at|in|when|during"
        "|by] [the|{power} is|{power} is at its] [very] (greenest|green|clean|cleanest"
        "|renewable|low-carbon|carbon-free|renewables|eco) [(power|electricity|energy|hours"
        "|rate|sources|current|times|grid|slots)]",
        "(on|with|from|using) (green|clean|renewable|carbon-free) (power|electricity|energy"
        "|sources) (only|alone|exclusively|and nothing else)",
        "[on|with|from|using] <Q> (green|clean|renewable|carbon-free|renewables) [(power"
        "|electricity|energy|sources)]",
        "(green|clean|renewable|carbon-free) (power|electricity|energy) only",
    ),
    "private.privacy.neq.cloud": (
        "(never|not|nothing) [goes|go|going|put|putting|anything] (online|on the web|on the"
        " internet|to the internet|to the web)",
        "(nothing|none|no data|not anything) .. (uploaded|upload|sent out|shared|online|to the"
        " internet|on the internet)",
        "the cloud (is|stays|remains) (off limits|out of it|out of bounds|taboo|off the table)",
        "(leave|keep) the cloud out of (it|this|that)",
        "[with|] no cloud [services|service|please|processing|upload|uploads|though|access|stuff]",
        "({not}|nothing|none) ... [the|any|a] cloud",
        "(anything but|everything but|off|out of|away from|other than) (the|any) cloud",
        "(keep|keeps|keeping|stay|stays|hold|leave|leaves|remain|remains) ... (off|out of|away from"
        "|clear of) [the] (cloud|internet|web)",
        "without [using|the use of|touching|any] [the|a|any] cloud [services|service|involved]",
        "{not} (send|sending|upload|uploading|share|store|stream|put|use|using|let|give|pass|go"
        "|sent|uploaded|ship|transmit|be sent|be uploaded|leave|end up|streamed|involve) [anything"
        "|any] [the] [(<D>|data|video|images|footage|pictures|it|them|recordings|feed|camera|its"
        "|camera footage|stream|that|this)] [footage|feed|data|images|video|pictures|recordings"
        "|stream|go|out] [to|in|into|on|up to|via|the] [the|a|any] cloud",
        "(keep|keeping|stay|stays|stay) [it|the|that|everything] [(<D>|data|video|images|footage"
        "|pictures|recordings|feed)] [footage|feed|data|images|video] (out of|off|away from|clear"
        " of) [the] cloud",
        "not (to|in|via|through|over) the cloud",
        "nothing (goes|to|in|into|may go|should go|sent|uploaded) [to|in] [the] cloud",
        "cloud-free",
        "(without|no|not|don't|never) (uploading|upload|uploads|streaming|sharing) [anything|any of"
        " it|it|data|video|footage|anything anywhere]",
        "(avoid|no need for|skip|ban|forbid|block) [the|] cloud",
        "offline only from the cloud",
    ),
    "private.privacy.eq.local": (
        "(send|sending|share|pass|give|stream|transmit|let|leak) [out] (nothing|no data|no footage"
        "|no images|no video|no pictures) [go|get|leave] [to the|] (outside|out|out of the house"
        "|anywhere|anyone|elsewhere|outside world)",
        "(footage|data|recordings|video|pictures|images) [:|,|-] [stay|stays|kept|is|are|must stay]"
        " (at home|in the house|indoors|inside) [only]",
        "(keep|keeping|store|leave|hold) (what|whatever|everything|all) [that] (it|the camera|they"
        "|you) (sees|see|films|film|records|record|captures|capture|picks up|pick up|catches) [all]"
        " (at home|in the house|local|here|to ourselves|private|in house|inside)",
        "(everything|it all|all of it|all data|the footage|the data|the pictures|the video|it|that)"
        " (stays|stay|remains|remain) [right] (here|in here|with us)",
        "(store|process|keep|save|handle|storing|processing|saving|handling|keeping) [it|everything"
        "|all data|all of it|all the data|the footage|the data|the recordings|the video|the"
        " pictures|it all] [all] (at home|in the house|in house|inside|here)",
        "(on|with|using) [only] our own (hardware|server|servers|devices|machine|machines|box|"
        "computer|kit|gear)",
        "(within|inside|in) [our|these|the|my] [own] [<N>] walls",
        "[our|these|the|my] (own [<N>]|<N>) walls",
        "[data|footage|everything|it|all of it] (stays|stay|remains|remain|kept|keep) [within|"
        "inside|in] [our|these|the] [own|<N>] walls",
        "@only|strictly|purely|just|all|entirely|fully (in the house|at home)",
        "(only|strictly|purely|just|all|everything|entirely|fully) (locally|local|on the device"
        "|on-device|on-site|in-house|on site|on premises)",
        "(stays|stay|remain|remains|keep|kept|keeping|stored|process|processed|processing|keeps"
        "|staying) [it|all|everything|data|the] [(<D>|data|video|images|footage|pictures|recordings"
        "|feed|analysis|everything|that|all of it)] [footage|feed|data|images|video|recordings|all]"
        " (local|locally|in the house|on the device|on-device|at home|inside the house|within the"
        " house|in house|inside|on the local network|on our network|on the home network|within our"
        " walls|here in the house|under our roof|on the premises|in the home|on site)",
        "(nothing|no data|no footage|no images|no video|none of it|not a single picture|no pictures"
        "|no recordings) (may leave|leaves|should leave|can leave|must leave|leaving|is to leave"
        "|ever leaves|to leave|gets out of|goes out of|is allowed to leave|goes outside|leave|shall"
        " leave) [the|our|this] [house|home|building|local network|network|device|house's network"
        "|premises]",
        "without [(<D>|data|anything|it|footage|video|images)] leaving [the] (house|home|network)",
        "on the local network",
        "{not} [let|have] [it|anything|the] [(<D>|data|footage|video|images)] leave [the] (house"
        "|home|network)",
        "without (internet|the internet)",
        "(stay|stays|staying|remain|remains|keep|keeps|kept|keeping|leave|process|processed"
        "|processing|store|stored|run|runs|handle|handled|happen|happens|analyse|analyze|analysed"
        "|analyzed|do|done) ... (local|locally|on the device|on-device|on device|under our roof"
        "|within the house|inside the house|inside our walls|inside our own walls|within our own"
        " walls|on site|in-house|indoors|on the device itself|on our own network)",
        "(everything|all|footage|data|video|videos|image|images|pictures|recordings|records"
        "|recorded|sees|films|feed|analysis) ... (stay|stays|staying|remain|remains|kept|processed"
        "|stored) [in|inside|within|at] (the house|home|our house|our home|house)",
        "(nothing|none|no data|no footage|no images|no video|no pictures|no recordings|not a single"
        " picture) ... (leave|leaves|leaving|left|gets out of|get out of|goes out of|outside|go"
        " outside|exits) [the|our|this] (house|home|building|local network|network|device"
        "|premises)",
        "(locally|on device|on-device|on the device|in-house|on-site) [only]",
        "(processing|processed|run|kept|keep it|all) local",
        "local (processing|only)",
    ),
    "rule.quiet.eq": (
        "(taking|take|with|having) [the|our|my] (quiet hours|quiet time|quiet times) (into|in)"
        " (account|consideration|mind)",
        "(stick|keep|hold) to [the|our|my] (house's|home's|) (quiet hours|quiet time|quiet times)",
        "[and|but] (respect|respecting|observe|observing|keep|keeping|honour|honor|honoring"
        "|honouring|mind|minding|stick to|obey|obeying|follow|following|keep to|respects"
        "|within) [to] [the|our|my] [house] (quiet hours|quiet time|quiet times|quiet period"
        "|night rest|night-time quiet|nightly rest)",
        "(not|never|except|outside|outside of|avoid|avoiding|but not|without breaking|without"
        " violating|not break|don't break|do not break) [during|in|at] [the|our] (quiet hours|quiet"
        " time|quiet times)",
        "quiet hours (apply|count|matter|must be kept|are to be kept|are sacred|respected)",
        "(no noise|nothing noisy|nothing loud) (in|during) [the] (quiet hours|quiet time)",
        "(during|in) [the|our] (quiet hours|quiet time|quiet times)",
    ),
    "question": (
        "^(is|are|was|were|isn't|aren't) (the|my|our|any|all|every|there any|anyone|anybody"
        "|someone|<D>|<P>|everyone|everybody|we|i)",
        "^how (many|long|warm|cold|hot|bright|full|humid|often|old|far|high)",
        "^(what|what's|which|where|where's|who|who's|whose|why) ",
        "^(what is|what are|what's|when is|when are|when did|when will|when was|when does|did"
        "|does|has|is anybody|is anyone|is somebody)",
        "^(tell me|show me|do you know|any idea) (what|which|where|how)",
        "^how much (is|are|was|were|did|has|have)",
    ),
    "whatif.cost": (
        "(tell|let|show) (me|us) [know] (what|how much) [(it|that|this|i|we) [costs|cost|would cost"
        "|'d cost|'d pay|'d save|would pay|would save|'d spend] [to|if|for]]",
        "(work|find|figure) out (what|how much) [(it|that|this|i|we) [costs|cost|would cost|'d cost"
        "|'d pay|'d save|would pay|would save]] [to|if|for]",
        "(calculate|estimate|compute|tell me|show me|check) (what|how much|the)",
        "[just] curious [,|:|-] (what|how much)",
        "(i|we) (wonder|wondered|'m wondering|was wondering|'d like to know|want to know) (what|how"
        " much|whether|if)",
        "(do you know|any idea|no idea|got any idea) (what|how much)",
        "^(how|what) (would|does|will|might|do)",
    ),
    "whatif.cost.whether": ("^(is|are|would|will|does)",),
    "whatif": (
        "(give|make|get) (me|us) (an estimate|a quote|a price|an idea|a rough idea) (for|of|on)"
        " [what it costs to|what it would cost to]",
        "(does|would|will|might) it cost [me|us] [much|a lot|more|anything|extra|less|a fortune]"
        " (to|if|when)",
        "(affect|affects|influence|influences|impact|impacts) [the|our|my] [electricity|energy"
        "|power|heating] (bill|bills|cost|costs|emissions|footprint|consumption)",
        "how much (cheaper|greener|cleaner|dearer|pricier|more expensive|better|more|less) (is|'s"
        "|would|will|does) it [be|cost|save] [me|us] [to|if|when]",
        "is it (a good|a bad|a clever|a smart|wise|smart|sensible|a sensible) [idea] (to|if)",
        "for how much (could|can|would|do)",
        "(what's|what is|what'd be|what would be|what are) the (cost|costs|price) (of|for|to|if)",
        "^[so|and|hey] how much (is|'s) (it (to|if|for)|a|an|another)",
        "would it (pay|be worth it|make sense|be smart|be wise|pay off|be worthwhile) [to|if]",
        "(tell|show|work out|calculate|estimate|find out|check|let) (me|us|) [know] (the (cost"
        "|price|effect|saving|savings|difference)|what it ('d|would) cost|how much it ('d|would)"
        " cost) (of|for|to|if)",
        "(would|will|'d) (that|it|this|they) (be|work out|come out|turn out|end up) [any|much"
        "|a lot|a"
        " bit] (cheaper|greener|cleaner|better|less expensive|more expensive|pricier|quieter"
        "|dearer)"
        " [for (us|me|the climate|the planet|the bill)]",
        "(would|will|'d) (that|it|this) (make|bring) [much of a|much of|much|any|a big"
        "|a] [real] (difference|change) [(to|on|for|in) {bill}]",
        "^(would|will|do) (we|i|it|the house) (use|need|draw|burn|take) [any|much|a lot] (less"
        "|more)"
        " [power|energy|electricity] [from {grid}] [if|when]",
        "how (would|will|does|do|might|could) [the|our|my] [energy|power|electricity] (bill|cost"
        "|costs|consumption) (change|look|differ|develop) [if]",
        "(i|we) (wonder|wondered|was wondering|am wondering|'m wondering|'d like to know) (what|how"
        " much|whether|if) .. (cost|costs|save|saves|happen|happens|cheaper|be) [if|to]",
        "(would|will|does|do) ... (cost|costs|save) [us|me] (more|less|money|anything|much) [than]",
        "(any idea|do you know) (what|how much) (it|that|this) ('d|would) cost",
        "(what|how) (would|will|does|do|might|could) [happen|change|it be|be|it look like|it mean"
        "|it look] (if|when|were)",
        "what (happens|would change|changes|if|would happen|would happen if|happened|will happen)",
        "(what|how) (would|will|does|do|might|could|'d|did) (it|that|this|we|i|you) (cost|save"
        "|take|mean|change|be|look|costs|pay) [me|us|like] [to|if|when]",
        "what ('s|is|would be|will be) the (cost|price|saving|bill|effect|damage) (if|for|to"
        "|when|of running|of charging|of heating|of doing|of washing|of drying|of keeping)",
        "(how much|how expensive|how cheap|how pricey|how costly|how much money|how dear) [money"
        "|energy|power|co2|electricity|more|cheaper|would|do|does|will|is|it] (would|does|will|do"
        "|is|'d|could|can|might|) [it|that|we|i|you|to|be|save] [cost|save|be|take|use|saves|need"
        "|costs|pay|it be] [me|us|it] [to|if|for|when|by|be|it] [we|i] [cost|be] [to|if]",
        "(would|will|is|does|could|'d) it (be|cost|get|save|make|come|) [any|much|a lot|me|us]"
        " (cheaper|greener|better|more expensive|less|more|quieter|money|pricier|dearer|sense|worth"
        " it|cleaner|out cheaper|quicker|faster) (to|if|when|for|by)",
        "(what|how much) (do|would|will|could|can|might|'d) (we|i|you|it) (save|pay|lose|gain"
        "|spend|need|use) [if|by|when|to]",
        "^(say|assume|assuming|let's say|let us say) [that] (i|we|you)",
        "^(say|let's say|let us say) [that] (the|my|our|it|<P>|everyone|nobody)",
        "(suppose|supposing|imagine|hypothetically|what if|just hypothetically|what about if"
        "|pretend)",
        "(show|tell|explain to) (me|us) what (would|will) happen [if|when]",
        "(what|) happens (if|when)",
        "(preview|simulate|dry run)",
        "(could|can|would) (we|i) (get away with|manage with|get by with|cope with|live with"
        "|manage|survive|make do with)",
        "what ('d be|would be|will be) the (cost|price|damage|bill) [of|for|to|if]",
        "what happens",
        "what would [it] [be] [if]",
        "what would",
        "(would|will|could|do|can|might) (we|i|it) (save|pay|spend|lose|gain) [us|me] (anything"
        "|something|much|a lot|any money)",
        "(what|will|would|does|did|do|might|how much) ... cost (me|us)",
        "(be|work out|come out|turn out|end up) [any|much|a lot] (cheaper|greener|cleaner|less"
        " expensive|more expensive|pricier|quieter)",
        "what'd happen [if|when]",
        "(what|how much) (it|that|this|we|i|they) ('d|would|will|could) (cost|save|mean|take|pay"
        "|be) [me|us] [to|if|when]",
        "(what|how much) ('s|is|would be|are) the (difference|extra cost|saving|savings) (if|when"
        "|of)",
        "(which|what) (is|would be|'s) (cheaper|greener|better) [:|,]",
        "(what|how much) (do|would|will|could|can|might|'d) (we|i|you|it|they) (save|pay|lose|gain"
        "|spend|need|use) [on (power|the bill|electricity)] (if|by|when|to)",
        "(what|how much)'d (it|that|this|we|i|they) (cost|save|take|be|pay|spend) [me|us] [to|if"
        "|when]",
        "(what|how much) (would|will|does) (<A>|<D>) .. cost",
        "what difference (would|does|will) it make (if|to)",
        "(do|would|will) we come out (ahead|cheaper) if",
        "(how|what) about the (cost|price) (of|if)",
        "is it (worth|worth it|worthwhile|cheaper|greener|better) [to|if]",
        "(would|will|could|do) (we|i) (save|pay|spend|lose|gain) [any|more|less] [money|on the"
        " bill] (if|by|when)",
    ),
    "turn.back": ("&before (you|we|i|it|the)", "&before"),
    "turn.onward": ("&after",),
    "turn.before": ("&(before|ahead of|prior to)",),
    "whatif.if": ("^(would|could|might|will) (the|my|our|we|it|i)",),
    "turn": (
        "[and] (in that order|in this order|in that sequence|in turn|back to back|in sequence"
        "|consecutively)",
        "[and] (one|<N>) (after the other|after another) [, not [both] (at once|at the same time"
        "|together|in parallel)]",
    ),
    "exclude": (
        "@machines|appliances|devices|everything (but) [for] [the|my|our] <D>",
        "but [for] (the one|the ones|that|that one|those|the light|the lights|the lamp) (in|on)"
        " [the|my|our] <A>",
        "(spare|sparing|miss out|leave unheated|leave uncleaned) the (<A>|<D>)",
        "(but|only|just|just not|except) (leave|keep|leaving|keeping) [on] [the|that in the] <A>"
        " [one|light|lights|lamp] [on|alone|as it is]",
        "(stay|stays|staying|keep|keeps|keeping) (out of|away from|clear of|off) [the|my|our]"
        " (<A>|<D>)",
        "{not} (go|going|enter|entering|venture) (in|into|to|near|) [the|my|our] <A>",
        "[the|my|our] <A> ('s|is|stays|remains) (off limits|off-limits|taboo|out of bounds|not"
        " included|to be left out)",
        "(except|except for|but not|apart from|other than|excluding|without|besides|save for|not"
        "|bar|minus|with the exception of|aside from|leaving out|just not|but leave out|skip"
        "|skipping|but skip|leave out|but never|barring|all but|save|but ignore|ignoring|sparing"
        "|but spare|outside|outside of) [in|for|the one in|the ones in|the light in|the lights in"
        "|the one|that one in|on] [the|my|our|his|her] (<A>|<D>) [(and|or|nor|, and|and also) [in"
        "|for] [the|my|our|his|her] (<A>|<D>)]",
        "(except|except for|but not|apart from|other than|excluding|bar|not|but) [in|for] [the] <A>"
        " , [in|for] [the] <A> (and|or) [in|for] [the] <A>",
        "(stay|keep|staying|keeping|stays) [it|the robot|the vacuum] (out of|away from|off|clear"
        " of) [the] <A>",
        "{not} (go|goes|going|come|coming|venture|enter|drive|run|vacuum|clean|hoover|do) (in|into|"
        "near|inside|to|) [the] <A>",
        "no need to (do|clean|vacuum|hoover|include|go into|go in|touch) [the] (<A>|<D>)",
        "[the] <A> {not} (need|require|want) (it|doing|cleaning|vacuuming|hoovering|that|any of"
        " it)",
        "[the] <A> (is|'s) (clean|fine|done|clean enough|clean already|already clean|already done)",
        "(except|except for|but not|apart from|other than|but|not|without|excluding|bar|save|all"
        " but|minus|aside from|besides|with the exception of|only not) [for] [in|on] [the|that one"
        " in the|the one in the|the ones in the] <A> ['s] (one|ones|light|lights|lamp)",
        "(except|except for|but not|apart from|other than|but|not|excluding|bar) [for] [the] <A> 's"
        " [one|light]",
        "(leave|leaving|let|left) [the] (<A>|<D>) (alone|out|out of it|be|untouched|as it is|as"
        " is)",
        "({not}|without) (touch|touching|include|including|disturb) [the] (<A>|<D>)",
        "({not}|without) (touch|touching|change|changing|turn off|turning off) [the] <A> (heating"
        "|temperature|light|lights|one)",
        "[the|my|our] <A> (<D>|one|ones|lamp|light) (excepted|excluded|aside|apart)",
        "[the] (<A>|<D>) (excepted|excluded|aside|stays as it is|can be left out)",
        "(every room|all rooms|all the rooms|everywhere|anywhere|every area|the whole house"
        "|everything|anything|any room|any other room) (but|save|bar|except|except for|apart from"
        "|other than) [in|into|for|the one in|the ones in] [the] (<A>|<D>) [(and|or|,) [the] (<A>"
        "|<D>)]",
    ),
    "hostile": (
        "(ignore|disregard|forget|override|bypass) [all|any|the|your|every] [of] [the|your|my]"
        " [previous|prior|above|earlier|preceding|other|safety|security|system] (instructions"
        "|instruction|prompts|prompt|rules|rule|context|guidelines|constraints|directives|checks"
        "|restrictions|policies|safeguards|confirmation|confirmations)",
        "(system|developer|admin|root) (prompt|message|override|mode)",
        "you are now",
        "(jailbreak|prompt injection|sudo|rm -rf|drop table)",
        "act as [an|a] [unrestricted|different|new|root|admin|system]",
        "(without|skip|no need for|do not ask for|don't ask for) [asking for|any|the] (confirmation"
        "|permission|approval|confirming|asking|consent)",
        "(pretend|imagine) (you are|you're|to be)",
    ),
}
