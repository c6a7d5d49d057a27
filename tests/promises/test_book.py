"""A verbatim is held against the promises of its brand, day and scope."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from promises.book import PromiseBook
from promises.catalogue import Catalogue, load_catalogue
from voc.errors import ConfigError
from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind

SHIPPED = Path(__file__).parents[2] / "configs" / "catalogues"


def verbatim(brand: str | None = "Inn", when: datetime = datetime(2026, 6, 1, tzinfo=UTC), **more) -> Verbatim:
    return Verbatim(
        position=Position("f", "f", 0, 0),
        id="1",
        kind=VerbatimKind.REVIEW,
        brand=brand,
        text="…",
        created_at=when,
        **more,
    )


def catalogue(brand: str, *promises: Promise, path: str = "promises.yaml") -> Catalogue:
    return Catalogue(brand=brand, promises=promises, path=Path(path))


def promise(id_: str = "quiet", brand: str = "Inn", **more) -> Promise:
    return Promise(brand=brand, id=id_, statement="Quiet rooms.", **more)


INN = promise()
CAFE = promise("fresh", "Café")
BOOK = PromiseBook([catalogue("Inn", INN), catalogue("Café", CAFE)])


def test_the_brand_is_found_whatever_its_letter_case():
    assert BOOK.in_force(verbatim(" INN ")) == (INN,)
    assert BOOK.in_force(verbatim("café")) == (CAFE,)


def test_a_brand_that_no_catalogue_has_gets_no_promises():
    assert BOOK.in_force(verbatim("Hut")) == ()


@pytest.mark.parametrize("brand", [None, "", " "])
def test_without_a_brand_the_only_catalogue_holds_and_of_several_none(brand: str | None):
    assert PromiseBook([catalogue("Inn", INN)]).in_force(verbatim(brand)) == (INN,)
    assert BOOK.in_force(verbatim(brand)) == ()


def test_any_brand_leaves_the_verbatims_brand_out_of_account():
    book = PromiseBook([catalogue("Inn", INN)], any_brand=True)
    assert book.in_force(verbatim("Hut")) == (INN,)


def test_the_day_is_that_of_the_experience_in_utc():
    old, new = promise(valid_until=date(2026, 9, 30)), promise(version=2, valid_from=date(2026, 10, 1))
    book = PromiseBook([catalogue("Inn", old, new)])
    midnight = datetime(2026, 10, 1, tzinfo=UTC)
    assert book.in_force(verbatim(when=midnight - timedelta(seconds=1))) == (old,)
    assert book.in_force(verbatim(when=midnight)) == (new,)
    assert book.in_force(verbatim(when=midnight, experienced_at=midnight - timedelta(hours=1))) == (old,)
    east = datetime(2026, 10, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert book.in_force(verbatim(when=east)) == (old,)


def test_the_scope_leaves_out_other_regions_products_and_channels_but_not_unknown_ones():
    narrow = promise(regions=("EU",), products=("flex",), channels=("app", "web"))
    book = PromiseBook([catalogue("Inn", narrow)])
    assert book.in_force(verbatim()) == (narrow,)
    assert book.in_force(verbatim(region="EU", product="flex", channel="web")) == (narrow,)
    assert book.in_force(verbatim(region="US")) == ()
    assert book.in_force(verbatim(product="light")) == ()
    assert book.in_force(verbatim(channel="phone")) == ()


def test_all_holds_every_wording_in_the_order_of_the_files():
    assert BOOK.all == (INN, CAFE)


def test_one_id_in_two_files_of_one_brand_is_refused():
    with pytest.raises(ConfigError) as refused:
        PromiseBook([catalogue("Inn", INN, path="a.yaml"), catalogue("INN", promise(brand="INN"), path="b.yaml")])
    assert str(refused.value) == (
        "b.yaml: id: 'quiet': two equal ids: a.yaml has it too, for the same brand; "
        "allowed: one file for all wordings of a promise"
    )


def test_one_id_in_two_brands_is_fine():
    book = PromiseBook([catalogue("Inn", INN), catalogue("Hut", promise(brand="Hut"))])
    assert [p.brand for p in book.in_force(verbatim("hut"))] == ["Hut"]


def test_the_same_promises_are_the_same_tuple_whatever_the_day_and_the_scope():
    book = PromiseBook([load_catalogue(SHIPPED / "airline.yaml")])
    morning = datetime(2026, 6, 1, 8, tzinfo=UTC)
    found = book.in_force(verbatim("Northwind Air", morning, region="EU"))
    assert found
    assert book.in_force(verbatim("Northwind Air", morning + timedelta(hours=9), region="EU")) is found
    assert book.in_force(verbatim("Northwind Air", morning + timedelta(days=1), region="US")) is found
    assert book.in_force(verbatim("Northwind Air", morning - timedelta(days=4000))) is not found
