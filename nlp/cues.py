"""The words around a quantity that tell what it is of, all in lower case.

``before`` patterns are searched in the words before a quantity, ``after`` ones matched at the words after it. They
are read by nlp.measures only, and lean to saying that a quantity is no experience.
"""

import re
from typing import Final

ABOUT: Final = r"(?:(?:about|around|roughly|like|maybe|only|just|well|a|the|good|further|for|another)\s+){0,3}$"
OVER: Final = re.compile(rf"\b(?:over|more than|longer than|at least|upwards? of|beyond|past)\s+{ABOUT}")
UNDER: Final = re.compile(
    rf"\b(?:under|less than|within|inside|below|not even|fewer than|(?:no|not) (?:more|longer) than)\s+{ABOUT}"
)
NEARLY: Final = re.compile(rf"\b(?:nearly|almost|close to|nearer|best part of|getting on for)\s+{ABOUT}")
PLUS: Final = re.compile(r"(?:\+|plus\b|or more\b)")

# What precedes or follows a quantity that the customer did not get, or got of something else.
STATED_BEFORE: Final = re.compile(
    r"\b(?:promis\w+|suppos\w+|should\w*|ought|meant|instead of|rather than|says?|said|saying|stat(?:es?|ed)"
    r"|advertis\w+|claim(?:s|ed|ing)? (?:to|that|it)|guarantee[sd]|quot\w+|told|expect\w*|up to|unlike|estimat\w+|aim"
    r"|if|whether|unless|would|could|might|may|can|will|won|shall|must|want\w*|hop(?:e|ed|ing)|does|do (?:you|u)"
    r"|(?:is|are|was|were) to|minimum|maximum|max|min|anywhere near)\b"
    r"|\bnot\s+(?:the\s+|in\s+|within\s+)?$|[\"“][^\"”]*$|(?:^|\s)['‘][^'’]*$|['’](?:ll|d)\s+(?:be|take|come|have)\b"
)
STATED_AFTER: Final = re.compile(
    r"(?!as\b|like\b|just\b|exactly\b|to\b)(?:[\w'’]+\s+){0,2}?(?:promised?|advertised|guaranteed?|quoted|stated|claim"
    r"|claimed|says?|said|policy|target|limit|standard|rule|slot|window|deal|thing|mark)\b"
)
OTHER_BEFORE: Final = re.compile(
    r"\b(?:customers?|members?|clients?|loyal|lived?|living|work(?:ed|ing)|known|knew|booked|stay(?:ed|ing|s)?|flew|flown"
    r"|flying|drove|driven|driving|travell?(?:ed|ing)|holiday|aged?)\b"
    r"|\b(?:open|on|every|each|last|past|next|previous|first|coming|these|another|extra|further|other|final)\s+$"
)
OTHER_AFTER: Final = re.compile(
    r"-?(?:['’]s?\s+)?(?:ago|old|early|earlier|beforehand|in advance|in front|ahead|notice|left|to go|to spare|away"
    r"|more|sooner|faster|quicker|from|into|apart|per|every|past|a (?:day|night|week|month|year|time|pop)"
    r"|to (?:walk|drive|fly|spare|go|make|get (?:there|to|home|here))|before (?:my|our|the|departure|boarding|take-?off"
    r"|check-?in|pick-?up|closing)|after (?:it|they|closing|the (?:slot|window|time))"
    r"|(?:\w+\s+)?(?:flights?|drives?|driving|journeys?|trips?|trains?|bus|cab|taxi|rides?|walks?|strolls?|layovers?"
    r"|stopovers?|stays?|breaks?|holidays?|weekends?|courses?|contracts?|plans?|warrant\w+|guarantees?|trials?"
    r"|memberships?|intervals?|overlap|battery|sleep))\b"
)
OF_A_THING: Final = re.compile(
    r"(?!(?:1|one|an?|half|the)\b).*(?:second|minute|hour|day|week|month|year)$"
)  # 24-hour gym
LATE: Final = re.compile(r"-?(?:late|delay(?:ed)?|behind|overdue)\b")
DELAYED: Final = re.compile(r"\b(?:delay(?:ed)?|late|overdue)\s+(?:(?:by|of|for|about|around|over)\s+)*$")

