"""Writes a digest as one HTML page that needs nothing else, and as Markdown."""

import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gapwatch.digest import pictures
from gapwatch.digest.advice import percent, share, where
from gapwatch.digest.content import Audience, Digest
from gapwatch.digest.findings import Finding

_TEMPLATES: Final = Path(__file__).parent / "templates"
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>|~&$]|(?<=\bwww)\.|:(?=//)|^[-+=#]|(?<=^\d)[.)]|(?<=^\d\d)[.)])")
_ALERTS: Final = 20
_NAMED: Final = 3  # promises named in short
FOR: Final = {
    Audience.SAYS: "for those who word our promises",
    Audience.DOES: "for those who keep our promises",
    Audience.ALL: "for everybody",
}


def html(digest: Digest) -> str:
    """One page; its style and pictures are inside, and it runs no script."""
    environment = _environment(autoescape=True)
    shown = [told.finding for part in digest.teams for told in part.promises]
    lowest = pictures.axis_start(shown)
    return environment.get_template("digest.html").render(
        **_words(digest),
        style=(_TEMPLATES / "digest.css").read_text("utf-8"),
        lowest=lowest,
        rates=partial(pictures.rates, lowest=lowest),
        bars=partial(pictures.bars, axis=digest.days, since=digest.span.since.date()),
    )


def markdown(digest: Digest) -> str:
    """The same in Markdown; customers' words can't become headings, links or HTML."""
    environment = _environment(autoescape=False)
    environment.filters["plain"] = plain
    text = environment.get_template("digest.md").render(**_words(digest))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def plain(text: object) -> str:
    """A text as Markdown that shows it as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def title(digest: Digest) -> str:
    """ "What customers told us, 18 to 24 November 2026"."""
    first, last = digest.span.since, digest.span.until - timedelta(days=1)
    start = f"{first:%-d}"
    if (first.month, first.year) != (last.month, last.year):
        start += f" {first:%B}" + (f" {first.year}" if first.year != last.year else "")
    days = f"{last:%-d %B %Y}" if first.date() == last.date() else f"{start} to {last:%-d %B %Y}"
    return f"What customers told us, {days}"


def in_short(digest: Digest) -> list[str]:
    """The week in a few sentences; only what is beyond chance is called worse or better."""
    volume, before = digest.volume, f"the {_days(digest.length)} before"
    if volume.verbatims == 0:
        return [_nothing(digest)]
    worse = _share(volume.negative, volume.verbatims)
    worse_before = _share(volume.negative_before, volume.verbatims_before)
    lines = [
        f"{volume.verbatims:,} texts came in ({volume.verbatims_before:,} in {before}). {volume.negative:,} of them "
        f"tell of something worse than expected{worse}, before {volume.negative_before:,}{worse_before}; "
        f"{volume.positive:,} of something better."
    ]
    lines += [f"Worse: “{one.counts.statement}” {_change(one)}" for one in digest.worse[:_NAMED]]
    if len(digest.worse) > _NAMED:
        lines.append(f"{len(digest.worse) - _NAMED} more promises were kept clearly less often.")
    lines += [f"Better: “{one.counts.statement}” {_change(one)}" for one in digest.better[:_NAMED]]
    if not digest.worse and not digest.better:
        lines.append(f"No promise was kept clearly more or less often than in {before}.")
    if digest.alerts:
        waiting = sum(alert.state == "open" for alert in digest.alerts)
        lines.append(f"{len(digest.alerts)} alerts are not resolved; {waiting} of them nobody has taken on.")
    return lines


def _words(digest: Digest) -> dict[str, object]:
    return {
        "digest": digest,
        "title": title(digest),
        "audience": FOR[digest.audience],
        "lines": in_short(digest),
        "span_before": f"the {_days(digest.length)} before",
        "percent": percent,
        "where": where,
        "share": share,
        "most_alerts": _ALERTS,
        "notes": _notes(digest),
    }


def _nothing(digest: Digest) -> str:
    last = digest.last_event
    known = f" The last text in the store is of {last:%-d %B %Y}." if last else " There is no text in the store at all."
    return f"Nobody wrote in these {_days(digest.length)}. That says nothing of how promises were kept.{known}"


def _change(one: Finding) -> str:
    above_all = f"; above all{where(one.place)}" if one.worse and one.place else ""
    return f"was kept in {percent(one.rate)}, before in {percent(one.before)}{above_all}."


def _notes(digest: Digest) -> list[str]:
    volume = digest.volume
    notes = [
        "A rate is (kept + exceeded) of all verdicts; in brackets its 95 % interval: with few verdicts it is wide. "
        "“Worse” and “better” are told only where chance is out of the question at 99 %.",
        "Those who write are not all customers, and most write when something went wrong: a rate is of texts, good to "
        "compare with itself, with its goal and with other places.",
        "Judged by a model: it can be wrong about a single text. A promise that nobody speaks of is not “kept”.",
    ]
    if digest.not_over:
        notes.append("The last day was not over when this was written.")
    if volume.in_no_theme:
        notes.append(f"{volume.in_no_theme:,} of {volume.negative:,} complaints are in no theme.")
    if volume.not_judged:
        notes.append(f"{volume.not_judged:,} texts were not judged: the model does not read their language.")
    if volume.suspect_floods:
        notes.append(f"{volume.suspect_floods:,} texts look like a flood of few authors; they are counted, not quoted.")
    return notes


def _share(part: int, whole: int) -> str:
    return f" ({part / whole * 100:.0f} %)" if whole else ""


def _days(number: int) -> str:
    return "day" if number == 1 else f"{number} days"


def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
