"""Themes by HTTP: the list, one of them, and what people do to them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from console import cursors
from console.api import After, Limit, Name
from console.doors import Operator, Parts, PartsHere, Reader, asked, noted
from console.faults import Refused, documented
from console.readings import Connection
from console.theme_answers import (
    MemberAnswer,
    MemberPage,
    OneTheme,
    ScopeValues,
    ThemeAct,
    ThemeActed,
    ThemeAlertAnswer,
    ThemeAnswer,
    ThemeChangeAnswer,
    ThemeDayAnswer,
    ThemePage,
    ThemePartAnswer,
)
from sinks import one_theme as inside
from sinks import theme_acts
from sinks import themes as stored
from sinks.access_log import Action
from sinks.one_theme import ThemePart
from sinks.theme_acts import ThemeAction
from sinks.themes import ThemeScope, ThemeState
from voc.errors import ConfigError

router = APIRouter(prefix="/api/v1/themes", responses=documented(400, 401, 421, 422, 503))

Weeks = Annotated[
    int | None, Query(ge=1, le=520, description="only the last so many, counted back from the last negative verbatim")
]
Themes = Annotated[list[str] | None, Query(max_length=20, description="only these, muted or not")]


@router.get("")
def themes(
    parts: PartsHere,
    caller: Reader,
    brand: Name = None,
    region: Name = None,
    product: Name = None,
    channel: Name = None,
    weeks: Weeks = None,
    unpromised: Annotated[
        bool | None, Query(description="only what nobody promised, or only what somebody did")
    ] = None,
    state: Annotated[ThemeState | None, Query(description="without it those not muted")] = None,
    search: Annotated[
        str | None, Query(max_length=200, description="words of a name or of key phrases, or near in meaning")
    ] = None,
    theme: Themes = None,
    limit: Limit = 100,
    after: After = None,
) -> ThemePage:
    """Themes, the pinned first, then the largest, page by page. Shows no customer's words, so it is not logged."""
    place = None if after is None else cursors.theme_read(after)
    search = (search or "").strip() or None
    vector = parts.meaning(search) if search and parts.meaning else None
    scope = ThemeScope(region=region, product=product, channel=channel, weeks=weeks)
    with parts.readings.one() as connection:
        found = stored.themes(
            connection,
            brand=brand,
            unpromised=unpromised,
            state=state,
            search=search,
            vector=vector,
            scope=scope,
            theme_ids=theme,
            limit=limit + 1,
            after=None if search else place,
        )
        assigned = stored.assigned(connection, brand=brand, scope=scope)
    page, further = found[:limit], len(found) > limit
    return ThemePage(
        themes=[ThemeAnswer.model_validate(one) for one in page],
        unassigned_share=assigned.unassigned_share,
        tried=assigned.tried,
        waiting=assigned.waiting,
        latest=assigned.latest,
        searched_by=[by for by, given in (("words", search), ("meaning", vector)) if given],
        cut=bool(search) and further,
        next=None if search else cursors.theme_written(page[-1].key) if page else after,
        more=not search and further,
    )


@router.get("/scopes")
def scopes(parts: PartsHere, caller: Reader) -> ScopeValues:
    """What themes may be narrowed to: brands, regions, products and channels of negative verbatims."""
    with parts.readings.one() as connection:
        found = stored.scope_values(connection)
    values = {by: [value for of, value in found if of == by] for by in ScopeValues.model_fields}
    return ScopeValues.model_validate(values)


