"""What goes between the store and the model where themes are made: texts with their vectors, and groups of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Embedded:
    """A negative verbatim with the vector that it is stored with, and the theme that it is of."""

    record_id: str
    text: str
    embedding: bytes
    theme_id: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the texts of a theme, by their numbers, and their cosines with the middle; ``nearest`` are the numbers
    of those nearest to it. ``centroid`` is the mean of the vectors, each of length 1."""

    name: str
    phrases: Sequence[str]
    centroid: Sequence[float]
    numbers: Sequence[int]
    similarities: Sequence[float]
    nearest: Sequence[int]


# Divides texts into so many parts, the largest first; fewer, where they are not so different.
Divide = Callable[[Sequence[Embedded], int], Sequence[Part]]
