"""Answers which promises were in force for a verbatim: the right brand, day and scope."""

from collections.abc import Sequence
from datetime import UTC, date
from functools import lru_cache
from typing import Final

from promises.catalogue import Catalogue
from voc.errors import ConfigError
from voc.promises import Promise
from voc.records import Verbatim

# Distinct (brand, day, region, product, channel) kept. Regions come from records, so the number must be bounded;
# this many cover some weeks of a feed in a few megabytes.
_REMEMBERED: Final = 8192


class PromiseBook:
    """The promises of all catalogues of a listener.

    A verbatim is held against the wordings of its own brand (letter case aside) that were published on the UTC
    day of its event time. Without a brand of its own it belongs to the only brand there is; where there are
    several, to none. ``any_brand`` leaves the verbatim's brand out of account.
    """

    def __init__(self, catalogues: Sequence[Catalogue], *, any_brand: bool = False) -> None:
        self.all: Final[tuple[Promise, ...]] = tuple(p for catalogue in catalogues for p in catalogue.promises)
        _refuse_shared_ids(catalogues)
        self._any_brand = any_brand
        self._by_brand: dict[str, tuple[Promise, ...]] = {}
        for promise in self.all:
            brand = _brand_key(promise.brand)
            self._by_brand[brand] = (*self._by_brand.get(brand, ()), promise)
        self._sets: dict[tuple[int, ...], tuple[Promise, ...]] = {}
        self._find = lru_cache(maxsize=_REMEMBERED)(self._look_up)
        self._published = lru_cache(maxsize=_REMEMBERED)(self._look_up_day)

    def in_force(self, verbatim: Verbatim) -> tuple[Promise, ...]:
        """The promises to judge a verbatim against, in the order of the catalogues. The same ones are the same tuple,
        whatever verbatim they are for."""
        day = verbatim.event_time.astimezone(UTC).date()
        return self._find(verbatim.brand, day, verbatim.region, verbatim.product, verbatim.channel)

    def _look_up(
        self, brand: str | None, day: date, region: str | None, product: str | None, channel: str | None
    ) -> tuple[Promise, ...]:
        found = tuple(
            promise
            for promise in self._published(brand, day)
            if promise.covers(region=region, product=product, channel=channel)
        )
        return self._sets.setdefault(tuple(map(id, found)), found)

    def _look_up_day(self, brand: str | None, day: date) -> tuple[Promise, ...]:
        return tuple(promise for promise in self._of_brand(brand) if promise.in_force_on(day))

    def _of_brand(self, brand: str | None) -> tuple[Promise, ...]:
        key = _brand_key(brand or "")
        if self._any_brand or (not key and len(self._by_brand) == 1):
            return self.all
        return self._by_brand.get(key, ())


def _brand_key(brand: str) -> str:
    return brand.strip().casefold()


def _refuse_shared_ids(catalogues: Sequence[Catalogue]) -> None:
    """Brand, id and version name a wording in the store: two files must not use the same."""
    owners: dict[tuple[str, str], Catalogue] = {}
    for catalogue in catalogues:
        for promise in catalogue.promises:
            owner = owners.setdefault((_brand_key(promise.brand), promise.id), catalogue)
            if owner is not catalogue:
                raise ConfigError(
                    f"two equal ids: {owner.path} has it too, for the same brand",
                    file=str(catalogue.path),
                    key="id",
                    value=promise.id,
                    allowed="one file for all wordings of a promise",
                )
