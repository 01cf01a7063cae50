"""From reset to main.py, whatever is on the flash: coils off, watchdog armed, a slot that runs, or an explanation."""

import ast
import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from firmware import boards, config, readback
from sim import flash
from sim.board import WDT, Board
from sim.net import Net
from sim.pins import OUT
from tests.far_side import DOOR, FIRMWARE, UNIT, Certificates, image
from tools import build

SAYS_B = b"def run():\n    print('slot b runs')\n"
RELAY = DOOR["relay"]
SLOT_B = {"/b/main.py": SAYS_B}
SLOT_B["/b/files"] = build.table({"main.py": SAYS_B}, 2)
Powered = Callable[..., Any]


@pytest.fixture
async def powered(tmp_path: Path) -> AsyncIterator[Powered]:
    """powered(files to change, **Board's): a board that is started; None takes a file away."""
    boards: list[Board] = []
    net = await Net().start()
    good = Certificates().unit_files(port=8883)

    async def power(changes: dict[str, bytes | None], **how: Any) -> Board:
        made = image(tmp_path / f"flash{len(boards)}", {**good, **changes})
        boards.append(Board(made, UNIT, [DOOR], net=net, **how))
        await boards[-1].start()
        return boards[-1]

    yield power
    for board in boards:
        await board.stop()
    await net.stop()


def driven_low(board: Board) -> bool:
    """By the chip itself: left alone it would be low, too, through the board's pull-down."""
    pin = board.pins[RELAY]
    return pin.mode == OUT and pin.latch == 0 and pin.drive() == 0


def changed(**fields: Any) -> dict[str, bytes | None]:
    good = json.loads(Certificates().unit_files(port=8883)["/unit.json"])
    return {"/unit.json": json.dumps(good | fields).encode()}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"/unit.json": None}, "unit.json is missing"),
        ({"/unit.json": b'{"unit": "3fa2'}, "unit.json is damaged"),
        ({"/unit.json": b"\xff\xfe\x00"}, "unit.json is damaged: expected JSON"),
        ({"/unit.json": b" " * 5000}, "unit.json has more than 4096 bytes"),
        (changed(keepalive_s="120"), 'unit.json: keepalive_s is "120": expected a whole number of seconds, 30 to 1200'),
        ({"/ca/0.der": None}, "ca/0.der is missing"),
        ({"/ca/1.der": b"-----BEGIN"}, "ca/1.der has 10 bytes that are no DER"),
        ({"/tls.key": None}, "tls.key is missing"),
        ({"/tls.key": b"\x30\x00"}, "is no certificate or key that TLS can use"),
        ({"/command.key": b"short"}, "command.key has 5 bytes: expected 32, or 64 with a second key"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_unit_that_is_not_set_up_says_why_and_waits(powered: Powered, changes: Any, line: str) -> None:
    board = await powered(changes)
    await board.console_line(line)
    await board.console_line("its coils are off")
    assert board.resets == [1] and board.edges == []


async def test_a_unit_that_waits_for_its_settings_does_not_restart_and_says_it_again(powered: Powered) -> None:
    board = await powered({"/command.key": b"secret-secret"}, scale=60)
    await asyncio.sleep(200 / 60)
    assert board.resets == [1]
    assert 3 <= len([line for line in board.console if "command.key has 13 bytes" in line]) <= 5
    assert not any("secret" in line for line in board.console)


def test_what_is_said_about_pins_in_three_files_is_the_same() -> None:
    """boot.py is never updated over the air, so it imports nothing; the other two must not outgrow it."""
    tree = ast.parse((FIRMWARE / "boot.py").read_text())
    safe = next(n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "SAFE")
    assert ast.literal_eval(safe) == config.RELAY_PINS == tuple(readback.OFFSETS)
    fed = next(n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "MODEM_SUPPLY")
    assert ast.literal_eval(fed) == boards.BOARDS["T-A7670"].supply


def test_the_input_of_an_output_is_turned_on_and_nothing_else_of_it() -> None:
    registers = {readback.IO_MUX + 0x70: 0x2800}
    readback.enable(registers, 18)
    assert registers == {0x3FF49070: 0x2A00}


async def test_the_coil_is_off_before_the_program_is_looked_at(powered: Powered) -> None:
    board = await powered({"/a/main.py": b"def run():\n    print('main runs')\n"})
    await board.console_line("main runs")
    assert driven_low(board)


@pytest.mark.parametrize("upto", [170, 200, 230])
async def test_the_coil_is_off_with_a_damaged_file_that_still_names_its_pin(powered: Powered, upto: int) -> None:
    whole = Certificates().unit_files(port=8883)["/unit.json"]
    board = await powered({"/unit.json": whole[: whole.index(b'"close_relay"') + upto - 170]})
    await board.console_line("unit.json is damaged")
    assert driven_low(board)


@pytest.mark.parametrize("at", [1, -1])
async def test_the_coil_is_off_with_a_byte_in_the_file_that_is_no_text(powered: Powered, at: int) -> None:
    whole = Certificates().unit_files(port=8883)["/unit.json"]
    board = await powered({"/unit.json": whole[:at] + b"\xff" + whole[at:]})
    await board.console_line("unit.json is damaged")
    assert driven_low(board)


async def test_a_damaged_pin_number_never_reaches_flash_or_console(powered: Powered) -> None:
    board = await powered({"/unit.json": b'{"relay": 6, "relay": 1, "relay": 999999999999, "relay":, "relay'})
    await board.console_line("unit.json is damaged")
    assert board.pins[1].drive() is None


@pytest.mark.parametrize("after", ["", '"', "\xff", ', "doors": ['])
async def test_the_modem_is_fed_before_the_program_is_looked_at_even_with_a_damaged_file(
    powered: Powered, after: str
) -> None:
    board = await powered(
        {"/unit.json": b'{"network": {"kind": "modem", "board" : \n"T-A7670"' + after.encode("latin-1")}
    )
    await board.console_line("unit.json is damaged")
    assert board.pins[boards.BOARDS["T-A7670"].supply].drive() == 1


@pytest.mark.parametrize(
    "network",
    ['"board": "T-SIM7000G"', '"board": "T-A7670E"', '"ssid": "T-A7670"', '"board": ', '"board"', '"T-A7670"'],
)
async def test_on_every_other_board_that_pin_is_left_alone(powered: Powered, network: str) -> None:
    board = await powered({"/unit.json": b'{"network": {' + network.encode()})
    await board.console_line("unit.json is damaged")
    assert board.pins[boards.BOARDS["T-A7670"].supply].drive() is None


async def test_the_slot_that_is_named_runs(powered: Powered) -> None:
    board = await powered({"/active": b"b\n", **SLOT_B})
    await board.console_line("slot b runs")


def decide() -> Callable[..., Any]:
    """boot.py's, by itself: both slots are whole to it."""
    tree = ast.parse((FIRMWARE / "boot.py").read_text())
    kept: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.Assign | ast.FunctionDef)]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(kept, []), "boot.py", "exec"), names)
    names["whole"] = lambda slot: True
    return names["decide"]


