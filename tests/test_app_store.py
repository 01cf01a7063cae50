"""What the app makes of what it hears: its pure files, in the browser they are written for, without a page around."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.app_scenes import door, operation, person, place
from tests.fake_cloud import STARTS_AT_MS as NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESS_ID = "press-made-on-this-page"
# What happened to one page, folded into one state; and what a card shows of it at a moment `t` of the page's clock.
FOLD = """async ({events, t, door}) => {
    const { reduce, start, isLive, cloudTime, liveUntil } = await import("/app/store.js");
    const { cardView } = await import("/app/view.js");
    const freeze = (value) => {
        if (value && typeof value === "object") Object.values(value).forEach(freeze);
        return Object.freeze(value);
    };
    const state = events.reduce((state, event) => freeze(reduce(state, event)), start);
    const shown = state.doors.find(({ id }) => id === door);
    const card = shown ? cardView(state, shown, t) : null;
    return { state, live: isLive(state, t), now: cloudTime(state, t), until: liveUntil(state), card };
}"""

Event = dict[str, Any]


@pytest.fixture
def fold(pure_page: Page):
    """fold(events, t): the state after the events and what the garage's card shows at t."""

    async def run(events: list[Event], t: float, door_id: str = "garage") -> dict[str, Any]:
        return await pure_page.evaluate(FOLD, {"events": events, "t": t, "door": door_id})

    return run


def heard(t: float, message: Event) -> Event:
    return {"kind": "message", "t": t, "message": {"now": NOW + t, **message}}


def snapshot(t: float = 0, **fields: Any) -> Event:
    doors = fields.pop("doors", [door("garage", "Garage")])
    empty = {"you": person(), "places": [place()], "operations": [], "stream": "s1", "n": 1}
    return heard(t, {"type": "snapshot", "doors": doors, **empty, **fields})


def change(t: float, n: int = 2, **fields: Any) -> Event:
    return heard(t, {"type": "change", "n": n, "doors": [], "operations": [], "gone": [], **fields})


def tick(t: float) -> Event:
    return heard(t, {"type": "tick"})


def pressed(t: float) -> Event:
    return {"kind": "pressed", "t": t, "press_id": PRESS_ID, "door": "garage", "action": "open", "at": NOW + t}


def reply(t: float, **fields: Any) -> Event:
    return {"kind": "message", "t": t, "message": {"type": "reply", "press_id": PRESS_ID, **fields}}


def hers(t: float, **fields: Any) -> Event:
    return operation("garage", press_id=PRESS_ID, asked=NOW + t, **fields)


def down(t: float) -> Event:
    return {"kind": "down", "t": t}


async def test_a_press_alone_draws_nothing_but_the_asking_button(fold):
    before = await fold([snapshot()], 100)
    after = await fold([snapshot(), pressed(100)], 150)

    assert after["card"]["door"] == before["card"]["door"]
    assert after["card"]["button"]["key"] == "asking"
    assert after["card"]["button"]["filled"] == 0
    assert after["state"]["operations"] == []


async def test_a_reply_draws_nothing_either(fold):
    seen = await fold([snapshot(), pressed(100), reply(200, operation="op1")], 250)

    assert (seen["card"]["button"]["key"], seen["card"]["button"]["filled"]) == ("asking", 0)


async def test_segments_fill_with_the_stops_that_were_pushed(fold):
    events = [snapshot(), pressed(100), change(110, operations=[hers(100)])]
    coil_on = hers(100, state="DONE", movement="awaited", stops={"coil": 412})

    assert (await fold(events, 120))["card"]["button"]["filled"] == 2
    assert (await fold([*events, change(520, 3, operations=[coil_on])], 530))["card"]["button"]["filled"] == 3


async def test_success_is_shown_four_seconds_from_when_it_was_learned(fold):
    done = hers(100, state="DONE", movement="moved", stops={"coil": 300, "moving": 500, "done": 900})
    events = [snapshot(), pressed(100), change(5000, operations=[done])]

    assert (await fold(events, 5000 + 3999))["card"]["shown"] == "good"
    assert (await fold(events, 5000 + 4001))["card"]["shown"] is None


