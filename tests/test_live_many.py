"""A thousand apps: what a change costs in messages made, not in time. Made once for all to whom it looks the same."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cloud import live as module
from cloud import messages
from cloud.access import Door, Grant, Group, GroupMember, Member, Person
from cloud.changes import Edit
from cloud.hours import Hours, Window
from tests.changing_side import assembled
from tests.given import ADM, inhabited_database
from tests.unit_side import UNIT

MANY = 1000
NAMES = [f"p{n:04}" for n in range(MANY)]
NEVER = Hours(windows=(Window((0,), 0, 1),))


class Counted:
    """One app, which keeps nothing but what came."""

    def __init__(self, person: str) -> None:
        self.person, self.session = person, f"of {person}"
        self.place: str | None = None
        self.sent, self.told = 0, 0

    def write(self, message: bytes) -> None:
        self.told += message.startswith(b'{"type":"change"')

    def unsent(self) -> int:
        return 0

    def drop(self, code: int, why: str) -> None:
        raise AssertionError((code, why))


class Crowd:
    """All of them are in one group, half of them have an access of their own besides; an admin watches, too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.encoded: list[object] = []

        def encode(message: object) -> bytes:
            self.encoded.append(message)
            return messages.encode(message)

        monkeypatch.setattr(module, "encode", encode)

    async def gathers(self, path: Path) -> None:
        self.policy, self.people = await assembled(path)
        self.apps = {name: Counted(name) for name in (*NAMES, "adm")}
        for app in self.apps.values():
            await self.people._live.join(app, None, 0)
        self.forget()

    def forget(self) -> None:
        self.encoded.clear()
        for app in self.apps.values():
            app.told = 0

    def reached(self) -> set[str]:
        return {name for name, app in self.apps.items() if app.told}

    def made(self, kind: type) -> int:
        return sum(isinstance(message, kind) for message in self.encoded)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all of them, for each test to copy."""
    path = inhabited_database(tmp_path_factory.mktemp("crowd"))
    _, people = await assembled(path)
    members = [Member("home", name, "member", name) for name in NAMES]
    grants = [Grant(f"of {name}", "home", name, doors=("lobby",)) for name in NAMES[::2]]
    things = [*(Person(name, name, "en") for name in NAMES), *members, *grants]
    things += [Group("all", "home", "All"), Grant("all", "home", group="all", doors=("gate",))]
    things += [GroupMember("all", name, "home") for name in NAMES]
    things += [Door("shed", "home", "Shed", UNIT, 3, "open", False, 1, 500)]
    await people._apply(ADM, "gathered", lambda _: [Edit(None, thing) for thing in things])
    await people._store.close()
    return path


@pytest.fixture
async def crowd(tmp_path: Path, crowded: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowd]:
    crowd = Crowd(monkeypatch)
    await crowd.gathers(Path(shutil.copy(crowded, tmp_path)))
    yield crowd
    await crowd.people._store.close()


async def test_a_change_of_one_persons_hours_is_made_for_her_alone(crowd: Crowd) -> None:
    await crowd.people.edit_grant(ADM, "home", "of p0500", 1, {"hours": NEVER})

    assert crowd.reached() == {"p0500", "adm"}
    assert crowd.made(messages.Change) == 2  # for her, and for who manages the place


async def test_a_change_of_a_groups_hours_is_made_once_for_all_who_see_the_same(crowd: Crowd) -> None:
    await crowd.people.edit_grant(ADM, "home", "all", 1, {"hours": NEVER})

    assert len(crowd.reached()) == MANY + 1
    assert crowd.made(messages.Change) == 2


@pytest.mark.parametrize("size", [1, 100])
async def test_a_change_of_a_group_reaches_its_members_only(crowd: Crowd, size: int) -> None:
    names = [f"p{n:04}" for n in range(size)]
    things = [Group("some", "home", "Some"), *(GroupMember("some", name, "home") for name in names)]
    await crowd.people._apply(ADM, "some", lambda _: [Edit(None, thing) for thing in things])
    await crowd.people.add_grant(ADM, Grant("some", "home", group="some", doors=("garage",)))
    crowd.forget()

    await crowd.people.edit_grant(ADM, "home", "some", 1, {"hours": NEVER})

    assert crowd.reached() == {*names, "adm"}
    assert crowd.made(messages.Change) == 2


async def test_a_new_name_of_a_door_is_made_once_for_all_who_see_it(crowd: Crowd) -> None:
    await crowd.people.edit_door(ADM, "gate", 1, {"name": "Big gate"})

    assert len(crowd.reached()) == MANY + 1
    assert crowd.made(messages.Change) <= 4  # the members, the admin who may not open it, the edit, and room for one


async def test_what_a_door_does_is_made_once(crowd: Crowd) -> None:
    crowd.people._live.doors([crowd.policy.snapshot.sites["home"].doors["gate"]])

    assert len(crowd.reached()) == MANY + 1
    assert crowd.made(messages.Change) == 2


async def test_what_the_place_says_of_itself_is_made_once(crowd: Crowd) -> None:
    await crowd.people.edit_place(ADM, "home", 1, {"other_way": "Ring"})

    assert len(crowd.reached()) == MANY + 1
    assert crowd.made(messages.Change) <= 3


async def test_who_is_away_costs_nothing(crowd: Crowd) -> None:
    for name, app in crowd.apps.items():
        if name != "adm":
            crowd.people._live.leave(app)

    await crowd.people.edit_grant(ADM, "home", "all", 1, {"hours": NEVER})

    assert crowd.reached() == {"adm"}
    assert crowd.made(messages.Change) == 1


async def test_a_thousand_turns_of_a_groups_hours_are_each_looked_at_once(crowd: Crowd) -> None:
    assert crowd.people._live._turns == {}
    ends = crowd.people._clock.now() + 86_400_000

    await crowd.people.edit_grant(ADM, "home", "all", 1, {"ends": ends})

    assert len(crowd.people._live._turns) == MANY
    assert len(crowd.people._live._agenda._heap) == MANY
