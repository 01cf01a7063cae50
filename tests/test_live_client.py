"""An app that loses, doubles and reorders what is pushed, and follows docs/protocol.md, ends with what the server
shows.

The app: takes a change only when its number is higher than the last one; counts those it took; a tick that says another
count, or a connection that is begun anew without certainty, makes it ask for a whole picture.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloud.access import Group
from cloud.hours import Hours, Window
from cloud.verbs import NotPossible
from firmware import wire
from tests.given import ADM, inhabited_database
from tests.world import Phone, World

PEOPLE = ("ana", "pau", "adm")
NEVER = Hours(windows=(Window((0,), 0, 1),))


class Wire(Phone):
    """What the server writes lies here until the network has decided what becomes of it."""

    def deliver(self, fate: str, app: "App") -> None:
        told, self.told = self.told, []
        pushed = [message for message in told if message["type"] == "change"]
        match fate:
            case "lose" if pushed:
                told.remove(pushed[len(pushed) // 2])
            case "double":
                told = [message for message in told for _ in (1, 2)]
            case "reorder":
                told.reverse()
            case "double late":
                told = told + pushed
        for message in told:
            app.hears(message)


class App:
    """As docs/protocol.md says."""

    def __init__(self) -> None:
        self.stream: str | None = None
        self.n = self.sure = self.counted = 0
        self.lost = True
        self.shown: dict[str, dict[str, Any]] = {"doors": {}, "grants": {}, "operations": {}}
        self.you: dict[str, Any] = {}

    def begins(self) -> None:
        """A new connection: what was counted on the last one is over."""
        self.counted = 0

    def hears(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "snapshot":
                self.stream, self.n, self.you, self.lost = message["stream"], message["n"], message["you"], False
                for what in self.shown:
                    self.shown[what] = {each["id"]: each for each in message[what]}
            case "change" if message["n"] > self.n:
                self.n = message["n"]
                self.counted += 1
                for what, gone in (("doors", "gone"), ("grants", "gone_grants"), ("operations", "")):
                    for key in message.get(gone, []):
                        self.shown[what].pop(key, None)
                    self.shown[what] |= {each["id"]: each for each in message.get(what, [])}
            case "tick":
                self.lost = self.lost or message["sent"] != self.counted
                if not self.lost:
                    self.sure = self.n
            case _:
                pass


class Story:
    def __init__(self, world: World) -> None:
        self.world = world
        self.apps = {person: App() for person in PEOPLE}
        self.wires: dict[str, Wire] = {}

    async def connects(self, person: str) -> None:
        """Again, with what it is sure of; or for the first time."""
        app = self.apps[person]
        if person in self.wires:
            self.world.live.leave(self.wires[person])
        wire_ = self.wires[person] = Wire(person)
        app.begins()
        stream = None if app.lost else app.stream
        app.n = app.sure if stream else app.n
        await self.world.live.join(wire_, stream, app.sure)
        if stream is None:
            self.network(person, "well")
            app.counted = wire_.sent
            app.sure = app.n

    def network(self, person: str, fate: str) -> None:
        if person in self.wires:
            self.wires[person].deliver(fate, self.apps[person])

    async def ticks(self, person: str) -> None:
        """The network is in order again: the tick comes after all that was sent."""
        self.network(person, "well")
        app, wire_ = self.apps[person], self.wires.get(person)
        if wire_ is not None:
            app.hears({"type": "tick", "now": 0, "sent": wire_.sent})
            if app.lost:
                await self.connects(person)

    # -- what happens meanwhile

    async def happens(self, what: str, n: int) -> None:  # noqa: C901 - a table
        world, site = self.world, self.world.policy.snapshot.sites["home"]
        person, door = PEOPLE[n % 2], ("gate", "lobby", "garage")[n % 3]
        grant = site.grants.get(f"{person}-{door}")
        try:
            match what:
                case "hours" if grant:
                    hours = NEVER if n % 2 else Hours()
                    await world.people.edit_grant(ADM, "home", grant.id, grant.version, {"hours": hours})
                case "removed" if grant:
                    await world.people.remove_grant(ADM, "home", grant.id)
                case "suspended":
                    member = site.members[person]
                    change = {"suspended": not member.suspended}
                    await world.people.edit_member(ADM, "home", person, member.version, change)
                case "role":
                    role = "member" if site.members[person].role == "admin" else "admin"
                    await world.people.set_role(ADM, "home", person, role)
                case "group":
                    await world.people.add_group(ADM, Group(f"group-{len(site.groups)}", "home", "A group"))
                case "renamed":
                    found = site.doors[door]
                    await world.people.edit_door(ADM, door, found.version, {"name": f"{door} {n}"})
                case "press":
                    await world.press(door, person=person)
                case "moves":
                    world.unit.moves(0, (wire.CLOSED, wire.OPENED, wire.OPENING)[n % 3])
                case "ends" if grant:
                    ends = world.time.now() + 1000
                    await world.people.edit_grant(ADM, "home", grant.id, grant.version, {"ends": ends})
                case _:
                    await world.passes(1.5)
        except NotPossible:
            pass
        await self.settled()

    async def settled(self) -> None:
        await self.world.quiet()
        while work := {*self.world.live._tasks, *self.world.opening._settling.tasks}:
            await asyncio.wait(work)  # also lets go of those that are done: awaiting one alone never yields
        await self.world.quiet()

    # -- at the end

    async def fresh(self, person: str) -> App:
        phone, app = Phone(person), App()
        await self.world.live.join(phone, None, 0)
        self.world.live.leave(phone)
        for message in phone.told:
            app.hears(message)
        return app


def doors_of(app: App) -> dict[str, dict[str, Any]]:
    """`heard` is as of the last push: every sign of life changes it, and none is worth one."""
    return {key: {**door, "heard": None} for key, door in app.shown["doors"].items()}


WHAT = st.sampled_from(
    ["hours", "removed", "suspended", "role", "group", "renamed", "press", "moves", "ends", "time passes"]
)
FATES = st.sampled_from(["well", "lose", "double", "reorder", "double late", "later"])
STEPS = st.one_of(
    st.tuples(st.just("happens"), WHAT, st.integers(0, 5)),
    st.tuples(st.just("happens"), WHAT, st.integers(0, 5)),
    st.tuples(st.just("network"), st.sampled_from(PEOPLE), FATES),
    st.tuples(st.just("ticks"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("connects"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("leaves"), st.sampled_from(PEOPLE)),
)


@given(st.lists(STEPS, max_size=25))
@example([("happens", "role", 0), ("network", "ana", "reorder"), ("happens", "press", 0), ("network", "ana", "lose")])
@example([("leaves", "ana"), ("happens", "ends", 0), ("happens", "time passes", 0), ("connects", "ana")])
@settings(max_examples=40, deadline=None)
async def test_whatever_the_network_does_every_app_ends_with_what_the_server_shows(story: list[tuple]) -> None:
    with tempfile.TemporaryDirectory(prefix="iomando-tests-") as folder:
        async with World(inhabited_database(Path(folder))) as world:
            told = Story(world)
            for phone in (world.ana, world.pau, world.adm):
                world.live.leave(phone)
            for person in PEOPLE:
                await told.connects(person)
            for what, *how in story:
                if what == "leaves":
                    if how[0] in told.wires:
                        world.live.leave(told.wires.pop(how[0]))
                elif what == "network":
                    if how[1] != "later":
                        told.network(*how)
                else:
                    await getattr(told, what)(*how)
            for person in PEOPLE:
                if person not in told.wires:
                    await told.connects(person)
                await told.ticks(person)
                await told.ticks(person)
                app, fresh = told.apps[person], await told.fresh(person)
                assert not app.lost
                assert doors_of(app) == doors_of(fresh)
                assert app.shown["grants"] == fresh.shown["grants"]
                assert app.you == fresh.you
                lately = fresh.shown["operations"]
                assert {key: app.shown["operations"].get(key) for key in lately} == lately
