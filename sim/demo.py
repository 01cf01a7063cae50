"""`iomando demo`: the service, its broker and a simulated door unit on this machine, and a line for every open.

Two faces: `run()` until Ctrl-C, with the demo page and links to sign in; `once()` opens one door as the demo user and
prints the receipt. What the page shows and breaks: show.py, breaking.py.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from sim import demo_keys, town
from sim.local import LOOPBACK
from sim.phone import Phone
from sim.show import Line, Show, showing
from sim.street import Street

PORT, ADMIN_PORT, BROKER_PORT = 8080, 8081, 8883  # where the command line looks for a service
UNIT_ONLINE_S = 45
MOVED = ("moved", "moving")


PLAIN_HTTP = """
  This is plain http, so that no certificate is needed. Everything can be pressed and seen, but whoever shares the
  network could read along, and browsers keep back what needs https: installing the app, its last picture without a
  network, passkeys, notifications, sharing. Only for trying it, in a network that you trust."""


class NoNetwork(OSError):
    """This machine has no address that others could reach it at."""


@asynccontextmanager
async def _running(
    home: Path, port: int, broker_port: int, *, host: str = LOOPBACK, tapped: bool = False, admin_port: int = 0
) -> AsyncIterator[tuple[town.Cloud, town.Made, Street, Line | None]]:
    """Cloud and units up, each unit online. `tapped`: there is a line between them that can be cut and listened to."""
    async with AsyncExitStack() as stack:
        made = town.kept(home)
        if made is None:
            made = await town.make(home, town.DEMO, broker_port)
        else:
            await town.new_links(home, made)
        for unit in made.units:
            demo_keys.trust(home, unit)
        cloud = town.Cloud(home, port, broker_port, admin_port, host=host)
        stack.push_async_callback(cloud.stop)
        await cloud.start()
        street = Street(home, made, broker_port)
        line = Line(home, made.units[0], broker_port) if tapped else None
        if line:
            stack.push_async_callback(line.stop)
            await line.start()
            street.net.tcp[broker_port] = (LOOPBACK, line.network.port)
        stack.push_async_callback(street.stop)
        await street.start()
        try:
            await cloud.wait_for(lambda line: line["what"] == "unit online", UNIT_ONLINE_S)
        except TimeoutError as error:
            raise TimeoutError(
                f"the door unit was not online within {UNIT_ONLINE_S} s: is this machine busy?"
            ) from error
        yield cloud, made, street, line


@asynccontextmanager
async def shown(
    home: Path, port: int, broker_port: int, lan: str | None = None, admin_port: int = 0
) -> AsyncIterator[tuple[Show, Phone]]:
    """The whole demo with its page, and a phone that watches everything."""
    how = {"host": lan or LOOPBACK, "tapped": True, "admin_port": admin_port}
    async with (
        _running(home, port, broker_port, **how) as (cloud, made, street, line),
        Phone(cloud.url) as watcher,
    ):
        assert line is not None
        await watcher.sign_in(made.links["watcher"])
        await watcher.watch()
        async with showing(home, cloud, made, street, line, lan=cloud.url if lan else None) as show:
            yield show, watcher


async def run(lan: str | None = None) -> int:
    """Until Ctrl-C. What it makes is kept in the home; a later start goes on with it. `lan`: an address of this machine
    that phones of its network reach, or "1" to find it."""
    from cloud.settings import read

    home = read().home.expanduser().resolve()
    address = _own_address() if lan == "1" else lan
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("Starting the service, its broker and a simulated door unit (a few seconds) ...", flush=True)
    ports = town.port_from(_wanted(), address or LOOPBACK), town.port_from(BROKER_PORT), town.port_from(ADMIN_PORT)
    starting = asyncio.create_task(_show(home, *ports, address, stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        try:
            async with asyncio.timeout(UNIT_ONLINE_S):
                await starting
        except TimeoutError:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
    stopping.cancel()
    await starting
    return 0


async def _show(home: Path, port: int, broker_port: int, admin_port: int, lan: str | None, stop: asyncio.Event) -> None:
    async with shown(home, port, broker_port, lan, admin_port) as (show, watcher):
        made = show.made
        print(f"\n  The demo page  {show.url}   ← open this: two phones, a door, and buttons that break things")
        print(f"\n  The app        {watcher.url}")
        print(f"  Anna, a user   {watcher.url}/#sign-in={made.links[made.user]}")
        print(f"  Marta, admin   {watcher.url}/#sign-in={made.links[made.admin]}")
        if lan:
            await _for_other_phones(home, made, watcher.url)
        print(f"\n  Each link signs in one browser, once. Everything is kept in {_short(home)}. Ctrl-C ends it all.\n")
        if port != (wanted := _wanted()):
            print(f"  (port {wanted} was taken, so it is {port})\n")
        sys.stdout.flush()
        names = {door: name for name, door in made.doors.items()}
        told: dict[str, str] = {}
        while not stop.is_set():
            for operation in list(watcher.operations.values()):
                line = _line(operation, names)
                over = operation["state"] != "SENT" and operation["movement"] not in ("awaited", "moving")
                if over and told.get(operation["id"]) != line:
                    told[operation["id"]] = line
                    print(line, flush=True)
            waiting = asyncio.create_task(_next(watcher))
            await asyncio.wait((waiting, asyncio.create_task(stop.wait())), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        print("\nEnding ...", flush=True)


async def _for_other_phones(home: Path, made: town.Made, url: str) -> None:
    import segno

    link = f"{url}/#sign-in={await town.new_link(home, made.user)}"
    print("\n  Press on your own phone, in the same network: point its camera here. It is signed in as Anna.\n")
    segno.make(link).terminal(border=2, compact=True)
    print(PLAIN_HTTP)


def _wanted() -> int:
    return int(os.environ.get("IOMANDO_PORT", PORT))


def _own_address() -> str:
    """Of this machine in its network: from where it would send to the world. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of no one
            return probe.getsockname()[0]
        except OSError as error:
            raise NoNetwork("this machine is in no network; say the address: make demo LAN=192.168.1.7") from error


