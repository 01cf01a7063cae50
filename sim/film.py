"""`make film`: docs/demo.gif, a press and then a failure, as the demo page showed them just now.

Frames come from the browser whenever it has drawn one, with their times. Never here: a frame that was not drawn.
"""

import asyncio
import base64
import io
import itertools
import sys
import time

from PIL import Image
from playwright.async_api import Locator, Page

from sim.pictures import DOCS, HAND_MS, button, card, demo, palette, press
from tools.cache import ROOT

SIZE = (1280, 800)
SMALL = (960, 600)
TICK_MS = 100  # GIFs count in hundredths of a second; browsers slow down what is faster
FINGER_MS = 450
FINGER = """([x, y, ms]) => {
    const dot = document.createElement("div");
    Object.assign(dot.style, {
        position: "fixed", left: `${x - 22}px`, top: `${y - 22}px`, width: "44px", height: "44px",
        borderRadius: "50%", background: "#1a1d21", opacity: "0.35", pointerEvents: "none",
    });
    document.body.append(dot);
    setTimeout(() => dot.remove(), ms);
}"""  # where the hand is: nobody sees a press otherwise
HOLD_MS = 2500  # the last picture, before it begins again
MOST_BYTES = 2_000_000


class Camera:
    """Every frame that the page draws while it runs: (seconds, PNG)."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.frames: list[tuple[float, bytes]] = []

    async def start(self) -> None:
        self._cdp = await self._page.context.new_cdp_session(self._page)
        self._cdp.on("Page.screencastFrame", lambda event: asyncio.ensure_future(self._take(event)))
        await self._cdp.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})

    async def _take(self, event: dict) -> None:
        self.frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        await self._cdp.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    async def stop(self) -> None:
        await self._cdp.send("Page.stopScreencast")
        self.frames.sort()


async def shoot() -> list[tuple[float, bytes]]:
    async with demo() as it:
        page = await it.page(*SIZE)
        anna = page.frame_locator("#anna")
        camera = Camera(page)
        await camera.start()
        await asyncio.sleep(0.6)
        await finger(page, button(anna, "Garage"))
        await press(anna, "Garage")
        await page.locator("#rows .true").first.wait_for()
        await asyncio.sleep(1.2)
        await finger(page, page.locator("#act-jam"))
        await page.locator("#act-jam").click()
        await asyncio.sleep(0.5)
        await finger(page, button(anna, "Garage"))
        await press(anna, "Garage")
        await card(anna, "Garage").get_by_text("The box switched but the door did not move").wait_for()
        await page.locator("#rows .true").nth(1).wait_for()
        await asyncio.sleep(0.8)
        await camera.stop()
    return camera.frames


async def finger(page: Page, target: Locator) -> None:
    box = await target.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.evaluate(FINGER, [x, y, FINGER_MS + HAND_MS])


def cut(frames: list[tuple[float, bytes]]) -> list[tuple[Image.Image, int]]:
    """One frame per tick, each with how long it stands: what does not change is one long frame."""
    first, film, last = frames[0][0], [], -1
    for at, png in frames:
        tick = int((at - first) * 1000 / TICK_MS)
        if tick == last:
            film.pop()
        film.append((tick, png))
        last = tick
    ticks = [tick for tick, _ in film]
    lengths = [(b - a) * TICK_MS for a, b in itertools.pairwise(ticks)] + [HOLD_MS]
    return [(_small(png), length) for (_, png), length in zip(film, lengths, strict=True)]


def _small(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB").resize(SMALL, Image.Resampling.LANCZOS)


def main() -> int:
    started = time.monotonic()
    film = cut(asyncio.run(shoot()))
    wide = Image.new("RGB", (SMALL[0], SMALL[1] * 3))  # one palette for all, from its beginning, middle and end
    for n, at in enumerate((0, len(film) // 2, len(film) - 1)):
        wide.paste(film[at][0], (0, n * SMALL[1]))
    colours = palette(wide)
    pictures = [picture.quantize(palette=colours, dither=Image.Dither.NONE) for picture, _ in film]
    path = DOCS / "demo.gif"
    lengths = [length for _, length in film]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=lengths, loop=0, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}  {SMALL[0]}×{SMALL[1]}, {sum(lengths) / 1000:.1f} s, {size / 1000:.0f} kB")
    print(f"({len(film)} pictures; took {time.monotonic() - started:.0f} s)")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