async def test_a_success_of_an_hour_ago_is_no_news_after_a_reload(fold):
    old = operation("garage", asked=NOW - 50 * 60_000, state="DONE", movement="moved", stops={"done": 900})
    seen = await fold([snapshot(operations=[old])], 100)

    assert seen["card"]["shown"] is None
    assert seen["card"]["attempt"]["id"] == old["id"]


async def test_a_failure_stays_until_it_is_read(fold):
    failed = hers(100, state="NOT_SENT", reason="away")
    events = [snapshot(), pressed(100), change(200, operations=[failed])]
    key = f"{PRESS_ID} NOT_SENT "

    assert (await fold([*events, tick(600_000)], 600_100))["card"]["shown"] == "bad"
    assert (await fold([*events, {"kind": "read", "t": 300, "key": key}], 400))["card"]["shown"] is None


async def test_an_unknown_that_was_read_is_told_again_when_the_truth_arrives(fold):
    unknown, declined = hers(100, state="UNKNOWN"), hers(100, state="DECLINED", reason="late")
    events = [snapshot(), pressed(100), change(13_000, operations=[unknown])]
    events.append({"kind": "read", "t": 14_000, "key": f"{PRESS_ID} UNKNOWN "})

    assert (await fold(events, 14_100))["card"]["shown"] is None
    assert (await fold([*events, change(20_000, 3, operations=[declined])], 20_100))["card"]["told"] == "declined_late"


async def test_someone_elses_press_is_not_told_on_my_card(fold):
    theirs = operation("garage", asked=NOW, state="UNKNOWN", person={"id": "p2", "name": "Joan"})

    assert (await fold([snapshot(operations=[theirs])], 100))["card"]["attempt"] is None


async def test_live_ends_when_a_tick_is_one_and_a_half_seconds_late(fold):
    events = [snapshot(), tick(1000)]

    assert (await fold(events, 1000 + 2499))["live"]
    assert not (await fold(events, 1000 + 2501))["live"]


async def test_live_ends_one_and_a_half_seconds_after_the_socket_closed(fold):
    events = [snapshot(), tick(1000), down(1100)]

    assert (await fold(events, 1100 + 1399))["live"]
    assert not (await fold(events, 1100 + 1501))["live"]


async def test_not_live_switches_the_button_off_and_keeps_the_picture(fold):
    seen = await fold([snapshot(), down(100)], 5000)

    assert seen["card"]["button"] | {"mode": "off", "key": "button_no_link"} == seen["card"]["button"]
    assert seen["card"]["door"]["state"] == "closed"


async def test_cloud_time_is_reckoned_from_the_latest_now(fold):
    late = {"kind": "message", "t": 2000, "message": {"type": "tick", "now": NOW + 1000}}

    assert (await fold([snapshot(), late], 2300))["now"] == NOW + 1300


async def test_a_press_lost_on_the_way_is_told_once_the_cloud_is_back_and_it_is_too_old(fold):
    events = [snapshot(), pressed(100), down(200), snapshot(3000)]

    assert (await fold(events, 3100))["card"]["button"]["key"] == "asking"
    assert (await fold([*events, tick(6200)], 6300))["card"]["told"] == "lost"


async def test_a_silent_cloud_on_the_same_connection_is_no_proof_that_nothing_was_opened(fold):
    events = [snapshot(), pressed(100), *(tick(t) for t in range(1000, 12_000, 1000))]

    assert (await fold(events, 11_000))["card"]["button"]["key"] == "asking"
    assert (await fold([*events, tick(12_200)], 12_300))["card"]["told"] == "unknown"


async def test_a_press_that_was_answered_is_never_called_lost(fold):
    events = [snapshot(), pressed(100), reply(150, operation="op1"), down(200), snapshot(3000), tick(8000)]

    assert (await fold(events, 8100))["card"]["told"] is None
    assert (await fold([*events, tick(13_000)], 13_100))["card"]["told"] == "unknown"


