"""A feed of three kinds on three topics, as a shop's customers might have written it."""

import json
from dataclasses import dataclass
from itertools import product

BRAND = "Harbour & Pine"

HAPPENED = (
    "I ordered the grey lamp on Monday and it stood at my door on Tuesday.",
    "Nine working days, and the parcel still sits in some depot near Leeds.",
    "Sent the boots back three weeks ago and I have not seen a cent of the refund.",
    "My money was back on the card before the courier had even scanned the return.",
    "The chat robot kept asking for my order number and then hung up on me.",
    "A person called Ines picked up on the second ring and sorted it out.",
    "Price on the page was 39, at the till it was 47, and nobody could tell me why.",
    "The box had been opened, taped up again, and one glass was missing.",
    "They swapped the broken kettle without a single question.",
    "Your newsletter said free delivery, my invoice says 4.95.",
    "The jacket looks exactly like the photo, and it keeps the rain out.",
    "Three e-mails, no answer, not even one of those automatic ones.",
    "I only wanted to change the address, and it took an hour on the phone.",
    "They let me return it after two months, though the slip says thirty days.",
    "The tracking page has said 'tomorrow' since last Thursday.",
)
FELT = (
    "I did not expect that from you.",
    "Never again.",
    "Honestly the best shop I know.",
    "My sister has the same story, by the way.",
    "It is fine, I suppose, but a warning would have been nice.",
    "Please just tell people the truth on the product page.",
    "Five stars from me and from the dog, who got the box.",
)
TEXTS = tuple(f"{happened} {felt}" for happened, felt in product(HAPPENED, FELT))  # 105, all different
FOREIGN = (
    "Das Paket kam erst nach zwei Wochen an, und niemand hat sich gemeldet, obwohl ich dreimal geschrieben habe.",
    "La livraison devait prendre deux jours, elle en a pris onze, et le service client ne répond toujours pas.",
)
LATIN_1 = '{"id": "l1", "text": "Très déçue, le colis est arrivé cassé."}'.encode("latin-1")
MALFORMED: tuple[tuple[str, bytes | None], ...] = (  # (reason, record)
    ("empty", b""),
    ("empty", None),
    ("empty", b"   \n"),
    ("not_utf8", bytes(range(256))),
    ("not_utf8", LATIN_1),
    ("too_large", json.dumps({"text": "It never ends. " * 140_000}).encode()),  # 2 MiB
    ("not_json", b"The parcel was late."),
    ("not_json", b'{"text": "cut o'),
    ("not_json", b'["a list"]'),
    ("no_text", b'{"id": "n1", "stars": 1}'),
    ("no_text", b'{"id": "n2", "text": " \\t "}'),
    ("bad_field", b'{"id": "b1", "text": "Late.", "created_at": "2199-01-01T00:00:00Z"}'),
    ("bad_field", b'{"id": "b2", "text": 42}'),
)


@dataclass(frozen=True, slots=True)
class Feed:
    """Records by kind of topic."""

    reviews: tuple[bytes, ...]
    tickets: tuple[bytes, ...]
    posts: tuple[bytes, ...]


def feed() -> Feed:
    """Some 300 records: reviews and posts in our own shape, tickets in a help desk's."""
    reviews = [
        {
            "id": f"r{n}",
            "text": text,
            "brand": "Harbour & Pine",
            "rating": n % 5 + 1,
            "region": ("EU", "US")[n % 2],
        }
        for n, text in enumerate(TEXTS)
    ]
    tickets = [
        {
            "ticket": {
                "id": 1000 + n,
                "description": f"{text} Write to me at buyer{n}@example.org.",
                "created_at": f"2026-03-{n % 28 + 1:02}T08:30:00Z",
                "requester": {"id": n},
            }
        }
        for n, text in enumerate(TEXTS)
    ]
    posts = [{"id": f"p{n}", "text": text, "author": f"@a{n}"} for n, text in enumerate((*TEXTS[::-1], *FOREIGN))]
    return Feed(*(tuple(json.dumps(one).encode() for one in ones) for ones in (reviews, tickets, posts)))
