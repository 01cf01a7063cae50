"""The cloud with a fleet and a thousand apps: memory, press → relay beside the floor, capacity, fan-out."""

import gc
import sqlite3
import statistics
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import msgspec

from bench import apps, estate, fanout, fleet, rounds
from bench.figures import Figures, middle, percentiles, ratios
from bench.floor import Floor
from bench.presses import Presses
from bench.server import Server

LATE_S = 0.03  # after the command a unit on a radio has answered
LATE_A_SECOND, FAST_A_SECOND = 50, 200
EACH = 8  # presses of one person in a burst: the service takes ten
IN_FLIGHT = 256
Load = Callable[[rounds.Round], Awaitable[list]]


class Size(msgspec.Struct, frozen=True):
    """How much of everything. What stands here is `make bench`; less of it shows that the bench itself works."""

    units: int = 200
    people: int = 1000
    repetitions: int = 3
    one_rounds: int = 300
    late_s: float = 4
    fast_s: float = 3
    presses: int = 8000  # for the capacity, or as many as the people may make
    changes: int = 20
    entries: int = 100_000  # of the log, to be verified
    decisions: int = 5000  # of each kind


async def measure(home: Path, size: Size, say: Callable[[str], None]) -> Figures:
    say(f"making {size.units} places with a unit each, and {size.people:,} people")
    made = await estate.make(home, size.units, size.people, size.changes)
    floor, server, arrivals = Floor(made), Server(home), fleet.Arrivals()
    units = [fleet.FleetUnit(unit, arrivals, sensor=unit is made.units[-1]) for unit in made.units]
    presses, square, removed = Presses(arrivals), fanout.Counting(made.square), fanout.Counting(made.square)
    watching: list[apps.App] = []

    def hear(app: apps.App, message: apps.Message) -> None:
        presses.hear(app, message)
        square.hear(app, message)

    try:
        await floor.start()
        await server.start()
        await fleet.connect(units, server.broker_port, made.authority)
        await server.units_online(len(units))
        say(f"connecting {size.people:,} apps")
        figures = {"fleet_mib": server.resident_kib() / 1024}
        first = size.people // 10  # what only the first apps cost is not the price of one more
        presses.apps = watching = await apps.connected(made.people[:first], server.port, hear)
        before = server.resident_kib()
        watching += await apps.connected(made.people[first:], server.port, hear)
        figures["kib_per_app"] = (server.resident_kib() - before) / (size.people - first)
        gc.collect()
        gc.freeze()  # the driver's own pauses are not the cloud's
        repetitions: list[Figures] = []
        for number in range(size.repetitions):
            say(f"pressing, beside the floor: {number + 1} of {size.repetitions}")
            repetitions.append(await _latency(floor, presses, size, number) | await _capacity(presses, server, size))
        figures |= middle(repetitions)
        say("showing one change on every phone")
        spread = await fanout.door(server, units[-1], square, len(watching), size.changes)
        figures |= {
            "fanout_first_ms": statistics.median(one.first_ms for one in spread.shown),
            "fanout_median_ms": statistics.median(one.median_ms for one in spread.shown),
            "fanout_last_ms": statistics.median(one.last_ms for one in spread.shown),
            "fanout_cpu_ms": spread.cpu_ms,
        }
        say("changing the hours of 1, 100 and all of them")
        for many, grant in made.groups.items():
            spread = await fanout.hours(server, made, square, grant, min(many, len(watching)), size.changes)
            figures[f"change_{many}_last_ms"] = statistics.median(one.last_ms for one in spread.shown)
            figures[f"change_{many}_cpu_ms"] = spread.cpu_ms
        say("removing accesses")
        watching += await apps.connected([made.guest], server.port, removed.hear)
        spread = await fanout.admin(server, made, removed)
        figures["removal_shown_ms"] = statistics.median(one.last_ms for one in spread.shown)
        figures["removal_cpu_ms"] = spread.cpu_ms
    finally:
        _close(watching)
        for unit in units:
            unit.close()
        await server.stop()
        await floor.stop()
        gc.unfreeze()
    _check_records(home / "iomando.db", presses.done)
    return figures


async def _latency(floor: Floor, presses: Presses, size: Size, seed: int) -> Figures:
    """The same loads for the floor and for the cloud, in turn."""
    figures: Figures = {}

    async def both(name: str, late_s: float, load: Load) -> None:
        floor.arrivals.answer_after_s = presses.arrivals.answer_after_s = late_s
        bare = percentiles(f"floor_{name}", await load(floor.round))
        pressed = await load(presses.round)
        ours = percentiles(f"relay_{name}", [one.relay_ns for one in pressed])
        shown = percentiles(f"shown_{name}", [one.shown_ns for one in pressed])
        figures.update(bare | ours | shown | ratios(f"relay_{name}", ours, bare))

    await both("one", 0, lambda round_: rounds.one_in_flight(round_, size.one_rounds))
    await both("late", LATE_S, lambda round_: rounds.open_loop(round_, LATE_A_SECOND, size.late_s, seed))
    await both("fast", 0, lambda round_: rounds.open_loop(round_, FAST_A_SECOND, size.fast_s, seed))
    return figures


async def _capacity(presses: Presses, server: Server, size: Size) -> Figures:
    presses.arrivals.answer_after_s = 0
    cpu, count = server.cpu_s(), min(size.presses, EACH * size.people)
    done, seconds = await rounds.closed_loop(presses.round, count, min(IN_FLIGHT, size.people))
    return {
        "capacity_opens_s": len(done) / seconds,
        "cpu_s_per_1000_opens": (server.cpu_s() - cpu) / len(done) * 1000,
    }


def _check_records(database: Path, done: int) -> None:
    """Every open that was counted is on disk, as done; else nothing here was measured."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (recorded,) = connection.execute("SELECT count(*) FROM operations WHERE state = 'DONE'").fetchone()
    if recorded != done:
        raise RuntimeError(f"the phones saw {done} opens done, the database holds {recorded}")


def _close(watching: list[apps.App]) -> None:
    for app in watching:
        app.close()
