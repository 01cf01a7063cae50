"""What the real firmware tells by itself: every record once, when it is due, also of what happened while nobody
listened.
"""

import asyncio
from pathlib import Path

import pytest

from firmware import events, wire
from sim.board import HARD, PWRON
from tests.far_side import DOWN_PADS, UNIT, Cloud
from tests.unit_bench import SCALE, STRIKE, Wire, beside, online, powered, pulses, result, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")
running = side_by_side()

EXIT = 27
OUT = {**STRIKE, "exit_button": EXIT}
POWER, TAMPER = 25, 26


@beside
async def test_a_pulse_is_recorded_under_the_number_its_answer_tells(tmp_path: Path) -> None:
    async with online(tmp_path) as (_, far, cloud):
        command = cloud.command()
        cloud.session.frame(command)
        frame = await cloud.session.next_frame(wire.ANSWER)
        seq = wire.answer_fields(frame)[6]
        cloud.session.frame(command)
        repeated = await cloud.session.next_frame(wire.ANSWER)
        assert wire.answer_fields(repeated)[4] == wire.DONE
        cloud.session.cut()  # what waits for company is told at once over the next one
        coil = await far.journal.told(events.COIL)
        assert far.journal.log[seq] == coil
        assert (coil.door, coil.detail, coil.arg8) == (0, wire.DONE, wire.command_fields(command)[3])
        assert [r.kind for r in far.journal.log.values()].count(events.COIL) == 1


@beside
async def test_what_was_declined_is_recorded_once_however_often_it_comes(tmp_path: Path) -> None:
    async with online(tmp_path) as (_, far, cloud):
        assert await result(cloud) == wire.DONE
        busy, late = cloud.command(), cloud.command(not_after=0)
        await asyncio.sleep(1.2 / SCALE)
        for command, why in ((busy, wire.BUSY), (late, wire.LATE)) * 3:
            cloud.session.frame(command)
            assert await cloud.answer_to(command) == why
        cloud.session.cut()
        await far.journal.told(events.DECLINED, 2)
        told = [(r.detail, r.arg8) for r in far.journal.of(events.DECLINED)]
        assert told == [(wire.BUSY, wire.command_fields(busy)[3]), (wire.LATE, wire.command_fields(late)[3])]


@beside
async def test_a_flood_of_refused_commands_is_bounded_in_the_journal(tmp_path: Path) -> None:
    async with online(tmp_path, scale=20) as (board, far, cloud):
        for _ in range(200):
            cloud.session.frame(cloud.command(wire.CLOSE, door=1))
        await cloud.ask()
        await asyncio.sleep(61 / 20)
        await cloud.ask()
        assert 10 <= len(far.journal.of(events.DECLINED)) <= 30
        assert board.edges == [] and board.resets == [PWRON] and far.journal.lost == 0


@beside
async def test_records_leave_in_company_and_what_is_urgent_at_once(tmp_path: Path) -> None:
    async with online(tmp_path, scale=20) as (board, far, cloud):
        boot = await far.journal.told(events.BOOT)
        assert (boot.detail, boot.arg8) == (PWRON, cloud.epoch)
        before = len(far.journal.of_type(wire.EVENTS))
        assert await result(cloud, not_after=0) == wire.LATE
        declined_s = (await cloud.ask())[3]
        await asyncio.sleep(30 / 20)
        assert len(far.journal.of_type(wire.EVENTS)) == before
        await far.journal.told(events.DECLINED)
        assert declined_s + 50 <= (await cloud.ask())[3] <= declined_s + 75
        board.doors[0].human_opens()
        await far.journal.told(events.MOVED, timeout=45 / 20)


@beside
async def test_without_an_acknowledgement_the_same_records_come_again(tmp_path: Path) -> None:
    async with powered(tmp_path, scale=20, start=False) as (board, far):
        far.journal.acks = False
        await board.start()
        cloud = await Cloud(await far.session()).adopt()
        for number in (1, 2, 3):
            await far.journal.sent(wire.EVENTS, number)
        assert list(far.journal.log) == list(range(1, 1 + len(far.journal.log)))
        assert far.journal.of(events.BOOT)[0].arg8 == cloud.epoch
        cloud.session.frame(far.journal.ack(max(far.journal.log)))
        since_s = (await cloud.ask())[3]
        told = len(far.journal.of_type(wire.EVENTS))
        await asyncio.sleep(70 / 20)
        assert (await cloud.ask())[3] >= since_s + 60 and len(far.journal.of_type(wire.EVENTS)) <= told + 1


