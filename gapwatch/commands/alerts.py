"""`gapwatch alerts`: what people must hear of, and what they do about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.asking import answered, ask
from gapwatch.commands.options import AsJson, Brand, ConfigFile, StoreFile, examples, print_json, store_path
from gapwatch.rendering import terminal, visible
from sinks import alerts
from sinks.alerts import UNRESOLVED
from sinks.reading import open_for_noting, open_for_reading
from sinks.transactions import transaction
from voc.alerts import Alert, AlertAction, AlertKind, AlertState
from voc.errors import ConfigError

if TYPE_CHECKING:
    from gapwatch.settings import Settings

app = typer.Typer(name="alerts", help="What people must hear of, and what they do about it.", no_args_is_help=True)

AlertId = Annotated[str, typer.Argument(metavar="ALERT", help="The id of an alert, as `list` shows it.")]
Note = Annotated[str | None, typer.Option(help="What is to be remembered with it.")]
_ALL: Final = tuple(AlertState)
_HTTP_SECONDS: Final = 10.0


@app.command("list", epilog=examples("gapwatch alerts list", "gapwatch alerts list --all --kind burst --json"))
def list_alerts(
    store: StoreFile = None,
    config: ConfigFile = None,
    kind: Annotated[AlertKind | None, typer.Option(help="Only of this kind.")] = None,
    brand: Brand = None,
    owner: Annotated[str | None, typer.Option(help="Only what this owner says or does, or is to see to.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are resolved, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the alerts that are not resolved, the newest first."""
    states = _ALL if everything else UNRESOLVED
    with open_for_reading(store_path(store, config)) as connection:
        found = alerts.alerts(connection, states=states, kind=kind, brand=brand, owner=owner, limit=limit)
    if as_json:
        print_json(found)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Alert", "Opened", "State"):
        table.add_column(heading, no_wrap=True)
    table.add_column("What", min_width=30)
    table.add_column("Signals", justify="right")
    table.add_column("Owners")
    for one in found:
        owners = ", ".join(dict.fromkeys(filter(None, (one.assignee, one.says, one.does))))
        opened = f"{one.opened_at:%Y-%m-%d %H:%M}"
        table.add_row(one.alert_id, opened, one.state.value, Text(visible(one.title)), str(one.signals), owners)
    terminal().print(table if found else "No alerts.")


@app.command(epilog=examples("gapwatch alerts show 60cd8bb97d101e47"))
def show(alert_id: AlertId, store: StoreFile = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show an alert, what it was judged by, and what happened to it."""
    with open_for_reading(store_path(store, config)) as connection:
        one = alerts.alert(connection, alert_id)
        history = alerts.history(connection, alert_id)
    if one is None:
        raise ConfigError("there is no such alert", key="alert", value=alert_id)
    if as_json:
        print_json([one, *history])
        return
    console = terminal()
    console.print(Text(visible(one.title), style="bold"))
    for name, value in _facts(one).items():
        console.print(Text(f"{name}: {visible(str(value))}"), soft_wrap=True)
    for change in history:
        line = f"{change.changed_at:%Y-%m-%d %H:%M} {change.change.value} by {change.who} {change.detail}"
        console.print(Text(visible(line.rstrip())), soft_wrap=True)


@app.command(epilog=examples("gapwatch alerts acknowledge 60cd8bb97d101e47 --note 'on it'"))
def acknowledge(alert_id: AlertId, store: StoreFile = None, config: ConfigFile = None, note: Note = None) -> None:
    """Say that somebody sees to an alert; yours unless it is another's. --config asks the listener that holds it."""
    _act(alert_id, AlertAction.ACKNOWLEDGE, store, config, note=note)


@app.command(epilog=examples("gapwatch alerts assign 60cd8bb97d101e47 ground-operations"))
def assign(
    alert_id: AlertId,
    assignee: Annotated[str, typer.Argument(metavar="WHO", help="Who is to see to it.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    note: Note = None,
) -> None:
    """Give an alert to somebody. --config asks the listener that holds it."""
    _act(alert_id, AlertAction.ASSIGN, store, config, note=note, assignee=assignee)


@app.command(epilog=examples("gapwatch alerts snooze 60cd8bb97d101e47 --hours 8"))
def snooze(
    alert_id: AlertId,
    hours: Annotated[float, typer.Option(min=0.1, max=8760, help="For so long.")] = 24,
    store: StoreFile = None,
    config: ConfigFile = None,
    note: Note = None,
) -> None:
    """Let an alert rest for some hours; then it is open again. --config asks the listener that holds it."""
    _act(alert_id, AlertAction.SNOOZE, store, config, note=note, until=datetime.now(UTC) + timedelta(hours=hours))


@app.command(epilog=examples("gapwatch alerts resolve 60cd8bb97d101e47 --note 'the belt runs again'"))
def resolve(alert_id: AlertId, store: StoreFile = None, config: ConfigFile = None, note: Note = None) -> None:
    """Say that an alert is over. --config asks the listener that holds it."""
    _act(alert_id, AlertAction.RESOLVE, store, config, note=note)


def _act(
    alert_id: str,
    action: AlertAction,
    store: Path | None,
    config: Path | None,
    *,
    note: str | None,
    assignee: str | None = None,
    until: datetime | None = None,
) -> None:
    """In the file, or by the listener that holds it."""
    path = store_path(store, config)

    def in_store() -> str:
        with open_for_noting(path) as connection, transaction(connection):
            done = alerts.act(
                connection,
                alert_id,
                action,
                who=_user(),
                now=datetime.now(UTC),
                assignee=assignee,
                until=until,
                note=note,
            )
        return done.state.value

    def by_listener(settings: "Settings") -> str:
        wanted = {"assignee": assignee, "until": until and until.isoformat(), "note": note}
        body = {name: value for name, value in wanted.items() if value is not None}
        path_of_act = f"/api/v1/alerts/{quote(alert_id)}/{action.value}"
        return str(ask(settings.http, path_of_act, body, seconds=_HTTP_SECONDS)["state"])

    terminal().print(f"{alert_id} is {answered(config, in_store, by_listener)}", soft_wrap=True)


def _user(ask: Callable[[], str] = getuser) -> str:
    """The operating system's user."""
    try:
        return ask()
    except (KeyError, OSError):  # a container's user may have no name
        return "somebody"


def _facts(one: Alert) -> dict[str, object]:
    """What is shown of an alert."""
    names = ("kind", "state", "severity", "brand", "promise_id", "theme", "source", "region", "product", "channel")
    more = ("statement", "says", "does", "assignee", "signals", "expected", "first_event", "last_event", "opened_at")
    found = {name: getattr(one, name) for name in (*names, *more)}
    found |= {name: value for name, value in one.figures.items() if name != "told_signals"}
    found["where"] = ", ".join(f"{scope.value} {scope.signals}" for scope in one.scopes)
    found["worst"] = ", ".join(one.worst)
    return {name.replace("_", " "): value for name, value in found.items() if value not in (None, "")}
