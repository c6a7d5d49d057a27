"""`gapwatch themes`: what customers complain of, and what people do to themes: name, merge, split, pin, mute."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

import duckdb
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.asking import answered, ask
from gapwatch.commands.options import AsJson, Brand, ConfigFile, StoreFile, examples, print_json, store_path
from gapwatch.rendering import sparkline, terminal, visible
from sinks import one_theme, theme_acts, themes
from sinks.access_log import Action, by_command, note_in_file
from sinks.one_theme import Member, ThemePart
from sinks.reading import open_for_noting, open_for_reading
from sinks.theme_acts import ThemeAction
from sinks.themes import Assigned, Theme, ThemeState
from sinks.transactions import transaction
from voc.errors import ConfigError

if TYPE_CHECKING:
    from gapwatch.settings import Settings

app = typer.Typer(name="themes", help="What customers complain of, and what people make of it.", no_args_is_help=True)

ThemeId = Annotated[str, typer.Argument(metavar="THEME", help="The id of a theme, as `list` shows it.")]
_HTTP_SECONDS: Final = 120.0  # the parts of a theme are found in seconds
_WEEKS: Final = 5
_STYLES: Final = {"emerging": "bold red", "fading": "green"}


@app.command(
    "list",
    epilog=examples(
        "gapwatch themes list --state emerging", "gapwatch themes list --unpromised", "gapwatch themes list -s refund"
    ),
)
def list_(
    store: StoreFile = None,
    config: ConfigFile = None,
    brand: Brand = None,
    unpromised: Annotated[
        bool | None,
        typer.Option("--unpromised/--promised", help="Only what nobody promised, or what is promised."),
    ] = None,
    state: Annotated[ThemeState | None, typer.Option(help="Only these; without it all that are not muted.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-s", metavar="WORDS", help="Words of its phrases.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many: pinned ones first, then the largest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List themes with the week by week of the last five, and the share of negative verbatims that are of none.

    A theme is emerging or fading by its share of all negative verbatims: the last week against the four before.
    """
    with open_for_reading(store_path(store, config)) as connection:
        found = themes.themes(connection, brand=brand, unpromised=unpromised, state=state, search=search, limit=limit)
        assigned = themes.assigned(connection, brand=brand)
    if as_json:
        print_json(found)
        return
    console = terminal()
    console.print(theme_table(found))
    console.print(_left(assigned))


