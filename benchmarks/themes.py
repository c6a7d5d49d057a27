"""``python -m benchmarks.themes FILE``: themes found in labelled texts, by the listener's own store and turns.

Each line of the file is an object with ``text`` and ``labels.theme``. Purity is the share of texts whose theme's
commonest label is theirs. It grows with the number of themes, so k-means is asked for as many as were found, too, and
a text left without a theme counts as wrong in the second figure.
"""

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import orjson
import typer
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.table import Table

from gapwatch.logs import set_up_logs
from gapwatch.theme_turns import ThemeTurns
from nlp.config import ThemeSettings
from nlp.embedding import packed, unpacked
from nlp.encoder import Encoder
from sinks import themes
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.theme_metrics import ThemeMetrics
from voc.ports import Batch, Judged
from voc.records import Partition, Position, Verbatim, VerbatimKind
from voc.verdicts import Disconfirmation, Judgement, ModelInfo

BATCH: Final = 512
COST_GOAL: Final = 0.10
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MODEL: Final = ModelInfo("benchmark", "0")
_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Purity:
    """Of groups that texts were put in: how many groups, the purity within them and over all, the share in none."""

    groups: int
    inside: float
    overall: float
    left: float


@dataclass(slots=True)
class Seconds:
    """What the parts took; ``rebuilding`` is mostly another process's time."""

    encoding: float = 0.0
    assigning: float = 0.0
    rebuilding: float = 0.0


class _Clocked(ThemeMetrics):
    """Adds up what rebuilds take."""

    def __init__(self) -> None:
        super().__init__(CollectorRegistry())
        self.seconds = 0.0

    def rebuilt(self, seconds: float) -> None:
        self.seconds += seconds


def main(
    file: Annotated[Path, typer.Argument(help="Labelled texts, one JSON object a line.")],
    clusters: Annotated[int, typer.Option(help="What k-means is told.")] = 77,
    limit: Annotated[int | None, typer.Option(help="Only the first so many.")] = None,
) -> None:
    """Find themes in labelled texts, and hold them against k-means on the same vectors and on TF-IDF."""
    set_up_logs(quiet=True)
    console = Console()
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()][:limit]
    texts, labels = [line["text"] for line in lines], [line["labels"]["theme"] for line in lines]
    brand = lines[0].get("brand")
    with tempfile.TemporaryDirectory(prefix="gapwatch-bench-") as folder:
        with DuckDBStore(DuckDBSettings(path=Path(folder) / "themes.duckdb")) as store:
            seconds, embeddings = replay(store, texts, brand)
            found, names = _found(store, len(texts))
    ours = purity(found, labels)
    vectors = unpacked(embeddings)
    rows = {
        "themes, told nothing": ours,
        f"k-means on the same vectors, k = {clusters}": purity(_k_means(vectors, clusters), labels),
        f"k-means on the same vectors, k = {ours.groups} as found": purity(_k_means(vectors, ours.groups), labels),
        f"k-means on TF-IDF, k = {clusters}": purity(_k_means(_tf_idf(texts), clusters), labels),
    }
    _show(console, rows, len(texts))
    _show_cost(console, seconds, len(texts))
    _show_names(console, found, names, labels)


def replay(store: DuckDBStore, texts: Sequence[str], brand: str | None) -> tuple[Seconds, list[bytes]]:
    """Store the texts as negative verbatims, batch by batch, with a turn of the themes after each."""
    encoder, seconds, embeddings = Encoder(), Seconds(), list[bytes]()
    metrics = _Clocked()
    turns = ThemeTurns(store, ThemeSettings(), metrics)
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        began = time.perf_counter()
        encoded = encoder.encode(part)
        seconds.encoding += time.perf_counter() - began
        vectors = [packed(one.whole) for one in encoded]
        embeddings += vectors
        store.write(_batch(start, part, vectors, brand))
        began = time.perf_counter()
        turns.turn()
        seconds.assigning += time.perf_counter() - began
    began = time.perf_counter()
    turns.finish()
    seconds.rebuilding = metrics.seconds
    seconds.assigning += time.perf_counter() - began - metrics.seconds
    return seconds, embeddings


