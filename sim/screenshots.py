"""`make screenshots`: the pictures of the README and of docs/design.md, each from the demo as it runs just now.

Nothing is arranged but presses and failures. Never here: a picture of something that did not happen.
"""

import asyncio
import io
import re
import sys

from PIL import Image
from playwright.async_api import Page, expect

from sim.pictures import DOCS, HAND_MS, SEEN_MS, Demo, button, card, demo, keep, press

DESK = (1440, 900)
PHONE_WIDTH = 390  # of a phone in a strip, in the file's pixels
GAP = 24
LOOKED_S = 2  # for what a screen asks for after it has come
MANAGE = re.compile("^Manage")  # with the number of alarms behind it
PAPER = {"light": "#dcd8d0", "dark": "#2c343c"}  # what shows between two phones: the tokens' lines


async def shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(await page.screenshot()))


def strip(pictures: list[Image.Image]) -> Image.Image:
    """Phones side by side."""
    sizes = [(PHONE_WIDTH, each.height * PHONE_WIDTH // each.width) for each in pictures]
    width = len(pictures) * (PHONE_WIDTH + GAP) - GAP
    whole = Image.new("RGB", (width, max(height for _, height in sizes)), PAPER["light"])
    for n, (picture, size) in enumerate(zip(pictures, sizes, strict=True)):
        whole.paste(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS), (n * (PHONE_WIDTH + GAP), 0))
    return whole


async def says(page: Page, words: str) -> None:
    await expect(card(page, "Garage")).to_contain_text(words, timeout=SEEN_MS)


async def read(page: Page) -> None:
    """A failure stays until it is read."""
    await asyncio.sleep(HAND_MS / 1000)
    reading = page.get_by_role("button", name=re.compile("Got it|I have looked"))
    while await reading.count():
        await reading.first.click()
        await asyncio.sleep(HAND_MS / 1000)


async def of_the_user(it: Demo) -> tuple[list[Image.Image], list[Image.Image]]:
    """Anna's phone, from what goes well to what goes wrong."""
    anna, dark = await it.phone(it.show.made.user), await it.phone(it.show.made.user, dark=True)
    well = [await shot(anna)]
    await press(anna, "Garage")
    await says(anna, "Opening")
    keep(await shot(anna), DOCS / "app.png")
    await says(anna, "Open · ")
    well.append(await shot(anna))
    await it.act("jam")
    await press(anna, "Garage")
    await says(anna, "did not move")
    failed = await shot(anna)
    keep(failed, DOCS / "did-not-move.png")
    await press(dark, "Garage")
    await says(dark, "did not move")
    well.append(await shot(dark))
    await it.act("jam")
    return well, [failed, *await _broken(it, anna)]


async def _broken(it: Demo, anna: Page) -> list[Image.Image]:
    shots = []
    await read(anna)
    await it.act("hours")
    await expect(button(anna, "Garage")).to_have_attribute("aria-disabled", "true", timeout=SEEN_MS)
    shots.append(await shot(anna))
    await it.act("hours")
    await anna.reload()
    await expect(button(anna, "Garage")).not_to_have_attribute("aria-disabled", "true", timeout=SEEN_MS)
    await it.act("network")
    await press(anna, "Garage")
    await says(anna, "No answer in time")
    shots.append(await shot(anna))
    await it.act("network")
    await read(anna)
    await it.act("power")
    await says(anna, "ilent since")
    keep(await shot(anna), DOCS / "silent.png")
    await it.act("power")
    return shots


async def of_the_admin(it: Demo) -> None:
    marta = await it.phone(it.show.made.admin)
    await marta.get_by_role("button", name=MANAGE).click()
    await marta.get_by_role("button", name="People").first.wait_for()
    await asyncio.sleep(LOOKED_S)
    keep(await shot(marta), DOCS / "manage.png")
    desk = await it.phone(it.show.made.admin, width=1280, height=800, scale=1)
    await desk.get_by_role("button", name=MANAGE).click()
    await desk.get_by_role("button", name="People", exact=True).first.click()
    await desk.get_by_text("Anna").first.click()
    await asyncio.sleep(LOOKED_S)
    keep(await shot(desk), DOCS / "manage-wide.png")


async def of_the_page(it: Demo) -> None:
    pages = {"demo.png": await it.page(*DESK), "demo-dark.png": await it.page(*DESK, dark=True)}
    anna = pages["demo.png"].frame_locator("#anna")
    await it.act("power")
    await expect(card(anna, "Stairwell")).to_contain_text("ilent since", timeout=SEEN_MS)
    await press(anna, "Garage")
    for name, page in pages.items():
        await page.locator("#rows tr:first-child .true").wait_for()
        await asyncio.sleep(LOOKED_S)
        keep(await shot(page), DOCS / name)
    await it.act("power")


async def shoot() -> None:
    async with demo() as it:
        well, failures = await of_the_user(it)
        keep(strip(well), DOCS / "states-well.png")
        keep(strip(failures), DOCS / "states-failed.png")
        await of_the_admin(it)
        await of_the_page(it)


def main() -> int:
    try:
        asyncio.run(shoot())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
