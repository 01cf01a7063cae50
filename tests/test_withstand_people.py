"""What people and their phones do to an open: pressing twice, together, too late, and sending nonsense."""

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from cloud.operations import PRESS_AGE_S
from sim.phone import Phone
from sim.proxy import Proxy
from sim.town import DoorPlan
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()

TOGGLE = DoorPlan("", "toggle", pulse_ms=200, travel_s=1)
BOTH_WAYS = DoorPlan("", "open_close", relay=18, close_relay=19, pulse_ms=200, travel_s=1)
MALFORMED = 1000
A_CONNECTION = 15  # malformed messages: under the patience that the cloud has with one connection
WITHIN_S = 1.0  # what an open may take at most on a busy test machine; alone it takes milliseconds


@story()
async def test_the_same_press_twice_opens_once(s: Scene) -> None:
    press = secrets.token_urlsafe(18)
    at = s.phone.now()
    await asyncio.gather(*(s.press("open", press_id=press, at=at) for _ in range(3)))
    posted = await _post(s.phone, press, s.door, at)

    operation = await s.ends(press, "DONE")

    assert posted["operation"] == operation["id"]
    assert (await s.phone.reply(press))["operation"] == operation["id"]
    assert s.rows().keys() == {operation["id"]}
    assert s.pulses() == 1


@story()
async def test_the_same_press_after_a_reconnect_is_the_same_operation(s: Scene) -> None:
    press, at = secrets.token_urlsafe(18), s.phone.now()
    await s.press("open", press_id=press, at=at)
    operation = await s.operation(press)
    await s.phone.hang_up()
    s.phone.replies.clear()

    await s.phone.watch(resume=True)
    await s.press("open", press_id=press, at=at)

    assert (await s.phone.reply(press))["operation"] == operation["id"]
    await s.ends(press, "DONE")
    assert s.rows().keys() == {operation["id"]}
    assert s.pulses() == 1


@story()
async def test_the_same_press_after_its_end_is_told_the_end_and_moves_nothing(s: Scene) -> None:
    press = await s.press()
    operation = await s.ends(press, "DONE")
    await s.phone.moved(press)
    await s.shown_state("closed")
    s.phone.replies.clear()

    await s.press(press_id=press)

    assert (await s.phone.reply(press))["operation"] == operation["id"]
    await s.opens()
    assert s.pulses() == 2, "one for each press that was not made before"


@story()
async def test_the_same_press_id_of_another_person_is_another_press(s: Scene) -> None:
    other, press = await s.new_phone(1), secrets.token_urlsafe(18)
    await s.press("open", press_id=press)
    first = await s.ends(press, "DONE")
    await s.press("open", phone=other, press_id=press)

    second = await s.outcome(press, other)

    assert first["id"] != second["id"]
    assert second["state"] in ("ALREADY", "DECLINED")


@story()
async def test_two_users_at_once_on_a_door_that_opens(s: Scene) -> None:
    first, second = await _both(s, "open", "open")

    _one_of_them_opened(s, first, second, {("ALREADY", None), ("DECLINED", "busy")})


@story(TOGGLE)
async def test_two_users_at_once_on_a_toggle_do_not_stop_each_others_door(s: Scene) -> None:
    first, second = await _both(s, "open", "open")

    _one_of_them_opened(s, first, second, {("ALREADY", None), ("DECLINED", "busy")})
    await s.shown_state("open")
    assert s.pulses() == 1, "a second contact would have stopped it on its way"


@story(BOTH_WAYS)
async def test_two_users_at_once_want_it_open_and_closed(s: Scene) -> None:
    s.board.doors[0].put(0.5)  # neither open nor closed: both wishes make sense
    await s.power_cycle()
    await s.shown(lambda door: door["state"] == "unknown" and door["link"] == "online", "a door that stands anywhere")

    first, second = await _both(s, "open", "close")

    _one_of_them_opened(s, first, second, {("DECLINED", "busy")})
    assert len({edge.name for edge in s.coil_edges()}) == 1, "never both coils"


@story()
async def test_a_press_stuck_for_60_s_on_its_way_is_refused_as_late(s: Scene) -> None:
    press = await s.press(at=s.phone.now() - 60_000)

    operation = await s.ends(press, "REFUSED", "late")

    assert (await s.phone.reply(press))["refused"]["reason"] == "late"
    assert s.row(operation["id"])["command"] is None
    await s.opens()
    assert s.pulses() == 1


@story()
async def test_a_press_held_up_in_the_network_is_refused_as_late_when_it_arrives(s: Scene) -> None:
    street = await Proxy("127.0.0.1", s.cloud.port).start()
    phone = await s.new_phone(through=street)
    street.up.hold()
    press = await s.press(phone=phone)
    await asyncio.sleep(PRESS_AGE_S + 0.2)

    street.up.release()

    await s.ends(press, "REFUSED", "late", phone=phone)
    assert s.pulses() == 0
    await phone.hang_up()
    await street.stop()


