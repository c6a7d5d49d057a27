"""`gapwatch promises`: list, show, check and compare the promises of catalogues."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from promises.catalogue import Catalogue, load_catalogue
from promises.diff import Change, ChangeKind
from promises.diff import diff as compare
from promises.findings import Finding, Severity
from promises.lint import lint
from promises.plain import as_plain, plain_window
from voc.errors import ConfigError
from voc.promises import Promise

SHIPPED: Final = Path(__file__).resolve().parents[2] / "configs" / "catalogues"

app = typer.Typer(name="promises", help="List, show, check and compare promises.", no_args_is_help=True)

Catalogues = Annotated[
    list[Path] | None,
    typer.Option("--catalogue", "-c", metavar="FILE", help="A catalogue to read; may be given again."),
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings whose catalogues to read, beside --catalogue.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of tables.")]
_EXITS: Final = "Exits with 0 if all is well, 1 on an error found, 2 on a file that can't be used."


def _epilog(*examples: str) -> str:
    """Examples, one a line: a blank line between them keeps them from being joined."""
    return "\n\n".join(("Examples:", *examples))


@app.command(
    "list",
    epilog=_epilog(
        "gapwatch promises list",
        "gapwatch promises list --catalogue promises.yaml --on 2026-10-01",
        "gapwatch promises list --config gapwatch.yaml --json",
    ),
)
def list_promises(
    catalogue: Catalogues = None,
    config: Config = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Only wordings in force on a day (UTC)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List all wordings of all promises; without --catalogue or --config those shipped as examples."""
    chosen = [p for p in _promises(catalogue, config) if on is None or p.in_force_on(on.date())]
    if as_json:
        _write_json([as_plain(promise) for promise in chosen])
        return
    console = _console()
    for brand in dict.fromkeys(promise.brand for promise in chosen):
        console.print(brand, style="bold")
        console.print(_table([promise for promise in chosen if promise.brand == brand]))
        console.print()


@app.command(
    epilog=_epilog(
        "gapwatch promises show bags-on-time",
        "gapwatch promises show bags-on-time --catalogue promises.yaml --json",
    )
)
def show(
    promise_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a promise.")],
    catalogue: Catalogues = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one promise, wording by wording."""
    promises = _promises(catalogue, config)
    chosen = [promise for promise in promises if promise.id == promise_id]
    if not chosen:
        known = ", ".join(dict.fromkeys(promise.id for promise in promises))
        raise ConfigError("no promise has this id", value=promise_id, allowed=known)
    if as_json:
        _write_json([as_plain(promise) for promise in chosen])
        return
    console = _console()
    for promise in chosen:
        console.print(f"{promise.brand}: {promise.id}, version {promise.version}", style="bold")
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, value in _details(promise):
            if value:
                table.add_row(name, value)
        console.print(table)
        console.print()


@app.command(
    epilog=_epilog(
        "gapwatch promises check promises.yaml",
        "gapwatch promises check promises.yaml --with-model --strict",
        _EXITS,
    )
)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Catalogues to check.")],
    with_model: Annotated[
        bool, typer.Option("--with-model", help="Have the model judge the example phrasings too.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find what is wrong or weak in catalogues: no source, no owner, words nobody can check, contradictions."""
    catalogues = [load_catalogue(file) for file in files]
    findings = _lint(catalogues, with_model=with_model)
    if as_json:
        _write_json([_plain_finding(file, finding) for file, finding in findings])
    else:
        _print_findings(catalogues, findings)
    if any(strict or finding.severity is Severity.ERROR for _, finding in findings):
        raise typer.Exit(1)


@app.command(epilog=_epilog("gapwatch promises diff promises-2026.yaml promises-2027.yaml", _EXITS))
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The catalogue before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The catalogue after.")],
    as_json: AsJson = False,
) -> None:
    """Tell what changed between two states of a catalogue. A wording changed under its old dates is an error."""
    changes = compare(load_catalogue(old), load_catalogue(new))
    if as_json:
        _write_json([_plain_change(change) for change in changes])
    else:
        _print_changes(changes)
    if any(change.severity is Severity.ERROR for change in changes):
        raise typer.Exit(1)


def _promises(catalogues: list[Path] | None, config: Path | None) -> list[Promise]:
    """The promises of the files named, or of those that are shipped where none is."""
    paths = list(catalogues or [])
    if config is not None:
        from gapwatch.settings import load_settings  # only here: listing a catalogue needs no settings

        paths += load_settings(config).catalogues
    elif not paths:
        paths = sorted(SHIPPED.glob("*.yaml"))
    return [promise for path in paths for promise in load_catalogue(path).promises]


