"""Why a text has its signals, drawn for a terminal: the words that decided, the brighter the more they did."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gapwatch.rendering import VERDICT_STYLES, visible
from voc.records import Verbatim

if TYPE_CHECKING:
    from nlp.explaining import Explanation, Reason

_TOLD: Final = 6  # words named beside the text
_WIDTH: Final = 20  # of the bars, in characters
_DIMMEST: Final = (110, 100, 60)
_BRIGHTEST: Final = (255, 215, 0)


def chosen(explanation: "Explanation", *, everything: bool) -> "list[Reason]":
    """The promises to show, the surest first: those that got a signal, or all of them."""
    return [reason for reason in explanation.reasons if everything or reason.signalled]


def drawn(
    verbatim: Verbatim, explanation: "Explanation", notes: Sequence[str], *, everything: bool
) -> Iterator[RenderableType]:
    """A panel of the text, one of each promise shown, and a line on those that are not."""
    text = visible(verbatim.text)
    about = Group(Text(text), *_about(explanation, notes))
    yield Panel(about, title=Text(visible(verbatim.id)), title_align="left")
    for reason in chosen(explanation, everything=everything):
        yield _panel(text, reason, explanation.min_confidence)
    silent = [] if everything else [reason for reason in explanation.reasons if not reason.signalled]
    if silent:
        nearest = f"{silent[0].promise.id} with {silent[0].confidence:.0%}"
        yield Text(f"{_count(len(silent))} got no signal, the nearest was {nearest}; --all shows why", style="dim")


def _count(promises: int) -> str:
    return "1 promise" if promises == 1 else f"{promises} promises"


def _about(explanation: "Explanation", notes: Sequence[str]) -> Iterator[Text]:
    yield Text()
    if not explanation.judged:
        yield Text(f"Not judged: the model does not read this language ({explanation.language}).")
    elif not explanation.reasons:
        yield Text("No promise was in force for it.")
    feelings = explanation.disconfirmation.items()
    if feelings:
        yield Text("disconfirmation: " + ", ".join(f"{feeling} {share:.0%}" for feeling, share in feelings))
    yield Text(f"Explained by {explanation.model.name} {explanation.model.version}.", style="dim")
    for note in notes:
        yield Text(note, style="dim")


def _panel(text: str, reason: "Reason", least: float) -> Panel:
    style = VERDICT_STYLES[reason.verdict]
    sure = f"{reason.confidence:.0%} sure, {'' if reason.signalled else 'no signal: '}{least:.0%} are needed"
    title = Text.assemble(reason.promise.id, "  ", (reason.verdict, style), "  ", sure)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, value in _details(text, reason):
        table.add_row(name, value)
    body = Group(_highlighted(text, reason), Text(), table)
    return Panel(body, title=title, title_align="left", border_style=style if reason.signalled else "dim")


def _highlighted(text: str, reason: "Reason") -> Text:
    """The text, the evidence underlined, the words with the most attention the brighter the more they hold."""
    shown = Text(text)
    shown.stylize("underline", *reason.evidence)
    most = max((word.share for word in reason.words), default=1.0) or 1.0
    for word in reason.words:
        strength = word.share / most
        channels = (round(dim + (bright - dim) * strength) for dim, bright in zip(_DIMMEST, _BRIGHTEST, strict=True))
        shown.stylize(f"bold rgb({','.join(map(str, channels))})", word.start, word.end)
    return shown


def _details(text: str, reason: "Reason") -> Iterator[tuple[str, Text]]:
    start, end = reason.evidence
    yield "promise", Text(f"{reason.promise.statement} (version {reason.promise.version})")
    yield "spoken about", _bar(reason.spoken)
    yield "verdict", _verdicts(reason)
    if reason.comparison is not None:
        got = reason.comparison
        told = f"promised {got.promised}, got {got.experienced} (x {got.ratio:.3g}): {got.verdict}"
        yield "figures", Text(told, style=VERDICT_STYLES[got.verdict])
    yield "evidence", Text(f"“{' '.join(text[start:end].split())}”")
    strongest = (f"{text[one.start : one.end]} {one.share:.0%}" for one in reason.words[:_TOLD])
    yield "attention", Text(", ".join(strongest))
    yield "closest phrasing", Text(f"“{visible(reason.phrasing)}” {reason.likeness:.2f}")
    yield "features", Text("  ".join(f"{name} {value:.2f}" for name, value in reason.features.items()))


def _verdicts(reason: "Reason") -> Text:
    ordered = sorted(reason.verdicts.items(), key=lambda item: -item[1])
    parts = [(f"{verdict} {share:.0%}   ", VERDICT_STYLES[verdict]) for verdict, share in ordered]
    return Text.assemble(*parts)


def _bar(share: float) -> Text:
    filled = round(share * _WIDTH)
    return Text.assemble(f"{share:4.0%} ", ("█" * filled, "green"), ("·" * (_WIDTH - filled), "dim"))
