"""Which texts are marked as repeating others, which as a flood, and which honest ones never are."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from nlp.config import FloodSettings
from nlp.floods import UNMARKED, FloodWatch, Mark
from tests.nlp.samples import verbatim
from voc.records import Position

CLAIM = "Do not book with them, they lost my bag and laughed at me when I asked for it back"
OTHER = "The crew found my scarf under the seat and sent it after me without being asked"


class Feed:
    """Texts one after the other, each with an offset of its own."""

    def __init__(self, **settings: int) -> None:
        self.watch = FloodWatch(FloodSettings(**settings))
        self.offset = -1

    def say(self, text: str, author: str | None = None, brand: str | None = "Northwind Air") -> Mark:
        self.offset += 1
        one = verbatim(text)._replace(position=Position("posts", "posts", 0, self.offset), brand=brand)
        return self.watch.marks([one], [author])[0]


def floods(marks: Sequence[Mark]) -> list[bool]:
    return [mark.suspect_flood for mark in marks]


def test_a_text_that_says_nearly_the_same_names_the_first_of_them():
    feed = Feed()
    assert feed.say(CLAIM) == UNMARKED
    assert feed.say(OTHER) == UNMARKED
    assert feed.say(f"RT @angry: {CLAIM}!!! https://x.example/1").duplicate_of == "posts/0/0"
    assert feed.say(CLAIM.replace("bag", "suitcase")).duplicate_of == "posts/0/0"
    assert feed.say(OTHER).duplicate_of == "posts/0/1"


def test_a_text_that_only_shares_some_words_is_another_text():
    feed = Feed()
    feed.say(CLAIM)
    assert feed.say(CLAIM.split(",")[0] + ", their crew is rude and the seats are narrow") == UNMARKED


def test_the_same_words_on_another_brand_are_another_text():
    feed = Feed()
    feed.say(CLAIM, brand="Northwind Air")
    assert feed.say(CLAIM, brand="Harbour & Pine") == UNMARKED
    assert feed.say(CLAIM, brand=None) == UNMARKED
    assert feed.say(CLAIM, brand="Northwind Air").duplicate_of == "posts/0/0"


def test_what_left_the_window_is_forgotten_but_names_its_copies_as_long_as_one_is_left():
    feed = Feed(window=3, copies=3)
    feed.say(CLAIM)
    feed.say(CLAIM)
    feed.say(OTHER)
    feed.say("Something else happened on that day, and it is a long story")
    assert feed.say(CLAIM).duplicate_of == "posts/0/0", "the second is still there"
    for number in "one two three".split():
        feed.say(f"It rained on day {number} of {number} weeks in the town of {number} and {number}")
    assert feed.say(CLAIM) == UNMARKED


def test_many_copies_by_few_authors_are_a_flood_from_the_copy_on_that_makes_it_one():
    feed = Feed(copies=6, authors=2)
    assert floods([feed.say(CLAIM, f"bot-{n % 2}") for n in range(8)]) == [False] * 5 + [True] * 3


def test_many_copies_by_many_authors_are_no_flood():
    feed = Feed(copies=6, authors=2)
    marks = [feed.say(CLAIM, f"person-{n}") for n in range(100)]
    assert not any(floods(marks))
    assert all(mark.duplicate_of == "posts/0/0" for mark in marks[1:])


def test_a_crowd_that_repeats_a_text_does_not_hide_those_who_flood_it():
    feed = Feed(copies=6, authors=2)
    marks = []
    for n in range(12):
        feed.say(CLAIM, f"person-{n}")
        marks.append(feed.say(CLAIM, f"bot-{n % 2}"))
        assert not feed.say(CLAIM, f"other person-{n}").suspect_flood, "who says it once is honest"
    assert floods(marks)[-6:] == [True] * 6


def test_who_repeats_a_flood_once_is_not_suspected():
    feed = Feed(copies=6, authors=3)
    for _ in range(8):
        feed.say(CLAIM, "bot")
    assert not feed.say(CLAIM, "person").suspect_flood
    assert feed.say(CLAIM, "bot").suspect_flood


def test_an_unknown_author_is_never_suspected():
    feed = Feed(copies=3)
    assert not any(floods([feed.say(CLAIM) for _ in range(50)]))


def test_copies_that_left_the_window_do_not_make_a_flood():
    feed = Feed(copies=3, window=4)
    marks = []
    for number in "one two three four five six seven".split():
        marks.append(feed.say(CLAIM, "bot"))
        for place in "north south east".split():
            feed.say(f"It rained on day {number} in the {place} of {number} and {number} {place} {number}", "person")
    assert not any(floods(marks))


def test_an_author_whose_copies_left_the_window_is_none_of_the_few_any_more():
    feed = Feed(copies=3, authors=2, window=4)
    marks = [feed.say(CLAIM, author) for author in ("gone", "bot", "bot", "bot", "bot", "bot", "other", "other")]
    assert floods(marks) == [False] * 2 + [True] * 4 + [False, True]


def test_short_praise_of_many_people_is_not_marked_at_all():
    feed = Feed(copies=5)
    assert {feed.say("Great service!", f"person-{n}") for n in range(50)} == {UNMARKED}
    assert {feed.say("great SERVICE", None) for _ in range(50)} == {UNMARKED}


def test_short_words_of_one_author_over_and_over_are_a_flood():
    feed = Feed(copies=5)
    marks = [feed.say(f"Worst airline {n}!", "bot") for n in range(6)]
    assert floods(marks) == [False] * 4 + [True] * 2
    assert marks[1].duplicate_of == "posts/0/0"
    assert feed.say("Worst hotel!", "bot") == UNMARKED


def test_texts_without_words_are_not_compared():
    feed = Feed(copies=3)
    assert {feed.say(text, "bot") for text in ("😡 😡 😡 😡 😡", "10/10", "", "...") * 9} == {UNMARKED}


def test_a_record_that_comes_again_is_no_copy_of_itself():
    watch = FloodWatch(FloodSettings())
    one = verbatim(CLAIM)
    assert watch.marks([one, one], ["a", "a"]) == [UNMARKED, UNMARKED]


def test_a_window_of_nothing_marks_nothing():
    feed = Feed(window=0)
    assert {feed.say(CLAIM, "bot") for _ in range(30)} == {UNMARKED}


def test_raw_author_ids_are_not_kept():
    feed = Feed(copies=3)
    for _ in range(4):
        feed.say(CLAIM, "jo.bloggs")
    held = [writer for _, writer in feed.watch._window]
    assert len(set(held)) == 1 and all(isinstance(writer, int) for writer in held)
    other = Feed(copies=3)
    other.say(CLAIM, "jo.bloggs")
    assert other.watch._window[0][1] != held[0], "each process, here each watch, has a key of its own"


TEXTS = st.sampled_from([CLAIM, CLAIM + " now", OTHER, "Great service!", "Never again", ""])
SAID = st.lists(st.tuples(TEXTS, st.sampled_from([None, "a", "b", "c"]), st.sampled_from(["x", "y"])), max_size=60)


@given(SAID, st.integers(3, 12), st.lists(st.integers(0, 60)))
def test_marks_do_not_depend_on_how_texts_are_batched_and_nothing_but_the_window_is_kept(said, window, cuts):
    settings = FloodSettings(window=window, copies=3, authors=2)
    verbatims = [
        verbatim(text)._replace(position=Position("posts", "posts", 0, n), brand=brand)
        for n, (text, _, brand) in enumerate(said)
    ]
    authors = [author for _, author, _ in said]
    whole, parts, start, watch = FloodWatch(settings).marks(verbatims, authors), [], 0, FloodWatch(settings)
    for end in sorted({min(cut, len(said)) for cut in cuts} | {len(said)}):
        parts += watch.marks(verbatims[start:end], authors[start:end])
        start = end
    assert parts == whole
    held = {id(alike) for alike, _ in watch._window}
    assert len(watch._window) <= window
    assert all(index for index in watch._found_by.values()), "a brand without texts is forgotten"
    assert {id(alike) for index in watch._found_by.values() for alike in index.values()} <= held
