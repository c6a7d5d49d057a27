"""Themes of one brand: held against new texts by their middles, and rebuilt from time to time from recent ones.

A rebuild groups recent negative verbatims afresh and matches the groups to the themes that there are, by the members
they share or else by their middles. A theme is never given up for that: it keeps its verbatims, its name and its
middle, which follows what is said slowly. What people did is never undone: a theme that somebody touched loses no
verbatim to a new one.

Vectors are compared with the brand's *centre* taken out: what all of its complaints have in common tells none of them
apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nlp.arithmetic import Floats
from nlp.embedding import unpacked
from nlp.encoder import unit
from nlp.theme_clusters import Numbers, cluster, divide, enough, middles_of, nearest
from nlp.theme_naming import Namer, Naming

# Two middles this close are of one theme: no new one is made beside it.
_SAME: Final = 0.9
# Cosine, nothing taken out, from which two texts say alike.
_ALIKE: Final = 0.7
# How far a middle goes towards what was said of it lately.
_DRIFT: Final = 0.3
# Of a group that is taken for a theme: its part of those members that have one, and of all.
_OF_KNOWN, _OF_ALL = 0.5, 0.25
_REPRESENTATIVES: Final = 5
_CHARACTERS: Final = 2000  # of a text that are read for phrases

NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Space:
    """What vectors are compared in: the centre (width,) taken out of them, and the cosine from which a text is of a
    theme."""

    centre: Floats
    nearness: float

    def centred(self, rows: Floats) -> Floats:
        """Unit vectors of rows less the centre."""
        return unit(rows - self.centre)


@dataclass(frozen=True, slots=True)
class KnownTheme:
    """A theme before a rebuild: its middle (width,), those of themes that a person made part of it (m, width),
    whether a person had a hand in it, and its name."""

    centroid: Floats
    merged: Floats
    touched: bool
    name: str


@dataclass(frozen=True, slots=True)
class Recent:
    """Recent negative verbatims: their texts and packed vectors, and of each the number of its theme, or NONE."""

    texts: Sequence[str]
    embeddings: Sequence[bytes]
    themes: Sequence[int]


@dataclass(frozen=True, slots=True)
class ThemeShape:
    """What a theme looks like: its middle, its name and phrases, the numbers of the texts nearest to the middle."""

    centroid: Sequence[float]
    naming: Naming
    nearest: Sequence[int]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of a rebuild: of each text the number of its theme, or NONE, with the cosine; ``shapes`` of all themes
    that have enough texts here, by their numbers. Numbers past those known are of new themes."""

    space: Space
    themes: Sequence[int]
    cosines: Sequence[float]
    shapes: dict[int, ThemeShape]


def assign(space: Space, middles: Floats, vectors: Floats) -> tuple[Numbers, Floats]:
    """The number of the middle nearest to each unit vector, or NONE, and the cosine with it."""
    best, cosines = nearest(space.centred(vectors), space.centred(middles))
    return np.where(cosines >= space.nearness, best, NONE), cosines


def centre_of(vectors: Floats) -> Floats:
    """What texts have in common: the mean of unit vectors (n, width), in which those that say alike count as one.

    Otherwise an incident that most texts are about would be the centre, and what is left of them without it is noise.
    """
    weights = 1.0 / (vectors @ vectors.T >= _ALIKE).sum(axis=1)
    centre: Floats = (weights @ vectors / weights.sum()).astype(np.float32)
    return centre


def rebuild(recent: Recent, known: Sequence[KnownTheme], *, least: int, left_out: Sequence[str] = ()) -> Rebuilt:
    """Group recent verbatims, and match the groups to the known themes; a new theme has ``least`` texts or more (of few
    texts fewer are enough).

    ``left_out`` are words that name nothing, such as the brand's own.
    """
    vectors, least = unpacked(recent.embeddings), enough(len(recent.texts), least)
    centre = centre_of(vectors)
    rows = unit(vectors - centre)
    found = cluster(rows, least=least)
    space = Space(centre, found.nearness)
    before = np.asarray(recent.themes, np.int64)
    groups = _Groups(found.labels, unit(middles_of(rows, found.labels)), before)
    themes = _members(groups, _matched(groups, space, known), known, least)
    centroids = _centroids(themes, vectors, known, least)
    merged = [np.full(len(theme.merged), number) for number, theme in enumerate(known)]
    owners = np.concatenate([np.arange(len(centroids)), *merged, [NONE]]).astype(np.int64)
    near, cosines = assign(space, np.concatenate([centroids, *(theme.merged for theme in known)]), vectors)
    themes = np.where(themes == NONE, owners[near], themes)
    if len(centroids):
        cosines = np.where(themes == NONE, cosines, (rows * space.centred(centroids)[themes]).sum(axis=1))
    shapes = _shapes(themes, cosines, centroids, recent.texts, known, least, left_out)
    return Rebuilt(space, themes.tolist(), cosines.tolist(), shapes)


