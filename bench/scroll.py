"""A thousand doors under a thumb: how long the longest frame is, from the first door to the last, as the app of a real
service draws them in a real browser. Beside it a page of as many bare lines, scrolled the same way: the floor, since
this machine draws without a graphics card, and may be busy.

Measured in the page: what lies between two frames, in which a finger would wait.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench.figures import Figures, percentile
from bench.server import Server
from bench.tap import ARGUMENTS, SEEN_MS
from sim import town
from tools.parts import chromium

if TYPE_CHECKING:
    from playwright.async_api import Page

OF_A_BOX = 4
WAY_PX, SPEED_PX_S = 12_000, 4000  # of one stroke; a flick of the thumb
SETTLED_S = 1  # the first picture is drawn
WATCH = """(() => {
    window.frames = [];
    let last = performance.now();
    const look = (now) => {
        frames.push(now - last);
        last = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})()"""
# Doors that are drawn: all of them, once she has come to the last.
DRAWN = """document.querySelector("iomando-app").renderRoot.querySelector("io-home-page")
    .renderRoot.querySelectorAll("io-door-card").length"""


class Size(msgspec.Struct, frozen=True):
    doors: int = 1000
    strokes: int = 12


async def measure(home: Path, size: Size) -> Figures:
    from playwright.async_api import async_playwright

    names = [f"Room {number:04}" for number in range(size.doors)]
    rows = [names[start : start + OF_A_BOX] for start in range(0, size.doors, OF_A_BOX)]
    plans = tuple(town.UnitPlan(tuple(town.DoorPlan(name, "open") for name in row)) for row in rows)
    broker_port = town.free_port()
    made = await town.make(home, plans, broker_port)
    cloud = Server(home, town.free_port(), broker_port)
    try:
        await cloud.start()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            phone = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
            phone.set_default_timeout(SEEN_MS)
            page = await phone.new_page()
            await page.goto(f"{cloud.url}/#sign-in={made.links[made.user]}")
            await page.get_by_role("button", name="Sign in on this phone").click()
            await page.get_by_role("article").nth(20).wait_for(state="attached")
            frames = await _scrolled(page, size.strokes)
            drawn = await page.evaluate(DRAWN)
            bare = await phone.new_page()
            await bare.set_content("".join(f"<p>{name}</p>" for name in names))
            floor = await _scrolled(bare, size.strokes)
            await browser.close()
    finally:
        await cloud.stop()
    if drawn < size.doors:
        raise RuntimeError(f"{drawn} doors were drawn: the last one was not reached")
    return {
        "scroll_longest_ms": max(frames),
        "scroll_p99_ms": percentile(frames, 99),
        "scroll_floor_longest_ms": max(floor),
        "scroll_floor_p99_ms": percentile(floor, 99),
    }


async def _scrolled(page: "Page", strokes: int) -> list[float]:
    """What lay between two frames, in milliseconds."""
    hand = await page.context.new_cdp_session(page)
    await asyncio.sleep(SETTLED_S)
    await page.evaluate(WATCH)
    stroke = {"x": 195, "y": 600, "yDistance": -WAY_PX, "speed": SPEED_PX_S, "gestureSourceType": "mouse"}
    for _ in range(strokes):
        await hand.send("Input.synthesizeScrollGesture", stroke)
    return await page.evaluate("frames")
