"""A door's settings change while it is in use: the real unit restarts, confirms and still opens, or nothing changes."""

import json

import pytest
from msgspec.structs import replace

from firmware import wire
from sim.board import HARD, PWRON
from tests.scene import SOON_S, Scene, query
from tests.town_fixtures import STRIKE, story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

# Without a second contact it is travel that makes "opening" "open": what the unit shows tells which one it uses.
SLOW = replace(STRIKE, travel_s=60, open_contact=None)
TRAVEL_S = STRIKE.travel_s  # the door's own


def want(s: Scene, *, drive: str = "open", travel_s: float = 0.5, pulse_ms: int = 200) -> None:
    """As an admin's change does; the cloud takes it from there. Units connect where the cloud says they should."""
    assert s.board.net is not None
    port = s.hostile.port if s.hostile else s.cloud.broker_port
    s.board.net.tcp[port] = ("127.0.0.1", s.proxy.port)
    door = {"number": 0, "drive": drive, "travel_s": travel_s, "pulse_ms": pulse_ms}
    partial = s.cloud.home / "gates" / "settings.partial"
    partial.write_text(json.dumps([s.unit, [door]]))
    partial.replace(partial.with_suffix(""))


def on_disk(s: Scene) -> tuple[int, int, bool]:
    """What is wanted, what is confirmed, whether it was refused."""
    sql = "SELECT wanted, wanted_number, confirmed_number FROM units WHERE id = ?"
    (row,) = query(s.cloud.home, sql, (s.unit,))
    return row["wanted_number"], row["confirmed_number"], json.loads(row["wanted"])["refused"]


@story(SLOW, gates=True)
async def test_a_door_whose_travel_time_is_changed_opens_as_before_and_is_open_in_its_new_time(s: Scene) -> None:
    s.board.doors[0].travel_s = TRAVEL_S
    assert "open" not in await states_of_one_opening(s)  # it closes itself long before 60 s have passed

    want(s, travel_s=TRAVEL_S)
    await s.logged("settings confirmed", unit=s.unit, number=1)

    assert s.board.resets == [PWRON, HARD]
    assert on_disk(s) == (1, 1, False)
    assert "open" in await states_of_one_opening(s)


@story(gates=True)
async def test_settings_that_the_unit_refuses_leave_everything_as_it_was(s: Scene) -> None:
    want(s, drive="open_close")  # there is no second relay
    await s.logged("settings refused", unit=s.unit, number=1)

    assert s.board.resets == [PWRON]
    assert on_disk(s) == (1, 0, True)
    await s.opens()
    want(s, travel_s=0.8)
    await s.logged("settings confirmed", unit=s.unit, number=2)
    await s.opens()


@story(gates=True)
async def test_settings_wanted_of_a_unit_that_is_away_reach_it_when_it_is_back(s: Scene) -> None:
    await s.away()
    want(s, pulse_ms=400)
    await until_wanted(s)
    await s.crash()
    await s.restart()
    await s.back()
    await s.logged("settings confirmed", unit=s.unit, number=1)

    assert on_disk(s) == (1, 1, False)
    await s.opens()


@story(gates=True, hostile=True)
async def test_a_broker_that_swallows_repeats_and_forges_settings_changes_no_door(s: Scene) -> None:
    hostile = s.hostile
    assert hostile is not None
    hostile.withheld[s.unit] = {wire.CONFIG}
    want(s)
    config = await hostile.frame(s.unit, wire.CONFIG)
    forged = config[:-1] + bytes([config[-1] ^ 1])
    ack = wire.config_ack(wire.hmac_pads(bytes(32)), 0, wire.hello_fields(hello(s))[0], 0xFFFFFFFF, 1, wire.IN_USE)
    await hostile.pretend(s.unit, ack)
    await hostile.give(s.unit, forged, forged)
    await s.taken()
    assert s.board.resets == [PWRON]
    assert on_disk(s)[1] == 0

    await hostile.give(s.unit, config, config)  # the real one, twice, is as good as once
    await s.logged("settings confirmed", unit=s.unit, number=1)
    await hostile.give(s.unit, config, config)
    await s.taken()
    assert s.board.resets == [PWRON, HARD]
    assert on_disk(s) == (1, 1, False)
    await s.opens()


def hello(s: Scene) -> bytes:
    assert s.hostile is not None
    return s.hostile.frames(s.unit, wire.HELLO)[-1]


async def until_wanted(s: Scene) -> None:
    await s.logged("settings wanted", unit=s.unit, number=1)


async def states_of_one_opening(s: Scene) -> set[str]:
    """What the phone is shown from the press until the door is closed again."""
    await s.shown(lambda door: door["link"] == "online" and door["state"] == "closed", "the door closed")
    seen: set[str] = set()

    def closed_again() -> bool:
        seen.add(s.view["state"])
        return s.view["state"] == "closed" and len(seen) > 1

    await s.ends(await s.press(), "DONE")
    await s.phone.until(closed_again, "the door to close", SOON_S)
    return seen
