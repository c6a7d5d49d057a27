"""Finds groups of texts that say alike, without being told how many: a tree of groups, cut where they fall apart."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.arithmetic import Floats
from nlp.encoder import unit

Numbers = NDArray[np.int64]

# How alike the texts of a group must be: the mean cosine of any two, the centre taken out. Short, clean texts bear
# the tightest; the loosest that leaves few enough of them alone is taken.
_TIGHTEST: Final = 0.55
_LOOSEST: Final = 0.20
_STEP: Final = 0.05
_MOST_LEFT: Final = 0.12  # share of the texts that may be near to no group

# Of the tightness: how alike its two branches must be at least, so that a large group does not hide a small one in it.
_BETWEEN: Final = 0.6

# Of few texts a smaller group is a pattern, too: one in so many.
_SHARE: Final = 50
_FEWEST: Final = 3

# A text is of a group when its cosine with the middle is this part of the tightness, and no less than the second.
_NEARNESS: Final = 0.75
_NEAREST: Final = 0.30


@dataclass(frozen=True, slots=True)
class Clusters:
    """Groups of n texts: ``labels`` (n,) numbers them from 0, -1 is of none; ``nearness`` is the cosine with a
    middle from which a text is of the group."""

    labels: Numbers
    nearness: float


def cluster(vectors: Floats, *, least: int) -> Clusters:
    """Group unit vectors (n, width), the centre taken out already; a group has at least ``least`` texts, or, where
    there are few, at least a fiftieth of them.

    Average linkage, from the top: a branch whose texts are alike enough is a group, others fall apart into their two
    branches. Memory and time grow with the square of n: 5,000 texts take 200 MB and 3 seconds.
    """
    least = enough(len(vectors), least)
    if len(vectors) < least:
        return Clusters(np.full(len(vectors), -1), _NEAREST)
    tree = _tree(vectors)
    tightness = _TIGHTEST
    while True:
        labels = _cut(tree, len(vectors), tightness, least)
        nearness = max(_NEAREST, _NEARNESS * tightness)
        left = _left_alone(vectors, labels, nearness)
        if left <= _MOST_LEFT or tightness - _STEP < _LOOSEST - 1e-9:
            return Clusters(labels, nearness)
        tightness -= _STEP


def enough(texts: int, least: int) -> int:
    """How many make a group, among so many texts."""
    return max(_FEWEST, min(least, round(texts / _SHARE)))


def nearest(vectors: Floats, middles: Floats) -> tuple[Numbers, Floats]:
    """The nearest of unit ``middles`` (k, width) to each of the vectors, and the cosine; -1 where there is none."""
    if not len(middles):
        return np.full(len(vectors), -1), np.full(len(vectors), -1.0, np.float32)
    cosines = vectors @ middles.T
    best = cosines.argmax(axis=1)
    return best, cosines[np.arange(len(vectors)), best]


def middles_of(vectors: Floats, labels: Numbers) -> Floats:
    """The mean of each group, not of length 1, shape (k, width)."""
    count = int(labels.max(initial=-1)) + 1
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    inside = labels >= 0
    np.add.at(sums, labels[inside], vectors[inside])
    sizes: Floats = np.bincount(labels[inside], minlength=count).astype(np.float32)
    means: Floats = (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32)
    return means


def divide(vectors: Floats, parts: int) -> Numbers:
    """Labels of unit vectors in so many parts, the largest 0; fewer where there are not so many different ones."""
    from sklearn.cluster import KMeans

    found = KMeans(parts, n_init=5, random_state=0).fit_predict(vectors)
    names, labels, sizes = np.unique(found, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(names))
    return rank[labels]


@dataclass(frozen=True, slots=True)
class _Tree:
    """Of n leaves and n - 1 joins: ``children`` (n - 1, 2) and the mean cosine ``between`` them (n - 1,); of each node
    its size, likeness and first leaf in ``order``, in which every node's leaves stand side by side."""

    children: Numbers
    between: Floats
    sizes: Numbers
    likeness: Floats
    firsts: Numbers
    order: Numbers


def _tree(vectors: Floats) -> _Tree:
    from sklearn.cluster import AgglomerativeClustering  # only here: it takes two seconds to load

    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=0.0, metric="cosine", linkage="average", compute_full_tree=True
    ).fit(vectors)
    children = np.asarray(model.children_, np.int64)
    leaves = len(vectors)
    sizes = np.ones(2 * leaves - 1, np.int64)
    sums = np.concatenate([vectors, np.zeros((leaves - 1, vectors.shape[1]), np.float32)])
    for node, (one, other) in enumerate(children, leaves):
        sizes[node] = sizes[one] + sizes[other]
        sums[node] = sums[one] + sums[other]
    pairs = np.maximum(sizes * (sizes - 1), 1)
    likeness = (np.einsum("ij,ij->i", sums, sums) - sizes) / pairs
    firsts = np.zeros(2 * leaves - 1, np.int64)
    for node in range(2 * leaves - 2, leaves - 1, -1):
        one, other = children[node - leaves]
        firsts[one], firsts[other] = firsts[node], firsts[node] + sizes[one]
    order = np.empty(leaves, np.int64)
    order[firsts[:leaves]] = np.arange(leaves)
    between = (1.0 - model.distances_).astype(np.float32)
    return _Tree(children, between, sizes, likeness.astype(np.float32), firsts, order)


def _cut(tree: _Tree, leaves: int, tightness: float, least: int) -> Numbers:
    labels = np.full(leaves, -1)
    found = 0
    branches = [2 * leaves - 2]
    while branches:
        node = branches.pop()
        if tree.sizes[node] < least or node < leaves:
            continue
        if tree.likeness[node] >= tightness and tree.between[node - leaves] >= _BETWEEN * tightness:
            first = tree.firsts[node]
            labels[tree.order[first : first + tree.sizes[node]]] = found
            found += 1
        else:
            branches.extend(int(child) for child in tree.children[node - leaves])
    return labels


def _left_alone(vectors: Floats, labels: Numbers, nearness: float) -> float:
    _, cosines = nearest(vectors, unit(middles_of(vectors, labels)))
    return float(((cosines < nearness) & (labels < 0)).mean())
