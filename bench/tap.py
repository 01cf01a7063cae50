"""From a tap on the app's icon to the coil: a real browser slowed down to a phone of the middle, a slow line, the
service, the real firmware. The app was open once before, as on any phone that has its icon.

Not in it: the browser's own start, and the finger, which presses as soon as the button takes a press. The line is made
by a proxy, since a browser's own throttling spares websockets and service workers; the processor by the browser (its
worker threads run at full speed). Each tap finds no connection left: it pays for TCP and TLS 1.3 by the round trips
they take.
"""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench.figures import Figures, percentile
from bench.server import Server
from sim import town
from sim.proxy import Passage, Proxy
from sim.street import Street
from tools.parts import chromium

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

ROUND_TRIP_S = 0.15
DOWN_BYTES_S, UP_BYTES_S = 1.6e6 / 8, 0.75e6 / 8
SLOWER = 4  # a phone of the middle, beside this machine's processor
SETUP_ROUND_TRIPS = 2  # TCP, TLS 1.3
SEEN_MS = 30_000
COIL_S = 20
QUIET_S = 1.5  # the pulse is over, and nobody calls it too many presses
FRONT = town.DoorPlan("Front", "open", closed_contact=None, open_contact=None, travel_s=1, pulse_ms=100)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# presses in the very frame in which the button is ready, once
PRESS = """(() => {
    const within = (root, name) => {
        for (const one of root.querySelectorAll("*")) {
            const found = one.localName === name ? one : one.shadowRoot && within(one.shadowRoot, name);
            if (found) return found;
        }
        return null;
    };
    const look = () => {
        const button = within(document, "io-open-button");
        if (button?.mode === "busy") return;
        if (button?.mode === "ready") button.renderRoot.querySelector("button").click();
        requestAnimationFrame(look);
    };
    addEventListener("DOMContentLoaded", look);
})()"""
KEPT = "navigator.serviceWorker.controller !== null && localStorage.getItem('iomando.kept') !== null"


class Size(msgspec.Struct, frozen=True):
    taps: int = 9


class _SetUp(Passage):
    """The first bytes of a connection wait until it stands."""

    def __init__(self) -> None:
        self._late_s = SETUP_ROUND_TRIPS * ROUND_TRIP_S

    def delay_s(self) -> float:
        late_s, self._late_s = self._late_s, 0.0
        return late_s


class _Line(Proxy):
    slow = False

    def becomes_slow(self) -> None:
        self.slow = True
        for way, rate in ((self.up, UP_BYTES_S), (self.down, DOWN_BYTES_S)):
            way.latency_s, way.bytes_per_s = ROUND_TRIP_S / 2, rate

    def passage(self) -> Passage:
        return _SetUp() if self.slow else Passage()


async def measure(home: Path, size: Size) -> Figures:
    from playwright.async_api import async_playwright

    broker_port = town.free_port()
    made = await town.make(home, (town.UnitPlan((FRONT,)),), broker_port)
    port = town.free_port()
    line = await _Line("127.0.0.1", port).start()
    address = f"http://127.0.0.1:{line.port}"
    cloud, street = Server(home, port, broker_port, public_url=address), Street(home, made, broker_port)
    try:
        await cloud.start()
        await street.start()
        await cloud.units_online(1)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            phone = await browser.new_context(viewport={"width": 390, "height": 844})
            phone.set_default_timeout(SEEN_MS)
            await _open_once(phone, f"{address}/#sign-in={made.links[made.user]}")
            line.becomes_slow()
            taps = [await _tap(phone, address, line, street) for _ in range(size.taps)]
            await browser.close()
    finally:
        await street.stop()
        await cloud.stop()
        await line.stop()
    return {f"tap_to_coil_p{percent}_ms": percentile(taps, percent) for percent in (50, 90)}


async def _open_once(phone: "BrowserContext", link: str) -> None:
    page = await phone.new_page()
    await page.goto(link)
    await page.get_by_role("button", name="Sign in on this phone").click()
    async with asyncio.timeout(SEEN_MS / 1000):
        while not await page.evaluate(KEPT):  # noqa: ASYNC110 - the browser
            await asyncio.sleep(0.1)
    await page.close()


async def _tap(phone: "BrowserContext", address: str, line: _Line, street: Street) -> float:
    """Milliseconds."""
    page = await phone.new_page()
    await page.add_init_script(PRESS)
    slow = await phone.new_cdp_session(page)
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await line.cut()
    before = len(street.board.edges)
    began = time.monotonic_ns()
    await page.goto(address, wait_until="commit")
    on = await street.board.edges.wait(COIL_S, since=before, kind="coil", value=1)
    await page.close()
    await asyncio.sleep(QUIET_S)
    return (on.t_ns - began) / 1e6