@pytest.mark.parametrize(
    ("starts", "left"),
    [
        ([(100, True), (100, True), (100, True)], True),
        ([(100, True), (3000, True), (3000, True)], True),
        ([(100, True), (3600, True), (3700, True)], False),
        ([(100, True), (7000, False), (300, True), (7000, False), (300, True)], False),  # restarts that were meant
        ([(100, True), (7000, False), (50, True), (50, True)], True),
        ([(0, True), (0, False), (0, True), (0, False), (0, True)], True),  # the power goes after each crash
    ],
)
def test_three_crashes_in_two_hours_of_running_are_too_many(starts: list[tuple[int, bool]], left: bool) -> None:
    record = ("b", "w", 0, [], 0)
    for lived, crashed in starts:
        record = decide()(record, lived, crashed)
    assert (record[0] == "a") == left
    assert record[4] == (21 if left else 0)


@pytest.mark.parametrize("active", [b"", b"c", b"\xff\xff", b"b", None])
async def test_with_a_damaged_choice_slot_a_runs(powered: Powered, active: bytes | None) -> None:
    board = await powered({"/active": active})
    await board.console_line(f"unit {UNIT}")


async def test_with_an_empty_slot_a_slot_b_runs(powered: Powered) -> None:
    board = await powered({"/active": b"a", "/a/main.mpy": None, "/b/main.py": SAYS_B})
    await board.console_line("slot b runs")


async def test_a_slot_with_one_bit_turned_never_runs_where_the_other_is_whole(powered: Powered) -> None:
    turned = bytearray(SAYS_B)
    turned[-3] ^= 1
    board = await powered({"/active": b"b w 0 - 0", **SLOT_B, "/b/main.py": bytes(turned)})
    await board.console_line("slot b is left for slot a reason 22")
    await board.console_line(f"unit {UNIT}")


async def test_a_trial_that_hangs_is_over_with_the_first_bite_of_the_watchdog(powered: Powered) -> None:
    hangs = b"def run():\n    print('hangs')\n    while True: pass\n"
    slot = {"/b/main.py": hangs, "/b/files": build.table({"main.py": hangs}, 2)}
    board = await powered({"/active": b"b t 0 - 0", **slot}, scale=60)
    await board.console_line("hangs")
    await board.console_line("slot b is left for slot a reason 21", 20)
    await board.console_line(f"unit {UNIT}")
    await board.console_line("a release was taken back: reason 21")
    assert board.resets == [1, WDT]
    await board.stop()
    assert flash.read(board.image)["/active"] == b"a k 0 - 0"  # told, and so put away


async def test_a_program_that_never_gets_going_is_bitten(powered: Powered) -> None:
    board = await powered({"/a/main.py": b"def run():\n    while True: pass\n"}, scale=60)
    assert await board.reset_seen(2) == WDT
