"""Themes are found in vectors without being told how many, keep their numbers over rebuilds, and obey people."""

import numpy as np
import pytest

from nlp import theme_process
from nlp.embedding import packed, unpacked
from nlp.encoder import unit
from nlp.theme_clusters import cluster, divide
from nlp.theme_naming import Namer
from nlp.themes import NONE, KnownTheme, Recent, Space, assign, parts_of, rebuild
from voc.errors import TransientError
from voc.themes import Embedded

WIDTH = 96
SUBJECTS = {
    "queue": "we stood in a long queue at the desk",
    "noise": "the noise at night kept us awake",
    "refund": "still no refund of my deposit",
    "parking": "the parking garage was full again",
}
NONE_MERGED = np.zeros((0, WIDTH), np.float32)


def around(subject: int, count: int, *, spread: float = 0.35, seed: int = 0) -> np.ndarray:
    """Unit vectors near one axis, all with something in common, as texts of one brand have."""
    rng = np.random.default_rng(seed * 100 + subject)
    rows = np.zeros((count, WIDTH)) + rng.normal(0, spread / np.sqrt(WIDTH), (count, WIDTH))
    rows[:, subject] += 1.0
    rows[:, -1] += 1.5
    return unit(rows.astype(np.float32))


def recent(counts: dict[int, int], *, themes: dict[int, int] | None = None, seed: int = 0) -> Recent:
    texts, rows, known = [], [], []
    for subject, count in counts.items():
        rows.append(around(subject, count, seed=seed))
        texts += [f"{list(SUBJECTS.values())[subject]}, number {number}" for number in range(count)]
        known += [(themes or {}).get(subject, NONE)] * count
    return Recent(texts, [packed(row) for row in np.concatenate(rows)], known)


def known(subject: int, *, touched: bool = False, name: str = "named before") -> KnownTheme:
    return KnownTheme(around(subject, 50, seed=9).mean(axis=0), NONE_MERGED, touched, name)


def test_a_vector_keeps_its_direction_in_a_byte_a_value():
    rows = around(0, 20)
    back = unpacked([packed(row) for row in rows])
    assert (rows * back).sum(axis=1).min() > 0.999
    assert unpacked([]).shape == (0, 0)


def test_groups_are_found_without_being_told_how_many():
    rows = np.concatenate([around(subject, 30) for subject in range(4)])
    found = cluster(unit(rows - rows.mean(axis=0)), least=8)
    assert [len(set(found.labels[30 * n : 30 * n + 30])) for n in range(4)] == [1, 1, 1, 1]
    assert len(set(found.labels)) == 4


def test_what_is_like_nothing_else_is_left_alone():
    rng = np.random.default_rng(1)
    alone = unit(rng.normal(0, 1, (12, WIDTH)).astype(np.float32))
    rows = np.concatenate([around(0, 60), around(1, 60), alone])
    found = cluster(unit(rows - rows.mean(axis=0)), least=8)
    assert (found.labels[-12:] == -1).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_texts_make_no_group(count):
    assert (cluster(around(0, count), least=8).labels == -1).all()


def test_the_largest_part_of_a_division_comes_first():
    rows = np.concatenate([around(0, 10), around(1, 30)])
    assert divide(unit(rows - rows.mean(axis=0)), 2).tolist() == [1] * 10 + [0] * 30


def test_first_themes_are_named_by_what_people_say():
    built = rebuild(recent({0: 30, 1: 30, 2: 30}), [], least=8)
    names = {built.themes[30 * n]: built.shapes[built.themes[30 * n]].naming.name for n in range(3)}
    assert len(names) == 3
    for name, word in zip(names.values(), ("queue", "noise", "refund"), strict=True):
        assert word in name
    shape = built.shapes[built.themes[0]]
    assert all(0 <= number < 30 for number in shape.nearest)


def test_an_incident_that_most_speak_of_is_one_theme():
    built = rebuild(recent({0: 90, 1: 10, 2: 10, 3: 10}), [], least=8)
    assert len(set(built.themes[:90])) == 1
    assert built.themes[0] not in built.themes[90:]


def test_a_group_of_known_members_is_the_theme_that_they_were_of():
    before = recent({0: 30, 1: 30}, themes={0: 1, 1: 0})
    built = rebuild(before, [known(1), known(0)], least=8)
    assert set(built.themes[:30]) == {1} and set(built.themes[30:]) == {0}
    assert sorted(built.shapes) == [0, 1]


def test_a_theme_whose_members_are_not_at_hand_is_known_by_its_middle():
    built = rebuild(recent({0: 30, 1: 30}, seed=3), [known(1)], least=8)
    assert set(built.themes[30:]) == {0}
    assert set(built.themes[:30]) == {1}, "the other is a new one"


