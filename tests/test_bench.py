"""The bench's parts work, with numbers so small that nothing they measure means anything; no time is asserted."""

import asyncio
import io
import json
import math
import re
import sqlite3
from pathlib import Path

import pytest
from rich.console import Console

from bench import __main__ as bench
from bench import board, field, figures, heap, load, rounds, scroll, table, tap, update
from bench.apps import App, Message, Operation
from bench.apps import Refused as Refusal
from bench.estate import Person
from bench.fleet import Arrivals
from bench.presses import Presses, Refused

README = Path(bench.__file__).parent / "README.md"
TINY = load.Size(
    units=2,
    people=20,
    repetitions=2,
    one_rounds=5,
    late_s=0.2,
    fast_s=0.1,
    presses=40,
    changes=2,
    entries=50,
    decisions=9,
)

FAST = field.Size(scale=20, cold_scale=8, idle_minutes=1, at_once=3)
ROOMY = heap.Size(scale=60, within_k=heap.WORKS_K)
SHORT = scroll.Size(doors=24, strokes=1)
QUICK = update.Size(bytes_per_s=100_000, whole=False)

pytestmark = pytest.mark.browser  # it starts one of its own, and measures


def documented(heading: str) -> set[str]:
    """The keys in the table under this heading of the README."""
    section = README.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {key for cell in first_cells for key in re.findall(r"`(\w+)`", cell)}


def folders_of_a_run(where: Path) -> list[Path]:
    return list(where.glob("iomando-bench-*"))


def shown(values: figures.Figures) -> str:
    console = Console(width=160, file=io.StringIO(), record=True)
    table.show(console, values)
    return console.export_text()


async def test_a_small_run_gives_every_documented_figure_and_keeps_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told: list[str] = []

    result = await bench.measure(
        told.append,
        bench.Sizes(TINY, board.Size(opens=1, idle_s=240, journalled=20), FAST, ROOMY, tap.Size(taps=1), SHORT, QUICK),
    )

    assert set(result) == documented("The file")
    assert set(result["figures"]) == documented("Figures")
    assert json.loads(json.dumps(result)) == result
    for key, value in result["figures"].items():
        assert math.isfinite(value)
        assert value > 0 or key.endswith(("_cpu_ms", "_cpu_us")), key
    assert len(result["targets"]) == len(figures.TARGETS)
    assert told
    assert folders_of_a_run(tmp_path) == []
    assert all(words in shown(result["figures"]) for words in table.LOADS.values())


def test_a_target_that_is_missed_is_named_with_how_much_is_missing() -> None:
    good = dict.fromkeys(documented("Figures"), 1.0) | {"capacity_opens_s": 2500.0, "cpu_s_per_1000_opens": 0.4}
    good["flash_years"] = 20.0

    assert "missed" not in shown(good)
    assert "missed by 10%: capacity_opens_s" in shown(good | {"capacity_opens_s": 2250.0})
    assert "missed by 50%: idle_mib" in shown(good | {"idle_mib": 120.0})
    assert [judged["met"] for judged in figures.judged(good)] == [True] * len(figures.TARGETS)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [figures.percentile(range(1, 101), p) for p in (50, 90, 99, 100)] == [50, 90, 99, 100]
    assert [figures.percentile([3, 1, 2], p) for p in (1, 50, 99)] == [1, 2, 3]


def test_ratios_are_taken_within_a_repetition_and_then_the_middle_one() -> None:
    floors = [figures.percentiles("floor_one", [ns]) for ns in (1_000_000, 2_000_000, 4_000_000)]
    ours = [figures.percentiles("relay_one", [ns]) for ns in (9_000_000, 10_000_000, 12_000_000)]

    each = [figures.ratios("relay_one", mine, floor) for mine, floor in zip(ours, floors, strict=True)]

    assert figures.middle(each)["relay_one_p50_ratio"] == 5


async def test_an_open_loop_waits_for_nobody() -> None:
    begun, ended = [], asyncio.Event()

    async def round_(number: int) -> int:
        begun.append(number)
        if len(begun) == 5:
            ended.set()
        await ended.wait()
        return number

    found = await rounds.open_loop(round_, rate=200, seconds=0.2, seed=1)

    assert found == begun == list(range(len(found)))
    assert len(found) > 5


async def test_a_closed_loop_keeps_so_many_in_flight_and_does_each_once() -> None:
    running = most = 0

    async def round_(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number

    found, _ = await rounds.closed_loop(round_, count=50, in_flight=7)

    assert sorted(found) == list(range(50))
    assert most == 7


@pytest.mark.parametrize(
    "message",
    [
        lambda press: Message("reply", press_id=press, refused=Refusal("busy")),
        lambda press: Message("change", operations=[Operation("0a" * 8, press, "UNKNOWN")]),
    ],
    ids=["refused", "unknown"],
)
async def test_a_press_that_is_not_done_ends_the_run(message, monkeypatch) -> None:
    presses = Presses(Arrivals())
    app = App(Person("ana", "token", ("door",)), presses.hear)
    monkeypatch.setattr(app, "press", lambda _door: ("press", 0))
    presses.apps = [app]

    pressing = asyncio.create_task(presses.round(0))
    await asyncio.sleep(0)
    presses.hear(app, message("press"))

    with pytest.raises(Refused):
        await pressing
    assert presses.done == 0


def test_opens_that_are_not_on_disk_are_not_counted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "iomando.db") as connection:
        connection.execute("CREATE TABLE operations (state TEXT)")
        connection.execute("INSERT INTO operations VALUES ('DONE'), ('UNKNOWN')")
    connection.close()

    load._check_records(tmp_path / "iomando.db", 1)
    with pytest.raises(RuntimeError, match="saw 2 opens done, the database holds 1"):
        load._check_records(tmp_path / "iomando.db", 2)
