"""How long one decision takes: `access.may_open` for a person with 1 and with 50 grants, all with weekly windows.

In this process, on a snapshot as the cloud builds it; no database, no network. The first decision is not timed.
"""

import datetime
import time

from bench.figures import Figures, percentile
from cloud import calendars
from cloud.access import Door, Grant, Member, Place, Snapshot, may_open
from cloud.changes import built
from cloud.hours import Hours, Window

GRANTS = (1, 50)
HOUR = datetime.timedelta(hours=1)
WORKDAYS, SATURDAY = (0, 1, 2, 3, 4), (5,)
NOON = datetime.datetime(2026, 3, 25, 12, tzinfo=datetime.UTC)  # a Wednesday, days before the clock goes forward


def measure(decisions: int) -> Figures:
    """`decide_<grants>_<allowed or refused>_us`: the median."""
    now = round(NOON.timestamp() * 1000)
    return {
        f"decide_{grants}_{verdict}_us": _median(_snapshot(grants, days), now, decisions, verdict == "allowed")
        for grants in GRANTS
        for verdict, days in (("allowed", WORKDAYS), ("refused", SATURDAY))
    }


def _snapshot(grants: int, days: tuple[int, ...]) -> Snapshot:
    """Each grant begins and ends at a minute of its own, so none can answer for another."""
    calendar = calendars.calendar("Europe/Madrid", "ES", "CT", NOON.year)
    things = [
        Place("home", "Home", "Europe/Madrid", 1),
        Door("gate", "home", "Gate", "3fa2b81c", 0, "open", sensor=False, travel_s=0, pulse_ms=500),
        Member("home", "ana", "member", "Ana"),
        *(
            Grant(
                f"{number:012x}",
                "home",
                "ana",
                doors=("gate",),
                hours=Hours((Window(days, 480 + number, 1200 + number),), holidays="closed"),
                ends=round((NOON + 10_000 * HOUR).timestamp() * 1000),
            )
            for number in range(grants)
        ),
    ]
    return built(things, lambda _place: calendar)


def _median(snapshot: Snapshot, now: int, decisions: int, allowed: bool) -> float:
    """Microseconds. Raises RuntimeError if it was not that decision that was timed."""
    if may_open("ana", "gate", snapshot, now).allowed != allowed:
        raise RuntimeError("the bench measured another decision than it says")
    spent = []
    for moment in range(now, now + decisions):
        began = time.perf_counter_ns()
        may_open("ana", "gate", snapshot, moment)
        spent.append(time.perf_counter_ns() - began)
    return percentile(spent, 50) / 1000
