"""The pictures of a digest, as SVG inside its page: colours come from the page, so that they fit light and dark."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from markupsafe import Markup

from gapwatch.digest.advice import percent, share
from gapwatch.digest.findings import Finding, Rate
from sinks.digest import DayCounts

_RATE_WIDTH: Final = 260
_BARS_WIDTH: Final = 260
_BARS_HEIGHT: Final = 44
_MOST_BARS: Final = 56


def rates(one: Finding, *, lowest: float) -> Markup:
    """The rate of before above that of now, each with its interval, on an axis from ``lowest`` to 1; a line at the
    goal."""

    def place(part: float) -> float:
        return round(6 + (_RATE_WIDTH - 12) * (max(part, lowest) - lowest) / (1 - lowest), 1)

    goal = one.counts.kept_at_least
    pieces = [Markup('<line class="axis" x1="6" x2="{}" y1="37" y2="37"/>').format(_RATE_WIDTH - 6)]
    if goal:
        pieces.append(Markup('<line class="goal" x1="{0}" x2="{0}" y1="3" y2="37"/>').format(place(goal)))
    pieces += [_whisker(one.before, 12, "before", place), _whisker(one.rate, 26, "now", place)]
    label = f"Kept now: {percent(one.rate)}; before: {percent(one.before)}" + (f"; goal: {share(goal)}" if goal else "")
    return _svg(_RATE_WIDTH, 40, label, pieces)


def axis_start(findings: Sequence[Finding]) -> float:
    """Where an axis starts on which all rates have room: a multiple of 10 %, 90 % at most."""
    lows = [rate.low for one in findings for rate in (one.rate, one.before) if rate.low is not None]
    return min(0.9, int(min(lows, default=0.9) * 10) / 10)


def bars(days: Sequence[DayCounts], axis: Sequence[date], since: date) -> Markup:
    """A bar a day, or a few days where there are many: all verdicts, the broken ones at its foot."""
    counts = {one.day: one for one in days}
    step = -(-len(axis) // _MOST_BARS)
    groups = [axis[at : at + step] for at in range(0, len(axis), step)]
    totals = [_sums(counts, group) for group in groups]
    top = max((n for _, n in totals), default=0) or 1
    width = _BARS_WIDTH / len(groups)
    group_of = Markup('<g class="{}">{}</g>')
    pieces = [
        group_of.format("now" if group[-1] >= since else "before", _bar(at * width, width, *total, top))
        for at, (group, total) in enumerate(zip(groups, totals, strict=True))
    ]
    now = [one for one in days if one.day >= since]
    label = f"{sum(one.broken for one in now):,} broken of {sum(one.n for one in now):,} verdicts, day by day"
    return _svg(_BARS_WIDTH, _BARS_HEIGHT, label, pieces)


def _sums(counts: dict[date, DayCounts], group: Sequence[date]) -> tuple[int, int]:
    there = [counts[day] for day in group if day in counts]
    return sum(one.broken for one in there), sum(one.n for one in there)


def _bar(left: float, width: float, broken: int, n: int, top: int) -> Markup:
    whole, foot = (_BARS_HEIGHT - 4) * n / top, (_BARS_HEIGHT - 4) * broken / top
    rect = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
    x, wide = round(left + width * 0.1, 2), round(width * 0.8, 2)
    return Markup("").join(
        rect.format(name, x, round(_BARS_HEIGHT - 2 - height, 2), wide, round(height, 2))
        for name, height in (("all", whole), ("broken", foot))
        if height
    )


def _whisker(rate: Rate, y: int, name: str, place: Callable[[float], float]) -> Markup:
    if rate.share is None or rate.low is None or rate.high is None:
        return Markup("")
    line = Markup('<line class="{}" x1="{}" x2="{}" y1="{y}" y2="{y}"/>')
    dot = Markup('<circle class="{}" cx="{}" cy="{}" r="4.5"/>')
    return line.format(name, place(rate.low), place(rate.high), y=y) + dot.format(name, place(rate.share), y)


def _svg(width: int, height: int, label: str, pieces: Sequence[Markup]) -> Markup:
    svg = Markup('<svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>')
    return svg.format(width, height, width, height, label, Markup("").join(pieces))
