"""What the person waiting is told: one line for each slow step, with how long it usually takes. Decides nothing."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TICK_S = 1.0  # how often the seconds on a terminal move


def say(text: str) -> None:
    """Progress goes to stderr, so that a program's own output stays clean."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str, usually_s: int) -> Iterator[None]:
    """Announce a slow step; on a terminal its seconds count on the same line, in a log it is two lines."""
    started = time.monotonic()
    line = f"  {what} (usually about {usually_s} s)"
    live = sys.stderr.isatty()
    done = threading.Event()

    def count() -> None:
        while not done.wait(TICK_S):
            print(f"\r{line} … {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)

    print(f"{line} …", end="" if live else "\n", file=sys.stderr, flush=True)
    ticker = threading.Thread(target=count, daemon=True)
    if live:
        ticker.start()
    outcome = "stopped"
    try:
        yield
        outcome = "done"
    finally:
        done.set()
        if live:
            ticker.join()
        after = f"{outcome} after {time.monotonic() - started:.1f} s"
        print(f"\r{line} … {after}" if live else f"  {what}: {after}", file=sys.stderr, flush=True)
