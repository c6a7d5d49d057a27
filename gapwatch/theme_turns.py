"""One turn of the making of themes: new negative verbatims get their theme, and a brand is rebuilt when it is time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import structlog

from nlp import theme_process
from nlp.arithmetic import Floats
from nlp.config import ThemeSettings
from nlp.embedding import unpacked
from nlp.themes import NONE, KnownTheme, Rebuilt, Recent, Space, ThemeShape, assign
from sinks import theme_building, themes
from sinks.duckdb import DuckDBStore
from sinks.theme_building import Brand, Middle, Placed, StoredSpace, Waiting
from sinks.theme_metrics import ThemeMetrics
from sinks.theme_rows import FoundTheme, Shape, new_theme_id
from voc.themes import Embedded

log = structlog.get_logger()

_AT_ONCE: Final = 1000  # verbatims written in one transaction: 20 ms that a batch may have to wait
_GROWN: Final = 0.25  # a brand is rebuilt when so much more was said than when it was built last …
_IDLE_ROUNDS: Final = 5  # … or a little more, after so many times the pause between rebuilds …
_MANIFOLD: Final = 4  # … and without any pause when there is so many times as much


@dataclass(frozen=True, slots=True)
class _Brand:
    """What verbatims of a brand are held against: its space, and the middles (m, width) with their themes."""

    space: Space
    middles: Floats
    owners: tuple[str, ...]


class ThemeTurns:
    """Keeps the themes of a store; for one thread. ``stopped`` ends a turn before its end."""

    def __init__(
        self,
        store: DuckDBStore,
        settings: ThemeSettings,
        metrics: ThemeMetrics,
        *,
        stopped: Callable[[], bool] = lambda: False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._settings = settings
        self._metrics = metrics
        self._stopped = stopped
        self._clock = clock
        self._brands: Mapping[Brand, _Brand] = {}
        self._spaces: Mapping[Brand, StoredSpace] = {}
        self._stamp: object = None

    def turn(self) -> int:
        """Give themes to verbatims that wait, some hundred at once, then rebuild what is due; how many had waited."""
        self._read_again()
        tried = 0
        while not self._stopped() and (number := self._assign()):
            tried += number
        for brand in self._due():
            if not self._stopped():
                self.rebuild(brand)
        self._show()
        return tried

    def finish(self) -> None:
        """Leave nothing waiting, and rebuild every brand of which anything was said since it was built last."""
        self.turn()
        with self._store.reading() as connection:
            volumes, spaces = theme_building.volumes(connection), theme_building.spaces(connection)
        for brand, volume in volumes.items():
            known = spaces.get(brand)
            enough = (
                volume >= self._settings.first if known is None else volume - known.verbatims >= self._settings.least
            )
            if enough and not self._stopped():
                self.rebuild(brand)
        self.turn()

    def rebuild(self, brand: Brand) -> None:
        """Rebuild the themes of a brand out of what was said lately."""
        start = time.monotonic()
        with self._store.reading() as connection:
            texts = theme_building.recent(connection, brand, limit=self._settings.sample)
            rows = [row for row in theme_building.middles(connection) if row.brand == brand]
            volume = theme_building.volumes(connection).get(brand, 0)
        texts = _of_one_width(texts)
        if not texts:
            return
        known = theme_building.themes_of(rows)
        numbers = {theme_id: number for number, theme_id in enumerate(known)}
        built = theme_process.rebuild(
            Recent(
                [one.text for one in texts],
                [one.embedding for one in texts],
                [numbers.get(one.theme_id or "", NONE) for one in texts],
            ),
            [_known(middles) for middles in known.values()],
            least=self._settings.least,
            left_out=(brand,) if brand else (),
            stopped=self._stopped,
        )
        self._write(brand, built, texts, list(known), volume)
        seconds = time.monotonic() - start
        self._metrics.rebuilt(seconds)
        log.info(
            "themes.rebuilt", texts=len(texts), known=len(known), themes=len(built.shapes), seconds=round(seconds, 1)
        )
        self._read_again()

    def _write(self, brand: Brand, built: Rebuilt, texts: list[Embedded], known: list[str], volume: int) -> None:
        new = sorted(number for number in built.shapes if number >= len(known))
        members = {number: [i for i, theme in enumerate(built.themes) if theme == number] for number in new}
        ids = {n: new_theme_id([texts[i].record_id for i in members[n]]) for n in new}
        ids |= dict(enumerate(known))
        shapes = {n: _shape(ids[n], shape, texts) for n, shape in built.shapes.items()}
        placed = [
            Placed(one.record_id, one.theme_id, ids[theme], cosine)
            for one, theme, cosine in zip(texts, built.themes, built.cosines, strict=True)
            if theme != NONE and ids[theme] != one.theme_id
        ]
        space = built.space
        with self._store.changing() as connection:
            theme_building.write_rebuilt(
                connection,
                brand,
                space=StoredSpace(space.centre.tolist(), space.nearness, volume, self._clock()),
                shapes=[shapes[number] for number in sorted(shapes) if number < len(known)],
                found=[FoundTheme(shapes[number], brand, ()) for number in new],
                placed=placed,
            )

    def _assign(self) -> int:
        with self._store.reading() as connection:
            waiting = theme_building.waiting(connection, limit=_AT_ONCE)
        if not waiting:
            return 0
        self._read_again()
        found: list[tuple[str | None, float | None]] = [(None, None)] * len(waiting)
        for brand in {one.brand for one in waiting}:
            mine = [i for i, one in enumerate(waiting) if one.brand == brand]
            for i, theme in zip(mine, self._themes_of(brand, [waiting[i] for i in mine]), strict=True):
                found[i] = theme
        with self._store.changing() as connection:
            theme_building.write_tried(connection, waiting, found)
        return len(waiting)

    def _themes_of(self, brand: Brand, waiting: list[Waiting]) -> list[tuple[str | None, float | None]]:
        against = self._brands.get(brand)
        found: list[tuple[str | None, float | None]] = [(one.theme_id, None) for one in waiting]
        if against is None:
            return found
        fitting = [i for i, one in enumerate(waiting) if len(one.embedding) == len(against.space.centre)]
        vectors = unpacked([waiting[i].embedding for i in fitting])
        if fitting:
            best, cosines = assign(against.space, against.middles, vectors)
            for i, middle, cosine in zip(fitting, best, cosines, strict=True):
                if middle != NONE:
                    found[i] = against.owners[middle], float(cosine)
        return found

    def _due(self) -> list[Brand]:
        with self._store.reading() as connection:
            volumes = theme_building.volumes(connection)
        return [brand for brand, volume in volumes.items() if self._is_due(brand, volume)]

    def _is_due(self, brand: Brand, volume: int) -> bool:
        rules, built = self._settings, self._spaces.get(brand)
        if built is None:
            return volume >= rules.first
        since, new = (self._clock() - built.rebuilt_at).total_seconds(), volume - built.verbatims
        if volume >= _MANIFOLD * built.verbatims:
            return True
        if since < rules.rebuild_seconds or new < rules.least:
            return False
        return new >= max(rules.first, _GROWN * built.verbatims) or since >= _IDLE_ROUNDS * rules.rebuild_seconds

    def _read_again(self) -> None:
        """Read the middles where somebody changed a theme."""
        with self._store.reading() as connection:
            stamp = theme_building.stamp(connection)
            if stamp == self._stamp and self._brands:
                return
            self._spaces = theme_building.spaces(connection)
            rows = theme_building.middles(connection)
        self._brands = {brand: _brand(space, rows, brand) for brand, space in self._spaces.items()}
        self._stamp = stamp

    def _show(self) -> None:
        with self._store.reading() as connection:
            assigned = themes.assigned(connection)
            promised, unpromised = themes.numbers(connection)
        self._metrics.show(assigned, promised=promised, unpromised=unpromised)


def _brand(space: StoredSpace, rows: list[Middle], brand: Brand) -> _Brand:
    mine = [row for row in rows if row.brand == brand and len(row.centroid) == len(space.centre)]
    middles = np.array([row.centroid for row in mine], np.float32).reshape(len(mine), len(space.centre))
    return _Brand(
        Space(np.array(space.centre, np.float32), space.nearness), middles, tuple(row.theme_id for row in mine)
    )


def _known(middles: list[Middle]) -> KnownTheme:
    own, *merged = middles
    rows = np.array([one.centroid for one in merged], np.float32).reshape(len(merged), len(own.centroid))
    return KnownTheme(np.array(own.centroid, np.float32), rows, own.touched or bool(merged), own.name)


def _shape(theme_id: str, shape: ThemeShape, texts: list[Embedded]) -> Shape:
    nearest = [texts[number].record_id for number in shape.nearest]
    return Shape(theme_id, shape.naming.name, shape.naming.phrases, nearest, shape.centroid)


def _of_one_width(texts: list[Embedded]) -> list[Embedded]:
    """Those whose vectors are of the newest one's width: another encoder's can't be compared with them."""
    return [one for one in texts if len(one.embedding) == len(texts[0].embedding)]
