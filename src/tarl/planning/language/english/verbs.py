"""English: what is done, and the small words."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "verb.on": (
        "(turn|switch|power|fire|put|get|turning|switching|turned|switched|kick|bung|chuck|stick"
        "|pop"
        "|whack|sling|flick|throw) on",
        "(switch|power|fire|get|switching|switched|kick|stick|pop) up",
        "on",
        "activate",
        "enable",
        "turned on",
        "switched on",
    ),
    "verb.put_off": ("(put|putting) off",),
    "verb.off": (
        "a (break|rest|breather)",
        "extinguish|extinguishing",
        "unplug",
        "(take|taking) off (the charger|charge)",
        "(turn|switch|power|shut|turning|switching|turned|switched|get|going|go) off",
        "off",
        "lights out",
        "(stop|pause|halt|deactivate|disable|kill|cut|stopping|pausing|suspend|shut down"
        "|interrupt|cancel)",
    ),
    "verb.out": ("out",),
    "upward.open": ("up",),
    "upward.close": ("down",),
    "one": ("!no|any|every|some|each|this|that|which|no- (one|ones)",),
    "verb.run": (
        "(run|start|do|launch|begin|running|starting|doing|ran|kick off|started|kick-off|get "
        "going|set going|operate|start up|run a|go|going|runs|starts|goes|send|send out"
        "|dispatch|fire up|have|put|clean|washed|wash|washing|cleaned|make|making|made|brew"
        "|brewing|get done|work|works|set off|set|finish|finished|done|ready|complete"
        "|completed|schedule|scheduled|through|hoovered|vacuumed|dried|clean up|sorted|give"
        "|water|watered|cycle|program|see to|take care of|handle|plan|get|getting|dry|drying)",
    ),
    "verb.charge": (
        "(sip|sipping|guzzle|drink|suck|slurp|soak up|take on) [some|a bit of|up|in]"
        " (power|electricity|juice|energy)",
        "(charge|charging|recharge|recharging|top up|fill|fill up|plug in|charged|topped up"
        "|filled|juice up|charge up|load up|refill|plugged in|filling|topping up|recharged"
        "|store|keep charging|charges|filled up|juiced up|top off)",
    ),
    "verb.discharge": (
        "(run|running|take|bring|draw|drain) [it|the battery|<D>] down",
        "(run|running|bring|draw) <D> down",
        "(discharged|drained|emptied|exported|tapped|depleted|used up|sold [from|off|out of]|ran"
        " (off|on|from)|fed from|drew from|lived off|relied on|emptying|exporting|tapping)",
        "(discharge|discharging|drain|draining|use|run (off|on|from|the house off|the house on"
        "|the house from|everything off|everything from|on power from)|sell|selling|sell "
        "(power|energy|electricity|back|some power) [from|off|out of]|live off|power the house "
        "from|feed in|empty|feed the grid from|export|export from|draw from|draw on|supply the "
        "house from|use up|deplete|power the (house|home) (with|from|off|by)|tap|take from"
        "|feed from|dump|release|drawing from|using|rely on|run off|run on|run from)",
        "(run|runs|ran|running|power|powers|powered|powering|feed|feeds|fed|feeding|supply|supplies"
        "|supplied|carry|carries|cover|covers) [the|our] (house|home|place|load|whole house"
        "|kitchen)",
        "(go|run|going) down",
        "(into|onto|back to|back into) the (grid|network|mains)",
        "(feed|sell|send|push|export|give|return) [some|any] [power|energy|electricity|it"
        "|surplus] [back] "
        "(into|to) the (grid|network) [from|out of|off]",
    ),
    "verb.set": ("(set|setting|change|bring|put|turn|take|drop|crank|pump|get to|push to|knock)",),
    "verb.set.down": ("(lower|lowering|lowered)",),
    "verb.set.up": (
        "(raise|raising|raised|lift|lifting)",
        "(turn|turning|turned|put|crank|cranking|nudge|bump|whack|ramp) up",
    ),
    "verb.set.more": (
        "(nudge|tweak|ease|bump|adjust|reduce|reducing|increase|increasing)",
        "(on|to|at) [a] (low|lower|high|higher) [setting|level|heat]",
        "[a] (couple of|few) degrees",
        "[by] a (notch|touch|tad|smidge|bit|little bit) (less|more|lower|higher)",
        "[by] a (notch|touch|tad|smidge)",
    ),
    "verb.heat.more": ("(warmer|hotter|toastier)", "more (heat|warmth)"),
    "verb.cool.more": ("(cooler|colder|chillier|less warm|less hot)",),
    "verb.shift": (
        "(hold off|holding off|postpone|postponing|delay|delaying|defer"
        "|deferring|reschedule|rescheduling|push back|pushing back|move back|shift|bring forward"
        "|bring ahead|move up|hold back|hang fire) [with|on|of]",
        "forward",
        "(push|move|pushing|moving)",
    ),
    # Before the names of devices: what needs heating is not the heating.
    "early.heat": (
        "(need|needs|want|wants|could do with|could use|require|requires|deserves) (heating|warming"
        "|warming up|heating up)",
    ),
    "verb.heat": (
        "(heat|warm|heating|warming|heat up|warm up|heated|warmed|preheat|pre-heat|prewarm"
        "|warm|toasty|hot)",
    ),
    "verb.cool": ("(cool|cooling|cool down|cool off|cooling off|cooling down|chill|cooled|cold)",),
    "verb.dim": ("(dim|brighten|dimmed|dimming|brightening|brightened)",),
    "verb.open": ("(open|opening|opened|open up|roll up|unclosed)",),
    "verb.close": ("(close|closing|closed|shut|shutting|roll down)",),
    "verb.lock": (
        "(lock|locked|locking|lock up|locked up|bolt|bolted|double lock|double-lock)",
        "(secure|securing|fasten) (the|our|my)",
    ),
    "verb.unlock": ("(unlock|unlocked|unlocking|unbolt)",),
    "early.watch": (
        "^who ('s|is) [(that|there|standing)] (at|outside) [the|our|my] ([front] door|<D>)",
        "^is [there] {somebody} [standing] (at|outside) [the|our|my] ([front] door|<D>)",
    ),
    "verb.watch": (
        "(sees|see|seeing|spots|spot|recognises|recognizes|notices|detects|identifies|identify) "
        "(people|someone|somebody|anyone|a person|a visitor|visitors|persons|who it is|movement)",
        "(watch|watching|watches|look out|looking out|looks out|spot|detect|detecting|monitor"
        "|keep watch|keep an eye|guard|recognise|recognize|observe|check who|see who|tell me who"
        "|notice|check whether|tell me if|tell me when|tell us if|tell us when|let me know who"
        "|let me "
        "know if|let me know when|check for|check if|see if|see whether"
        "|monitoring|alert|look for|report|spotting|be on the lookout|watch out|people "
        "detection) [out] [for|on|whether|if|who|me if|me who|us who|us if|over] [any|the|'s"
        "|is|when] [(people|visitors|persons|someone|somebody|anyone|strangers|intruders|who"
        "|who's|who is|burglars|movement|whoever|the door|person|front door|a person|people "
        "who)] [(at the door|at the front door|comes|is at the door|outside|there|at our door"
        "|in the hall|coming to the door|come|come by|comes to the door|come to the door)]",
        "[who's|who is] at the [front] door",
        "(tell|show|let|warn|alert|notify|inform|ping|message|text) (me|us) [know] [when|if|about"
        "|who|whether|of|as soon as] [any|some|there's|there is|the|a] (someone|somebody|anyone"
        "|anybody|people|person|strangers|stranger|visitors|visitor|burglars|intruders|movement"
        "|whoever|parcel|postman|callers) [(rings|knocks|calls|comes|is there|'s there|turns up"
        "|shows up|drops by|stands|appears|walks) [up|by|round|outside|in]] [at|to|near|outside]"
        " [the|our|my] [front] [door]",
        "(who|whoever) (rings|knocks|calls|comes|turns up|shows up|drops by|stands) [up|by|round"
        "|outside|in] [at|to|near|outside] [the|our|my] [front] [door] [bell]",
        "!the|a|our|this|that|my|any|some (film|record) [for]",
        "(filming|recording|surveil|survey|keep tabs on|keep watch over|keep an eye out"
        "|keep an eye on|keep a lookout|be on guard) [for]",
        "(people|person) detection",
        "for people",
    ),
    "verb.keep": (
        "(make sure|ensure|see to it) [that] [the|our] (house|home|place|everything|it) "
        "(is|stays|remains|be)",
        "(keep|keeps|keeping|kept|hold|holding|maintain|maintaining|maintained|stay|stays"
        "|staying|remain|remains|held|ensure)",
    ),
    "verb.hate": ("({not} (stand|bear|like|abide|tolerate)|hate|dislike) [it] [when|if]",),
    "verb.prohibit": (
        "(stop|prevent) [the|our] (house|home|place|room|temperature|living room|humidity) [from]",
        "(preventing|stop|keep|prevents) (it|that) from",
        "prevent [from]",
        "({not}) (want|let) [the] [(house|home|room|it)]",
        "must never",
    ),
    "quantity.security": (
        "(secure|safe|secured|protected|burglar-proof|locked up|security|safety)",
    ),
    "quantity.humidity": (
        "(humidity|moisture|relative humidity|air humidity|damp|dampness|humid)",
    ),
    "quantity.temperature": ("(temperature|temp|temperatures)",),
    "quantity.brightness": (
        "(brightness|brighter|bright|light level|lighting|illumination|light levels|dimmer)",
    ),
    "quantity.power": (
        "(power draw|power consumption|load|power use|total power|house power|consumption|draw"
        "|whole house|power)",
    ),
    "banned": (
        "(is|are|'s|be|stays|remains) (off limits|off-limits|forbidden|banned|taboo|a no-go|a no "
        "no|out "
        "of the question|prohibited|not ok|not okay|not allowed|not permitted)",
    ),
    "not": (
        "(forget|disregard|ignore|never mind|nevermind|don't worry|don't bother|no need to bother)"
        " [about|with]",
        "({not}|avoid|refrain from)",
        "from (running|starting|charging|coming on|going on|being on|washing|drying|turning on|"
        "switching on|operating|kicking in|being used)",
        "{nobody} (wants|likes|needs|should have|has) to hear [any of]",
        "no (way|need to)",
        "(i|we) (don't|do not|never|can't|cannot) (want to|wanna|stand to|bear to|stand|bear) (hear"
        "|hearing|listen to|be woken by|see) [any of]",
    ),
    "separator.so": ("[,|;] so [please]",),
    "separator.places": ("and",),
    "separator": (
        "[,|;] (and|but|also|plus|as well as|and also|while also|yet|or|though|so) [also|please]",
        ",",
        ";",
        ":",
        ".",
        "!",
        "?",
        "-",
        "/",
    ),
    "first": (
        "(goes|comes|go|come|should go|to go|must go|is to go|should come) first",
        "first|firstly|before the rest|before the (other|others)",
    ),
    "only": ("only", "exclusively", "solely"),
    "only.just": ("just",),
    "proposal": ("^[and] (what|how) about",),
    "filler.hedge": (
        "(if|where|when|whenever|wherever) [at all|it's|it is|that's|that is] (possible|feasible"
        "|available)",
        "(if|where|when|whenever|wherever) (you|we|it|they) (can|could|possibly can)",
        "(if|when|where|whenever|as long as|so long as) (there's|there is) (any|some|enough)",
        "if [at all] (possible|it works|that works)",
        "(preferably|ideally|for preference|by preference|by choice|as a preference)",
        "(i'd|i would|we'd|we would) (rather|sooner|much rather|prefer) [to|that|it if]",
    ),
    "polite.hedge": (
        "^(if|where|when|whenever|wherever) [at all|it's|it is|that's|that is] (possible|feasible)",
        "^(where|when|whenever|wherever) (you|we|it) (can|could) ,",
    ),
    "polite": (
        "^[oh|hello|hi] [,] [(it's|this is)] [only|just] (grandma|grandpa|granny|gran|nan|nana"
        "|mum|mom"
        "|dad|grandad|granddad|auntie|uncle|me|your [old] (mother|father|mum|mom|dad|gran|aunt))"
        " (here|speaking|calling|again) (,|.|!|:|-)",
        "[oh] for (heaven's|goodness'|goodness's|god's|pity's|crying out) (sake|loud)",
        "({everybody}|<P>|daddy|mummy|mommy|teacher) (says|said|asks|wonders) [(if|whether|that)]"
        " (can|could|would|will) (you|we|it)",
        "(i|we) (said|told you|keep saying) [:|,]",
        "would it (kill|hurt|harm) you to",
        "(i|we) (don't|do not) suppose (you|it) (could|can|would|might|'d)",
        "^[right|okay|ok|now|come on] [,] [(it's|it is)] (bedtime|bath time|dinner time|tea time"
        "|nap time|school time) [(everyone|kids|children|you"
        " lot|folks)] (,|.|!|:)",
        "[and] (be quick [about it|now]|quick sticks|make it snappy|look sharp|look lively)",
        "like (a|an|the) (sauna|oven|fridge|freezer|furnace|icebox|greenhouse|cave|tomb|swamp"
        "|jungle"
        "|north pole|arctic|ice rink)",
        "(chop chop|hurry up|get a move on|get on with it|there's a (good|dear|love)"
        " [house|boy|girl])",
        "(,|;|:|.|!|-) (come on|go on) (,|;|.|!|now|then)",
        "would you (believe it|credit it|look at that)",
        "(be|you're|you are) (a|an) (dear|angel|darling|love|treasure|sweetheart|star) [and|,]",
        "if you ('d|would|could) [only] be (so|as|a|an) (good|kind|nice|dear|sweet|angel|love"
        "|gracious)"
        " [as to]",
        "if (it isn't|it's not|it is not|that's not|that isn't) (too much|a|any|much|too)"
        " [much|of a] (bother|trouble|nuisance|problem|hassle|late|to ask)",
        "(i|we) ('m|am|'re|are) (on a shoestring|on a [tight] budget|skint|broke|hard up|strapped"
        " [for cash]|counting [the|our|every|my] (pennies|penny|cents|cent)|watching (the|every|my"
        "|our) (pennies|penny|cents|cent))",
        "(it|tonight|today) ('s|is) (hair-wash|bath|hair|wash|curry|pizza|date|school|quiz|games"
        "|bingo"
        "|poker|bin) (night|day|evening)",
        "(it|today|tomorrow) ({be}|'s) [our|my|the|a] (laundry|wash|washing|cleaning|bin) day",
        "(it|tonight|tomorrow|today) ({be}|'s) [our|my|the|a|an|his|her] (school|work|week|bin"
        "|curry"
        "|pizza|pasta|taco|game|games|quiz|bath|match|market|poker|bowling|exam|training|practice"
        "|choir|club|band|football|washing-up|ironing|shopping|gym|rest|big|busy|hectic|rough|tough"
        "|lazy|short|quiet|normal|ordinary|regular) (night|nights|morning|mornings|day|evening)",
        "(it|tonight) ({be}|'s) [a] (weeknight|weekday|workday|school day|bank holiday|weekend)",
        "(school|week|quiz|curry|pizza|taco|game|games|poker|bowling|bath|match|market) (nights"
        "|night)",
        "(i|we|they) {be} [both|all|always|really] on a [very|really|pretty|rather|bit of a]"
        " (tight|small|low"
        "|limited|modest|student|strict|tiny|fixed|shoestring|thin|) (budget|shoestring|pension"
        "|income|salary)",
        "[the|our|my] (budget|money|cash|finances) ({be}|'s) [a bit|a little|very|really|rather"
        "|pretty|quite|so] (tight|limited|short|low|scarce|small|strained) [at the moment|right now"
        "|this month|these days]",
        "[,|-] [and] not (a|an|one) [single] (second|minute|moment|hour|day) (later|longer|more"
        "|sooner"
        "|earlier|too late)",
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
        "|pressing"
        "|time-critical|in a hurry|in a rush)",
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
        "|most"
        " sensible|good|better|optimal) (way|ways|time|times|moment|hour|plan|slot|idea) (to|for"
        "|of)",
        "on (my|our|the) way (out|home|in|to work|to school) [of] [the] [(door|house)]",
        "(no|there's no|there is no|without) [any|great] (rush|hurry|urgency|haste) [with|for|on"
        "|about]",
        "for (our|the|my|some) (guests|visitors|friends|in-laws|parents)",
        "first thing",
        "(sharp|on the dot|at the very least for now)",
        "(is there|any|would there be) [any|a] (chance|way|possibility) [of|to|that|for] [you|us] "
        "[could|can|to]",
        "(would you mind|do you mind|would it be possible to|is it possible to|would it be ok to"
        "|do me a favour and|do me a favor and|be so kind as to|would you be so kind as to|can i "
        "ask"
        " you to|may i ask you to|i'd be grateful if [you could]|right away|straight away|the "
        "thing "
        "is|if you get the chance|when you get a chance|if it's no trouble|if it's all the "
        "same to you|if at all possible|as per usual|like usual|as usual|as always)",
        "(it'd|it would|would it|it'd really|would) be (great|nice|lovely|good|cool|perfect|best"
        "|ideal"
        "|wonderful|awesome|possible|ok|okay) if",
        "(i'd|i would|we'd|we would) (like|love|appreciate|be happy|be glad|prefer) it if",
        "if (you|it) (please|wouldn't mind|don't mind|like|would)",
        "if (you'd be so kind|that's ok|you please)",
    ),
    "filler.it": ("it",),
    "filler.source": ("[straight] (from|off|out of|via) {grid} [power|electricity]",),
    "source": ("[straight] (from|off|out of|via) {grid} [power|electricity]",),
    "filler": (
        "({not}) forget [to|about|that]",
        "i mean",
        "tell|ask",
        "(nice|good|lovely) and",
        "({be}|has|have|'s|'ve) [all] [been] (piling|piled|stacked|stacking|heaped|building"
        "|mounting"
        "|mounted) [up] [again|high|everywhere]",
        "[{be}] (able to|capable of|in a position to)",
        "(i'd|we'd|i would|we would) (rather|sooner|much rather|prefer) [to]",
        "'d|'ll|'ve|'m",
        "[much|any|a lot] (cheaper|greener|dearer|pricier|more expensive|less expensive)",
        "(would|will|does|do|might|could|'d) cost [me|us]",
        "(it costs|costs me|costs us|costs|what it costs) [to]",
        "(pictures|recordings|images|data|whatever|records|video|films|sees|tell me|let me know)",
        "(instead of (the|) (grid|mains)|on the|on a|on my|on our|on this|please|pls|could you"
        "|can you|would you|will you|i want|i want you to|i'd like|i would like|i need|we need"
        "|hey|hi|hello|ok|okay|the|a|an|my|our|your|me|us|for me|just|now|it|to|be|is|are|let"
        "|let's|have|has|get|make|sure|that|this|of|in|on|at|for|with|so|then|i|we|you|thanks"
        "|thank you|needs|need|should|must|will|would|can|could|'s|'re|'d like|by|some|any|all"
        "|both|again|back|out|there|house|home|whole house|everything|everywhere|one"
        "|household|things|cycle|program|programme|course|level|mood|only|too|well|first"
        "|kindly|go|ahead|want|like|try|possible|if possible|overall|whole|entire|room|mode"
        "|rooms|power|energy|electricity|every|day|each|always|from|time|as|always|itself|they"
        "|them|he|she|its|today's|scene|routine|atmosphere|lighting|inside|outside|shall|may"
        "|might|also|when|while|if|about|wondering|was|thinking|i was|how about|maybe|perhaps"
        "|really|actually|do|does|way|use|using)",
        "(make sure|make sure that|right now|right away|immediately|at once|straight away"
        "|weekdays|on weekdays|every day|each day|i don't mind|no need|over there|a bit|a "
        "little)",
        "take|takes",
        "(see|see to it|check) that",
        "(it'd|it would|would) be (great|nice|lovely|good|cool|perfect|best|ideal) [that|to]",
        "(i'm|we're|i am|we are) (off|going|heading|running|tired)",
        "this (week|month|winter|summer|year)|instead|show|altogether",
        "(ever|footage|whenever|rather|still|yet|even|otherwise)",
    ),
}
