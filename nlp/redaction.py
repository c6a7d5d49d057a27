"""Takes personal data out of a text before anything is stored, logged or counted, and makes author ids into keys.

Patterns only: e-mail, card numbers that pass Luhn, IBANs that pass mod 97, phone numbers, IP addresses, US social
security numbers. Names and street addresses are not found here.
"""

import hashlib
import hmac
import ipaddress
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Final, NamedTuple

from voc.verdicts import Redaction, RedactionKind

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# The next three begin with what they look for, and only then ask what stands before it: Python finds the beginning many
# times faster so.
_IBAN = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")
_IPV4 = re.compile(r"\d(?<![\w.:]\d)\d{0,2}(?:\.\d{1,3}){3}(?!\w|[.:]\w)")
_CARD = re.compile(r"\d(?<![\d-]\d)(?:[ -]?\d){12,18}(?![\d-])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_IPV6 = re.compile(r"(?<![\w.:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?<![^:]:)(?!\w|[.:]\w)")
_PHONE = re.compile(
    r"(?<![\w#/-])(?:(?:\+\d{1,3}[ .-]?|1[ .-])?(?:\(\d{1,5}\)[ .-]?)?\d{2,5}(?:[ .-]?\d{2,5}){1,4}"
    r"|0\d{2,5} ?/ ?\d{2,8}(?:[ .-]?\d{2,5}){0,3})(?![\w/-]|:\d)"
)
_DATE = re.compile(r"(?:\d{1,2}[.-]\d{1,2}[.-](?:19|20)\d\d|(?:19|20)\d\d[.-]\d\d[.-]\d\d)(?!\d)")
_PHONE_DIGITS = range(9, 16)  # fewer are order numbers and dates, more are no phone (E.164 has 15 at most)


def _passes_luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _passes_mod_97(text: str) -> bool:
    """ISO 13616: the country code and check digits moved to the end, letters as 10..35, leave 1."""
    compact = text.replace(" ", "")
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(character.isdigit() for character in text)  # "::" and "a::b" are addresses too, but meant as none


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    marked = text.startswith(("+", "0", "(")) or bool(re.search(r"\d[ .-]\d", text))
    return digits in _PHONE_DIGITS and marked and not _DATE.match(text)


class _Pattern(NamedTuple):
    """One kind of personal data. A text that holds it has ``digits`` digits at least, and its ``mark`` so often:
    most texts don't, and looking costs next to nothing."""

    kind: RedactionKind
    finds: re.Pattern[str]
    holds: Callable[[str], bool]
    digits: int
    mark: str = ""
    marks: int = 0


# In order of precedence: what an earlier pattern took, a later one can't take again.
_PATTERNS: Final = (
    _Pattern(RedactionKind.EMAIL_ADDRESS, _EMAIL, bool, 0, "@", 1),
    _Pattern(RedactionKind.IBAN_CODE, _IBAN, _passes_mod_97, 2),  # some countries allow letters after the check
    _Pattern(RedactionKind.CREDIT_CARD, _CARD, _passes_luhn, 13),
    _Pattern(RedactionKind.US_SSN, _SSN, bool, 9, "-", 2),
    _Pattern(RedactionKind.IP_ADDRESS, _IPV4, _is_address, 4, ".", 3),
    _Pattern(RedactionKind.IP_ADDRESS, _IPV6, _is_address, 1, ":", 2),
    _Pattern(RedactionKind.PHONE_NUMBER, _PHONE, _is_phone, _PHONE_DIGITS.start),
)
_DIGIT = re.compile(r"\d")  # of any script
_NO_DIGITS: Final = bytes(code for code in range(0x80) if not 0x30 <= code <= 0x39)


class Redacted(NamedTuple):
    """A text with marks such as ``[EMAIL_ADDRESS]`` in place of what was found; ``redactions`` are places in the
    text as it came, in order. ``is_cut``: only the head of it is left (nlp.cutting)."""

    text: str
    redactions: tuple[Redaction, ...] = ()
    is_cut: bool = False

    def original(self, offset: int) -> int:
        """The place in the text as it came of a place in the redacted one; inside a mark, where the mark starts."""
        shift, starts, shifts = 0, [], []
        for found in self.redactions:
            mark = len(found.kind.value) + 2
            starts.append(found.start + shift)
            shift += mark - (found.end - found.start)
            shifts.append((found, shift, mark))
        number = bisect_right(starts, offset) - 1
        if number < 0:
            return offset
        found, shift, mark = shifts[number]
        return found.start if offset < starts[number] + mark else offset - shift


def redact(text: str) -> Redacted:
    """Replace personal data by typed marks."""
    digits = _digits(text)
    if not digits and "@" not in text:
        return Redacted(text)
    looked_for = [p for p in _PATTERNS if digits >= p.digits and (not p.mark or text.count(p.mark) >= p.marks)]
    if not looked_for:
        return Redacted(text)
    found: list[Redaction] = []
    taken = bytearray(len(text))  # one look-up a hit, however many there are
    for pattern in looked_for:
        for hit in pattern.finds.finditer(text):
            start, end = hit.span()
            if not any(taken[start:end]) and pattern.holds(hit.group()):
                found.append(Redaction(start, end, pattern.kind))
                taken[start:end] = b"\1" * (end - start)
    found.sort(key=lambda redaction: redaction.start)
    pieces, at = [], 0
    for redaction in found:
        pieces += [text[at : redaction.start], f"[{redaction.kind.value}]"]
        at = redaction.end
    return Redacted("".join(pieces) + text[at:], tuple(found))


def _digits(text: str) -> int:
    if text.isascii():
        return len(text.encode().translate(None, _NO_DIGITS))
    return len(_DIGIT.findall(text))


def author_key(author: str, secret: bytes) -> str:
    """HMAC-SHA-256 of an author id, 32 hex digits: the same author is the same key, and nobody can go back."""
    return hmac.new(secret, author.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
