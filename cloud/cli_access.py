"""`iomando access …`: who may open what at a moment, and why not. Asks what decides every open; changes nothing."""

import asyncio
import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from cloud.access import Door, Site, Snapshot, Verdict

app = typer.Typer(no_args_is_help=True, help="Who may open which door, and when: the answer the service would give.")

Place = Annotated[str, typer.Option(help="name or id of the place")]
At = Annotated[str | None, typer.Option(help="on the place's clock, e.g. 2026-12-25T19:00; default: now")]
WHY = {
    "access": "has no access to this door",
    "unit": "its door box was revoked",
    "suspended": "access is suspended",
    "hours": "not at this time",
    "uses": "no uses left",
    "ended": "the access has ended",
}


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


@app.command()
def who(
    place: Place,
    door: Annotated[str | None, typer.Option(help="name or id; default: every door of the place")] = None,
    at: At = None,
) -> None:
    """Everybody who could open it at that minute."""
    from cloud import access

    snapshot = _snapshot()
    site = _site(snapshot, place)
    now = _moment(site, at)
    for found in _doors(site, door):
        typer.echo(f"{found.name}:")
        may = sorted(
            (site.members[person].name, verdict) for person, verdict in access.who_may(found.id, snapshot, now)
        )
        for name, verdict in may:
            typer.echo(f"  {name}{_until(site, verdict)}")
        if not may:
            typer.echo("  nobody")


@app.command()
def may(
    person: Annotated[str, typer.Argument(help="phone number, e-mail address, or the name the place gives")],
    place: Place,
    door: Annotated[str | None, typer.Option(help="name or id; default: every door of the place")] = None,
    at: At = None,
) -> None:
    """Whether this person could open it at that minute, and if not, why not. Ends with 1 if not."""
    from cloud import access

    snapshot = _snapshot()
    site = _site(snapshot, place)
    now = _moment(site, at)
    her = _person(snapshot, site, person)
    verdicts = [(found, access.may_open(her, found.id, snapshot, now)) for found in _doors(site, door)]
    for found, verdict in verdicts:
        typer.echo(f"{found.name}: {_said(site, verdict)}")
    if not all(verdict.allowed for _, verdict in verdicts):
        raise typer.Exit(1)


def _said(site: "Site", verdict: "Verdict") -> str:
    if verdict.allowed:
        return f"yes{_until(site, verdict)}"
    next_ = f"; next {_shown(site, verdict.next)}" if verdict.next is not None else ""
    rule = f" (access {verdict.rule})" if verdict.rule else ""
    return f"no, {WHY.get(verdict.reason or '', verdict.reason)}{next_}{rule}"


def _until(site: "Site", verdict: "Verdict") -> str:
    return f" until {_shown(site, verdict.until)}" if verdict.until is not None else ""


def _shown(site: "Site", ms: int) -> str:
    there = datetime.datetime.fromtimestamp(ms / 1000, ZoneInfo(site.place.zone))
    return there.strftime("%a %Y-%m-%d %H:%M")


def _moment(site: "Site", at: str | None) -> int:
    """What the place's clock shows, as a time. Of an hour that comes twice the first, of one left out the next."""
    zone = ZoneInfo(site.place.zone)
    if at is None:
        moment = datetime.datetime.now(zone)
    else:
        try:
            typed = datetime.datetime.fromisoformat(at)
        except ValueError as error:
            raise typer.BadParameter(f"{at!r} is no time like 2026-12-25T19:00", param_hint="--at") from error
        moment = typed if typed.tzinfo else typed.replace(tzinfo=zone)
    return int(moment.timestamp() * 1000)


def _snapshot() -> "Snapshot":
    from cloud.beside import NotThere, beside
    from cloud.settings import BadSetting, read

    async def taken() -> "Snapshot":
        async with beside(read()) as it:
            return it.policy.snapshot

    try:
        return asyncio.run(taken())
    except (BadSetting, NotThere) as error:
        raise _fail(error) from error


def _site(snapshot: "Snapshot", place: str) -> "Site":
    found = [site for site in snapshot.sites.values() if place in (site.place.id, site.place.name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(f"{site.place.name} ({site.place.id})" for site in snapshot.sites.values())) or "none"
    raise _fail(f"there is {'no' if not found else 'more than one'} place {place!r}; known: {known}")


def _doors(site: "Site", door: str | None) -> "Iterable[Door]":
    found = [each for each in site.doors.values() if door in (None, each.id, each.name)]
    if not found:
        known = ", ".join(sorted(each.name for each in site.doors.values())) or "none"
        raise _fail(f"there is no door {door!r} at {site.place.name}; known: {known}")
    return found


def _person(snapshot: "Snapshot", site: "Site", person: str) -> str:
    found = [
        member.person
        for member in site.members.values()
        if person in (member.name, member.person, *_contacts(snapshot, member.person))
    ]
    if len(found) == 1:
        return found[0]
    raise _fail(f"there is {'nobody' if not found else 'more than one person'} called {person!r} at {site.place.name}")


def _contacts(snapshot: "Snapshot", person: str) -> tuple[str, ...]:
    known = snapshot.people.get(person)
    return tuple(contact for contact in (known.phone, known.email) if contact) if known else ()
