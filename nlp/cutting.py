"""Cuts oversized texts where a sentence ends.

To be done after redaction: half an e-mail address would not be known as one.
"""

import re
from typing import Final

from nlp.redaction import Redacted

# Characters before the bound among which a sentence end, or else white space, is looked for.
_LOOKED_THROUGH: Final = 2000
_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"\[[A-Z_]{1,20}\]")
_LONGEST_MARK: Final = 22


def cut(found: Redacted, most: int) -> Redacted:
    """The head of a redacted text, ``most`` characters at most, with the redactions that lie in it.

    It ends at the last sentence end before the bound, else at white space, else at the bound, and never inside a
    mark such as ``[EMAIL_ADDRESS]``. Places in the head are those in the whole.
    """
    if len(found.text) <= most:
        return found
    end = _end(found.text, most)
    place = found.original(end)
    return Redacted(found.text[:end], tuple(one for one in found.redactions if one.end <= place), is_cut=True)


def _end(text: str, most: int) -> int:
    from nlp.sentences import sentence_ends  # only here: it loads spaCy, and hardly any text is cut

    start = max(0, most - _LOOKED_THROUGH)
    # two more, to see whether the last sentence is followed by another
    ends = [start + end for end in sentence_ends(text[start : most + 2])]
    ends = [end for end in ends if end <= most] or [space.start() for space in _SPACE.finditer(text, start, most)]
    if ends and text[: ends[-1]].strip():
        return ends[-1]
    for mark in _MARK.finditer(text, max(0, most - _LONGEST_MARK), most + _LONGEST_MARK):
        if mark.start() < most < mark.end():
            return mark.start()
    return most
