"""A door box that is silent, was opened, has no power, tells of keys and failures: what of it is an alarm, and what
pages nobody. Links that flap, restarts and a broker that goes are in it.
"""

from cloud.chain import Draft
from firmware import events, wire
from tests.alarm_side import MANAGERS, AlarmWorld, back, gone, opens, restarts, world
from tests.boxes_side import moved
from tests.unit_side import UNIT

__all__ = ["world"]

# -- a box that is silent


async def test_a_box_that_is_silent_is_told_after_its_minutes_and_ends_when_it_is_back(world: AlarmWorld) -> None:
    link = world.units.of(UNIT)
    await world.lasts(9)  # a box that is well says nothing for as long
    await gone(world)
    await world.lasts(4.5)
    assert world.told == []
    await world.lasts(1)
    assert world.told == [("away", MANAGERS, True)]
    alarm = world.shown()["away"]
    assert link is not None
    assert (alarm.unit, alarm.detail) == (UNIT, {"heard": link.heard})

    await back(world)
    assert world.shown() == {}
    assert world.lines() == [("alarm", "away"), ("alarm_ended", "away")]


async def test_a_link_that_flaps_is_told_once(world: AlarmWorld) -> None:
    """Two minutes away, one there, for an hour; then six minutes away, one there."""
    for _ in range(20):
        await gone(world)
        await world.lasts(2)
        await back(world)
        await world.lasts(1)
    assert world.told == []

    for _ in range(4):
        await gone(world)
        await world.lasts(6)
        await back(world)
        await world.lasts(1)
    assert world.told == [("away", MANAGERS, True)]
    assert world.lines().count(("alarm", "away")) == 4, "the list and the log have them all"


async def test_a_silence_is_told_on_time_by_the_next_process(world: AlarmWorld) -> None:
    await gone(world)
    since = world.rows("kind, since")
    await world.lasts(3)
    await world.crash()
    await world.start()
    await world.lasts(3.5)
    assert world.told == [], "whoever was restarted gives boxes time to come back"
    await world.lasts(1)

    assert world.kinds() == ["away"]
    assert world.rows("kind, since") == since


async def test_a_restart_alone_pages_nobody(world: AlarmWorld) -> None:
    await world.lasts(600)
    await world.crash()
    world.unit.leaves()
    await world.start()
    await world.lasts(4)
    await back(world)
    await world.lasts(30)

    assert (world.told, world.rows()) == ([], [])


async def test_a_broker_that_is_away_is_not_a_box_that_is(world: AlarmWorld) -> None:
    await gone(world)
    await world.lasts(4)
    world.broker_goes()
    await world.lasts(60)
    assert world.told == []

    world.broker.up = True
    world.units.broker_came()
    await world.lasts(3)
    assert world.told == []
    await world.lasts(2)
    assert world.kinds() == ["away"]


async def test_a_box_that_is_revoked_or_whose_door_is_taken_out_is_no_alarm(world: AlarmWorld) -> None:
    await gone(world)
    await world.lasts(6)
    assert list(world.shown()) == ["away"]
    await world.people.revoke_unit(UNIT, "adm")
    await world.quiet()
    await world.lasts(1)

    assert world.shown() == {}
    assert world.lines()[-1] == ("alarm_ended", "away")


# -- what the box itself tells


async def test_power_that_flickers_is_no_alarm_and_power_that_is_gone_is(world: AlarmWorld) -> None:
    for faults, minutes in ((wire.POWER_LOST, 0.5), (0, 1), (wire.POWER_LOST, 1.5)):
        world.unit.faults = faults
        world.take(world.unit.heartbeat(world.unit.seconds()))
        await world.lasts(minutes)

    assert world.kinds() == ["power"]
    world.unit.faults = 0
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await world.quiet()
    assert world.shown() == {}


async def test_a_box_that_was_opened_and_shut_again_stays_until_somebody_has_seen_it(world: AlarmWorld) -> None:
    world.unit.faults = wire.TAMPERED
    world.take(world.unit.heartbeat(world.unit.seconds()))
    world.take(world.unit.events([(5, events.INPUT, 1, 1, bytes(8))]))
    await world.quiet()
    world.unit.faults = 0
    world.take(world.unit.heartbeat(world.unit.seconds()))
    await world.lasts(2)

    assert world.kinds() == ["tamper"], "once, by its word and by its journal"
    assert list(world.shown()) == ["tamper"]
    await world.acknowledges("tamper")
    assert world.shown() == {}


async def test_a_box_that_was_opened_while_it_was_silent_is_told_when_it_is_back(world: AlarmWorld) -> None:
    world.take(world.unit.events([(5, events.INPUT, 1, 1, bytes(8))]))
    await world.quiet()

    assert world.kinds() == ["tamper"]


async def test_a_door_that_went_open_by_a_key_is_told_and_not_at_every_turn_of_it(world: AlarmWorld) -> None:
    for number in range(5):
        world.take(world.unit.events([moved(5)], first=number + 1))
        await world.lasts(4)
    assert world.told == [("opened_otherwise", MANAGERS, True)]
    assert world.shown()["opened_otherwise"].detail["count"] == 5

    await world.lasts(12)
    assert len(world.told) == 2, "that it goes on is told once more"
    await world.lasts(200)
    assert len(world.told) == 2, "and not all night"
    await world.acknowledges("opened_otherwise")
    assert world.shown() == {}


async def test_what_a_box_tells_of_days_ago_pages_nobody(world: AlarmWorld) -> None:
    await world.lasts(60 * 26)
    world.take(world.unit.events([moved(5)]))
    await world.quiet()

    assert world.told == []


async def test_a_door_that_does_not_move_twice_in_a_row_is_an_alarm_until_it_moves(world: AlarmWorld) -> None:
    await world.opens()
    await world.passes(8)
    assert world.told == []
    await restarts(world)
    await world.opens()
    await world.passes(8)
    assert world.told == [("door", MANAGERS, True)]
    assert world.shown()["door"].detail == {"faults": ["movement"]}

    await world.opens()
    opens(world)
    await world.quiet()
    await world.quiet()
    assert world.shown() == {}


async def test_a_test_that_fails_by_night_is_told_by_day_unless_the_box_answers_again(world: AlarmWorld) -> None:
    world.time.jump(10 * 3600)  # 1:33 in Madrid
    await world.store.tested(UNIT, "{}", [_tested(world, ok=False)], world.time.now())
    await world.quiet()
    assert list(world.shown()) == ["test"]
    assert (world.shown()["test"].again or 0) > world.time.now() + 5 * 3_600_000
    await world.store.tested(UNIT, "{}", [_tested(world, ok=True)], world.time.now())
    await world.quiet()
    assert (world.shown(), world.told) == ({}, [])


def _tested(world: AlarmWorld, *, ok: bool) -> Draft:
    return Draft("home", world.time.now(), "self_test", detail={"unit": UNIT, "ok": ok, "ms": None, "why": "fault"})


async def test_data_that_runs_out_is_an_alarm_until_the_plan_is_larger(world: AlarmWorld) -> None:
    assert await world.boxes.store.set_plan(UNIT, 1, [], world.time.now())
    world.take(world.unit.status(world.unit.seconds(), ledger=(450_000, 440_000, *[0] * 8)))
    await world.quiet()
    assert world.shown()["data"].detail == {"share": 0.89, "plan_mb": 1, "out": False}

    change = Draft("home", world.time.now(), "change", detail={"what": "box_plan", "unit": UNIT})
    assert await world.boxes.store.set_plan(UNIT, 50, [change], world.time.now())
    await world.quiet()
    assert world.shown() == {}
