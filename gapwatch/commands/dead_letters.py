"""`gapwatch dead-letters`: the records that could not be processed."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.commands.options import AsJson, ConfigFile, StoreFile, examples, print_json, store_path
from gapwatch.rendering import terminal, visible
from gapwatch.settings import load_settings
from sinks import queries
from sinks.access_log import Action, note_in_file
from sinks.answers import StoredDeadLetter
from sinks.reading import open_for_reading
from voc.records import DeadLetterReason

app = typer.Typer(
    name="dead-letters", help="List, show and replay records that could not be processed.", no_args_is_help=True
)

_SHOWN_BYTES: Final = 4096


@app.command("list", epilog=examples("gapwatch dead-letters list --reason not_json --limit 20"))
def list_dead_letters(
    store: StoreFile = None,
    config: ConfigFile = None,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    reason: Annotated[DeadLetterReason | None, typer.Option(help="Only for this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The last so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List dead letters in the order they were stored, the newest at the end."""
    path = store_path(store, config)
    note_in_file(path, Action.DEAD_LETTERS, f"source={source or ''} reason={reason.value if reason else ''}")
    with open_for_reading(path) as connection:
        found = queries.dead_letters(connection, source=source, reason=reason, limit=limit, with_bytes=as_json)
    if as_json:
        print_json(found)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Record", overflow="fold")  # a path, which must not squeeze out the detail
    for heading in ("Received", "Reason"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Detail", min_width=20)
    table.add_column("Bytes", justify="right")
    for letter in found:
        received = f"{letter.received_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(letter.record_id, received, letter.reason, Text(visible(letter.detail)), str(letter.size or 0))
    terminal().print(table if found else "No dead letters.")


@app.command(
    epilog=examples("gapwatch dead-letters show reviews/0/17", "gapwatch dead-letters show reviews/0/17 --json")
)
def show(
    record_id: Annotated[str, typer.Argument(metavar="RECORD", help="The record: topic/partition/offset.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show a dead letter and its bytes; --json has them whole, in base64."""
    path = store_path(store, config)
    note_in_file(path, Action.DEAD_LETTERS, record_id)
    with open_for_reading(path) as connection:
        found = queries.dead_letters(connection, record_id=record_id)
    if not found:
        terminal(stderr=True).print(f"no dead letter has the record {record_id}", soft_wrap=True)
        raise typer.Exit(1)
    if as_json:
        print_json(found)
        return
    for letter in found:
        _print(letter)


@app.command(
    epilog=examples(
        "gapwatch dead-letters replay --config gapwatch.yaml --dry-run",
        "gapwatch dead-letters replay --config gapwatch.yaml --source tickets --reason bad_field",
    )
)
def replay(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Settings to process the records by.")],
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    reason: Annotated[DeadLetterReason | None, typer.Option(help="Only for this reason.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be mended and change nothing.")] = False,
) -> None:
    """Process dead letters again, after a mapping or a limit was mended; stop the listener before.

    What can be used now becomes a verbatim with its signals; what can't stays a dead letter with its new reason.
    A record is never both, and doing it twice changes nothing.
    """
    from gapwatch.replay import replay as replay_dead_letters  # only here: a model takes seconds to load

    outcome = replay_dead_letters(load_settings(config), source=source, reason=reason, dry_run=dry_run)
    console = terminal()
    would = "would be " if dry_run else ""
    console.print(f"{outcome.mended} {would}mended, {outcome.failed} still dead letters", soft_wrap=True)
    for why, number in sorted(outcome.reasons.items()):
        console.print(f"  {why}: {number}")
    for why, which in (
        ("the settings have no such source", outcome.unknown),
        ("the store has lost a piece of them", outcome.broken),
    ):
        if which:
            console.print(f"left out, since {why}: {', '.join(which)}", soft_wrap=True)
    if outcome.broken:
        raise typer.Exit(1)


def _print(letter: StoredDeadLetter) -> None:
    console = terminal()
    console.print(f"{letter.record_id}: {letter.reason}: {letter.detail}", style="bold", soft_wrap=True)
    replayed = f"replayed {letter.replayed_at:%Y-%m-%d %H:%M:%S}" if letter.replayed_at else "not replayed"
    console.print(f"received {letter.received_at:%Y-%m-%d %H:%M:%S}, {replayed}")
    if letter.raw is None:
        console.print("no bytes (a Kafka tombstone)")
        return
    text = letter.raw[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
    console.print(visible(text), soft_wrap=True)
    if len(letter.raw) > _SHOWN_BYTES:
        console.print(f"… {len(letter.raw) - _SHOWN_BYTES} more bytes; --json has them all", style="dim")
