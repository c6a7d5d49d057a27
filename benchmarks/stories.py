"""The words of a made-up store: what customers say of each promise, and of what nobody promised.

What is said of a promise are the example phrasings of the shipped catalogues; all other wording is our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voc.promises import Promise
from voc.verdicts import Disconfirmation, Verdict

OPENINGS: Final = (
    "Hello,",
    "Good morning.",
    "To whom it may concern:",
    "Third time I write to you.",
    "We are a family of four.",
    "I have been a customer for six years.",
    "Short version:",
    "My trip last week.",
    "This was for my daughter's birthday.",
    "I do not usually write reviews.",
    "Travelling for work, as I do every month.",
    "My partner ordered, I am the one writing.",
    "First time with you.",
    "So.",
    "A word about last weekend.",
    "I promised your colleague that I would write this down.",
    "Reference is in the subject line.",
    "Where do I start?",
)
CLOSINGS: Final = (
    "",
    "Please get back to me.",
    "Just so that you know.",
    "Greetings from Ghent.",
    "I expect an answer.",
    "Keep it up.",
    "My neighbour says the same.",
    "Pictures are attached.",
    "That is all.",
    "See you next year, perhaps.",
    "I told three friends about it.",
    "Two stars for the staff.",
    "You can ring me after six.",
    "Thanks for reading.",
    "We will see.",
    "The rest was fine.",
    "I am posting this everywhere.",
)

# Of each promise: what people call it, and what its two complaint patterns are called.
_NAMES: Final = {
    "lowest-fare": ("the lowest fare", "phone agent quotes more", "cheaper elsewhere"),
    "delay-notice": ("messages about delays", "learnt it from the board", "app still says on time"),
    "bags-on-time": ("when bags reach the belt", "an hour at the carousel", "suitcase left behind"),
    "free-24h-cancel": ("cancelling on the day of booking", "cancellation fee charged", "penalty for a change"),
    "prompt-refund": ("how long a refund takes", "refund takes weeks", "voucher instead of money"),
    "accessible-travel": ("help with a wheelchair", "wheelchair never came", "left alone at the gate"),
    "tarmac-care": ("water on the tarmac", "no water on the runway", "hours in the plane"),
    "fair-bumping": ("overbooked flights", "no volunteers asked", "bumped without money"),
    "clear-terms": ("the bag rules before paying", "hidden fees", "rules found after paying"),
    "partner-flights": ("flights by partners", "sent back and forth", "partner knows nothing of it"),
    "complaint-answer": ("answers to complaints", "automatic replies", "nobody answers"),
    "rebooking-care": ("the hotel after a cancellation", "night on the airport floor", "three days to the next seat"),
    "two-day-delivery": ("delivery in two days", "parcel in the depot", "out for delivery for days"),
    "free-returns": ("sending things back", "return postage taken off", "no label in the box"),
    "refund-five-days": ("the money after a return", "warehouse has it, no refund", "half of the refund"),
    "as-pictured": ("colours in the pictures", "another colour than pictured", "smaller than in the photo"),
    "price-match": ("matching a lower price", "price match refused", "price fell after buying"),
    "stock-shown": ("what is in stock", "sold out after paying", "stock in the app is wrong"),
    "careful-packing": ("how you pack", "broken on arrival", "too much plastic"),
    "answer-in-a-day": ("how fast you reply", "mails without a reply", "on hold and cut off"),
    "two-year-guarantee": ("the two-year guarantee", "wear and tear, they say", "guarantee refused"),
    "easy-checkout": ("ordering without an account", "app crashes when paying", "shipping on the last page"),
}

# Of each brand by turns, the airline first: what customers expect that nobody promised, as (name of the theme,
# key phrases, what they say).
_UNPROMISED: Final = (
    ("wi-fi on board", ("wi-fi", "no internet", "whole flight"), "No wi-fi for the whole flight, in this day and age."),
    ("advertising mails", ("unsubscribe", "advertising", "every day"), "Advertising every day, no way to unsubscribe."),
    ("seats with little room", ("knees", "legroom", "seat"), "My knees were against the seat in front for five hours."),
    ("paying by instalments", ("instalments", "pay later", "card"), "Every other shop lets me pay in instalments."),
    ("meals without meat", ("vegan meal", "nothing to eat", "menu"), "There was not one vegan meal on the menu."),
    ("assembly instructions", ("instructions", "screws", "drawing"), "The instructions: one drawing, forty screws."),
    ("charging a phone", ("socket", "usb", "charge"), "No socket at the seat to charge a phone."),
    ("delivery to a locker", ("locker", "pick up", "evening"), "I want to pick it up from a locker in the evening."),
)  # fmt: skip
_SMALL_TALK: Final = (
    (Disconfirmation.NEUTRAL, "Do you have an office in Antwerp?"),
    (Disconfirmation.NEUTRAL, "I would like to change my mail address."),
    (Disconfirmation.NEUTRAL, "Is there a card for members?"),
    (Disconfirmation.POSITIVE, "What a friendly team, every one of them."),
    (Disconfirmation.POSITIVE, "Lovely as ever."),
)


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that a customer says; without a promise it is of what nobody promised, or small talk."""

    brand: str
    text: str
    disconfirmation: Disconfirmation
    promise: Promise | None = None
    verdict: Verdict | None = None
    theme: int | None = None  # number of its complaint pattern