async def test_the_snapshot_after_a_reconnect_says_what_became_of_the_press(fold):
    done = hers(100, state="DONE", movement="moved", stops={"coil": 400, "moving": 600, "done": 900})
    seen = await fold([snapshot(), pressed(100), down(200), snapshot(9000, n=7, operations=[done])], 9100)

    assert seen["card"]["shown"] == "good"
    assert seen["state"]["presses"] == []


async def test_a_lost_press_that_was_recorded_after_all_is_told_as_recorded(fold):
    refused = hers(100, state="REFUSED", reason="late", stops={"allowed": None, "sent": None})
    events = [snapshot(), pressed(100), down(200), snapshot(3000), tick(7000), change(8000, operations=[refused])]

    assert (await fold(events, 8100))["card"]["told"] == "refused_late"


async def test_a_change_heard_twice_changes_nothing(fold):
    opening = door("garage", "Garage", state="opening", action=None)
    events = [snapshot(), change(100, 2, doors=[opening]), change(200, 3, doors=[door("garage", "Garage")])]
    once, twice = await fold(events, 300), await fold([*events, change(250, 2, doors=[opening])], 300)

    assert twice["card"]["door"] == once["card"]["door"] == door("garage", "Garage")


async def test_a_door_that_goes_is_said_goodbye_to_and_greeted_when_it_returns(fold):
    gone = [snapshot(), change(100, gone=["garage"])]
    back = [*gone, change(200, 3, doors=[door("garage", "Garage")])]

    assert (await fold(gone, 150))["state"]["farewells"] == [{"id": "garage", "name": "Garage"}]
    assert (await fold(back, 250))["state"]["farewells"] == []


async def test_another_person_inherits_nothing(fold):
    events = [snapshot(), pressed(100), snapshot(200, you=person(id="p9"), doors=[], stream="s2")]
    state = (await fold(events, 300))["state"]

    assert (state["presses"], state["farewells"], state["doors"]) == ([], [], [])


async def test_an_ended_session_leaves_nothing_of_the_doors_behind(fold):
    state = (await fold([snapshot(), pressed(50), {"kind": "signed_out", "t": 100, "ended": True}], 200))["state"]

    assert (state["session"], state["doors"], state["operations"], state["presses"]) == ("ended", [], [], [])


@pytest.mark.parametrize(
    ("may", "key"),
    [
        ({"allowed": False, "reason": "hours", "next": NOW + 7_200_000}, "button_opens_in"),
        ({"allowed": False, "reason": "hours", "next": NOW + 90_000_000}, "button_opens_at"),
        ({"allowed": False, "reason": "access", "next": None}, "button_no_access"),
        ({"allowed": False, "reason": "unit", "next": None}, "button_out_of_service"),
    ],
)
async def test_a_door_not_open_to_me_says_so_on_its_button(fold, may, key):
    seen = await fold([snapshot(doors=[door("garage", "Garage", may=may, action=None)])], 100)

    assert (seen["card"]["button"]["mode"], seen["card"]["button"]["key"]) == ("off", key)


@pytest.mark.parametrize(
    ("state", "action", "mode", "key"),
    [
        ("closed", "open", "ready", "open"),
        ("open", "close", "ready", "close"),
        ("unknown", "press", "ready", "press"),
        ("opening", None, "off", "button_is_moving"),
        ("open", None, "off", "button_is_open"),
        ("closed", None, "off", "button_is_closed"),
        ("unknown", None, "off", "button_nothing"),
    ],
)
async def test_the_button_says_what_the_cloud_offers(fold, state, action, mode, key):
    seen = await fold([snapshot(doors=[door("garage", "Garage", state=state, action=action)])], 100)

    assert (seen["card"]["button"]["mode"], seen["card"]["button"]["key"]) == (mode, key)


async def test_an_away_door_may_still_be_pressed(fold):
    seen = await fold([snapshot(doors=[door("garage", "Garage", link="away", heard=NOW - 60_000)])], 100)

    assert seen["card"]["button"]["mode"] == "ready"
