"""English: what is done, and the words that join."""

from __future__ import annotations

from tarl.planning.language.lexicon import SEPARATORS

PHRASES: dict[str, tuple[str, ...]] = {
    "verb.on": (
        "(turn|switch|power|fire|put|get|turning|switching|turned|switched|kick|bung|chuck|stick"
        "|pop|whack|sling|flick|throw) on",
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
        "(run|start|do|launch|begin|running|starting|doing|ran|kick off|started|kick-off|get going"
        "|set going|operate|start up|run a|go|going|runs|starts|goes|send|send out|dispatch|fire up"
        "|have|put|clean|washed|wash|washing|cleaned|make|making|made|brew|brewing|get done|work"
        "|works|set off|set|finish|finished|done|ready|complete|completed|schedule|scheduled"
        "|through|hoovered|vacuumed|dried|clean up|sorted|give|water|watered|cycle|program|see to"
        "|take care of|handle|plan|get|getting|dry|drying)",
    ),
    "verb.charge": (
        "@not|n't|to|please|and|then|you|, (top)",
        "^top",
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
        "(discharge|discharging|drain|draining|use|run (off|on|from|the house off|the house on|the"
        " house from|everything off|everything from|on power from)|sell|selling|sell (power|energy"
        "|electricity|back|some power) [from|off|out of]|live off|power the house from|feed in"
        "|empty|feed the grid from|export|export from|draw from|draw on|supply the house from|use"
        " up|deplete|power the (house|home) (with|from|off|by)|tap|take from|feed from|dump|release"
        "|drawing from|using|rely on|run off|run on|run from)",
        "(run|runs|ran|running|power|powers|powered|powering|feed|feeds|fed|feeding|supply|supplies"
        "|supplied|carry|carries|cover|covers) [the|our] (house|home|place|load|whole house"
        "|kitchen)",
        "(go|run|going) down",
        "(into|onto|back to|back into) the (grid|network|mains)",
        "(feed|sell|send|push|export|give|return) [some|any] [power|energy|electricity|it|surplus]"
        " [back] (into|to) the (grid|network) [from|out of|off]",
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
        "(wait|waiting|hold off|hang on) (with|on|before running|before starting)",
        "(hold off|holding off|postpone|postponing|delay|delaying|defer|deferring|reschedule"
        "|rescheduling|push back|pushing back|move back|shift|bring forward|bring ahead|move up"
        "|hold back|hang fire) [with|on|of]",
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
    "verb.arm": ("(arm|arming|armed)",),
    "verb.disarm": ("(disarm|disarming|disarmed)",),
    "verb.unlock": ("(unlock|unlocked|unlocking|unbolt)",),
    "early.watch": (
        "^who ('s|is) [(that|there|standing)] (at|outside) [the|our|my] ([front] door|<D>)",
        "^is [there] {somebody} [standing] (at|outside) [the|our|my] ([front] door|<D>)",
    ),
    "verb.watch": (
        "(sees|see|seeing|spots|spot|recognises|recognizes|notices|detects|identifies|identify)"
        " (people|someone|somebody|anyone|a person|a visitor|visitors|persons|who it is|movement)",
        "(watch|watching|watches|look out|looking out|looks out|spot|detect|detecting|monitor|keep"
        " watch|keep an eye|guard|recognise|recognize|observe|check who|see who|tell me who|notice"
        "|check whether|tell me if|tell me when|tell us if|tell us when|let me know who|let me know"
        " if|let me know when|check for|check if|see if|see whether|monitoring|alert|look for"
        "|report|spotting|be on the lookout|watch out|people detection) [out] [for|on|whether|if"
        "|who|me if|me who|us who|us if|over] [any|the|'s|is|when] [(people|visitors|persons"
        "|someone|somebody|anyone|strangers|intruders|who|who's|who is|burglars|movement|whoever"
        "|the door|person|front door|a person|people who)] [(at the door|at the front door|comes|is"
        " at the door|outside|there|at our door|in the hall|coming to the door|come|come by|comes"
        " to the door|come to the door)]",
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
        "(make sure|ensure|see to it) [that] [the|our] (house|home|place|everything|it) (is|stays"
        "|remains|be)",
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
        "(is|are|'s|be|stays|remains) (off limits|off-limits|forbidden|banned|taboo|a no-go|a no no"
        "|out of the question|prohibited|not ok|not okay|not allowed|not permitted)",
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
        *SEPARATORS,
        "-",
    ),
    "first": (
        "(goes|comes|go|come|should go|to go|must go|is to go|should come) first",
        "first|firstly|before the rest|before the (other|others)",
    ),
    "only": ("only", "exclusively", "solely"),
    "only.just": ("just",),
    "proposal": ("^[and] (what|how) about",),
    "source": ("[straight] (from|off|out of|via) {grid} [power|electricity]",),
    "early.run": ("off (you|it|we) (go|goes)",),
    "drained.battery": (
        "(run|take|bring|draw|get|pull|running|taking|bringing|drawing) [the|our|my] (<D>|home"
        " battery|house battery|battery|powerwall) (right|all the way|) down",
        "(let|letting) [the|our|my] (<D>|home battery|house battery|battery|powerwall) (run|go"
        "|drain|drop|get|fall) down",
    ),
}