@dataclass(frozen=True, slots=True)
class Pattern:
    """A complaint pattern, to become a theme."""

    brand: str
    name: str
    phrases: tuple[str, ...]
    promise_id: str | None


@dataclass(frozen=True, slots=True)
class Stock:
    """All stories, with the numbers of those of one kind, and the complaint patterns.

    ``of`` are stories by brand and (promise id, verdict); ``unpromised`` and ``talk`` by brand.
    """

    stories: list[Story]
    patterns: list[Pattern]
    of: dict[tuple[str, str, Verdict], list[int]]
    unpromised: dict[str, list[int]]
    talk: dict[str, list[int]]


def stock(promises: Sequence[Promise]) -> Stock:
    """What customers may say of these promises; of several wordings of one promise the last is what they know."""
    brands = list(dict.fromkeys(promise.brand for promise in promises))
    made = Stock([], [], {}, {brand: [] for brand in brands}, {brand: [] for brand in brands})
    for promise in {(p.brand, p.id): p for p in promises}.values():
        _add_promise(made, promise)
    for number, (name, phrases, text) in enumerate(_UNPROMISED):
        brand = brands[number % len(brands)]
        made.unpromised[brand].append(len(made.stories))
        theme = _add_pattern(made, Pattern(brand, name, phrases, None))
        _add(made, Story(brand, text, Disconfirmation.NEGATIVE, theme=theme))
    for brand in brands:
        for disconfirmation, text in _SMALL_TALK:
            made.talk[brand].append(len(made.stories))
            _add(made, Story(brand, text, disconfirmation))
    return made


def _add_promise(made: Stock, promise: Promise) -> None:
    """Two complaint patterns a promise: what is said in its first phrasings, and in the others."""
    plain = promise.id.replace("-", " ")
    subject, *names = _NAMES.get(promise.id, (plain, plain, f"more of {plain}"))
    says = {
        Verdict.BROKEN: (Disconfirmation.NEGATIVE, promise.broken_examples),
        Verdict.KEPT: (Disconfirmation.NEUTRAL, promise.kept_examples),
        Verdict.EXCEEDED: (Disconfirmation.POSITIVE, promise.exceeded_examples),
        Verdict.MENTIONED: (Disconfirmation.NEUTRAL, (f"I have a question about {subject}.",)),
    }
    for verdict, (disconfirmation, texts) in says.items():
        numbers = made.of.setdefault((promise.brand, promise.id, verdict), [])
        for at, text in enumerate(texts or (f"This is about {subject}.",)):
            theme = None
            if verdict is Verdict.BROKEN:
                if at in (0, 2):
                    _add_pattern(made, _pattern(promise, names[at // 2], text))
                theme = len(made.patterns) - 1
            numbers.append(_add(made, Story(promise.brand, text, disconfirmation, promise, verdict, theme)))


def _pattern(promise: Promise, name: str, text: str) -> Pattern:
    """Its key phrases are the name and the longest words of what is said."""
    words = sorted({word.strip(".,?!").lower() for word in text.split()}, key=lambda word: (-len(word), word))
    return Pattern(promise.brand, name, (name, *words[:3]), promise.id)


def _add(made: Stock, story: Story) -> int:
    made.stories.append(story)
    return len(made.stories) - 1


def _add_pattern(made: Stock, pattern: Pattern) -> int:
    made.patterns.append(pattern)
    return len(made.patterns) - 1
