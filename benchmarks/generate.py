"""Makes verbatims of realistic length: sentences of the training corpus and of the catalogues, put together at random.

Seeded: the same seed gives the same records. The texts make no sense as a whole; they have the words, lengths,
sentence ends and metadata of a feed, which is what time and memory depend on.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from nlp.sentences import split
from nlp.training.corpus import read_corpus
from promises.catalogue import load_catalogue

CATALOGUES: Final = tuple(sorted((Path(__file__).parents[1] / "configs" / "catalogues").glob("*.yaml")))

_SENTENCES: Final = (1, 2, 3, 4, 5, 6)
_SENTENCE_WEIGHTS: Final = (20, 26, 22, 16, 10, 6)  # most reviews and tickets are short, a few are stories
_SPEAKS_OF_A_PROMISE: Final = 0.35  # of the verbatims: of the others most have no signal
_HAS_PERSONAL_DATA: Final = 0.04
_FIRST_DAY: Final = datetime(2026, 3, 1, tzinfo=UTC)
_DAYS: Final = 28
_CHANNELS: Final = ("app", "web", "phone", "chat", None)


@dataclass(frozen=True, slots=True)
class _Brand:
    """A brand of the catalogues with the values its records carry; ``None`` is a record that does not say."""

    name: str
    regions: Sequence[str | None]
    products: Sequence[str | None]
    examples: Sequence[str]


def verbatims(number: int, *, seed: int = 1) -> Iterator[bytes]:
    """Records in our own JSON, one a verbatim, each with an id of its own."""
    chance = random.Random(seed)
    sentences, brands = _sentences(), _brands()
    for count in range(number):
        brand = chance.choice(brands)
        created = _FIRST_DAY + timedelta(days=_DAYS * count / number)
        yield orjson.dumps(
            {
                "id": f"v{seed}-{count:07d}",
                "text": _text(chance, sentences, brand),
                "created_at": created.isoformat(timespec="seconds"),
                "brand": brand.name,
                "region": chance.choice(brand.regions),
                "product": chance.choice(brand.products),
                "channel": chance.choice(_CHANNELS),
                "author": f"customer-{chance.randrange(number * 2)}",
                "rating": chance.randint(1, 5),
            }
        )


def text_of(record: bytes) -> str:
    """The text of a generated record."""
    return str(orjson.loads(record)["text"])


def _text(chance: random.Random, sentences: Sequence[str], brand: _Brand) -> str:
    chosen = chance.choices(sentences, k=chance.choices(_SENTENCES, _SENTENCE_WEIGHTS)[0])
    if chance.random() < _SPEAKS_OF_A_PROMISE:
        chosen[chance.randrange(len(chosen))] = chance.choice(brand.examples)
    if chance.random() < _HAS_PERSONAL_DATA:
        number = chance.randrange(1_000, 9_999)
        chosen.append(f"Write to me at customer{number}@mail.example or ring 0171 555 {number}.")
    return " ".join(chosen)


def _sentences() -> list[str]:
    """The distinct sentences of the training corpus, in a fixed order."""
    corpus = read_corpus()
    texts = [one.text for brand in corpus.brands for one in brand.texts]
    texts += [one.text for one in corpus.utterances]
    return list(dict.fromkeys(text[start:end] for text in texts for start, end in split(text)))


def _brands() -> list[_Brand]:
    brands = []
    for catalogue in map(load_catalogue, CATALOGUES):
        promises = catalogue.promises
        regions = sorted({region for promise in promises for region in promise.regions})
        products = sorted({product for promise in promises for product in promise.products})
        examples = [text for p in promises for text in (*p.broken_examples, *p.kept_examples, *p.exceeded_examples)]
        brands.append(_Brand(promises[0].brand, [*regions, None], [*products, None], examples))
    return brands
