"""A real demo in a real browser, for the pictures of the documents: the page opened, doors pressed, things broken.

Used by `make screenshots` and `make film`. Never here: which pictures there are (screenshots.py, film.py).
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, FrameLocator, Locator, Page, async_playwright

from sim import town
from sim.demo import shown
from sim.phone import Phone
from sim.show import TOKENS, Show
from tools.cache import ROOT
from tools.parts import chromium

DOCS = ROOT / "docs"
ARGS = ("--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb")
SEEN_MS = 30_000
HAND_MS = 800  # between seeing and touching: a button takes no tap for a moment after it has changed its meaning
MOST_BYTES = 150_000  # of a picture: whoever reads the README may be on a phone
COLOURS = 256


class Demo:
    """A running demo and a browser."""

    def __init__(self, show: Show, watcher: Phone, browser: Browser, home: Path) -> None:
        self.show, self.watcher, self.browser, self.home = show, watcher, browser, home

    async def page(self, width: int, height: int, *, dark: bool = False) -> Page:
        """The demo page, both phones showing doors."""
        scheme = "dark" if dark else "light"
        page = await self.browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.set_default_timeout(SEEN_MS)
        await page.goto(self.show.url)
        for name in ("anna", "marta"):
            await card(page.frame_locator(f"#{name}"), "Garage").wait_for()
        return page

    async def phone(
        self, person: str, *, dark: bool = False, width: int = 390, height: int = 844, scale: float = 2
    ) -> Page:
        """The app alone, signed in as this person."""
        page = await self.browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            device_scale_factor=scale,
            reduced_motion="reduce",  # a button in the middle of fading is neither the one state nor the other
        )
        page.set_default_timeout(SEEN_MS)
        await page.goto(f"{self.watcher.url}/#sign-in={await town.new_link(self.home, person)}")
        await page.get_by_role("button", name="Sign in on this phone").click()
        await card(page, "Garage").wait_for()
        return page

    async def act(self, name: str) -> None:
        await self.show.breaking.press(name)


@asynccontextmanager
async def demo() -> AsyncIterator[Demo]:
    """In a folder of its own, of which nothing is left."""
    with tempfile.TemporaryDirectory(prefix="iomando-pictures-") as folder:
        home = Path(folder)
        async with shown(home, town.free_port(), town.free_port()) as (show, watcher), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGS))
            yield Demo(show, watcher, browser, home)
            await browser.close()


def card(where: Page | FrameLocator, door: str) -> Locator:
    return where.get_by_role("article", name=door)


def button(where: Page | FrameLocator, door: str) -> Locator:
    return card(where, door).locator("io-open-button").get_by_role("button")


async def press(where: Page | FrameLocator, door: str) -> None:
    await asyncio.sleep(HAND_MS / 1000)
    await button(where, door).click()


def palette(picture: Image.Image) -> Image.Image:
    """The colours of the tokens as they are, red ones too however rare, and then those that the picture has most of."""
    tokens = [bytes.fromhex(each) for each in dict.fromkeys(re.findall(r"#([0-9a-f]{6})\b", TOKENS.read_text()))]
    common = picture.quantize(COLOURS - len(tokens), dither=Image.Dither.NONE).getpalette() or []
    whole = Image.new("P", (1, 1))
    whole.putpalette(b"".join(tokens) + bytes(common[: 3 * (COLOURS - len(tokens))]))
    return whole


def keep(picture: Image.Image, path: Path) -> None:
    """As small a file as shows the same; ValueError when it is still too large."""
    plain = picture.convert("RGB")
    plain.quantize(palette=palette(plain), dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}  {picture.width}×{picture.height}  {size / 1000:.0f} kB", flush=True)
    if size > MOST_BYTES:
        raise ValueError(f"{path.name} has {size} bytes, more than {MOST_BYTES}")
