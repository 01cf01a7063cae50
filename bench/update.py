"""What an update costs: a release of the real firmware, from the offer to its confirmation, over 10 kB/s to a unit on
MicroPython, and a door that is opened meanwhile. A town with a cloud of its own.

Never here: whether an update is taken (the tests).
"""

import asyncio
import base64
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.figures import Figures
from bench.server import Server
from cloud import schema
from cloud.store import Store
from firmware import signatures
from sim import town
from sim.air import Air
from sim.phone import Phone
from sim.street import FIRMWARE, Street
from tools import keys, parts, release_files

PLAIN = town.DoorPlan("Plain", "open", relay=18, closed_contact=None, open_contact=None, pulse_ms=100)
LEAST = (1, 25)  # MicroPython of the bench
RELEASE, BUILT = 2, 1_790_000_000  # no unit believes a time before it
ROUND_TRIP_S = 0.1
STEP_S = 120  # bounds one step of it; a busy host makes them longer
LOOK_S = 0.05  # how often it is looked at how it stands
PAUSE_S = 3.0  # between an open and the next
VERIFY_S = 60

_VERIFY = """
import sys, time
sys.path[:] = [FIRMWARE]
import ed25519
began = last = time.ticks_us()
longest = 0
for verdict in ed25519.verifying(KEY, MESSAGE, SIGNATURE):
    now = time.ticks_us()
    longest = max(longest, time.ticks_diff(now, last))
    last = now
assert verdict is True
print(time.ticks_diff(last, began), longest)
"""


class Size(msgspec.Struct, frozen=True):
    """`whole`: until it is confirmed, which is looked at every 30 s; else until the new program is there."""

    bytes_per_s: int = 10_000
    whole: bool = True


class Made(msgspec.Struct, frozen=True):
    """A release, the set of keys that units trust, and what is to be verified of it: key, message, signature."""

    signed: bytes
    bundle: bytes
    key_set: bytes
    proof: tuple[bytes, bytes, bytes]


def made() -> Made:
    secret = Ed25519PrivateKey.generate()
    public = keys.public(secret)
    trusted = keys.sign_set(keys.following(None, [public], 1, demo=True), None, secret)
    sources = release_files.stamped(release_files.sources_of(FIRMWARE), RELEASE, BUILT)
    it = release_files.made(sources, release_files.About(RELEASE, (1, 1, 0), least=LEAST))
    by = keys.signed_with([], trusted.keys, secret, signatures.RELEASE_WORDS, it.body)
    message = signatures.message(signatures.RELEASE_WORDS, it.body)
    signed = signatures.packed_signatures(by) + it.body
    return Made(signed, it.bundle, trusted.packed(), (public, message, by[0][1]))


async def measure(home: Path, size: Size) -> Figures:
    release = made()
    async with _town(home, release, size) as (street, air, user, staff):
        door, board = next(iter(user.doors)), street.board
        before = _passed(air)
        idle_ms = await _open(user, street, door)
        await asyncio.sleep(PAUSE_S)
        an_open = _passed(air) - before
        before, erased = _passed(air), _erases(street)
        loop = asyncio.get_running_loop()
        began, opens = loop.time(), list[float]()
        await _call(staff, "POST", "rollouts", {"release": RELEASE, "hours": None, "soak_s": 0})
        opening = asyncio.create_task(_keeps_opening(user, street, door, opens))
        await _until(staff, lambda _: any("is written: restarting" in line for line in board.console))
        written = loop.time()
        await _stop(opening)
        await _until(staff, lambda row: row["state"] not in ("offered", "loading", "written"))
        back = loop.time()
        await _until(staff, lambda row: row["state"] in ("soaking", "good") or not size.whole)
        took, passed, erases = loop.time() - began, _passed(air) - before, _erases(street) - erased
        whole, slice_ = await asyncio.to_thread(_verified, release)
    return {
        "update_bytes": passed - an_open * len(opens),
        "update_bundle_bytes": len(release.bundle),
        "update_load_s": (written - began),
        "update_away_s": (back - written),
        "update_s": took,
        "update_verify_ms": whole / 1000,
        "update_verify_slice_ms": slice_ / 1000,
        "update_erases": erases,
        "update_open_idle_ms": idle_ms,
        "update_open_longest_ms": max(opens),
    }


