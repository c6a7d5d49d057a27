"""`gapwatch model`: what the judge is made of."""

import typer

from gapwatch.commands.options import AsJson, examples, print_json
from gapwatch.rendering import terminal
from gapwatch.wiring import build_judge
from nlp.encoder_cache import encoder_files

app = typer.Typer(name="model", help="Build and show the shipped model.", no_args_is_help=True)


@app.command(epilog=examples("gapwatch model build", "GAPWATCH_CACHE=/var/cache/gapwatch gapwatch model build"))
def build() -> None:
    """Build the encoder into the cache, so that the first start need not; does nothing where it is there already."""
    files = encoder_files()
    terminal().print(f"{files.onnx}  sha256 {files.sha256}", soft_wrap=True, highlight=False)


@app.command(epilog=examples("gapwatch model show", "gapwatch model show --json"))
def show(as_json: AsJson = False) -> None:
    """Show the name and version that signals carry, and the encoder's file."""
    files = encoder_files()
    info = build_judge().info
    row = {"name": info.name, "version": info.version, "encoder": str(files.onnx), "sha256": files.sha256}
    if as_json:
        print_json([row])
        return
    for name, value in row.items():
        terminal().print(f"{name:8} {value}", soft_wrap=True, highlight=False)