@router.get("/{theme_id}", responses=documented(404))
def one_theme(theme_id: str, parts: PartsHere, caller: Reader) -> OneTheme:
    """One theme; of a merged one that which it is part of by now."""
    noted(parts, caller, Action.VERBATIMS, f"theme {theme_id}")
    with parts.readings.one() as connection:
        found = stored.theme(connection, theme_id)
        if found is None:
            raise _none()
        split: dict[str, list[ThemePartAnswer]] = {by.value: [] for by in inside.SPLIT_BY}
        for by, part, verbatims in inside.split_of(connection, found.theme_id):
            split[by.value].append(ThemePartAnswer(part=part, verbatims=verbatims))
        said = inside.representatives(connection, found.theme_id)
        changes = inside.changes(connection, found.theme_id)
        return OneTheme(
            theme=ThemeAnswer.model_validate(found),
            days=[ThemeDayAnswer.model_validate(day) for day in inside.days(connection, found.theme_id)],
            latest=inside.latest(connection),
            representatives=[MemberAnswer.model_validate(one) for one in said],
            split=split,
            alerts=[ThemeAlertAnswer.model_validate(one) for one in inside.alerts_on(connection, found.theme_id)],
            changes=[ThemeChangeAnswer.model_validate(one) for one in changes],
            names=inside.names_in(connection, changes),
            rebuilt_at=inside.rebuilt_at(connection, found.brand),
        )


@router.get("/{theme_id}/verbatims", responses=documented(404))
def verbatims(
    theme_id: str,
    parts: PartsHere,
    caller: Reader,
    region: Name = None,
    product: Name = None,
    channel: Name = None,
    kind: Name = None,
    source: Name = None,
    limit: Limit = 50,
    after: After = None,
) -> MemberPage:
    """The verbatims of a theme, the newest first, page by page; of a merged one those of the theme it is part of."""
    place = None if after is None else cursors.member_read(after)
    given = {"region": region, "product": product, "channel": channel, "kind": kind, "source": source}
    noted(parts, caller, Action.VERBATIMS, f"theme {theme_id} " + asked(**given, limit=limit, after=after))
    of = {ThemePart(by): value for by, value in given.items() if value}
    with parts.readings.one() as connection:
        living = stored.living(connection, theme_id)
        if living is None:
            raise _none()
        found = inside.members(connection, living, of=of, limit=limit + 1, after=place)
    page = found[:limit]
    return MemberPage(
        verbatims=[MemberAnswer.model_validate(one) for one in page],
        next=cursors.member_written(page[-1].key) if page else after,
        more=len(found) > len(page),
    )


@router.post("/{theme_id}/{action}", responses=documented(403, 404, 413, 415))
def act(theme_id: str, action: ThemeAction, body: ThemeAct, parts: PartsHere, caller: Operator) -> ThemeActed:
    """Rename, merge, split, pin, unpin, mute or unmute a theme; it is remembered whatever is rebuilt."""
    with parts.readings.one() as connection:
        if stored.living(connection, theme_id) is None:
            raise _none()
    made = _split(parts, theme_id, body, caller.name) if action is ThemeAction.SPLIT else []
    if action is not ThemeAction.SPLIT:
        with parts.changing() as connection:
            _do(connection, theme_id, action, body, caller.name)
    with parts.readings.one() as connection:
        after = stored.theme(connection, theme_id)
    assert after is not None
    return ThemeActed(theme=ThemeAnswer.model_validate(after), made=made)


def _do(connection: Connection, theme_id: str, action: ThemeAction, body: ThemeAct, who: str) -> None:
    now = datetime.now(UTC)
    match action:
        case ThemeAction.RENAME:
            theme_acts.rename(connection, theme_id, name=_given("name", body.name), who=who, now=now)
        case ThemeAction.MERGE:
            theme_acts.merge(connection, theme_id, into=_given("into", body.into), who=who, now=now)
        case _:
            theme_acts.mark(connection, theme_id, action, who=who, now=now)


def _split(parts: Parts, theme_id: str, body: ThemeAct, who: str) -> list[str]:
    """The parts are found beside the writing, which waits only while they are written."""
    from nlp.theme_process import divide  # only here: it loads NumPy and spaCy

    with parts.readings.one() as connection:
        division = theme_acts.divided(connection, theme_id, divide=divide, into=body.parts)
    with parts.changing() as connection:
        return theme_acts.split(connection, division, who=who, now=datetime.now(UTC))


def _given(key: str, value: str | None) -> str:
    if value is None:
        raise ConfigError("is missing", key=key)
    return value


def _none() -> Refused:
    return Refused(404, "there is no such theme", allowed="an id that /api/v1/themes lists")
