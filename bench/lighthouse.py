"""`python -m bench.lighthouse`: what Lighthouse says of the app on a phone (its slow 4G and slowed processor): signed
out, and with the doors of somebody who is signed in, both without any file kept. Ends with 1 where a score is below
LEAST.

The real service and a real unit are behind it. Judges nothing itself.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sim import town
from sim.street import Street
from tools.packages import lighthouse
from tools.parts import chromium

LEAST = 95
JUDGED = ("performance", "accessibility", "best-practices")
TOLD = ("first-contentful-paint", "largest-contentful-paint", "speed-index", "total-blocking-time")
RUN_S = 180
SEEN_MS = 30_000
FORGET = """async () => {
    for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
}"""


async def main() -> int:
    console, home = Console(), Path(tempfile.mkdtemp(prefix="iomando-lighthouse-"))
    port, broker_port = town.free_port(), town.free_port()
    try:
        made = await town.make(home / "town", town.DEMO, broker_port)
        cloud, street = town.Cloud(home / "town", port, broker_port), Street(home / "town", made, broker_port)
        try:
            await cloud.start()
            await street.start()
            await cloud.wait_for(lambda line: line["what"] == "unit online", 60)
            reports = await _judged(home, cloud.url, made.links[made.user])
        finally:
            await street.stop()
            await cloud.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    scores = {
        name: {one: round(100 * report["categories"][one]["score"]) for one in JUDGED}
        for name, report in reports.items()
    }
    console.width = max(console.width, 140)
    table = Table("page", *JUDGED, *TOLD, "bytes", "requests")
    for name, report in reports.items():
        audits = report["audits"]
        requests = audits["network-requests"]["details"]["items"]
        table.add_row(
            name,
            *(str(scores[name][one]) for one in JUDGED),
            *(audits[one]["displayValue"] for one in TOLD),
            f"{sum(one.get('transferSize', 0) for one in requests):,}",
            str(len(requests)),
        )
        for one in JUDGED:
            for ref in report["categories"][one]["auditRefs"]:
                audit = audits[ref["id"]]
                if ref["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                    console.print(f"{name}: {audit['id']}: {audit['title']} {audit.get('displayValue', '')}")
    console.print(table)
    return 0 if all(score >= LEAST for of in scores.values() for score in of.values()) else 1


async def _judged(home: Path, url: str, link: str) -> dict[str, dict]:
    from playwright.async_api import async_playwright

    port = town.free_port()
    arguments = ["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={port}"]
    found = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            home / "profile", executable_path=chromium(), args=arguments
        )
        page = browser.pages[0]
        found["signed out"] = await _lighthouse(home, url, port)
        await page.goto(f"{url}/#sign-in={link}")
        await page.get_by_role("button", name="Sign in on this phone").click()
        await page.get_by_role("article", name="Garage").wait_for(timeout=SEEN_MS)
        await page.evaluate(FORGET)
        forgetting = await browser.new_cdp_session(page)
        await forgetting.send("Network.clearBrowserCache")
        await page.goto("about:blank")
        found["doors"] = await _lighthouse(home, url, port)
        await browser.close()
    return found


async def _lighthouse(home: Path, url: str, port: int) -> dict:
    """One report, in a new tab of that browser, which keeps who is signed in."""
    out = home / "report.json"
    words = [*lighthouse(), url, f"--port={port}", "--output=json", f"--output-path={out}", "--quiet"]
    words += ["--disable-storage-reset", f"--only-categories={','.join(JUDGED)}", "--no-enable-error-reporting"]
    process = await asyncio.create_subprocess_exec(*words, stdout=sys.stderr)
    async with asyncio.timeout(RUN_S):
        if await process.wait():
            raise RuntimeError("Lighthouse did not come to an end")
    return json.loads(out.read_text())


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