@app.command(epilog=examples("gapwatch themes show 4f1c09aa72d3", "gapwatch themes show 4f1c09aa72d3 --by region"))
def show(
    theme: ThemeId,
    store: StoreFile = None,
    config: ConfigFile = None,
    by: Annotated[ThemePart, typer.Option(help="What to split it by.")] = ThemePart.REGION,
    limit: Annotated[int, typer.Option(min=1, help="So many verbatims, those nearest to its middle first.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show a theme: its phrases, where it comes from, what happened to it, and verbatims that stand for it."""
    path = store_path(store, config)
    note_in_file(path, Action.VERBATIMS, f"theme {theme}")
    with open_for_reading(path) as connection:
        found = themes.theme(connection, theme)
        if found is None:
            raise ConfigError("there is no such theme", key="theme", value=theme)
        words = one_theme.representatives(connection, found.theme_id)[:limit]
        if limit > len(words):
            known = {one.record_id for one in words}
            rest = one_theme.members(connection, found.theme_id, limit=limit)
            words += [one for one in rest if one.record_id not in known][: limit - len(words)]
        parts = one_theme.parts(connection, found.theme_id, by=by)
        changes = one_theme.changes(connection, found.theme_id)
    if as_json:
        print_json([found, *words])
        return
    console = terminal()
    console.print(Text(visible(found.name), style="bold"))
    console.print(
        f"{found.verbatims} verbatims; {_of(found)}; also: {visible(', '.join(found.phrases))}", soft_wrap=True
    )
    console.print(", ".join(f"{visible(one.part or 'unknown')} {one.verbatims}" for one in parts), soft_wrap=True)
    for change in changes:
        console.print(f"{change.changed_at:%Y-%m-%d %H:%M} {change.change} by {visible(change.who)} {change.detail}")
    for one in words:
        console.print(_quoted(one), soft_wrap=True)


@app.command(epilog=examples("gapwatch themes rename 4f1c09aa72d3 'Bags late at Kestrel Bay'"))
def rename(
    theme: ThemeId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    store: StoreFile = None,
    config: ConfigFile = None,
) -> None:
    """Give a theme a name, which stays whatever is rebuilt."""
    act = partial(theme_acts.rename, theme_id=theme, name=name)
    _do(theme, ThemeAction.RENAME, store, config, {"name": name}, act)


@app.command(epilog=examples("gapwatch themes merge 4f1c09aa72d3 --into 90bd21c85e17"))
def merge(
    theme: ThemeId,
    into: Annotated[str, typer.Option("--into", metavar="THEME", help="The theme that it becomes part of.")],
    store: StoreFile = None,
    config: ConfigFile = None,
) -> None:
    """Make a theme part of another one of its brand; what is said of it later goes there, too."""
    act = partial(theme_acts.merge, theme_id=theme, into=into)
    _do(theme, ThemeAction.MERGE, store, config, {"into": into}, act)


@app.command(epilog=examples("gapwatch themes split 4f1c09aa72d3 --parts 3"))
def split(
    theme: ThemeId,
    parts: Annotated[int, typer.Option(min=2, max=10, help="Into so many.")] = 2,
    store: StoreFile = None,
    config: ConfigFile = None,
) -> None:
    """Divide a theme; the largest part stays what it is, the others are new themes."""
    from nlp.theme_process import divide  # only here: it loads NumPy and spaCy

    def do(connection: duckdb.DuckDBPyConnection, **who: Any) -> None:  # noqa: ANN401 - who and when
        division = theme_acts.divided(connection, theme, divide=divide, into=parts)
        for new in theme_acts.split(connection, division, **who):
            typer.echo(new)

    _do(theme, ThemeAction.SPLIT, store, config, {"parts": parts}, do)


def _marking(action: ThemeAction, does: str) -> None:
    def command(theme: ThemeId, store: StoreFile = None, config: ConfigFile = None) -> None:
        _do(theme, action, store, config, {}, partial(theme_acts.mark, theme_id=theme, action=action))

    command.__doc__ = does
    app.command(action.value, epilog=examples(f"gapwatch themes {action.value} 4f1c09aa72d3"))(command)


_marking(ThemeAction.PIN, "Keep a theme at hand: pages show it first, and rebuilds take no verbatim out of it.")
_marking(ThemeAction.UNPIN, "Undo `pin`.")
_marking(ThemeAction.MUTE, "Leave a theme out of lists and alerts; it goes on taking its verbatims.")
_marking(ThemeAction.UNMUTE, "Undo `mute`.")


@app.command(epilog=examples("gapwatch themes build --config gapwatch.yaml"))
def build(store: StoreFile = None, config: ConfigFile = None) -> None:
    """Find themes in a store that no listener holds, until nothing waits; a listener does that by itself."""
    from prometheus_client import CollectorRegistry  # only here: these load NumPy, spaCy and the settings

    from gapwatch.settings import load_settings
    from gapwatch.theme_turns import ThemeTurns
    from nlp.config import ThemeSettings
    from sinks.config import DuckDBSettings
    from sinks.duckdb import DuckDBStore
    from sinks.theme_metrics import ThemeMetrics

    path = store_path(store, config)
    with open_for_reading(path):  # that there is one
        pass
    rules = load_settings(config).themes if config else ThemeSettings()
    with DuckDBStore(DuckDBSettings(path=path)) as opened, terminal(stderr=True).status("Finding themes"):
        ThemeTurns(opened, rules, ThemeMetrics(CollectorRegistry())).finish()
        with opened.reading() as connection:
            found, assigned = themes.numbers(connection), themes.assigned(connection)
    terminal().print(f"{sum(found)} themes, {found[1]} of what nobody promised; {_left(assigned)}", soft_wrap=True)


def _do(
    theme: str,
    action: ThemeAction,
    store: Path | None,
    config: Path | None,
    body: dict[str, object],
    act: Callable[..., object],
) -> None:
    """Do it in the file, or ask the listener that holds it, which --config is needed for."""
    path = store_path(store, config)

    def in_store() -> list[str]:
        with open_for_noting(path) as connection, transaction(connection):
            act(connection, who=by_command(Action.VERBATIMS, "").who, now=datetime.now(UTC))
        return []

    def by_listener(settings: "Settings") -> list[str]:
        path_of_act = f"/api/v1/themes/{quote(theme)}/{action.value}"
        return list(ask(settings.http, path_of_act, body, seconds=_HTTP_SECONDS)["made"])

    for new in answered(config, in_store, by_listener):
        typer.echo(new)


def theme_table(found: Sequence[Theme]) -> Table:
    """One line a theme."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Theme", no_wrap=True)
    table.add_column("Name", overflow="fold", min_width=24)
    table.add_column("Verbatims", justify="right")
    for heading in ("By week", "Trend", "Of"):
        table.add_column(heading, no_wrap=heading == "By week")
    last = max((day.day for one in found for day in one.trend), default=None)
    for one in found:
        state = Text(one.state or "", style=_STYLES.get(one.state or "", ""))
        marks = "".join(mark for mark, there in ((" (pinned)", one.pinned), (" (muted)", one.muted)) if there)
        table.add_row(one.theme_id, visible(one.name) + marks, str(one.verbatims), _weeks(one, last), state, _of(one))
    return table


def _weeks(theme: Theme, last: date | None) -> str:
    """A bar for each of the five weeks up to the last day of any."""
    counts = [0] * _WEEKS
    for day in theme.trend:
        assert last is not None
        counts[max(0, _WEEKS - 1 - (last - day.day).days // 7)] += day.verbatims
    top = max(counts)
    return sparkline([count / top if count else None for count in counts])


def _of(theme: Theme) -> str:
    return "nobody promised it" if theme.promise_id is None else visible(theme.promise_id)


def _left(assigned: Assigned) -> str:
    share = assigned.unassigned_share
    if share is None:
        return "No negative verbatim was held against themes yet."
    waiting = f"; {assigned.waiting} wait" if assigned.waiting else ""
    return f"{share:.1%} of {assigned.verbatims - assigned.waiting} negative verbatims are of no theme{waiting}."


def _quoted(one: Member) -> Text:
    place = ", ".join(filter(None, (one.kind, one.region, one.product, one.channel)))
    return Text.assemble((f"{one.event_time:%Y-%m-%d} {one.record_id} {visible(place)}\n", "dim"), visible(one.text))
