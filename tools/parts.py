"""The parts this project is run with and does not hold itself: where each one is, fetched when it is not there.

    micropython() -> words that start it        umqtt() -> folder with umqtt/simple.py     chromium() -> its path
    mosquitto()   -> words that start it        lit()   -> node_modules folder

Fetched parts live in the project's cache and need no root; only Chromium is the machine's. Each function returns
at once when the part is there, and raises PartError with what to do when it cannot be had.
`python -m tools.parts` lists them all; `python -m tools.parts demo` fetches what the demo needs and says only that.
"""

import os
import shutil
import sys
import time
from functools import cache

from tools import packages, programs
from tools.cache import ROOT, PartError, run
from tools.progress import say, step

__all__ = ["PartError", "chromium", "fetch", "lit", "micropython", "mosquitto", "umqtt"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_COMMAND = "apt-get install -y --no-install-recommends chromium"
APT_INSTALL_S = 900

micropython = cache(programs.micropython)
mosquitto = cache(programs.mosquitto)
umqtt = cache(packages.umqtt)
lit = cache(packages.lit)


def fetch() -> None:
    """Have every part but the browser, one after the other, so that nothing is fetched behind a program's back."""
    for part in (micropython, mosquitto, umqtt, lit):
        part()


def chromium() -> str:
    """The browser that the tests press the button in; it wants the whole system around it, so only apt can bring it."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    if os.geteuid() != 0:
        raise PartError(
            f"the tests need Chromium, and only root can install it. Type:\n\n    sudo {CHROMIUM_COMMAND}\n"
        )
    with step("installing Chromium with apt, for the browser tests", usually_s=60):
        run(["apt-get", "-q", "update"], APT_INSTALL_S)
        run(CHROMIUM_COMMAND.split(), APT_INSTALL_S, env={"DEBIAN_FRONTEND": "noninteractive"})
    if path := shutil.which("chromium"):
        return path
    raise PartError(f"`{CHROMIUM_COMMAND}` ran, and yet there is no chromium on the PATH")


def chromium_version() -> str:
    return run([chromium(), "--version"], programs.PROBE_S).partition("Chrom")[2].split()[1]


def main() -> int:
    try:
        if sys.argv[1:] == ["demo"]:
            fetch()
            return 0
        return show()
    except PartError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Type the same again and it goes on.")
        return 130


def show() -> int:
    """Print each part, its version, where it is and how long it took to have it; 1 when one is missing."""
    rows = {
        "MicroPython": lambda: (programs.micropython_version(micropython()), micropython()[-1]),
        "mosquitto": lambda: (programs.mosquitto_version(mosquitto()), mosquitto()[-1]),
        "umqtt.simple": lambda: (packages.UMQTT_VERSION, str(umqtt())),
        "Lit": lambda: (packages.lit_version(), str(lit())),
        "Chromium": lambda: (chromium_version(), chromium()),
    }
    missing = 0
    for name, find in rows.items():
        started = time.monotonic()
        try:
            version, place = find()
        except PartError as error:
            missing = 1
            print(f"{name:13}missing: {error}", flush=True)
            continue
        seconds = time.monotonic() - started
        print(f"{name:13}{version:18}{place.removeprefix(f'{ROOT}/')}  ({seconds:.1f} s)", flush=True)
    return missing


if __name__ == "__main__":
    sys.exit(main())
