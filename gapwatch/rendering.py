"""What the store answers, drawn for a terminal: the promise board, verbatims with their evidence, incidents."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from promises.scoring import keeping_rate, wilson_interval
from sinks.answers import Score, Signal, StoredVerbatim, Week
from sinks.incidents import Incident

VERDICT_STYLES: Final = {"broken": "bold red", "kept": "green", "exceeded": "bold cyan", "mentioned": "yellow"}
NO_VERDICTS: Final = "no verdicts yet"
WEEKS_SHOWN: Final = 8
_BARS: Final = "▁▂▃▄▅▆▇█"
_NO_VERDICT_THAT_WEEK: Final = "·"


# Customers' texts could steer the terminal: control characters are shown as pictures, one for one, so that the
# places of evidence stay right. Line ends and tabs may stay.
_CONTROLS: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}


def visible(text: str) -> str:
    """A text that can be printed on a terminal, of the same length."""
    return text.translate(_CONTROLS)


def terminal(*, stderr: bool = False) -> Console:
    """A console on which brackets and colons in customers' words are no markup."""
    return Console(markup=False, emoji=False, highlight=False, stderr=stderr)


def promise_board(scores: Sequence[Score], weeks: Sequence[Week] = (), *, by: str | None = None) -> Table:
    """One line a promise, or a promise and part: its rate with the 95 % Wilson interval, n, and the weeks.

    A promise without verdicts says so: silence is not keeping.
    """
    trends = _trends(weeks)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Promise", *([by.capitalize()] if by else [])):
        table.add_column(heading, no_wrap=True)
    table.add_column("Rate (95 %)", no_wrap=True)
    for heading, style in (("n", ""), ("Broken", "red"), ("Kept", "green"), ("Exceeded", "cyan")):
        table.add_column(heading, justify="right", style=style)
    table.add_column("By week", no_wrap=True)
    for score in scores:
        part = [score.part or "unknown"] if by else []
        if by and score.n + score.mentioned == 0:
            part = [""]
        trend = trends.get((score.brand, score.promise_id, score.part), "")
        counts = (score.n, score.broken, score.kept, score.exceeded)
        table.add_row(score.promise_id, *part, rate_text(score), *map(str, counts), trend)
    return table


def rate_text(score: Score) -> Text:
    """The promise-keeping rate and its interval, "87 % (81–91)"; coloured only where the interval is all to one
    side of one half, so that a handful of verdicts does not look like a finding."""
    interval = wilson_interval(score.kept + score.exceeded, score.n)
    rate = keeping_rate(score.kept, score.exceeded, score.broken)
    if interval is None or rate is None:
        return Text(NO_VERDICTS, style="dim")
    low, high = interval
    style = "red" if high < 0.5 else "green" if low > 0.5 else ""
    return Text(f"{rate * 100:.0f} % ({low * 100:.0f}–{high * 100:.0f})", style=style)


def sparkline(rates: Sequence[float | None]) -> str:
    """A bar a rate in [0, 1]; a dot where there was none."""
    return "".join(
        _NO_VERDICT_THAT_WEEK if rate is None else _BARS[min(int(rate * len(_BARS)), len(_BARS) - 1)] for rate in rates
    )


def verbatim_panel(verbatim: StoredVerbatim, signals: Sequence[Signal]) -> Panel:
    """The text with its evidence coloured by verdict, and beside each verdict the promise it was held against."""
    place = [verbatim.region, verbatim.product, verbatim.channel]
    about = [f"{verbatim.event_time:%Y-%m-%d}", verbatim.source, *(part for part in place if part), verbatim.language]
    parts: list[RenderableType] = [highlighted(verbatim.text, signals), Text()]
    if signals:
        parts.append(_verdicts(signals))
    elif verbatim.judged:
        parts.append(Text("Says nothing of any promise.", style="dim"))
    else:
        parts.append(Text("Not judged: the model does not read this language.", style="dim"))
    parts.append(Text(_footnote(verbatim), style="dim"))
    return Panel(
        Group(*parts), title=Text(visible(verbatim.id)), subtitle=Text(visible(", ".join(about))), title_align="left"
    )