@story()
async def test_a_thousand_malformed_messages_move_nothing_and_hold_up_nobody(s: Scene) -> None:
    sent = 0
    while sent < MALFORMED:
        ws = await s.phone.http.ws_connect(f"{s.cloud.url}/api/v1/live")
        await ws.send_json({"type": "watch", "stream": None, "seen": 0})
        nonsense = [_nonsense(s, number) for number in range(sent, sent + A_CONNECTION)]
        for message in nonsense:
            await ws.send_str(message)
        assert await _errors(ws, len(nonsense)) == len(nonsense), "each is told so, and the connection lives"
        await ws.close()
        sent += len(nonsense)

    loop = asyncio.get_running_loop()
    began = loop.time()
    operation = await s.ends(await s.press(), "DONE")
    assert loop.time() - began < WITHIN_S
    assert s.rows().keys() == {operation["id"]}
    assert s.pulses() == 1


@story()
async def test_who_goes_on_sending_nonsense_is_closed_and_comes_back(s: Scene) -> None:
    watch = json.dumps({"type": "watch", "stream": None, "seen": 0})
    for message, code in (("{", 4400), (b"\x00\x01", 4400), ("x" * 3000, 1009), (watch, 4429)):
        ws = await s.phone.http.ws_connect(f"{s.cloud.url}/api/v1/live")
        await ws.send_str(watch)
        with suppress(ConnectionError):
            for _ in range(60):
                await (ws.send_bytes(message) if isinstance(message, bytes) else ws.send_str(message))
        await _errors(ws, 1000)
        assert ws.close_code == code, message

    await s.opens()


@story()
async def test_presses_beyond_a_persons_rate_are_refused_and_nobody_else_is(s: Scene) -> None:
    replies = []
    for _ in range(15):
        press = await s.press("open")
        replies.append(await s.phone.reply(press))

    assert {"reason": "busy", "next": None} in [reply.get("refused") for reply in replies]
    other = await s.new_phone(1)
    assert (await s.outcome(await s.press("open", phone=other), other))["state"] in ("ALREADY", "DECLINED")
    for reply in replies:
        if "operation" in reply:
            await s.outcome(reply["press_id"])


async def _both(s: Scene, one: str, another: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two people press at the same moment; what became of it, as each is told."""
    other = await s.new_phone(1)
    first, second = await asyncio.gather(s.press(one), s.press(another, phone=other))
    return await s.outcome(first), await s.outcome(second, other)


def _one_of_them_opened(s: Scene, first: dict[str, Any], second: dict[str, Any], others: set[tuple[str, Any]]) -> None:
    assert first["id"] != second["id"]
    done = [operation for operation in (first, second) if operation["state"] == "DONE"]
    assert len(done) == 1, (first, second)
    (other,) = (operation for operation in (first, second) if operation is not done[0])
    assert (other["state"], other["reason"]) in others
    assert (s.pulses(done[0]["id"]), s.pulses(other["id"])) == (1, 0)


async def _post(phone: Phone, press: str, door: str, at: int) -> dict[str, Any]:
    body = {"press_id": press, "door": door, "action": "open", "at": at}
    async with phone.http.post(f"{phone.url}/api/v1/presses", json=body) as response:
        return await response.json()


async def _errors(ws: aiohttp.ClientWebSocketResponse, count: int) -> int:
    """How many of the next messages are errors, until so many have come or it is closed."""
    found = 0
    async with asyncio.timeout(30):
        while found < count:
            message = await ws.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            found += json.loads(message.data)["type"] == "error"
    return found


def _nonsense(s: Scene, number: int) -> str:
    """Another one each time: no JSON, other shapes, other types, ids that are none, presses that are nearly right."""
    good = {"type": "press", "press_id": "a" * 22, "door": s.door, "action": "open", "at": s.phone.now()}
    return (
        "",
        "{" * 500,
        "null",
        "[]",
        '"open"',
        "\u0000",
        json.dumps(good)[:-1],
        json.dumps(good | {"type": "open"}),
        json.dumps(good | {"press_id": "short"}),
        json.dumps(good | {"press_id": "a" * 37}),
        json.dumps(good | {"press_id": "../../../../etc/passwd"}),
        json.dumps(good | {"door": ["a"]}),
        json.dumps(good | {"door": "'; DROP TABLE operations; --"}),
        json.dumps(good | {"action": "OPEN"}),
        json.dumps(good | {"at": -1}),
        json.dumps(good | {"at": 1e300}),
        json.dumps(good | {"at": "now"}),
        json.dumps(good | {"person": "admin"}),
        json.dumps({k: v for k, v in good.items() if k != "at"}),
        json.dumps({"type": "watch", "stream": None, "seen": 0}),
        json.dumps({"type": "watch", "stream": "x" * 41, "seen": 0}),
    )[number % 21]