def parts_of(texts: Sequence[str], embeddings: Sequence[bytes], parts: int) -> list[tuple[Numbers, Floats, ThemeShape]]:
    """Divide the verbatims of a theme: of each part, the largest first, the numbers, the cosines with its middle, and
    its shape."""
    vectors = unpacked(embeddings)
    rows = unit(vectors - vectors.mean(axis=0))
    labels = divide(rows, parts)
    middles = unit(middles_of(rows, labels))
    cosines = (rows * middles[labels]).sum(axis=1)
    shapes = _shapes(labels, cosines, middles_of(vectors, labels), texts, (), 1, ())
    return [(np.flatnonzero(labels == n), cosines[labels == n], shapes[n]) for n in sorted(shapes)]


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groups of a rebuild: of each text the number of its group, the unit middle of each, and of each text the
    number of the theme that it had before."""

    labels: Numbers
    middles: Floats
    before: Numbers


def _matched(groups: _Groups, space: Space, known: Sequence[KnownTheme]) -> list[int]:
    """The theme of each group: those with the most members of a theme choose first."""
    count = len(groups.middles)
    middles, owners = _all_middles(space, known)
    votes = np.zeros((count, len(known)), np.int64)
    voting = (groups.labels >= 0) & (groups.before >= 0)
    np.add.at(votes, (groups.labels[voting], groups.before[voting]), 1)
    sizes = np.bincount(groups.labels[groups.labels >= 0], minlength=count)
    matched, taken, new = [NONE] * count, set[int](), len(known)
    for group in np.lexsort((-sizes, -votes.max(axis=1, initial=0))):
        theme = _by_members(votes[group], int(sizes[group]))
        if theme == NONE or (theme in taken and not known[theme].touched):
            theme = _by_middle(groups.middles[group], middles, owners)
        if theme == NONE:
            theme, new = new, new + 1
            middles.append(groups.middles[group])
            owners.append(theme)
        taken.add(theme)
        matched[int(group)] = theme
    return matched


def _all_middles(space: Space, known: Sequence[KnownTheme]) -> tuple[list[Floats], list[int]]:
    """The unit middles of themes and of those merged into them, each with the number of its theme."""
    rows = [(row, number) for number, theme in enumerate(known) for row in (theme.centroid, *theme.merged)]
    return [space.centred(row) for row, _ in rows], [number for _, number in rows]


def _by_middle(middle: Floats, middles: Sequence[Floats], owners: Sequence[int]) -> int:
    cosines = [float(other @ middle) for other in middles]
    return owners[int(np.argmax(cosines))] if cosines and max(cosines) >= _SAME else NONE


def _by_members(votes: Numbers, size: int) -> int:
    if not votes.sum():
        return NONE
    best = int(votes.argmax())
    return best if votes[best] >= max(_OF_KNOWN * votes.sum(), _OF_ALL * size) else NONE


def _members(groups: _Groups, matched: Sequence[int], known: Sequence[KnownTheme], least: int) -> Numbers:
    """The theme of each text: that of its group, unless it was of a theme that a person touched, or has no group.

    New themes that get too few in this way are none, and the others are numbered on without a gap.
    """
    of_group = np.array([*matched, NONE], np.int64)[groups.labels]
    bound = np.array([*(theme.touched for theme in known), False])[groups.before]
    themes = np.where((of_group != NONE) & ~bound, of_group, groups.before)
    sizes = np.bincount(themes[themes >= 0], minlength=len(known))
    kept = np.concatenate([np.ones(len(known), bool), sizes[len(known) :] >= least])
    renamed = np.append(np.where(kept, np.cumsum(kept) - 1, NONE), NONE)
    return renamed[themes]


def _centroids(themes: Numbers, vectors: Floats, known: Sequence[KnownTheme], least: int) -> Floats:
    """The middles of all themes: new ones are the mean of their texts, known ones go a step towards it."""
    means = middles_of(vectors, themes)
    sizes = np.bincount(themes[themes >= 0], minlength=max(len(known), len(means)))
    rows = [
        theme.centroid + (_DRIFT if sizes[number] >= least else 0.0) * (means[number] - theme.centroid)
        if number < len(means)
        else theme.centroid
        for number, theme in enumerate(known)
    ]
    rows.extend(means[len(known) :])
    return np.array(rows, np.float32).reshape(len(rows), vectors.shape[1])


def _shapes(
    themes: Numbers,
    cosines: Floats,
    centroids: Floats,
    texts: Sequence[str],
    known: Sequence[KnownTheme],
    least: int,
    left_out: Sequence[str],
) -> dict[int, ThemeShape]:
    namer = Namer([text[:_CHARACTERS] for text in texts], left_out=left_out)
    names = {theme.name for theme in known}
    shapes = {}
    for number, centroid in enumerate(centroids):
        members = np.flatnonzero(themes == number)
        if len(members) < (least if number < len(known) else 1):
            continue
        naming = namer.name(members.tolist(), taken=names if number >= len(known) else ())
        names.add(naming.name)
        closest = members[np.argsort(-cosines[members], kind="stable")[:_REPRESENTATIVES]]
        shapes[number] = ThemeShape(centroid.tolist(), naming, closest.tolist())
    return shapes
