"""The command line: one table of commands, and what each kind of error exits with."""

import sys
from importlib.metadata import version
from typing import Annotated, Final

import typer

from gapwatch.commands import (
    access_log,
    adapt,
    alerts,
    check,
    classify,
    console,
    corpus,
    dead_letters,
    demo,
    digest,
    evaluate,
    explain,
    export,
    model,
    promises,
    run,
    scores,
    signals,
    sql,
    store,
    themes,
    train,
    verbatim,
    watch,
)
from gapwatch.logs import set_up_logs
from voc.errors import ConfigError, GapwatchError

EXIT_FAULT: Final = 1
EXIT_CONFIG: Final = 2

app = typer.Typer(
    name="gapwatch",
    help="Judges what customers say against what the brand promised.",
    epilog="Exits with 0 if all is well, 1 on a fault while running or an error found, 2 on what the caller must "
    "mend: settings, catalogue or arguments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"gapwatch {version('gapwatch')}")
        raise typer.Exit


@app.callback()
def _gapwatch(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def _examples(*lines: str) -> str:
    return "\n\n".join(("Examples:", *lines))


app.command("run", epilog=_examples("gapwatch run --config gapwatch.yaml"))(run.run)
app.command(
    "classify",
    epilog=_examples(
        "gapwatch classify reviews.jsonl --catalogue promises.yaml --out judged.jsonl",
        "zcat old.jsonl.gz | gapwatch classify - -c promises.yaml > judged.jsonl",
    ),
)(classify.classify)
app.command("evaluate", epilog=evaluate.EPILOG)(evaluate.evaluate)
app.command("adapt", epilog=adapt.EPILOG)(adapt.adapt)
app.command("watch", epilog=watch.EPILOG)(watch.watch)
app.command("console", epilog=console.EPILOG)(console.console)
app.command("demo", epilog=_examples("gapwatch demo", "gapwatch demo --store /tmp/demo.duckdb"))(demo.demo)
app.command("check", epilog=_examples("gapwatch check --config gapwatch.yaml"))(check.check)
app.add_typer(promises.app, name="promises")
app.command("scores", epilog=scores.EPILOG)(scores.scores)
app.command("signals", epilog=signals.EPILOG)(signals.signals)
app.command("verbatim", epilog=verbatim.EPILOG)(verbatim.verbatim)
app.command("explain", epilog=explain.EPILOG)(explain.explain)
app.add_typer(model.app, name="model")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(store.app, name="store")
app.add_typer(themes.app, name="themes")
app.add_typer(alerts.app, name="alerts")
app.command("sql", epilog=sql.EPILOG)(sql.sql)
app.command("access-log", epilog=access_log.EPILOG)(access_log.access_log)
app.command("export", epilog=export.EPILOG)(export.export)
app.command("digest", epilog=digest.EPILOG)(digest.write_digest)
app.command("corpus", epilog=corpus.EPILOG)(corpus.corpus)
app.command("train", epilog=train.EPILOG)(train.train)


def main() -> None:
    """Run a command; errors that we raise on purpose end with one line and their exit code."""
    set_up_logs(quiet=True)
    try:
        app()
    except GapwatchError as error:
        sys.stderr.write(f"gapwatch: {error}\n")
        sys.exit(EXIT_CONFIG if isinstance(error, ConfigError) else EXIT_FAULT)
