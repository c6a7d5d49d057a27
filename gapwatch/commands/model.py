"""`gapwatch model`: what the judge is made of."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gapwatch.commands.options import AsJson, print_json
from gapwatch.rendering import terminal
from nlp.model_files import find_model

EPILOG: Final = """Examples:

gapwatch model show

gapwatch model show adapted/ --json

Exits with 0, or with 1 where a file of the model is missing or damaged."""

app = typer.Typer(name="model", help="Show what the judge is made of.", no_args_is_help=True)


@app.callback()
def _model() -> None:
    """Show what the judge is made of."""


@app.command(epilog=EPILOG)
def show(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="A model made by train or adapt; else the shipped one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the version that signals carry, the files, and the card: what it was trained on and what it reached."""
    files = find_model(folder)
    row = {"version": files.version, "encoder": str(files.encoder), "heads": str(files.heads), "card": files.card}
    if as_json:
        print_json([row])
        return
    for name in ("version", "encoder", "heads"):
        terminal().print(f"{name:8} {row[name]}", soft_wrap=True, highlight=False)
    terminal().print_json(data=files.card)