def _lint(catalogues: Sequence[Catalogue], *, with_model: bool) -> list[tuple[Path, Finding]]:
    judge = None
    if with_model:
        from gapwatch.wiring import build_judge  # only here: a model takes seconds to load

        judge = build_judge()
    with Console(stderr=True).status("Judging the example phrasings" if with_model else "Checking"):
        return [(catalogue.path, finding) for catalogue in catalogues for finding in lint(catalogue, judge)]


def _table(promises: Sequence[Promise]) -> Table:
    """One line a wording; ids and days are never cut, since people copy them."""
    table = Table(box=None, pad_edge=False)
    for heading in ("Promise", "Version", "From", "Until"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Statement")
    for promise in promises:
        days = (str(promise.valid_from or ""), str(promise.valid_until or ""))
        table.add_row(promise.id, str(promise.version), *days, promise.statement)
    return table


def _details(promise: Promise) -> Iterator[tuple[str, str]]:
    yield "statement", promise.statement
    source = (promise.source_url, promise.source_citation, promise.source_seen and f"seen {promise.source_seen}")
    yield "source", ", ".join(part for part in source if part)
    yield "in force", _validity(promise)
    yield "regions", ", ".join(promise.regions)
    yield "products", ", ".join(promise.products)
    yield "channels", ", ".join(promise.channels)
    yield "touch point", promise.touchpoint or ""
    yield "journey", ", ".join(promise.journey)
    yield "said by", promise.says or ""
    yield "done by", promise.does or ""
    if promise.measure:
        side = "at most" if promise.measure.at_most else "at least"
        yield "measure", f"{promise.measure.quantity} {side} {promise.measure}"
    yield "budget", _budget(promise)
    yield "severity", f"{promise.severity} of 5"
    yield "broken", "\n".join(promise.broken_examples)
    yield "kept", "\n".join(promise.kept_examples)
    yield "exceeded", "\n".join(promise.exceeded_examples)


def _validity(promise: Promise) -> str:
    start, until = promise.valid_from, promise.valid_until
    if start is None and until is None:
        return "at all times"
    return " ".join(part for part in (start and f"from {start}", until and f"until {until}") if part)


def _budget(promise: Promise) -> str:
    if promise.kept_at_least is None:
        return ""
    return f"{promise.kept_at_least * 100:g} % in {plain_window(promise.window)}"


def _plain_finding(file: Path, finding: Finding) -> dict[str, object]:
    return {
        "file": str(file),
        "severity": finding.severity,
        "code": finding.code,
        "promise_id": finding.promise_id,
        "version": finding.version,
        "message": finding.message,
    }


def _print_findings(catalogues: Sequence[Catalogue], findings: Sequence[tuple[Path, Finding]]) -> None:
    console = _console()
    for catalogue in catalogues:
        own = [finding for path, finding in findings if path == catalogue.path]
        for finding in own:
            style = "red" if finding.severity is Severity.ERROR else "yellow"
            console.print(f"{finding.severity} {finding.code}", style=style, end=" ")
            console.print(f"{finding.promise_id} (version {finding.version}): {finding.message}", soft_wrap=True)
        errors = sum(finding.severity is Severity.ERROR for finding in own)
        summary = f"{_count(errors, 'error')}, {_count(len(own) - errors, 'warning')}"
        console.print(f"{catalogue.path}: {_count(len(catalogue.promises), 'wording')}, {summary}", soft_wrap=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain_change(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "severity": change.severity,
        "promise_id": change.promise.id,
        "promise": as_plain(change.promise),
        "before": None if change.before is None else as_plain(change.before),
        "fields": [field.name for field in change.fields],
    }


_STYLES: Final = {
    ChangeKind.ADDED: "green",
    ChangeKind.WITHDRAWN: "yellow",
    ChangeKind.NEW_VERSION: "green",
    ChangeKind.CHANGED: "cyan",
    ChangeKind.REWORDED_IN_PLACE: "red",
}


def _print_changes(changes: Sequence[Change]) -> None:
    console = _console()
    for change in changes:
        console.print(change.kind, style=_STYLES[change.kind], end=" ")
        console.print("\n".join(_lines(change)), soft_wrap=True)
    if not changes:
        console.print("No difference.")


def _lines(change: Change) -> Iterator[str]:
    promise, before = change.promise, change.before
    advice = ": a changed wording needs a version and dates of its own" if change.severity else ""
    yield f"{promise.id} (version {promise.version}, {_validity(promise)}){advice}"
    for field in change.fields:
        yield f"  {field.name}: {_shown(field.old)} -> {_shown(field.new)}"
    if not change.fields:
        if before is not None:
            yield f"  - {before.statement}"
        yield f"  {'-' if change.kind is ChangeKind.WITHDRAWN else '+'} {promise.statement}"


def _shown(value: object) -> str:
    if value is None or value == ():
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _console() -> Console:
    """Statements are customers' and marketers' words: a bracket in them is no markup, a colon no emoji."""
    return Console(markup=False, emoji=False, highlight=False)


def _write_json(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