# What makes a quantity the one that was had.
WAITED_BEFORE: Final = re.compile(
    r"\b(?:wait\w*|queu\w*|sat|sitting|stood|standing|stuck|held|hold|delay\w*|late|took|takes?|taken|taking|after"
    r"|been|spent|wasted|still|came|arriv\w*|turned up|nearly|almost|over|more than|longer than|best part of)\b"
    r"|^[^\w,]*(?:about |some |a whole |a full )?$"  # it opens the clause: "50 minutes on hold"
)
WAITED_AFTER: Final = re.compile(
    r"-?(?:late|later|delay\w*|waits?|waiting|queu\w*|behind|overdue|after|since|in the queue|on hold|on the phone"
    r"|before|until|without|with no|no\b|to (?:get|answer|reach|find|pick|come|arrive|be|speak|tell|say))\b"
)
DONE_BEFORE: Final = re.compile(rf"\b(?:in|within|inside|under|took|taken|after|less than)\s+{ABOUT}")
DONE_AFTER: Final = re.compile(r"(?:later|flat|after)\b")
LASTED: Final = re.compile(
    r"\b(?:last(?:ed|s)?|survived|ran|held(?: up)?|got|had|gave (?:me|us|him|her|them)|given|spent|only|just|died|dies"
    rf"|dead|gone|stale|failed|broke|stopped(?: working)?)\s+(?:(?:for|after|in|within)\s+)?{ABOUT}"
)
CHARGED: Final = re.compile(r"\b(?:charg\w+|costs?|paid|pay|bill(?:ed)?|came to|rang up|debited)\b")
RECEIVED: Final = re.compile(
    r"\b(?:got|get|received|gave|given|credited|refunded|paid (?:me|us|out)|offered|compensat\w+|voucher|credit)\b"
)
TROUBLE: Final = re.compile(
    r"\b(?:no|not|never|nobody|nothing|none|nor|still|without|yet|gave up|cut off|hung up|hold|refus\w+|charg\w+"
    r"|suppos\w+|cannot|apparently|allegedly|heard|read (?:that|it)|swears?|ignor\w+|wrong|broken|lost|only to|until"
    r"|automat\w+|robot|bot|unfortunately|sadly|if|leaves?|boards?|boarding)\b|n['’]t\b|\?"
    r"|^\W*(?:is|are|do|does|did|can|could|will|would|how|what|when|why)\b"
)
PRAISE: Final = re.compile(
    r"\b(?:great|lovely|excellent|amazing|brilliant|fantastic|wonderful|superb|perfect\w*|impress\w+|thank\w*|quick\w*"
    r"|prompt\w*|pleased|delighted|kind\w*|no (?:fuss|problem|trouble|charge|fee)|on time|kept|hardly|free"
    r"|never (?:a|had|have|more|over|wait\w*)|exactly never)\b|\b(?:did|was|were)n['’]t (?:\w+ ){0,2}$"
)

# Wordings whose least duration is a time for the customer to act in: "I returned it after ten days" keeps it.
TIME_TO_ACT: Final = re.compile(
    r"\b(?:cancel\w*|return\w*|refund\w*|mind|back|guarante\w+|warrant\w+|match\w*|cheaper|differen\w+|replac\w+|repair\w*"
    r"|remake|swap|free\w*|freez\w+|frozen|pause\w*|notice|price\w*|trial|not happy)\b",
    re.IGNORECASE,
)
OF_DELAYS: Final = re.compile(r"\b(?:delay\w*|late|held|stuck|cancel\w+)\b", re.IGNORECASE)
CUT: Final = re.compile(r"[.;:!?()\[\]\n,–—]|\b(?:but|and|then|so|yet|although|though)\b")