@asynccontextmanager
async def _town(home: Path, release: Made, size: Size) -> AsyncIterator[tuple[Street, Air, Phone, Phone]]:
    """One unit behind a slow line, online; the release is published. With the phones of a user and a maintainer."""
    broker_port = town.free_port()
    made = await town.make(home, (town.UnitPlan((PLAIN,)),), broker_port)
    store = Store(home / "iomando.db")
    await store.add(schema.staff, person=made.admin, role="maintainer")
    await store.close()
    keys.put(home / "units" / made.units[0] / "release.keys", release.key_set)
    cloud, street = Server(home, broker_port=broker_port), Street(home, made, broker_port)
    air = Air("127.0.0.1", broker_port)
    air.slow(bytes_per_s=size.bytes_per_s, round_trip_s=ROUND_TRIP_S)
    await cloud.start()
    try:
        await air.start()
        street.net.tcp[broker_port] = ("127.0.0.1", air.port)
        await street.start()
        await cloud.units_online(1)
        async with Phone(cloud.url) as user, Phone(cloud.url) as staff:
            for phone, person in ((user, made.user), (staff, made.admin)):
                await phone.sign_in(made.links[person])
                await phone.watch()
            await _call(staff, "POST", "key-sets", {"signed": _text(release.key_set)})
            both = {"manifest": _text(release.signed), "bundle": _text(release.bundle)}
            await _call(staff, "POST", "releases", both)
            yield street, air, user, staff
    finally:
        await street.stop()
        await air.stop()
        await cloud.stop()


async def _until(staff: Phone, fact: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(STEP_S):
        while True:
            row = (await _call(staff, "GET", "rollouts/1"))["each"][0]
            if row["state"] == "failed":
                raise RuntimeError(f"the update failed: {row['reason']}")
            if fact(row):
                return
            await asyncio.sleep(LOOK_S)


async def _keeps_opening(user: Phone, street: Street, door: str, found: list[float]) -> None:
    while True:
        found.append(await _open(user, street, door))
        await asyncio.sleep(PAUSE_S)


async def _stop(opening: asyncio.Task[None]) -> None:
    opening.cancel()
    with suppress(asyncio.CancelledError):
        await opening


async def _open(user: Phone, street: Street, door: str) -> float:
    """Milliseconds of the host from the app's write to the coil."""
    edges = street.board.edges
    before, pressed = len(edges), time.monotonic_ns()
    press_id = await user.press(door)
    on = await edges.wait(STEP_S, since=before, kind="coil", value=1)
    operation = await user.outcome(press_id, STEP_S)
    if operation["state"] != "DONE":
        raise RuntimeError(f"an open during an update ended in {operation['state']} ({operation['reason']})")
    return (on.t_ns - pressed) / 1e6


def _passed(air: Air) -> int:
    return air.up.passed + air.down.passed


def _erases(street: Street) -> int:
    return sum(block.erases for block in street.board.flash.wear.values())


def _verified(release: Made) -> tuple[int, int]:
    """Microseconds that the unit's own program takes here for one signature: as a whole, and the longest slice."""
    names = zip(("KEY", "MESSAGE", "SIGNATURE"), release.proof, strict=True)
    constants = "".join(f"{name} = {value!r}\n" for name, value in names)
    program = f"FIRMWARE = {str(FIRMWARE)!r}\n{constants}{_VERIFY}"
    argv = [*parts.micropython(), "-X", "heapsize=1M", "-c", program]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=VERIFY_S, check=False)
    if done.returncode or done.stderr:
        raise RuntimeError(f"the signature was not verified: {(done.stderr or done.stdout)[-500:]}")
    whole, slice_ = done.stdout.split()
    return int(whole), int(slice_)


async def _call(phone: Phone, method: str, path: str, body: object = None) -> Any:
    async with phone.http.request(method, f"{phone.url}/api/v1/{path}", json=body) as response:
        if response.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {response.status} {await response.text()}")
        return await response.json()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
