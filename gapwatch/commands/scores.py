"""`gapwatch scores`: the promise board."""

from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer
from pydantic import TypeAdapter

from gapwatch.asking import answered, look
from gapwatch.commands.options import (
    AsJson,
    Brand,
    ConfigFile,
    Since,
    StoreFile,
    examples,
    in_utc,
    plain,
    print_json,
    store_path,
)
from gapwatch.rendering import promise_board, terminal
from promises.scoring import keeping_rate, wilson_interval
from sinks import queries
from sinks.answers import Part, Score, Week
from sinks.reading import open_for_reading

if TYPE_CHECKING:
    from gapwatch.settings import Settings

EPILOG: Final = examples(
    "gapwatch scores --config gapwatch.yaml",
    "gapwatch scores --by region --since 2026-01-01",
    "gapwatch scores --without-floods",
    "gapwatch scores --json | jq 'select(.n > 20)'",
)


class _Found(NamedTuple):
    scores: list[Score]
    weeks: list[Week]


def scores(
    store: StoreFile = None,
    config: ConfigFile = None,
    by: Annotated[Part | None, typer.Option(help="Split each promise by this.")] = None,
    since: Since = None,
    brand: Brand = None,
    without_floods: Annotated[bool, typer.Option("--without-floods", help="Leave suspect floods out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how well each promise is kept: rate with its 95 % interval, counts, and the last weeks.

    The rate is (kept + exceeded) / (kept + exceeded + broken). A promise that nobody spoke of has no rate. While a
    listener holds the store, --config asks the listener.
    """
    path = store_path(store, config)
    scope: dict[str, Any] = {"by": by, "brand": brand, "since": in_utc(since), "without_floods": without_floods}

    def from_store() -> _Found:
        with open_for_reading(path) as connection:
            return _Found(queries.scores(connection, **scope), queries.weekly(connection, **scope))

    def from_listener(settings: "Settings") -> _Found:
        answer = look(settings.http, "/api/v1/scores", scope, seconds=settings.sql.seconds)
        return TypeAdapter(_Found).validate_python((answer["scores"], answer["weeks"]))

    rows, weeks = answered(config, from_store, from_listener)
    if as_json:
        print_json(_plain_score(row) for row in rows)
        return
    console = terminal()
    for name in dict.fromkeys(row.brand for row in rows):
        console.print(name, style="bold")
        own = [row for row in rows if row.brand == name]
        console.print(promise_board(own, weeks, by=by.value if by else None))
    if not rows:
        console.print("No promises in this store." if brand is None else f"No promises of {brand} in this store.")


def _plain_score(score: Score) -> dict[str, object]:
    interval = wilson_interval(score.kept + score.exceeded, score.n)
    rate = keeping_rate(score.kept, score.exceeded, score.broken)
    fields = plain(score)
    assert isinstance(fields, dict)
    return {**fields, "n": score.n, "rate": rate, "low": interval and interval[0], "high": interval and interval[1]}
