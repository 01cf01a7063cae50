"""Access, session or unit end while a press is on its way: once that is acknowledged, no command leaves any more."""

import asyncio
import datetime
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from cloud.store import Store
from firmware import wire
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()
RACERS = 20
T = TypeVar("T")
STEP_S = 0.0002  # between one race and the next: the press takes about a millisecond to its record


async def remove_access(s: Scene, who: int = 0) -> None:
    """The admin takes this person's access to the door away; acknowledged when this returns."""
    grant, admin = s.grants[s.people[who][0]], {"Cookie": f"iomando={s.people[-1][1]}"}
    async with s.nobody.delete(f"{s.cloud.url}/api/v1/grants/{grant}", headers=admin) as response:
        assert response.status == 204, await response.text()


async def sign_out(s: Scene) -> None:
    """From the same browser; the session ends everywhere."""
    async with s.phone.http.post(f"{s.cloud.url}/api/v1/sign-out") as response:
        assert response.status == 204


async def revoke_unit(s: Scene) -> None:
    """As another process of ours would: on disk, and this one has not heard of it."""
    store = Store(s.cloud.home / "iomando.db")
    assert await store.revoke_unit(s.unit, int(datetime.datetime.now(datetime.UTC).timestamp() * 1000))
    await store.close()


@story(gates=True)
async def test_access_removed_between_decide_and_record_refuses(s: Scene) -> None:
    s.gate("decided", "wait")
    press = await s.press()
    await s.at_gate("decided")
    await remove_access(s)
    await s.phone.until(lambda: s.door not in s.phone.doors, "the door to be gone")

    s.open_gate("decided")

    await s.ends(press, "REFUSED", "access")
    assert (await s.phone.reply(press))["refused"]["reason"] == "access"
    _nothing_left(s)


@story(gates=True)
async def test_session_ended_between_decide_and_record_refuses(s: Scene) -> None:
    s.gate("decided", "wait")
    press = await s.press()
    await s.at_gate("decided")
    await sign_out(s)

    s.open_gate("decided")

    await s.logged("recorded", state="REFUSED", reason="session")
    (row,) = s.rows().values()
    assert (row["press_id"], row["state"], row["reason"]) == (press, "REFUSED", "session")
    await s.phone.until(lambda: s.phone.close_code == 4401, "the websocket to be closed")
    _nothing_left(s)


@story(gates=True)
async def test_unit_revoked_between_decide_and_record_refuses(s: Scene) -> None:
    s.gate("decided", "wait")
    press = await s.press()
    await s.at_gate("decided")
    await revoke_unit(s)

    s.open_gate("decided")

    await s.ends(press, "REFUSED", "unit")
    _nothing_left(s)


@story(alone=True)
async def test_access_removed_between_record_and_send_sends_nothing(s: Scene) -> None:
    await s.away()
    press = await s.press()
    assert (await s.operation(press))["waiting"]

    await remove_access(s)

    await s.ends(press, "NOT_SENT", "access")
    end = s.log_end()
    await s.back()
    await s.online(after=end)
    _nothing_left(s)


@story(alone=True)
async def test_session_ended_between_record_and_send_sends_nothing(s: Scene) -> None:
    await s.away()
    press = await s.press()
    operation = await s.operation(press)
    assert operation["waiting"]

    await sign_out(s)

    await s.logged("settled", op=operation["id"], state="NOT_SENT", reason="session")
    assert s.row(operation["id"])["reason"] == "session"
    end = s.log_end()
    await s.back()
    await s.online(after=end)
    _nothing_left(s)


@story(alone=True)
async def test_access_removed_while_the_command_may_be_lost_is_not_sent_again(s: Scene) -> None:
    s.proxy.black_hole()
    press = await s.press()
    operation = await s.operation(press)
    await s.logged("sent", op=operation["id"])

    await remove_access(s)
    removed = s.log_end()
    await s.back()

    operation = await s.ends(press, "UNKNOWN")
    assert not [line for line in s.cloud.log[removed:] if line["what"] == "sent"]
    assert s.pulses() == 0


@story(alone=True, hostile=True, users=RACERS)
async def test_many_presses_racing_the_removal_of_their_access(s: Scene) -> None:
    assert s.hostile is not None
    phones = [await s.new_phone(who) for who in range(1, RACERS)]
    presses = []
    for number, phone in enumerate(phones):  # at first the press is ahead, in the end the removal
        ahead_s = (len(phones) / 2 - number) * STEP_S
        removal = asyncio.create_task(_later(ahead_s, remove_access(s, number + 1)))
        presses.append(await _later(-ahead_s, s.press("open", phone=phone)))
        await removal

    for press, phone in zip(presses, phones, strict=True):
        operation = await s.outcome(press, phone)
        sent = [line for line in s.cloud.log if line.get("op") == operation["id"] and line["what"] == "sent"]
        removed = next(n for n, line in enumerate(s.cloud.log) if _removal_of(line, s, operation))
        assert all(s.cloud.log.index(line) < removed for line in sent), "a command left after the removal was said"
        if operation["state"] in ("REFUSED", "NOT_SENT"):
            assert operation["reason"] == "access"
            assert sent == []
    commands = [wire.command_fields(f)[3].hex() for f in s.hostile.frames(s.unit, wire.COMMAND)]
    assert {o for o, row in s.rows().items() if row["state"] in ("REFUSED", "NOT_SENT")}.isdisjoint(commands)


async def _later(wait_s: float, what: Coroutine[Any, Any, T]) -> T:
    await asyncio.sleep(max(0.0, wait_s))
    return await what


def _removal_of(line: dict[str, Any], s: Scene, operation: dict[str, Any]) -> bool:
    return f"grant {s.grants[operation['person']['id']]}" in line.get("things", ())


def _nothing_left(s: Scene) -> None:
    assert not [line for line in s.cloud.log if line["what"] == "sent"]
    assert s.pulses() == 0
    assert all(row["command"] is None for row in s.rows().values())
