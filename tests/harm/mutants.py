"""Spoils good records the way feeds do: wrong types, huge numbers, halves of characters, cut bytes, endless texts."""

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

Document = dict[str, Any]

_LONGEST: Final = 1_100_000  # characters: some records are past the default of max_record_bytes
_MOST_BYTES: Final = 4_000_000  # a topic takes a megabyte at most unless its owner allows more
# characters of a text, and how often
_SIZES: Final = ((20, 200, 2_000, 20_000, 200_000, _LONGEST), (400, 400, 60, 5, 0.5, 0.1))
_RAW: Final = "@@raw@@"  # stands for a value that json.dumps can't or won't write

_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 5e-324, 2**31, 2**63, -(2**63) - 1, 2**64, 10**40),
    *(1e11, 1e14, 1e17, -1e14, 253402300800, 999999999, 1767225600, 1767225600000, 1767225600000000),
    *("", " ", "\n\t", "\x00", "a\x00b", "\ud800", "x\udfff", "\ufeff", "\u202e", "0", "-0", "1e999", "nan", "∞", "٣"),
    *("0000-00-00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "2026-W53-7", "20260110"),
    *(
        "2026-03-01T24:00:00",
        "2026-03-01T08:30:00+25:00",
        "2026-03-01T08:30:00.123456789Z",
        "1767225600.5",
        "99999999999999",
    ),
    *([], {}, [[]], [None], ["a", "b"], ["a", 1], {"a": {"b": {}}}, [{"id": "market", "value": ["EU"]}]),
)
_RAW_VALUES: Final = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "9" * 400,
    "9" * 5_000,
    "0." + "3" * 2_000,
    "01",
)
_PIECES: Final = (  # of texts: all but personal data, over and over
    *(
        "a@",
        "a@b.",
        "@",
        "a.b@c.d ",
        "1",
        "1 ",
        "1-",
        "12 ",
        "12.",
        "(1",
        "+1 ",
        "0/",
        "1:",
        "::",
        "a:",
        ":1",
        "1.1.1.1 ",
    ),
    *("DE12", "DE12 3456 ", "GB29 NWBK 6016 1331 9268 19", "000-12-3456 ", "078-05-1120", "4111 1111 1111 1111"),
    *(
        "[EMAIL_ADDRESS]",
        "word ",
        "Mr. ",
        "... ",
        "!?",
        "\n",
        "\t",
        "\u2028",
        "e\u0301",
        "\U0001f468\u200d\U0001f469",
        "ß",
        "ﬀ",
        "ı",
    ),
    *("within 20 min ", "2 hours and ", "half a ", "one hundred thousand ", "-5 % ", "£3.50 ", "1/2 ", "twenty "),
)
_WHOLE: Final[tuple[bytes | None, ...]] = (
    *(
        None,
        b"",
        b" ",
        b"\n",
        b"\x00",
        b"\xef\xbb\xbf",
        b"null",
        b"true",
        b"1",
        b'"text"',
        b"[]",
        b"{}",
        b"{",
        b"[" * 100_000,
    ),
    *(
        b'{"text":' * 50_000,
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        b'{"text": "a", "text": 1}',
        b'{"payload": {"op": "d"}}',
    ),
    *(
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b'{"text": "\xc3"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": "\\ud83d"}',
    ),
)


class Mutants:
    """Spoiled records, the same ones for the same seed and samples."""

    def __init__(self, samples: Sequence[Document], seed: int) -> None:
        self._samples, self._chance = [orjson.dumps(one) for one in samples], random.Random(seed)
        self._ways: tuple[Callable[[Document], None], ...] = (
            *(self._other_value,) * 4,
            *(self._other_text,) * 4,
            *(self._raw_value, self._without, self._wrapped, self._twice),
        )

    def next(self) -> bytes | None:
        """The next one: spoiled in one to three places, and one in four in its bytes as well."""
        if self._chance.random() < 0.01:
            return self._chance.choice(_WHOLE)
        document = orjson.loads(self._chance.choice(self._samples))
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            self._chance.choice(self._ways)(document)
        value = self._encoded(document)[:_MOST_BYTES]
        return self._broken(value) if self._chance.random() < 0.25 else value

    def _other_value(self, document: Document) -> None:
        self._put(document, copy.deepcopy(self._chance.choice(_VALUES)))

    def _raw_value(self, document: Document) -> None:
        self._put(document, _RAW)

    def _other_text(self, document: Document) -> None:
        self._put(document, self._text())

    def _without(self, document: Document) -> None:
        if document:
            inside, key = a_place(self._chance, document)
            del inside[key]

    def _wrapped(self, document: Document) -> None:
        if document:
            inside, key = a_place(self._chance, document)
            for _ in range(self._chance.choice((1, 1, 2, 50, 400))):
                inside[key] = [inside[key]] if self._chance.random() < 0.5 else {"value": inside[key]}

    def _twice(self, document: Document) -> None:
        if document:
            inside, key = a_place(self._chance, document)
            if isinstance(inside[key], str):
                inside[key] *= self._chance.choice((2, 10, 1000))

    def _put(self, document: Document, value: object) -> None:
        if document:
            inside, key = a_place(self._chance, document)
            inside[key] = value

    def _text(self) -> str:
        chance = self._chance
        size = chance.choices(*_SIZES)[0]
        pieces = chance.sample(_PIECES, 1 if size > 20_000 else chance.choice((1, 1, 2, 5)))
        return "".join(chance.choices(pieces, k=size // min(map(len, pieces)) + 1))[:size]

    def _encoded(self, document: Document) -> bytes:
        plain = self._chance.random() < 0.5
        text = json.dumps(document, ensure_ascii=plain)
        if _RAW in text:
            text = text.replace(f'"{_RAW}"', self._chance.choice(_RAW_VALUES))
        return text.encode("utf-8", "surrogatepass")

    def _broken(self, value: bytes) -> bytes:
        chance = self._chance
        at = chance.randrange(len(value) + 1)
        match chance.randrange(6):
            case 0:
                return value[:at]
            case 1:
                return b"\xef\xbb\xbf" * chance.choice((1, 2)) + value
            case 2:
                return value[:at] + bytes([chance.randrange(256)]) + value[at:]
            case 3:
                return value[:at] + bytes([chance.randrange(256)]) + value[at + 1 :]
            case 4:
                return value + value
            case _:
                return value.replace(b"{", b'{"id": "first", "text": "first", ', 1)  # keys that come again


def a_place(chance: random.Random, document: Document) -> tuple[Any, Any]:
    """A container in a document that is not empty, and the key or index of something in it."""
    inside: Any = document
    while True:
        key = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        value = inside[key]
        if not isinstance(value, dict | list) or not value or chance.random() < 0.1:
            return inside, key
        inside = value
