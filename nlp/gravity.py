"""Words of a single complaint that somebody must read at once, whatever was promised: see ``Gravity``.

English alone, as the judge that ships. Made to be right where they fire rather than to find all: an alert that is none
is paid for by every one that follows. "Hospital" alone is no case, being taken to one is.
"""

import re
from typing import Final

from voc.verdicts import Gravity

_BODY: Final = r"(?:hand|arm|leg|foot|face|skin|finger|fingers|back|wrist|ankle|head|eye|eyes|child|daughter|son|baby)"
_WORDS: Final[dict[Gravity, tuple[str, ...]]] = {
    Gravity.MEDICAL: (
        r"(?:taken|rushed|airlifted|ended up|landed (?:me|him|her)) (?:\w+ ){0,2}?"
        r"(?:hospital|a&e|the er|intensive care)",
        r"(?:called|call|needed|need|waited for) an ambulance",
        r"anaphyla\w+",
        r"allergic (?:reaction|shock)",
        r"(?:had|having|suffered|suffering) an? (?:\w+ )?(?:seizure|stroke|heart attack|miscarriage|asthma attack)",
        r"(?:lost consciousness|was unconscious|passed out|collapsed on)",
        r"(?:wrong|expired|contaminated) (?:medication|medicine|dose|dosage|insulin|blood)",
        r"food poisoning",
        r"(?:nearly|almost) died",
    ),
    Gravity.SAFETY: (
        r"(?:caught|catches|catching|set on) fire\b",
        r"(?:burst into|went up in) flames",
        r"(?:battery|charger|phone|device|unit|tyre|tire|glass|bottle) (?:\w+ ){0,2}?(?:exploded|blew up|shattered)",
        r"(?:gas|carbon monoxide|fuel) leak\w*",
        r"electrocuted|electric shock",
        rf"(?:burned|burnt|scalded|crushed|fractured|cut open|injured) (?:my|his|her|our) (?:\w+ )?{_BODY}",
        r"(?:brakes?|steering|seat ?belts?|airbags?) (?:\w+ ){0,5}?(?:failed|fail|gave out|did not work|didn't work)",
        r"(?:could|would|might) have (?:been killed|died)",
        r"(?:nearly|almost) (?:been )?killed (?:me|us|him|her|somebody|someone)",
        r"(?:choking|fire|trip|safety) hazard",
        r"smoke (?:was |came |coming |pouring )?(?:out of|from|in the cabin)",
        r"(?:threatened|attacked|assaulted|punched|groped|stalked) (?:me|us|him|her|my)",
    ),
    Gravity.DISCRIMINATION: (
        r"racist|racism|racial(?:ly)? (?:profil\w+|abus\w+|slur\w*)",
        r"discriminat(?:ed|ion|ing|es)",
        r"homophobi\w+|transphobi\w+|islamophobi\w+|antisemiti\w+|sexist|sexism",
        r"because of (?:my|our|his|her|their) (?:\w+ )?"
        r"(?:race|skin|religion|disability|wheelchair|accent|hijab|headscarf|gender|guide dog)",
        r"sexual(?:ly)? (?:harass\w+|assault\w*)",
    ),
    Gravity.LEGAL: (
        r"(?:my|our|a) (?:lawyer|solicitor|attorney|barrister)s?",
        r"(?:will|going to|gonna|'ll) sue|suing (?:you|them)|sue (?:you|them) for",
        r"(?:take|taking|taken|see) (?:\w+ ){0,2}?(?:to|in) (?:small claims )?court",
        r"small claims(?: court)?",
        r"legal (?:action|proceedings)",
        r"class action|lawsuit",
        r"(?:report|reported|reporting|complain|complained|complaint) (?:\w+ ){0,3}?to (?:the )?"
        r"(?:police|ombudsman|regulator|caa|dot|faa|fca|ofcom|ofgem|trading standards|data protection)",
        r"data breach|identity theft|stole my identity",
    ),
    Gravity.PRESS: (
        r"(?:going|go|gone|went|speak\w*|talk\w*|call\w*|contact\w*|tell\w*|told|tip\w*) (?:\w+ ){0,2}?(?:to )?"
        r"the (?:press|media|papers|newspapers?|news)\b",
        r"i(?: am|'m) (?:a|an) (?:\w+ )?(?:journalist|reporter|columnist)",
        r"(?:contact\w*|email\w*|writing to|wrote to|spoke to|speaking to) (?:\w+ ){0,2}?"
        r"(?:bbc|cnn|itv|watchdog|guardian|daily mail|new york times|a journalist|a reporter)",
    ),
}
_PATTERNS: Final = tuple(
    (kind, re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)) for kind, words in _WORDS.items()
)
_DENIED: Final = re.compile(
    r"\b(?:no|not|never|without|nobody|isn't|wasn't|weren't|don't|didn't|won't|wouldn't|rather than|free of)"
    r"(?: \w+){0,2} $",
    re.IGNORECASE,
)
_LOOK_BACK: Final = 40  # characters in which a denial stands


def gravity(text: str) -> Gravity | None:
    """What a complaint tells of that can't wait, the gravest first; None where it tells of nothing such."""
    plain = text.replace("’", "'")
    for kind, pattern in _PATTERNS:
        for found in pattern.finditer(plain):
            if not _DENIED.search(plain[max(0, found.start() - _LOOK_BACK) : found.start()]):
                return kind
    return None
