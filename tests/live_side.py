"""Two places with people, groups and a guest, and the apps that watch them, each with what it was told.

Never here: what should have been told to whom.
"""

import asyncio
from typing import Any

from cloud.access import Grant, Group, GroupMember, Member, Person, Place
from cloud.change_desk import COMMAND_LINE, Actor
from cloud.changes import Edit
from cloud.hours import Hours, Window
from tests.world import Phone, World

NEVER = Hours(windows=(Window((0,), 0, 1),))
YARD = Actor("yan")


class Watching(Phone):
    """An app of anybody, in one place or everywhere."""

    def __init__(self, name: str, person: str, place: str | None = None) -> None:
        super().__init__("adm")
        self.name, self.person, self.session, self.place = name, person, f"of {name}", place

    def changes(self) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == "change"]

    def news(self) -> list[str]:
        return [news["kind"] for message in self.changes() for news in message.get("news", [])]

    def said(self, what: str) -> list[Any]:
        return [each for message in self.changes() for each in message.get(what, [])]


class Town(World):
    """Home, and the yard, which yan owns; ana is of both. gus is in home's crew, mia too; vic is the guest of gus."""

    waits_for_pictures = True

    async def inhabited(self) -> None:
        people = [Person(each, each.title(), "en") for each in ("gus", "mia", "vic", "yan", "mod")]
        places = [Place("yard", "Yard", "Europe/Madrid", 1)]
        members = [
            Member("home", "gus", "member", "Gus", may_invite=True),
            Member("home", "mia", "member", "Mia"),
            Member("home", "vic", "guest", "Vic", host="gus"),
            Member("home", "mod", "admin", "Mod"),
            Member("yard", "yan", "owner", "Yan"),
            Member("yard", "ana", "member", "Ana of the yard"),
        ]
        rest = [
            Group("crew", "home", "Crew"),
            GroupMember("crew", "gus", "home"),
            GroupMember("crew", "mia", "home"),
            Grant("crew", "home", group="crew", doors=("gate",)),
            Grant("visit", "home", "vic", doors=("gate",), within="gus"),
        ]
        things = [*people, *places, *members, *rest]
        await self.people._apply(COMMAND_LINE, "inhabited", lambda _: [Edit(None, thing) for thing in things])
        self.watching = {
            each.name: each
            for each in (
                *(Watching(name, name) for name in ("ana", "pau", "adm", "gus", "mia", "vic", "yan", "mod")),
                Watching("ana at home", "ana", "home"),
                Watching("ana in the yard", "ana", "yard"),
                Watching("adm in the yard", "adm", "yard"),
            )
        }
        for phone in (self.ana, self.pau, self.adm):
            self.live.leave(phone)
        for watching in self.watching.values():
            await self.live.join(watching, None, 0)
        await self.quiet()
        self.forget()

    async def quiet(self) -> None:
        """Whole pictures are read from the disk, too."""
        await super().quiet()
        while self.live._tasks and self.waits_for_pictures:
            await asyncio.wait(self.live._tasks)
            await asyncio.sleep(0)

    def forget(self) -> None:
        for watching in self.watching.values():
            watching.told.clear()

    def changed(self) -> set[str]:
        return {name for name, watching in self.watching.items() if watching.changes()}

    def redrawn(self) -> set[str]:
        told = self.watching.items()
        return {name for name, watching in told if any(message["type"] == "snapshot" for message in watching.told)}


async def fresh(town: Town, like: Watching) -> dict[str, Any]:
    other = Watching("fresh", like.person, like.place)
    await town.live.join(other, None, 0)
    town.live.leave(other)
    return other.told[0]


def picture(snapshot: dict[str, Any]) -> dict[str, Any]:
    """What is shown, by id. `heads` are told otherwise; a place is shown while one of its doors is, or is managed."""
    shown: dict[str, Any] = {what: {each["id"]: each for each in snapshot[what]} for what in ("doors", "grants")}
    needed = {door["place"] for door in snapshot["doors"]} | set(snapshot["you"]["manages"])
    places = {place["id"]: place for place in snapshot["places"] if place["id"] in needed}
    return shown | {"you": snapshot["you"], "places": places}


def applied(snapshot: dict[str, Any], told: list[dict[str, Any]]) -> dict[str, Any]:
    now = {what: list(snapshot[what]) for what in ("doors", "grants", "places")} | {"you": snapshot["you"]}
    for message in told:
        if message["type"] == "snapshot":
            now = {what: list(message[what]) for what in ("doors", "grants", "places")} | {"you": message["you"]}
        elif message["type"] == "change":
            for what, gone in (("doors", "gone"), ("grants", "gone_grants"), ("places", "")):
                new = {each["id"]: each for each in message.get(what, [])}
                out = {*message.get(gone, []), *new}
                now[what] = [each for each in now[what] if each["id"] not in out] + list(new.values())
    return picture(now)
