"""What whoever works for the service does in her app, the real service behind it: a place, a door, and out again."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from typer.testing import CliRunner

from cloud import cli
from sim.town import DEMO, Cloud, free_port, make

HOST = "+34600111222"


def run(*words: str) -> str:
    result = CliRunner().invoke(cli.app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


async def signed_in(page: Page, cloud: Cloud, said: str) -> None:
    secret = said.split("#sign-in=")[1].split(maxsplit=1)[0]
    await page.goto(f"{cloud.url}/#sign-in={secret}")
    await page.get_by_role("button").first.click()
    await page.get_by_role("button", name="Me", exact=True).click()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_host_makes_a_place_and_puts_a_door_in_and_takes_it_out(
    browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make(tmp_path, DEMO, broker_port := free_port())
    cloud = Cloud(tmp_path, broker_port=broker_port)
    await cloud.start()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(cloud.stop)
        for name, value in {"HOME": tmp_path, "ADMIN_PORT": cloud.admin_port, "PORT": cloud.port}.items():
            monkeypatch.setenv(f"IOMANDO_{name}", str(value))
        await asyncio.to_thread(run, "admin", "add", HOST, "--place", made.place, "--name", "Hanna")
        said = await asyncio.to_thread(run, "admin", "add", HOST, "--service", "host")
        context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
        stack.push_async_callback(context.close)
        page = await context.new_page()
        await signed_in(page, cloud, said)

        await page.get_by_role("button", name="New place").click()
        await page.get_by_label("Name of the place").fill("Carrer Nou 7")
        await page.get_by_label("Time zone").fill("Europe/Madrid")
        await page.get_by_label("Number or e-mail of its owner").fill(HOST)
        await page.get_by_label("Name of its owner").fill("Hanna")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Carrer Nou 7 is there. Its id:")).to_be_visible()

        await page.get_by_role("button", name="Put in a door").click()
        await page.get_by_label("Id of the place").fill(made.place)
        await page.get_by_label("Name of the door").fill("Cellar")
        await page.get_by_label("Door box").fill(made.units[0])
        await page.get_by_label("Which door of the box").select_option(index=2)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Cellar is there. Its id:")).to_be_visible()

        await page.get_by_role("button", name="Doors", exact=True).click()
        await expect(page.get_by_role("heading", name="Cellar")).to_be_attached()
        await page.get_by_role("button", name="choose another place").click()
        await page.get_by_role("dialog").get_by_role("button", name="Carrer Mallorca 120").click()
        await page.get_by_role("button", name="Manage").click()
        await page.locator("io-manage-page").get_by_text("Doors", exact=True).click()
        await page.locator("io-doors-page").get_by_role("button", name="Cellar").click()
        for _ in range(2):
            await page.get_by_role("button", name="Take this door out").click()
        await expect(page.locator("io-doors-page").get_by_role("button", name="Cellar")).to_have_count(0)
