"""MicroPython and mosquitto: on the PATH if they will do, else the distribution's packages in our cache.

A program from the cache runs through the dynamic linker with its own libraries first, so that it needs no
installation and changes nothing for others. Never here: starting them for good.
"""

import os
import platform
import re
import shutil
from pathlib import Path

from tools import apt
from tools.cache import CACHE, PartError, once, run, system_name

PROBE_S = 20  # a version question; an overloaded machine still answers

MICROPYTHON_MINIMUM = (1, 25)  # first with the `vfs` and `tls` that the firmware and the bench rely on
MICROPYTHON_PROBE = "import sys, tls, vfs; vfs.VfsLfs2; print('.'.join(str(n) for n in sys.implementation[1][:3]))"
MICROPYTHON_SUITES = {  # newer suites of the same distribution that carry it, for a machine whose own is too old
    "debian": ("trixie",),
    "ubuntu": ("questing", "resolute"),
}

MICROPYTHON_ADVICE = "Build or install the unix port and name it: IOMANDO_MICROPYTHON=/path/to/micropython"
MOSQUITTO_ADVICE = "Is this machine online? Else install mosquitto with the system's packages, and type the same again."

DYNAMIC_LINKERS = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}


def micropython() -> list[str]:
    """How to start a MicroPython with what the firmware needs; the words before its own options."""
    given = os.environ.get("IOMANDO_MICROPYTHON")
    if given:
        argv, refused = [given], _micropython_refused([given])
        if refused:
            raise PartError(f"IOMANDO_MICROPYTHON={given} will not do: {refused}")
        return argv
    reasons = []
    on_path = shutil.which("micropython")
    if on_path:
        refused = _micropython_refused([on_path])
        if not refused:
            return [on_path]
        reasons.append(f"{on_path}: {refused}")
    home = CACHE / system_name() / "micropython"
    once(home, lambda scratch: _fetch_micropython(scratch, reasons), "MicroPython", 10, MICROPYTHON_ADVICE)
    return linked(home, "usr/bin/micropython")


def mosquitto() -> list[str]:
    """How to start mosquitto, the MQTT broker."""
    on_path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if on_path:
        return [on_path]
    home = CACHE / system_name() / "mosquitto"
    once(home, _fetch_mosquitto, "mosquitto, the MQTT broker,", 5, MOSQUITTO_ADVICE)
    return linked(home, "usr/sbin/mosquitto")


def linked(home: Path, program: str) -> list[str]:
    """How to start a program of an unpacked tree with the tree's own libraries, and its own linker where it has one."""
    folders = sorted(str(folder) for place in ("lib", "usr/lib") for folder in home.glob(f"{place}/*-linux-gnu"))
    own_linkers = sorted(home.rglob("ld-linux-*.so.*"))
    linker = str(own_linkers[0]) if own_linkers else DYNAMIC_LINKERS.get(platform.machine())
    if linker is None:
        raise PartError(f"no dynamic linker is known for {platform.machine()}: install {Path(program).name} by hand")
    return [linker, "--library-path", ":".join(folders), str(home / program)]


def micropython_version(argv: list[str]) -> str:
    return run([*argv, "-c", MICROPYTHON_PROBE], PROBE_S).strip()


def mosquitto_version(argv: list[str]) -> str:
    """From the first line of its help, which it ends with exit code 3."""
    return run([*argv, "-h"], PROBE_S, succeeds_with=(0, 3)).split("\n")[0].removeprefix("mosquitto version ")


def _micropython_refused(argv: list[str]) -> str | None:
    """Why this interpreter will not do, or None when it will."""
    try:
        version = micropython_version(argv)
    except PartError as error:
        return f"it must be {_minimum()} or newer, with `tls` and `vfs.VfsLfs2` ({str(error).splitlines()[-1].strip()})"
    if tuple(int(number) for number in version.split(".")[:2]) < MICROPYTHON_MINIMUM:
        return f"it is {version}; it must be {_minimum()} or newer"
    return None


def _fetch_mosquitto(scratch: Path) -> None:
    apt.machine().unpack("mosquitto", scratch)
    mosquitto_version(linked(scratch, "usr/sbin/mosquitto"))  # it starts


def _fetch_micropython(scratch: Path, reasons: list[str]) -> None:
    """Try the machine's own suite, then newer ones; add to `reasons` why each way failed."""
    for suite in (None, *MICROPYTHON_SUITES.get(apt.distribution()[0], ())):
        where = suite or "the machine's own suite"
        try:
            archive = apt.newer_suite(suite) if suite else apt.machine()
            version = archive.candidate("micropython")
            if version is None or _numbers(version) < MICROPYTHON_MINIMUM:
                reasons.append(f"{where} has {version or 'none'}")
                continue
            archive.unpack("micropython", scratch)
            refused = _micropython_refused(linked(scratch, "usr/bin/micropython"))
            if not refused:
                return
            reasons.append(f"{version} of {where}: {refused}")
        except PartError as error:
            reasons.append(f"{where}: {error}")
        for entry in scratch.iterdir():  # what this way left behind
            shutil.rmtree(entry)
    tried = "\n".join(f"  - {reason}" for reason in reasons)
    raise PartError(f"It must be {_minimum()} or newer, with `tls` and `vfs.VfsLfs2`. Tried:\n{tried}")


def _numbers(package_version: str) -> tuple[int, int]:
    """(1, 25) of 1.25.0+ds-1."""
    found = re.match(r"(?:\d+:)?(\d+)\.(\d+)", package_version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _minimum() -> str:
    return ".".join(str(number) for number in MICROPYTHON_MINIMUM)