@beside
async def test_an_acknowledgement_that_is_not_genuine_or_not_of_this_journal_counts_for_nothing(tmp_path: Path) -> None:
    async with powered(tmp_path, scale=20, start=False) as (board, far):
        far.journal.acks = False
        await board.start()
        cloud = await Cloud(await far.session()).adopt()
        await far.journal.sent(wire.EVENTS)
        last = max(far.journal.log)
        other_unit = wire.events_ack(DOWN_PADS, 0, bytes(4), far.journal.journal, last)
        other_key = wire.direction_pads(bytes(32), bytes.fromhex(UNIT))[0]
        forged = wire.events_ack(other_key, 0, bytes.fromhex(UNIT), far.journal.journal, last)
        for frame in (other_unit, forged, far.journal.ack(last, bytes(8)), far.journal.ack(last + 1000)):
            cloud.session.frame(frame)
        await far.journal.sent(wire.EVENTS, 2)
        assert wire.events_fields(far.journal.of_type(wire.EVENTS)[1])[3] == 1


@beside
async def test_nothing_leaves_before_the_cloud_has_welcomed_this_boot(tmp_path: Path) -> None:
    async with powered(tmp_path) as (_, far):
        session = await far.session()
        await session.next_frame(wire.HELLO)
        await asyncio.sleep(10 / SCALE)
        assert far.journal.frames == []
        session.frame(wire.welcome(DOWN_PADS, 0, bytes.fromhex(UNIT), b"nonce--1"))
        assert (await far.journal.told(events.BOOT)).detail == PWRON


@beside
async def test_a_door_moved_by_hand_while_the_cloud_is_away_is_told_once_and_one_that_we_moved_never(
    tmp_path: Path,
) -> None:
    async with online(tmp_path) as (board, far, cloud):
        assert await result(cloud) == wire.DONE
        await cloud.door_becomes(wire.OPENED)
        await asyncio.sleep(15 / SCALE)  # what it does after that is not ours
        await far.stop()
        await cloud.session.ended.wait()
        board.doors[0].human_closes()
        await board.edges.wait(kind="sensor", name="closed_contact", value=1)
        async with far:
            moved = await far.journal.told(events.MOVED, timeout=30)
            assert (moved.door, moved.detail) == (0, wire.CLOSED)
            await far.journal.told(events.COIL)
            assert len(far.journal.of(events.MOVED)) == 1


@beside
async def test_the_exit_button_opens_without_the_cloud_and_is_told_when_it_is_back(tmp_path: Path) -> None:
    async with online(tmp_path, OUT) as (board, far, cloud):
        button = Wire(board, EXIT, made=False)
        await far.stop()
        await cloud.session.ended.wait()
        button.set(True)
        await board.edges.wait(kind="coil", value=1)
        async with far:
            told = await far.journal.told(events.EXIT, timeout=30)
            assert (told.door, told.detail) == (0, wire.DONE)
            assert pulses(board) == 1 and board.edges[0].op is None


@beside
async def test_a_button_that_stays_pressed_opens_once_and_one_stuck_from_the_start_never(tmp_path: Path) -> None:
    async with powered(tmp_path, OUT, {**OUT, "relay": 19, "exit_button": 14}, start=False) as (board, far):
        Wire(board, 14, made=True)
        button = Wire(board, EXIT, made=False)
        await board.start()
        cloud = await Cloud(await far.session()).adopt()
        button.set(True)
        await far.journal.told(events.EXIT)
        await asyncio.sleep(10 / SCALE)
        await cloud.ask()
        assert (pulses(board, 0), pulses(board, 1)) == (1, 0)
        button.set(False)
        await asyncio.sleep(1 / SCALE)
        button.set(True)
        await far.journal.told(events.EXIT, 2)
        assert (pulses(board, 0), pulses(board, 1)) == (2, 0)


@beside
async def test_the_exit_button_leaves_a_held_and_a_pulsing_door_alone(tmp_path: Path) -> None:
    async with online(tmp_path, OUT) as (board, far, cloud):
        button = Wire(board, EXIT, made=False)
        assert await result(cloud, wire.HOLD, arg=5) == wire.DONE
        button.set(True)
        await asyncio.sleep(1 / SCALE)
        button.set(False)
        await board.edges.wait(kind="coil", value=0)
        assert (board.edges[1].t_ns - board.edges[0].t_ns) * SCALE / 1e9 >= 4.9
        await far.journal.told(events.HOLDING, 2)
        assert pulses(board) == 1 and far.journal.of(events.EXIT) == []


