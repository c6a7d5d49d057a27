"""`gapwatch explain`: why a text has its signals, promise by promise."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from gapwatch import wiring
from gapwatch.commands.judging import ModelFolder, model_settings
from gapwatch.commands.options import EXITS, AsJson, StoreFile, print_json, store_path
from gapwatch.reasons import chosen, drawn
from gapwatch.rendering import terminal
from nlp.config import MiniLMSettings
from nlp.redaction import redact
from promises.book import PromiseBook
from promises.catalogue import Catalogue
from sinks import queries
from sinks.access_log import Action, note_in_file
from sinks.answers import StoredVerbatim
from sinks.reading import open_for_reading
from sinks.wordings import wordings
from voc.errors import ConfigError
from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind

if TYPE_CHECKING:
    from nlp.explaining import Explanation, Reason

EPILOG: Final = "\n\n".join(
    (
        "Examples:",
        "gapwatch explain T-1042 --config gapwatch.yaml",
        "gapwatch explain reviews/0/17 --store gapwatch.duckdb --all",
        'gapwatch explain --text "Two hours for one suitcase." --catalogue promises.yaml --json',
        EXITS,
    )
)
_GIVEN: Final = "text"  # the id of a text that was given and not stored


def explain(
    verbatim_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The id of a stored text, or topic/partition/offset.")
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="A text to judge, instead of an ID.")] = None,
    catalogue: Annotated[
        list[Path] | None,
        typer.Option(
            "--catalogue", "-c", metavar="FILE", help="Promises to judge by; else the settings' or the store's."
        ),
    ] = None,
    store: StoreFile = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings whose store, catalogues and model to use.")
    ] = None,
    model: ModelFolder = None,
    everything: Annotated[bool, typer.Option("--all", help="Also promises that got no signal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show why a text has its signals: what each promise was recognised by, which words decided, and how sure that is.

    A stored text is held against the promises that were in force for it, a text given by --text against today's.
    """
    if (verbatim_id is None) == (text is None):
        raise typer.BadParameter("give either an ID or --text")
    settings = model_settings(config, model)
    if not isinstance(settings, MiniLMSettings):
        raise ConfigError("can't be explained", key="model.kind", value=settings.kind, allowed="minilm")
    book = _book(catalogue or [], config, any_brand=text is not None)
    if text is not None:
        cases = _given(text, store, book)
    else:
        cases = _stored(verbatim_id or "", store_path(store, config), book)
    with terminal(stderr=True).status("judging"):
        explanations = _explanations(settings, cases)
    if as_json:
        print_json(_for_programs(*one, everything=everything) for one in zip(cases, explanations, strict=True))
        return
    console = terminal()
    for case, explanation in zip(cases, explanations, strict=True):
        for part in drawn(case.verbatim, explanation, case.notes, everything=everything):
            console.print(part)


class _Case(NamedTuple):
    """A text, the promises in force for it, and what to know about where they come from."""

    verbatim: Verbatim
    promises: Sequence[Promise]
    notes: Sequence[str] = ()


def _book(catalogues: Sequence[Path], config: Path | None, *, any_brand: bool) -> PromiseBook | None:
    """The promises of the catalogues named, else of the settings."""
    paths = list(catalogues)
    if not paths and config is not None:
        from gapwatch.settings import load_settings  # only here: it loads every room's settings

        paths = load_settings(config).catalogues
    return wiring.build_book(paths, any_brand=any_brand and len(paths) == 1) if paths else None


def _given(text: str, store: Path | None, book: PromiseBook | None) -> list[_Case]:
    if book is None:
        raise typer.BadParameter("--text is held against the promises of --catalogue or --config")
    if store is not None:
        raise typer.BadParameter(
            "--text is held against the promises of --catalogue or --config, not against a store's"
        )
    if not text.strip():
        raise typer.BadParameter("--text is empty")
    place = Position(_GIVEN, _GIVEN, 0, 0)
    verbatim = Verbatim(place, _GIVEN, VerbatimKind.REVIEW, None, redact(text).text, datetime.now(UTC))
    return [_Case(verbatim, book.in_force(verbatim))]


def _stored(verbatim_id: str, path: Path, book: PromiseBook | None) -> list[_Case]:
    """Every verbatim with an id. Where no catalogue is given, the store's own wordings are what it was held against."""
    notes = []
    note_in_file(path, Action.VERBATIMS, f"explain {verbatim_id}")
    with open_for_reading(path) as connection:
        found = queries.verbatims(connection, verbatim_id)
        if book is None:
            book = _book_of(wordings(connection), path)
            notes = ["The store keeps no example phrasings: with --config or --catalogue the listener's own are used."]
    if not found:
        terminal(stderr=True).print(f"no verbatim has the id {verbatim_id}", soft_wrap=True)
        raise typer.Exit(1)
    cases = []
    for one in found:
        verbatim = _verbatim(one)
        judged = f"Its stored signals are those of {one.model_name} {one.model_version}."
        cases.append(_Case(verbatim, book.in_force(verbatim), [*notes, judged]))
    return cases


def _book_of(promises: Sequence[Promise], path: Path) -> PromiseBook:
    brands = dict.fromkeys(promise.brand for promise in promises)
    own = {brand: tuple(promise for promise in promises if promise.brand == brand) for brand in brands}
    return PromiseBook([Catalogue(brand, wordings_, path) for brand, wordings_ in own.items()])


def _verbatim(stored: StoredVerbatim) -> Verbatim:
    return Verbatim(
        position=Position(stored.source, stored.record_id, 0, 0),
        id=stored.id,
        kind=VerbatimKind(stored.kind),
        brand=stored.brand,
        text=stored.text,
        created_at=stored.created_at,
        experienced_at=stored.experienced_at,
        region=stored.region,
        product=stored.product,
        channel=stored.channel,
        rating=stored.rating,
        language_hint=stored.language,  # a text too short to tell was taken for what its record said
    )


def _explanations(settings: MiniLMSettings, cases: Sequence[_Case]) -> "list[Explanation]":
    # imported only here: reading --help need not wait for the libraries of a model
    from nlp.explaining import explain as reasons
    from nlp.promise_judge import PromiseJudge

    judge = PromiseJudge(settings)
    return [reasons(judge, case.verbatim, case.promises) for case in cases]


def _for_programs(case: _Case, explanation: "Explanation", *, everything: bool) -> dict[str, Any]:
    text = case.verbatim.text
    return {
        "id": case.verbatim.id,
        "text": text,
        **{name: getattr(explanation, name) for name in ("language", "judged", "model", "min_confidence")},
        "disconfirmation": explanation.disconfirmation,
        "promises": [_plain_reason(text, reason) for reason in chosen(explanation, everything=everything)],
    }


def _plain_reason(text: str, reason: "Reason") -> dict[str, Any]:
    start, end = reason.evidence
    alike = ("verdict", "confidence", "signalled", "spoken", "verdicts", "features", "phrasing", "likeness")
    words = [
        {"start": one.start, "end": one.end, "text": text[one.start : one.end], "share": one.share}
        for one in reason.words
    ]
    return {
        "promise_id": reason.promise.id,
        "version": reason.promise.version,
        "statement": reason.promise.statement,
        **{name: getattr(reason, name) for name in alike},
        "evidence": {"start": start, "end": end, "text": text[start:end]},
        "words": words,
        "figures": reason.comparison,
    }
