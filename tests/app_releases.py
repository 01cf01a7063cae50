"""Releases and roll-outs as a maintainer's cloud tells of them. Only data."""

from collections import Counter
from typing import Any

from tests import app_scenes
from tests.app_place import managed
from tests.app_scenes import HOUR_MS, MINUTE_MS, Object, Scene

DAY_MS = 24 * HOUR_MS
STREETS = ("Carrer Mallorca", "Passeig de la Ribera", "Carrer de Verdi", "Rambla del Raval", "Avinguda Diagonal")


def release(counter: int, now: int, **fields: Any) -> Object:
    plain = {"counter": counter, "version": f"1.{counter}.0", "key_set": 1, "replaces": 1, "notes": "", "by": "p1"}
    told = {"published": now - (50 - counter) * DAY_MS, "by_name": "Marta Vila", "packed": 87_400, "boards": []}
    return {**plain, **told, "running": 0, "units": 0, "crash_free": None, "opens": 0, **fields}


def box(number: int, state: str = "waiting", **fields: Any) -> Object:
    """A door box of a roll-out."""
    told = dict.fromkeys(("wave", "reason", "offered", "moved", "ended", "away_s"))
    place = f"{STREETS[number % len(STREETS)]} {number}"
    plain = {"unit": f"{number:08x}", "places": [place], "online": True, "firmware": 41, "state": state}
    return {**plain, **told, "tries": 0, "have": 0, "size": 87_400, **fields}


def rollout(each: list[Object], now: int, **fields: Any) -> Object:
    """With each box; what is told of all of them follows from that."""
    waves = fields.pop("waves", [5, 1])
    told = {"units": dict(Counter(one["state"] for one in each)), "failures": sum(b["state"] == "failed" for b in each)}
    plain = {"id": 7, "release": 42, "version": "1.42.0", "state": "running", "wave": 1, "waves": waves, "limit": 2}
    more = {"counted": told["failures"], "why": None, "hours": [60, 300], "started": now - 5 * HOUR_MS}
    return {**plain, **told, **more, "each": each, **fields}


def under_way(now: int, **fields: Any) -> Object:
    """One of each kind."""
    three = {"moved": now - 20 * MINUTE_MS, "wave": 1, "tries": 1}
    each = [
        box(1, "good", **three, ended=now - 3 * HOUR_MS, away_s=40, firmware=42),
        box(2, "failed", **three, ended=now - HOUR_MS, reason="no_cloud"),
        box(3, "loading", **three, have=39_330),
        box(4, "soaking", **three, away_s=38, firmware=42),
        box(5, "written", **three),
        box(6, "waiting", reason="away", online=False),
        box(7, "out", reason="board", ended=now - HOUR_MS),
    ]
    return rollout(each, now, **fields)


def halted(now: int) -> Object:
    whole = under_way(now)
    whole["each"][4] |= {"state": "failed", "reason": "crashed", "ended": now - HOUR_MS, "tries": 2}
    return rollout(whole["each"], now, state="halted", why="2 failures in wave 1 of 5")


def fleet(count: int, now: int) -> Object:
    """A roll-out of many: the first have it, one of them failed, the others wait for the night."""
    had = max(1, count // 5)
    each = [
        box(i, "good" if i else "failed", wave=1, ended=now - HOUR_MS, reason=None if i else "relay", tries=1)
        if i < had
        else box(i, reason="hours")
        for i in range(count)
    ]
    return rollout(each, now, waves=[had, count - had] if count > had else [had])


def preview(each: list[Object], waves: list[int], first: int = 1) -> Object:
    names = ("unit", "places", "online", "firmware")
    fits = [{name: one[name] for name in names} for one in each]
    for one, told in zip(each, fits, strict=True):
        told |= {"takes": one["reason"] != "old", "reason": one["reason"]}
    return {"waves": waves, "limits": [2 for _ in waves], "first": first, "each": fits}


def answers(now: int, found: Object | None) -> dict[tuple[str, str], Any]:
    """Two releases; `found`: the newest is on its way, or was."""
    notes = "A held door closes at its end also where the clock was set meanwhile.\nLess data on mobile networks."
    newest = release(
        42, now, notes=notes, boards=["ESP32_GENERIC", "ESP32_GENERIC_S3"], running=2, units=3, crash_free=1.0, opens=6
    )
    older = release(41, now, by_name=None, running=96, units=98, crash_free=97 / 98, opens=1204)
    summary = {key: value for key, value in found.items() if key != "each"} if found else {}
    before = {
        **rollout([box(1, "good")], now, id=6, release=41, version="1.41.0", state="done"),
        "started": now - DAY_MS,
    }
    keys = [{"number": 1, "threshold": 2, "keys": 3, "demo": False}]
    return {
        ("GET", "releases"): [newest, older],
        ("GET", "rollouts"): [*([summary] if found else []), {k: v for k, v in before.items() if k != "each"}],
        ("GET", "key-sets"): keys,
        ("GET", "wires"): {"wire": 1, "units": 98, "each": []},
        **({("GET", f"rollouts/{found['id']}"): found} if found else {}),
    }


def maintaining(now: int, found: Object | None = None) -> Scene:
    """Somebody who maintains the service, and manages a place."""
    scene = managed(now)
    scene.you["name"] = "Marta Vila"
    scene.answers |= answers(now, found)
    scene.answers["GET", "me"] = app_scenes.me(scene.you, staff=["maintainer"])
    return scene