@beside
async def test_power_and_lid_are_told_when_they_change_and_when_they_were_so_at_the_start(tmp_path: Path) -> None:
    async with powered(tmp_path, fields={"inputs": {"power": POWER, "tamper": TAMPER}}, start=False) as (board, far):
        power, _ = Wire(board, POWER, made=False), Wire(board, TAMPER, made=True)
        await board.start()
        cloud = await Cloud(await far.session()).adopt()
        lost = await far.journal.told(events.INPUT)
        assert (lost.door, lost.detail) == (0, 1) and (await cloud.ask())[5] == wire.POWER_LOST
        await asyncio.sleep(11 / SCALE)
        power.set(True)
        well = await far.journal.told(events.INPUT, 2)
        assert (well.door, well.detail) == (0, 0)
        await asyncio.sleep(1.1 / SCALE)
        assert (await cloud.ask())[5] == 0


@beside
async def test_an_outage_is_recorded_with_its_length_and_a_short_one_is_not(tmp_path: Path) -> None:
    async with online(tmp_path, scale=20) as (board, far, cloud):
        cloud.session.cut()
        second = await far.session(2)
        await second.next_frame(wire.HELLO)
        await far.stop()
        await asyncio.sleep(100 / 20)
        async with far:
            online_ = await far.journal.told(events.ONLINE, timeout=30)
            away_s = int.from_bytes(online_.arg8[:4], "big")
            assert 90 <= away_s <= 160 and online_.detail in (events.NET_LOST, events.NET_SERVER)
            assert [r.detail for r in far.journal.of(events.OFFLINE)] == [online_.detail]
            assert len(far.journal.of(events.ONLINE)) == 1 and board.resets == [PWRON]


@beside
async def test_a_restart_is_told_with_its_cause_and_what_was_not_acknowledged_before_it(tmp_path: Path) -> None:
    async with online(tmp_path) as (board, far, cloud):
        await far.journal.told(events.BOOT)
        far.journal.acks = False
        assert await result(cloud) == wire.DONE
        await board.edges.wait(kind="coil", value=0)  # the record is written by then
        board.reset()
        far.journal.acks = True
        again_ = await Cloud(await far.session(2)).adopt()
        boot = await far.journal.told(events.BOOT, 2)
        assert (boot.detail, boot.arg8) == (HARD, again_.epoch)
        coil = await far.journal.told(events.COIL)
        assert coil.arg8 == (1).to_bytes(8, "big")
        assert wire.events_fields(far.journal.of_type(wire.EVENTS)[-1])[5] == cloud.epoch


@beside
async def test_the_time_is_recorded_when_the_clock_is_set(tmp_path: Path) -> None:
    async with online(tmp_path) as (_, far, _):
        set_ = await far.journal.told(events.TIME, timeout=20)
        assert set_.detail == 2 and int.from_bytes(set_.arg8, "big") > 1_700_000_000_000


@beside
async def test_the_condition_is_told_once_in_a_session_and_again_only_when_it_is_another(tmp_path: Path) -> None:
    async with online(tmp_path, scale=20) as (_, far, cloud):
        fields = wire.status_fields(await far.journal.sent(wire.STATUS))
        assert fields[0] == cloud.epoch and fields[3] == events.WIRED and fields[8] > 0
        assert fields[11] == [b"", b"", b""]
        cloud.session.cut()
        second = await far.session(2)
        await second.next_frame(wire.HELLO)
        await asyncio.sleep(20 / 20)
        assert len(far.journal.of_type(wire.STATUS)) == 1


@beside
async def test_four_doors_and_four_relays_on_one_unit_all_work(tmp_path: Path) -> None:
    doors = [{**STRIKE, "relay": relay} for relay in (18, 19, 21, 22)]
    async with online(tmp_path, *doors) as (board, far, cloud):
        for number in range(4):
            assert await result(cloud, wire.OPEN, door=number, ms=300) == wire.DONE
        assert await result(cloud, wire.HOLD, door=0, arg=60) in (wire.BUSY, wire.DONE)
        assert [pulses(board, number) for number in range(4)] == [1, 1, 1, 1]
        cloud.session.cut()
        await far.journal.told(events.COIL, 4)
        assert [record.door for record in far.journal.of(events.COIL)] == [0, 1, 2, 3]
