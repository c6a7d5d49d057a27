"""`gapwatch store`: look after the store: check it, back it up, put a backup in its place, save what can be read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.commands.options import AsJson, ConfigFile, StoreFile, examples, print_json, store_path
from gapwatch.rendering import terminal, visible
from sinks.access_log import Action, note_in_file
from sinks.transactions import StoreHeld
from sinks.upkeep.backup import Backup, back_up_file, check_destination
from sinks.upkeep.backup import restore as put_back
from sinks.upkeep.check import Found, Progress
from sinks.upkeep.check import check as look_into
from sinks.upkeep.repair import Repaired
from sinks.upkeep.repair import repair as save
from voc.errors import ConfigError, FatalError

app = typer.Typer(name="store", help="Check, back up, restore and repair the store.", no_args_is_help=True)

_BACKUP_SECONDS: Final = 3600.0  # a store of many gigabytes is copied and read through
_SHOWN_GAPS: Final = 20


@app.command(epilog=examples("gapwatch store check --config gapwatch.yaml", "gapwatch store check --store old.duckdb"))
def check(store: StoreFile = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Read every row of every table, and look for rows that can't be right; changes nothing.

    Stop the listener before, or check a backup, which can be made while it runs.
    """
    path = store_path(store, config)
    with _shown_progress() as progress:
        found = look_into(path, progress=progress)
    if as_json:
        print_json([{**_as_row(found), "sound": found.sound}])
    else:
        _print(found)
    if not found.sound:
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "gapwatch store backup --config gapwatch.yaml gapwatch-monday.duckdb",
        "gapwatch store backup --store gapwatch.duckdb /backups/gapwatch.duckdb --force",
    )
)
def backup(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="The file to write.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a copy of the store, read it through, and tell what it holds; a listener may go on meanwhile.

    Where a listener has the store, it is asked over HTTP to make the backup, which --config is needed for: DEST then
    lies in the store's folder or in `store.backup_folder`, where a bare name goes.
    """
    path = store_path(store, config)
    try:
        with suppress(ConfigError):  # no store, which is refused below, or one of before there was an access log
            note_in_file(path, Action.BACKUP, str(destination))
        with _shown_progress() as progress:
            made: Mapping[str, Any] = _as_row(
                back_up_file(path, _beside(path, destination, config), replace=force, progress=progress)
            )
    except StoreHeld as held:
        made = _asked_of_the_listener(held, destination, config, force)
    if as_json:
        print_json([made])
        return
    console = terminal()
    console.print(f"{made['path']}: {made['bytes']} bytes, checked", soft_wrap=True)
    _print_contents(made["rows"], made["offsets"])


@app.command(epilog=examples("gapwatch store restore --config gapwatch.yaml /backups/gapwatch-monday.duckdb"))
def restore(
    backup_file: Annotated[Path, typer.Argument(metavar="BACKUP", help="The backup to put in the store's place.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check a backup and put it in the store's place; what was there is kept under a dated name.

    The listener then goes on at the backup's offsets: what came since is read again, as far as Kafka still has it.
    """
    with _shown_progress() as progress:
        done = put_back(backup_file, store_path(store, config), progress=progress)
    if as_json:
        print_json([done])
        return
    console = terminal()
    console.print(f"{done.path}: restored from {backup_file}", soft_wrap=True)
    _print_kept(done.kept)
    _print_contents(done.rows, done.offsets)


@app.command(epilog=examples("gapwatch store repair --config gapwatch.yaml"))
def repair(store: StoreFile = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Save what can be read of a damaged store into a whole one; the damaged one is kept under a dated name.

    Restoring a backup loses less: what came since is then read again from Kafka. What a repair can't read is lost,
    unless it was in the log only, whose offsets are lost with its rows, so that Kafka is read again from there.
    """
    with _shown_progress() as progress:
        done = save(store_path(store, config), progress=progress)
    if as_json:
        print_json([done])
    else:
        _print_repair(done)
    if done.faults:
        raise typer.Exit(1)


def _beside(store: Path, destination: Path, config: Path | None) -> Path:
    """A bare name goes where the listener would put it, too, so that it does not matter whether one runs."""
    if config is None or destination.name != str(destination):
        return destination
    from gapwatch.settings import load_settings

    return load_settings(config).store.backup_folders[0] / destination


def _asked_of_the_listener(held: StoreHeld, destination: Path, config: Path | None, force: bool) -> Mapping[str, Any]:
    if config is None:
        raise FatalError(f"{held}; with --config the listener is asked to make the backup") from held
    if force:
        raise FatalError(f"{held}; and a listener replaces no file: take the old one away, without --force") from held
    from gapwatch.asking import ask  # only here: it loads what HTTP needs
    from gapwatch.settings import load_settings

    settings = load_settings(config)
    to = destination if destination.name == str(destination) else destination.absolute()
    if to.is_absolute():
        check_destination(to, replace=False)
    with terminal(stderr=True).status("The listener makes the backup"):
        made: Mapping[str, Any] = ask(settings.http, "/api/v1/store/backup", {"to": str(to)}, seconds=_BACKUP_SECONDS)
    return made


@contextmanager
def _shown_progress() -> Iterator[Progress]:
    with terminal(stderr=True).status("Opening the store") as status:

        def show(what: str, done: int, total: int) -> None:
            status.update(f"{what} ({done} of {total})")

        yield show


def _as_row(found: Found | Backup) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


def _print(found: Found) -> None:
    console = terminal()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Table", no_wrap=True)
    table.add_column("Rows", justify="right")
    table.add_column("Found", overflow="fold")
    for one in found.tables:
        table.add_row(one.name, str(one.rows), Text("; ".join(one.unreadable) or "fine"))
    console.print(f"{found.path}: schema {'unknown' if found.schema is None else found.schema}", soft_wrap=True)
    if found.tables:
        console.print(table)
    for problem in found.problems:
        console.print(f"can't be read: {problem}", style="red", soft_wrap=True)
    for fault in found.faults:
        shown = visible(", ".join(fault.examples))
        console.print(f"{fault.count} {fault.rule}: {shown}", style="red", soft_wrap=True)
    if found.sound:
        console.print("All is well.")
    else:
        console.print(
            "`gapwatch store restore` puts a backup in its place, `gapwatch store repair` saves what can be read.",
            soft_wrap=True,
        )


def _print_repair(done: Repaired) -> None:
    console = terminal()
    if not done.needed:
        console.print(f"{done.path}: every row can be read; nothing was changed", soft_wrap=True)
    else:
        console.print(f"{done.path}: repaired", soft_wrap=True)
        _print_kept(done.kept)
        for line in _losses(done):
            console.print(line, soft_wrap=True)
        console.print("A backup, if there is one, loses less: `gapwatch store restore`.", soft_wrap=True)
        _print_contents(done.rows, {})
    if done.faults:
        console.print(
            f"What is left has faults that no repair mends: {visible(done.faults)}", style="red", soft_wrap=True
        )


def _losses(done: Repaired) -> Iterator[str]:
    if done.lost_log:
        yield f"{done.lost_log}, with the offsets in it: `gapwatch run` reads those records again, if Kafka has them"
    for table, runs in done.lost_rows.items():
        yield f"lost of {table}: {', '.join(runs)}"
    if done.lost_signals:
        yield f"left out: {done.lost_signals} signals whose verbatim is lost"
    if done.lost_letters:
        yield f"left out: {done.lost_letters} dead letters of which some bytes are lost"
    if done.derived_offsets:
        yield f"the next offsets of {done.derived_offsets} partitions are taken from the rows that were saved"
    if done.offsets_without_row:
        gaps = done.offsets_without_row
        more = f" and {len(gaps) - _SHOWN_GAPS} more runs; --json has them all" if len(gaps) > _SHOWN_GAPS else ""
        yield f"offsets without a row, lost or never there: {visible(', '.join(gaps[:_SHOWN_GAPS]))}{more}"


def _print_kept(kept: tuple[str, ...] | list[str]) -> None:
    for old in kept:
        terminal().print(f"kept what was there: {old}", soft_wrap=True)


def _print_contents(rows: Mapping[str, int], offsets: Mapping[str, int]) -> None:
    console = terminal()
    console.print("rows: " + ", ".join(f"{count} {table}" for table, count in rows.items()), soft_wrap=True)
    for place, offset in offsets.items():
        console.print(f"goes on at {visible(place)}: {offset}", soft_wrap=True)