def _batch(start: int, texts: Sequence[str], vectors: Sequence[bytes], brand: str | None) -> Batch:
    judged = [
        Judged(
            Verbatim(
                position=Position("texts", "texts", 0, start + number),
                id=str(start + number),
                kind=VerbatimKind.TICKET,
                brand=brand,
                text=text,
                created_at=_START + timedelta(minutes=start + number),
            ),
            Judgement(language="en", disconfirmation=Disconfirmation.NEGATIVE, severity=1, embedding=vector),
        )
        for number, (text, vector) in enumerate(zip(texts, vectors, strict=True))
    ]
    return Batch(judged, (), {Partition("texts", 0): start + len(texts)}, _MODEL)


def _found(store: DuckDBStore, count: int) -> tuple[list[str | None], dict[str, str]]:
    with store.reading() as connection:
        rows = connection.execute("SELECT record_id, theme_id FROM theme_members").fetchall()
        names = {one.theme_id: one.name for one in themes.themes(connection, limit=100_000)}
    of = dict(rows)
    return [of[f"texts/0/{number}"] for number in range(count)], names


def purity(found: Sequence[str | None], labels: Sequence[str]) -> Purity:
    """Of each text the group that it was put in (None: none) and its label."""
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for group, label in zip(found, labels, strict=True):
        if group is not None:
            groups[group][label] += 1
    right = sum(counts.most_common(1)[0][1] for counts in groups.values())
    inside = sum(counts.total() for counts in groups.values())
    return Purity(len(groups), right / max(inside, 1), right / len(labels), 1 - inside / len(labels))


def _k_means(rows: Any, clusters: int) -> list[str | None]:  # noqa: ANN401 - dense or sparse
    from sklearn.cluster import KMeans

    return [str(label) for label in KMeans(clusters, n_init=3, random_state=0).fit_predict(rows)]


def _tf_idf(texts: Sequence[str]) -> Any:  # noqa: ANN401 - a sparse matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts).astype(np.float32)


def _show(console: Console, rows: dict[str, Purity], texts: int) -> None:
    table = Table(title=f"{texts:,} labelled texts", title_justify="left")
    for name in ("", "themes", "purity", "purity, those without a theme wrong", "without a theme"):
        table.add_column(name, justify="left" if not name else "right")
    for name, one in rows.items():
        table.add_row(name, str(one.groups), f"{one.inside:.3f}", f"{one.overall:.3f}", f"{one.left:.1%}")
    console.print(table)


def _show_cost(console: Console, seconds: Seconds, texts: int) -> None:
    share = seconds.assigning / seconds.encoding
    outcome = "met" if share <= COST_GOAL else "NOT MET"
    console.print(
        f"encoding {seconds.encoding / texts * 1e6:,.0f} us a text; giving it its theme, store and all, "
        f"{seconds.assigning / texts * 1e6:,.0f} us: {share:.1%} of it (goal {COST_GOAL:.0%}: {outcome}); "
        f"rebuilds, in a process of their own, {seconds.rebuilding:.1f} s: {seconds.rebuilding / seconds.encoding:.0%}"
    )


def _show_names(console: Console, found: Sequence[str | None], names: dict[str, str], labels: Sequence[str]) -> None:
    sizes = Counter(group for group in found if group is not None)
    for theme, size in sizes.most_common(_SHOWN):
        label, right = Counter(b for a, b in zip(found, labels, strict=True) if a == theme).most_common(1)[0]
        console.print(f"{size:5d}  {names[theme]}  (mostly {label}: {right / size:.0%})", highlight=False)


if __name__ == "__main__":
    typer.run(main)
