"""Which language a text is in, by py3langid's model of character sequences."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"  # ISO 639: undetermined
# The languages that customers of one brand are likely to write; asked for all 140 it takes "Top!" for Tongan.
_CONSIDERED = tuple("en de fr es it nl pt pl sv da no fi cs tr ru uk ar he el ro hu zh ja ko hi id vi th".split())
# Two-word texts score below this in any language: too little to tell by.
_SURE = 0.6


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_CONSIDERED))
    return identifier


def detect(text: str, hint: str | None = None) -> str:
    """The ISO 639-1 code of a text's language; where the text is too short to tell, the hint, else ``und``."""
    language, probability = _identifier().classify(text)
    if probability >= _SURE:
        return str(language)
    return re.split(r"[-_]", (hint or "").strip().lower())[0] or UNKNOWN
