"""A process that changes a place as fast as it can, until it is killed: `python -m tests.changing_side DATABASE SEED`.

Says each change that was acknowledged on its standard output, one id a line. Never here: whether it should have been.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from cloud.access import Grant, Group, Member
from cloud.clock import Clock
from cloud.hours import Hours, Window
from cloud.live import Live
from cloud.opening import Opening
from cloud.people import People, new_id
from cloud.policy import Policy
from cloud.sealing import Sealer
from cloud.sessions import Sessions
from cloud.store import Store
from cloud.units import Units
from cloud.verbs import NotPossible
from cloud.views import Views
from tests.given import ADM, SEALING_KEY

AT_ONCE = 6


async def assembled(path: Path) -> tuple[Policy, People]:
    """All that a change goes through, without a broker and without a web."""
    clock, store = Clock(), Store(path)
    policy = Policy(store)
    await policy.refresh()
    units = Units(store, clock, Sealer(SEALING_KEY))
    await units.load()
    sessions = Sessions(store, clock)
    await sessions.load()
    live = Live(policy, Views(policy, units, clock), store, clock)
    opening = Opening(store, units, policy, sessions, live, clock)
    return policy, People(store, policy, sessions, units, opening, live, clock)


async def change(policy: Policy, people: People, chance: random.Random) -> str:
    """One change, of many edits or of one; what it left can be found by the id that is returned."""
    site = policy.snapshot.sites["home"]
    new, groups, grants = new_id(), sorted(site.groups), sorted(site.grants)
    members = sorted(person for person, member in site.members.items() if member.role == "member")
    match chance.randrange(7):
        case 0:
            await people.add_group(ADM, Group(new, "home", f"group {new}"))
        case 1 if groups:
            await people.add_grant(ADM, Grant(new, "home", group=chance.choice(groups), uses=3))
        case 2 if grants:
            grant = site.grants[chance.choice(grants)]
            windows = (Window((chance.randrange(7),), 60, 120),)
            await people.edit_grant(ADM, "home", grant.id, grant.version, {"hours": Hours(windows), "note": new})
        case 3 if groups and members:
            await people.join_group(ADM, "home", chance.choice(groups), chance.choice(members))
        case 4 if len(groups) > 5:
            group = site.groups[chance.choice(groups)]
            await people.remove_group(ADM, "home", group.id, group.version)
        case 5 if len(members) > 8:
            await people.remove_member(ADM, "home", chance.choice(members))
        case _:
            grant = Grant(new, "home", doors=("gate", "lobby"))
            member = Member("home", "", "member", f"person {new}")
            await people.add_person(ADM, member, f"{new}@example.com", "en", grant)
    return new


async def forever(path: Path, seed: int) -> None:
    policy, people = await assembled(path)
    chance = random.Random(seed)

    async def one_after_the_other() -> None:
        while True:
            try:
                done = await change(policy, people, chance)
            except NotPossible:
                continue
            os.write(1, f"{done} {policy.version('home')}\n".encode())

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(forever(Path(sys.argv[1]), int(sys.argv[2])))