def highlighted(text: str, signals: Sequence[Signal]) -> Text:
    """The text with the evidence of its signals coloured and underlined."""
    shown = Text(visible(text))
    for signal in signals:
        shown.stylize(f"underline {VERDICT_STYLES[signal.verdict]}", signal.evidence_start, signal.evidence_end)
    return shown


def signal_line(signal: Signal) -> Text:
    """One signal on one line: when, what, how sure, where, and the words it rests on."""
    line = Text(f"{signal.event_time:%Y-%m-%d %H:%M}  ")
    line.append(f"{signal.verdict:<9}", style=VERDICT_STYLES[signal.verdict])
    line.append(f" {signal.confidence:4.0%}  {signal.promise_id}", style="")
    line.append(f"  {signal.region or '-'}  {signal.verbatim_id}  ", style="dim")
    line.append(f"“{visible(' '.join(signal.evidence.split()))}”")
    return line


def incident_panel(incident: Incident) -> Panel:
    """What rose, where, since when, and against what past."""
    days = f"since {incident.first_day}, last on {incident.last_day}"
    text = Text.assemble(
        (f"{incident.broken} broken", "bold red"),
        f" {days}; before, {incident.usual_per_day:.1f} a day.\n",
        f"{incident.share_during:.0%} of what customers there wrote, up from {incident.share_before:.1%}.\n",
        (f"By chance, its worst day would have a probability of about {incident.probability:.0e}.", "dim"),
    )
    title = f"Incident: {incident.promise_id}, {incident.region or 'region unknown'}"
    return Panel(text, title=Text(title), title_align="left", border_style="red", expand=False)


def _trends(weeks: Sequence[Week]) -> dict[tuple[str, str, str | None], str]:
    """A sparkline for each line of the board, all over the same weeks."""
    if not weeks:
        return {}
    last = max(week.week for week in weeks)
    first = max(min(week.week for week in weeks), last - timedelta(weeks=WEEKS_SHOWN - 1))
    axis = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    lines: dict[tuple[str, str, str | None], dict[date, float | None]] = defaultdict(dict)
    for week in weeks:
        rate = keeping_rate(week.kept, week.exceeded, week.broken)
        lines[week.brand, week.promise_id, week.part][week.week] = rate
    return {key: sparkline([rates.get(day) for day in axis]) for key, rates in lines.items()}


def _verdicts(signals: Sequence[Signal]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    table.add_column()
    for signal in signals:
        wording = signal.statement or "(wording not in the store)"
        told = f"\npromised {signal.promised}, got {signal.experienced}" if signal.experienced else ""
        promise = Text(f"{signal.promise_id}, version {signal.promise_version}: {wording}{told}")
        verdict = Text(signal.verdict, style=VERDICT_STYLES[signal.verdict])
        table.add_row(verdict, f"{signal.confidence:.0%}", promise)
    return table


def _footnote(verbatim: StoredVerbatim) -> str:
    kinds = sorted({redaction.kind for redaction in verbatim.redactions})
    redacted = f"taken out: {', '.join(kinds)}" if kinds else "nothing taken out"
    severity = f"severity {verbatim.severity}, " if verbatim.severity is not None else ""
    model = f"model {verbatim.model_name} {verbatim.model_version}"
    return f"{severity}{redacted}{_marks(verbatim)}; {model}; record {verbatim.record_id}"


def _marks(verbatim: StoredVerbatim) -> str:
    cut = f"; cut, it had {verbatim.cut_from:,} characters" if verbatim.cut_from is not None else ""
    repeats = f"; says nearly the same as record {verbatim.duplicate_of}" if verbatim.duplicate_of else ""
    return cut + repeats + ("; suspect flood" if verbatim.suspect_flood else "")