async def _next(watcher: Phone) -> None:
    count = len(watcher.messages)
    await watcher.until(lambda: len(watcher.messages) > count or watcher.close_code, "news", 1e9)


async def once(*, as_json: bool) -> int:
    """Start on free ports in a folder of its own, open the garage as the demo user, tell what happened, leave
    nothing."""
    home = Path(tempfile.mkdtemp(prefix="iomando-once-"))
    receipt: dict[str, Any] = {"ok": False, "failed_at": "start"}
    try:
        port, broker_port = town.free_port(), town.free_port()
        async with _running(home, port, broker_port) as (cloud, made, street, _), Phone(cloud.url) as phone:
            receipt["failed_at"] = "sign-in"
            if await phone.sign_in(made.links[made.user]) == 204:
                await phone.watch()
                door = made.doors["Garage"]
                receipt["failed_at"] = "unit"
                await phone.until(lambda: phone.doors[door]["state"] == "closed", "the garage to be seen closed")
                press_id = await phone.press(door)
                receipt = _receipt(await phone.moved(press_id), street)
    except (TimeoutError, RuntimeError) as error:
        receipt["why"] = str(error)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(receipt, indent=2) if as_json else _printed(receipt))
    return 0 if receipt["ok"] else 1


def _receipt(operation: dict[str, Any], street: Street) -> dict[str, Any]:
    """What `--json` prints. `failed_at` names the stop that failed; null when the door moved."""
    stops = operation["stops"]
    coil = [edge for edge in street.edges() if edge.kind == "coil" and edge.op == operation["id"]]
    on, off = next((e for e in coil if e.value), None), next((e for e in coil if not e.value), None)
    order = ("allowed", "sent", "coil", "moving", "done")
    failed = next((stop for stop in order if stops[stop] is None), None)
    if failed is None and (on is None or operation["movement"] not in MOVED):
        failed = "coil" if on is None else "moving"
    pulse = round((off.t_ns - on.t_ns) / 1e6) if on and off else None
    return {
        "ok": failed is None,
        "failed_at": failed,
        "operation": operation["id"],
        "state": operation["state"],
        "reason": operation["reason"],
        "movement": operation["movement"],
        "stops_ms": {"asked": 0, **stops},
        "coil": {"on": on is not None, "pulse_ms": pulse},
    }


def _printed(receipt: dict[str, Any]) -> str:
    if "stops_ms" not in receipt:
        return f"The open failed at: {receipt['failed_at']}. {receipt.get('why', '')}"
    names = {
        "asked": "asked",
        "allowed": "allowed",
        "sent": "sent to the door unit",
        "coil": "coil on, read back by the unit",
        "moving": "the door left its place",
        "done": "the door is open",
    }
    lines = ["", "  Garage"]
    for stop, name in names.items():
        ms = receipt["stops_ms"][stop]
        lines.append(f"  {'●' if ms is not None else '○'} {name:32}{f'{ms:>7,} ms' if ms is not None else '      —'}")
    if receipt["coil"]["pulse_ms"]:
        lines.append(f"\n  The simulated coil was on for {receipt['coil']['pulse_ms']} ms.")
    if receipt["ok"]:
        lines.append("  Opened.")
    else:
        reason = f" ({receipt['reason']})" if receipt["reason"] else ""
        lines.append(f"  Failed at: {names[receipt['failed_at']]}. The operation is {receipt['state']}{reason}.")
    return "\n".join(lines)


def _line(operation: dict[str, Any], names: dict[str, str]) -> str:
    stops = operation["stops"]
    what = f"{operation['person']['name']:8}{operation['action']:6}{names.get(operation['door'], '?'):12}"
    reason = f" ({operation['reason']})" if operation["reason"] else ""
    coil = f"  coil after {stops['coil']} ms" if stops["coil"] is not None else ""
    movement = f"  {operation['movement'].replace('_', ' ')}" if operation["movement"] else ""
    done = f" after {stops['done'] / 1000:.1f} s" if stops["done"] is not None else ""
    return f"  {what}{operation['state']}{reason}{coil}{movement}{done}"


def _short(path: Path) -> str:
    here = Path.cwd()
    return f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path)
