"""Stands on the PYTHONPATH of a cloud under test and does nothing, unless <home>/gates exists when it starts.

Then a step below looks there for a file of its name before it is taken, which says what happens to the process then:
`wait` (until the file is gone), `stop` (SIGSTOP) or `kill` (SIGKILL). A file `clock` steps the host's clock by so many
seconds; a file `settings` (JSON: the unit, and its doors' settings) is wanted of that unit, and goes.
Never here: what a test expects of it.
"""

import asyncio
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GATES = Path(os.environ.get("IOMANDO_HOME", "nowhere"), "gates")
SIGNALS = {"stop": signal.SIGSTOP, "kill": signal.SIGKILL}


def at(gate: str) -> str:
    """What is to happen here, once; it is told in the log, so that a test can wait for it."""
    path = GATES / gate
    try:
        what = path.read_text()
    except FileNotFoundError:
        return ""
    logging.getLogger("iomando.gate").warning("at the gate", extra={"gate": gate, "does": what})
    if what in SIGNALS:
        path.unlink()
        os.kill(os.getpid(), SIGNALS[what])
    return what


def install() -> None:
    from cloud import opening, store, units

    record, recorded, real_time = store.Store.record, opening.Opening._recorded, time.time

    async def record_after_gate(self: Any, *arguments: Any) -> bool:
        """Decided, and not recorded yet."""
        if at("decided") == "wait":
            while (GATES / "decided").exists():  # noqa: ASYNC110 - a file that goes tells nobody
                await asyncio.sleep(0.01)
        return await record(self, *arguments)

    def recorded_after_gate(self: Any, flight: Any) -> Any:
        """On disk, and nothing has left yet."""
        at("recorded")
        return recorded(self, flight)

    start, wanting = units.Units.start, []

    def start_and_look_for_settings(self: Any, connect: Any) -> None:
        start(self, connect)
        wanting.append(asyncio.create_task(want_settings(self)))

    def stepped_time() -> float:
        try:
            return real_time() + float((GATES / "clock").read_text())
        except (FileNotFoundError, ValueError):
            return real_time()

    patch: Callable[[object, str, object], None] = setattr
    patch(store.Store, "record", record_after_gate)
    patch(opening.Opening, "_recorded", recorded_after_gate)
    patch(units.Units, "start", start_and_look_for_settings)
    patch(time, "time", stepped_time)


async def want_settings(units: Any) -> None:
    from cloud.wanted import DoorSettings

    path = GATES / "settings"
    while True:
        if path.exists():
            unit, doors = json.loads(path.read_text())
            path.unlink()
            await units.want(unit, [DoorSettings(**door) for door in doors])
        await asyncio.sleep(0.05)


if GATES.is_dir():
    install()