def test_a_theme_that_nobody_speaks_of_now_stays_as_it_was():
    silent = known(3)
    built = rebuild(recent({0: 30, 1: 30}, themes={0: 0}), [known(0), silent], least=8)
    assert 1 not in built.themes
    assert 1 not in built.shapes


def test_a_middle_follows_slowly():
    old = known(0)
    built = rebuild(recent({0: 40, 1: 40}, themes={0: 0}, seed=4), [old], least=8)
    moved = np.linalg.norm(np.array(built.shapes[0].centroid) - old.centroid)
    away = np.linalg.norm(around(0, 40, seed=4).mean(axis=0) - old.centroid)
    assert 0 < moved < away / 2


def test_a_theme_of_two_subjects_loses_the_smaller_to_a_new_one():
    both = rebuild(recent({0: 40, 1: 20, 2: 40}, themes={0: 0, 1: 0, 2: 1}), [known(0), known(2)], least=8)
    assert set(both.themes[:40]) == {0} and set(both.themes[40:60]) == {2}


def test_a_theme_that_a_person_touched_keeps_all_its_verbatims():
    kept = rebuild(
        recent({0: 40, 1: 20, 2: 40}, themes={0: 0, 1: 0, 2: 1}), [known(0, touched=True), known(2)], least=8
    )
    assert set(kept.themes[:60]) == {0}


def test_what_is_near_to_a_merged_theme_goes_to_the_one_it_is_part_of():
    merged = KnownTheme(known(0).centroid, known(1).centroid[None], True, "both")
    few = recent({0: 30, 2: 30, 1: 5}, themes={0: 0, 2: 1})
    built = rebuild(few, [merged, known(2)], least=8)
    assert set(built.themes[60:]) == {0}


def test_a_new_name_is_another_than_those_there_are():
    first = rebuild(recent({0: 30, 1: 30}), [], least=8)
    name = first.shapes[first.themes[0]].naming.name
    again = rebuild(recent({0: 30, 1: 30}, themes={1: 0}), [known(1, name=name)], least=8)
    assert again.shapes[1].naming.name != name


def test_a_verbatim_is_of_the_nearest_theme_or_of_none():
    rows = np.concatenate([around(subject, 10) for subject in range(3)])
    space = Space(rows.mean(axis=0), 0.5)
    middles = np.stack([rows[:10].mean(axis=0), rows[10:20].mean(axis=0)])
    themes, cosines = assign(space, middles, rows)
    assert themes.tolist() == [0] * 10 + [1] * 10 + [NONE] * 10
    assert (cosines[:20] > 0.5).all()
    assert assign(space, np.zeros((0, WIDTH), np.float32), rows)[0].tolist() == [NONE] * 30


def test_the_parts_of_a_divided_theme_have_names_of_their_own():
    both = recent({0: 30, 1: 12})
    (first, cosines, shape), (second, _, other) = parts_of(both.texts, both.embeddings, 2)
    assert (first.tolist(), second.tolist()) == (list(range(30)), list(range(30, 42)))
    assert len(cosines) == 30
    assert "queue" in shape.naming.name and "noise" in other.naming.name


def test_a_phrase_is_written_in_full_and_as_people_write_it():
    texts = ["My virtual card is declined"] * 8 + ["Virtual cards? Declined!"] * 3 + ["the card I lost"] * 20
    naming = Namer(texts).name(range(11))
    assert naming.phrases[0] == "virtual card"
    assert "declined" in naming.name


def test_marks_accounts_addresses_and_the_brand_name_nothing():
    texts = ["@acme [EMAIL_ADDRESS] https://acme.example/x Acme lost parcels"] * 5 + ["fine weather"] * 5
    naming = Namer(texts, left_out=["acme"]).name(range(5))
    assert naming.phrases == ("lost parcels",)


def test_texts_without_words_have_a_name_too():
    assert Namer(["…", "!!", "5"]).name([0, 1, 2]).name == "without words"
    assert Namer(["…"]).name([0], taken={"without words"}).name == "without words (2)"


def test_a_process_of_its_own_gives_the_same_themes():
    before = recent({0: 30, 1: 30}, themes={0: 0})
    apart = theme_process.rebuild(before, [known(0)], least=8)
    here = rebuild(before, [known(0)], least=8)
    assert (apart.themes, apart.shapes.keys()) == (here.themes, here.shapes.keys())
    verbatims = [Embedded(f"r/{n}", *both) for n, both in enumerate(zip(before.texts, before.embeddings, strict=True))]
    parts = theme_process.divide(verbatims, 2)
    assert sorted(number for part in parts for number in part.numbers) == list(range(60))


def test_a_process_that_is_told_to_stop_is_ended():
    with pytest.raises(TransientError, match="stopped"):
        theme_process.rebuild(recent({0: 30}), [], least=8, stopped=lambda: True)
