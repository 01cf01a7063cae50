"""`python -m bench [--json FILE]`: everything in one run, as a table with the target beside each figure, and as JSON.

Talks to 127.0.0.1 only, keeps nothing, and ends by itself. README.md beside this file explains the keys.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from bench import board, chain, decide, field, heap, load, scroll, table, tap, update, wear
from bench.board import Size as BoardSize
from bench.field import Size as FieldSize
from bench.figures import judged
from bench.heap import Size as HeapSize
from bench.load import Size as LoadSize
from bench.scroll import Size as ScrollSize
from bench.tap import Size as TapSize
from bench.update import Size as UpdateSize

FILES = 16384  # open files of one process: two brokers' connections and the apps'
RUN_S = 530  # the whole run; a machine that needs longer is too busy to be measured


class Sizes(msgspec.Struct, frozen=True):
    load: LoadSize = LoadSize()
    board: BoardSize = BoardSize()
    field: FieldSize = FieldSize()
    heap: HeapSize = HeapSize()
    tap: TapSize = TapSize()
    scroll: ScrollSize = ScrollSize()
    update: UpdateSize = UpdateSize()


async def measure(say: Callable[[str], None], sizes: Sizes) -> dict[str, Any]:
    """What the JSON holds."""
    began, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="iomando-bench-"))
    try:
        async with asyncio.timeout(RUN_S):
            say("watching the real firmware in MicroPython: opens, then idle hours that pass faster than ours")
            figures = await board.measure(folder / "board", sizes.board)
            say("taking a unit with a modem through what happens to it in the field")
            figures |= await field.measure(folder / "field", sizes.field)
            say("updating a unit over 10 kB/s while its door is opened")
            figures |= await update.measure(folder / "update", sizes.update)
            say("looking for the least heap in which the firmware works")
            figures |= await heap.measure(folder / "heap", sizes.heap)
            say("tapping the app's icon on a slow phone")
            figures |= await tap.measure(folder / "tap", sizes.tap)
            say("scrolling through a thousand doors")
            figures |= await scroll.measure(folder / "scroll", sizes.scroll)
            figures |= await load.measure(folder / "load", sizes.load, say)
            figures |= decide.measure(sizes.load.decisions)
            say("wearing the flash out")
            figures |= await asyncio.to_thread(wear.measure, folder / "wear", sizes.board.journalled)
            say("verifying the log")
            figures |= await chain.measure(folder / "chain", sizes.load.entries)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = {key: float(f"{value:.4g}") for key, value in figures.items()}
    machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    took = round(time.monotonic() - began, 1)
    return {
        "machine": machine,
        "sizes": msgspec.to_builtins(sizes),
        "took_s": took,
        "figures": figures,
        "targets": judged(figures),
    }


def main() -> int:
    words = argparse.ArgumentParser(
        prog="python -m bench", description="What an open costs, in one run of a few minutes."
    )
    words.add_argument("--json", type=Path, metavar="FILE", help="write the figures there; README.md explains its keys")
    words.add_argument("--people", type=int, default=load.Size().people, help="as many apps; default %(default)s")
    words.add_argument("--units", type=int, default=load.Size().units, help="default %(default)s")
    wanted = words.parse_args()
    size = load.Size(units=wanted.units, people=wanted.people)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    progress = Console(stderr=True)

    def say(what: str) -> None:
        progress.print(f"{what} ...", style="dim")

    result = asyncio.run(measure(say, Sizes(size)))
    table.show(Console(), result["figures"])
    if wanted.json:
        wanted.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
