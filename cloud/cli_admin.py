"""`iomando admin …`: the first owner of a place, and who works for the service. Every act stands in the log."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from cloud.access import Person, Snapshot
    from cloud.beside import Beside
    from cloud.changes import Edit

app = typer.Typer(no_args_is_help=True, help="Owners and admins of places, and who works for this service.")

PlaceRole = Literal["owner", "admin"]
Service = Literal["host", "installer", "maintainer"]


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


@app.command()
def add(
    contact: Annotated[str, typer.Argument(help="phone number with + and country, or e-mail address")],
    place: Annotated[str | None, typer.Option(help="name or id of the place; a new name makes a new place")] = None,
    zone: Annotated[str | None, typer.Option(help="time zone of a new place, e.g. Europe/Madrid")] = None,
    name: Annotated[str | None, typer.Option(help="what to call her; default: her number or address")] = None,
    role: Annotated[PlaceRole, typer.Option(help="at the place")] = "owner",
    service: Annotated[Service | None, typer.Option(help="a role in the service itself, instead of a place")] = None,
    language: Annotated[Literal["en", "es", "ca"], typer.Option(help="of her app")] = "en",
) -> None:
    """Make somebody owner or admin of a place, or host of this service, and print a link that signs her in."""
    from cloud.access import Person
    from cloud.beside import NotThere
    from cloud.contacts import BadContact, is_phone, normal
    from cloud.settings import BadSetting
    from cloud.verbs import NotPossible

    if (place is None) == (service is None):
        raise _fail("say either --place, or --service")
    try:
        whose = normal(contact)
        phone = is_phone(whose)
        new = Person("", name or whose, language, whose if phone else None, None if phone else whose)
        asyncio.run(_add(new, place, zone, role, service))
    except NotPossible as error:
        raise _fail(error.detail) from error
    except (BadContact, BadSetting, NotThere) as error:
        raise _fail(error) from error


async def _add(new: "Person", place: str | None, zone: str | None, role: PlaceRole, service: str | None) -> None:
    import msgspec

    from cloud.beside import beside
    from cloud.people import new_id
    from cloud.settings import read

    async with beside(read()) as it:
        known = await it.changes.person_of(new.phone or new.email or "")
        her = known or msgspec.structs.replace(new, id=new_id())
        if service:
            told = await _in_service(it, her, service, known=known is not None)
        else:
            told = await _at_place(it, her, new.name, place or "", zone, role, known=known is not None)
        link = await it.sessions.link(her.id)
        seen = it.tell_service()
    _print(told, f"{it.settings.url}/#sign-in={link}", seen=seen)


async def _in_service(it: "Beside", her: "Person", service: str, *, known: bool) -> str:
    from cloud.changes import Edit

    async def plan(_: "Snapshot") -> "list[Edit]":
        return [Edit(None, her)]

    if not known:
        await it.change("newcomer", plan)
    told = f"{her.name} works for this service as {service}"
    return told if await it.appoint(her.id, service) else f"{told} already"


async def _at_place(
    it: "Beside", her: "Person", name: str, place: str, zone: str | None, role: PlaceRole, *, known: bool
) -> str:
    from cloud import verbs
    from cloud.access import Grant, Member, Place
    from cloud.people import known_calendar, new_id

    contact = her.phone or her.email or ""

    async def plan(snapshot: "Snapshot") -> "list[Edit]":
        found = [s.place for s in snapshot.sites.values() if place in (s.place.id, s.place.name)]
        if len(found) > 1:
            ids = ", ".join(sorted(each.id for each in found))
            raise verbs.NotPossible("invalid", f"there are several places of this name: say the id, one of {ids}")
        if not found:
            if zone is None:
                raise verbs.NotPossible("invalid", f"there is no place {place!r} yet: to make it say --zone too")
            made = Place(new_id(), place, zone, 1)
            known_calendar(made)
            every_door = Grant(new_id(), made.id, her.id)
            return verbs.new_place(made, her, every_door, contact, known=known, name=name)
        if her.id in snapshot.sites[found[0].id].members:
            return verbs.set_role(snapshot, found[0].id, her.id, role, by=None)
        joined = Member(found[0].id, her.id, role, name, contact=contact)
        every_door = Grant(new_id(), found[0].id, her.id)
        return verbs.add_member(snapshot, joined, None if known else her, every_door)

    await it.change("person_added", plan)
    return f"{name} is {role} of {place}"


def _print(told: str, link: str, *, seen: bool) -> None:
    import segno

    typer.echo(told)
    typer.echo(f"This link signs in once, within a day, whoever opens it:\n\n  {link}\n")
    if typer.get_text_stream("stdout").isatty():
        segno.make(link).terminal(compact=True)
    if not seen:
        typer.echo("No service is running here: it will know when it starts.", err=True)
