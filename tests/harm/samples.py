"""The sources of the shipped configurations, with records that each of them can read: what a fuzzer starts from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gapwatch.settings import load_settings
from ingest.config import SourceSettings
from tests.gapwatch.command import ROOT

DEMO: Final = ROOT / "configs" / "demo"
_EACH: Final = 20  # records of each file of the demo

# Records in the shapes of configs/gapwatch.yaml, by source.
_SHAPES: Final[Mapping[str, dict[str, Any]]] = {
    "app-reviews": {
        "reviewId": "a-1",
        "title": "Never again",
        "body": "My bag took 50 minutes. Write to ann.example@mail.example or ring +44 171 555 0199.",
        "submittedAt": 1767225600000,
        "storefront": "EU",
        "appVersion": "7.1",
        "reviewer": {"nickname": "ann"},
        "stars": 1,
    },
    "support-tickets": {
        "ticket": {
            "id": 77,
            "description": "Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, from 192.168.0.17 and ::1.",
            "created_at": "2026-03-01T08:30:00Z",
            "brand": {"name": "Northwind Air"},
            "custom_fields": [{"id": "market", "value": "EU"}, {"id": "product", "value": "flex"}],
            "via": {"channel": "mail"},
            "requester": {"id": 5},
        }
    },
    "posts": {
        "id": "p-1",
        "text": "Two hours at the belt \U0001f62d, SSN 078-05-1120. Größe: ½ – “fine”.",
        "created_at": "2026-03-01 08:30:00+02:00",
        "experienced_at": "2026-02-28",
        "brand": "Northwind Air",
        "region": "US",
        "product": None,
        "channel": "web",
        "author": "@a",
        "rating": "2.5",
        "language": "en",
    },
    "complaints": {
        "payload": {
            "op": "c",
            "after": {
                "id": 12,
                "message": "The refund came after five weeks, not after seven days.",
                "created_at": 1767225600000000,
                "happened_at": 1767139200,
                "brand": "Harbour & Pine",
                "customer_id": "c-9",
            },
        }
    },
}


def sources() -> list[SourceSettings]:
    """Those of both configurations, each with a name of its own."""
    demo = load_settings(DEMO / "gapwatch.yaml").sources
    listener = load_settings(ROOT / "configs" / "gapwatch.yaml").sources
    return [*(one.model_copy(update={"name": f"demo-{one.name}"}) for one in demo), *listener]


def samples() -> dict[str, list[dict[str, Any]]]:
    """Records by source name."""
    found: dict[str, list[dict[str, Any]]] = {name: [shape] for name, shape in _SHAPES.items()}
    for source in load_settings(DEMO / "gapwatch.yaml").sources:
        lines = Path(source.path).read_bytes().splitlines()[:_EACH]  # some further on are not UTF-8 on purpose
        found[f"demo-{source.name}"] = [json.loads(line) for line in lines]
    return found
