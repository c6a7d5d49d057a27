"""`gapwatch digest`: what customers told us in some days, as one page for the people who can do something about it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from gapwatch.commands.options import Brand, ConfigFile, StoreFile, examples, in_utc, store_path
from gapwatch.digest.content import Audience, Digest, digest
from gapwatch.digest.period import span_of
from gapwatch.digest.writing import html, markdown
from gapwatch.rendering import terminal
from sinks.access_log import Action
from sinks.digest import answers, last_event
from sinks.reading import open_for_reading
from voc.errors import ConfigError

EPILOG: Final = examples(
    "gapwatch digest --out week.html",
    "gapwatch digest --since 4w --for does --owner ground-operations --out bags.html --markdown bags.md",
)


def write_digest(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to write.")],
    since: Annotated[str, typer.Option(metavar="SPAN", help="Days or weeks (7d, 4w), or the first day.")] = "7d",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="The first day outside; else after the last event."),
    ] = None,
    audience: Annotated[
        Audience, typer.Option("--for", help="Those who say promises, those who do them, or everybody.")
    ] = Audience.ALL,
    owner: Annotated[str | None, typer.Option(help="Only what this owner of promises is to read.")] = None,
    brand: Brand = None,
    markdown_out: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE.md", help="Write it as Markdown too.")
    ] = None,
    store: StoreFile = None,
    config: ConfigFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files where they exist.")] = False,
) -> None:
    """Write what customers told us, what changed against the days before, and what to do, by owner.

    The page needs nothing else: mail it, print it, put it on a wall. It holds customers' words. While a listener holds
    the store, --config asks it for a copy, which is read and thrown away.
    """
    path = store_path(store, config)
    files = {out: "--out"} | ({markdown_out: "--markdown"} if markdown_out else {})
    _refuse_existing(files, force=force)
    detail = f"digest {since} for {audience.value}{f' {owner}' if owner else ''} to {', '.join(map(str, files))}"
    from gapwatch.borrowing import readable  # only here: it loads what HTTP and all settings need

    with readable(path, config, action=Action.EXPORT, detail=detail, name=f"digest-for-{audience.value}") as file:
        with terminal(stderr=True).status("Reading the store"):
            made = _read(file, since, until=in_utc(until), audience=audience, owner=owner, brand=brand)
    _write(out, html(made))
    if markdown_out:
        _write(markdown_out, markdown(made))
    _report(made, files)


def _read(
    path: Path, since: str, *, until: datetime | None, audience: Audience, owner: str | None, brand: str | None
) -> Digest:
    now = datetime.now(UTC)
    with open_for_reading(path) as connection:
        last = last_event(connection, brand=brand, by=now)
        try:
            span = span_of(since, until=until, last_event=last, now=now)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--since") from error
        found = answers(connection, span, brand=brand)
    if owner is not None:
        owners = {one for promise in found.promises for one in (promise.says, promise.does) if one}
        if owner not in owners:
            raise ConfigError("owns no promise", key="--owner", value=owner, allowed=", ".join(sorted(owners)))
    return digest(found, span, audience=audience, owner=owner, made_at=now, last_event=last)


def _refuse_existing(files: Mapping[Path, str], *, force: bool) -> None:
    for file, option in files.items():
        if file.exists() and not force:
            raise ConfigError("exists already; --force replaces it", key=option, value=str(file))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", key="--out", value=str(file)) from error


def _report(made: Digest, files: Mapping[Path, str]) -> None:
    console = terminal(stderr=True)
    days = f"{made.span.since:%Y-%m-%d} to {made.span.until:%Y-%m-%d}"
    about = f"{made.volume.verbatims:,} texts, {len(made.tasks)} things to do, {len(made.alerts)} open alerts"
    console.print(f"{', '.join(map(str, files))}: {days} (not included), {about}", soft_wrap=True)
