"""Make .venv ready: `python3 -m tools.bootstrap` for running, `python3 -m tools.bootstrap dev` for tests too.

Runs on any Python from 3.11 with nothing but its standard library: no pip, no venv packages, no root. The second
time it only compares a stamp. Interrupted or killed at any point, the next run starts the environment afresh.
Never here: what the program needs besides Python packages (tools/parts.py), or anything of the program itself.
"""

import hashlib
import importlib.util
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tools import apt
from tools.cache import CACHE, ROOT, PartError, locked, once, run
from tools.progress import say, step

PYTHON_MINIMUM = (3, 11)
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PLACE = VENV / "made-at"  # its scripts hold this folder's path: elsewhere they start the wrong Python, or none
UNFINISHED = VENV / "unfinished"  # stands while packages are being written: a killed pip leaves halves behind
QUIETLY = ["--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--root-user-action=ignore"]
INSTALL_S = 1800  # a slow line
LOCAL_S = 120

BUILDER = VENV / "setuptools.lock"  # builds what comes as source: left to itself pip takes any setuptools for that

LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}  # dev holds all of run
USUALLY_S = {"run": 20, "dev": 45}
DEBIAN_WHEELS = Path("usr/share/python-wheels")  # where Debian keeps the pip that its venvs start from
UNREACHABLE = ("from versions: none", "NewConnectionError", "ReadTimeout", "ProxyError", "SSLError")  # pip's words
PIP_ADVICE = "This Python comes without it. Is this machine online? Else install the package python3-venv."
UNREACHABLE_ADVICE = (
    "The package index cannot be reached. Is this machine online? Behind a proxy, set HTTPS_PROXY;\n"
    "for a mirror, set pip's index (pip config, PIP_INDEX_URL) and its certificate (PIP_CERT). Then type it again."
)


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "run"
    if sys.version_info < PYTHON_MINIMUM:
        say(
            "iomando needs Python 3.11 or newer; this is {}.{}. Try: make PYTHON=python3.12 …".format(*sys.version_info)
        )
        return 1
    if is_ready(wanted):
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with locked("bootstrap"):
            if not is_ready(wanted):
                make_ready(wanted)
    except PartError as error:
        say(f"\n{explained(str(error))}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Type the same again and it goes on.")
        return 130
    return 0


def is_ready(wanted: str) -> bool:
    """Nothing was left unfinished and the stamp, of this set or of the larger one, is of today's locks."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    return any(stamp(name).exists() and stamp(name).read_text() == key(name) for name in {wanted, "dev"})


def make_ready(wanted: str) -> None:
    say("Getting ready, once: Python packages into .venv. Later starts skip this.")
    if UNFINISHED.exists() or not usable():
        shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    PLACE.write_text(str(ROOT))
    if not usable():
        with step("making the virtual environment .venv", usually_s=2):
            base = getattr(sys, "_base_executable", sys.executable)  # not the environment that is being replaced
            run([base, "-m", "venv", "--without-pip", VENV], LOCAL_S)
    lock = LOCKS[wanted]
    count = sum("==" in line for line in lock.read_text().splitlines())
    pip = pip_to_start_from()
    with step(f"installing {count} Python packages", USUALLY_S[wanted]):
        install = [PYTHON, pip, "install", *QUIETLY, "--no-deps", "--require-hashes"]
        BUILDER.write_text(entry("setuptools", lock.read_text()))
        run([*install, "-r", BUILDER], INSTALL_S, cwd=ROOT)
        run([*install, "--no-build-isolation", "--use-pep517", "-r", lock], INSTALL_S, cwd=ROOT)
    with step("putting `iomando` into .venv", usually_s=2):
        run(
            [PYTHON, "-m", "pip", "install", *QUIETLY, "--no-deps", "--no-build-isolation", "-e", "."],
            LOCAL_S,
            cwd=ROOT,
        )
    stamp(wanted).write_text(key(wanted))
    UNFINISHED.unlink()


def stamp(name: str) -> Path:
    return VENV / f"ready-{name}"


def key(name: str) -> str:
    """Changes with whatever the environment was made from: locks, entry points, Python, and this folder's place."""
    made_from = LOCKS[name].read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(made_from + f"{sys.version_info[:2]} {ROOT}".encode()).hexdigest()


def entry(name: str, lock: str) -> str:
    """A package's own lines of a lock: its version and hashes."""
    lines = lock.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].rstrip().endswith("\\"))
    return "".join(lines[first : last + 1])


def usable() -> bool:
    """Is there an environment of this Python version that starts? A moved folder or an upgraded system breaks it."""
    if PLACE.exists() and PLACE.read_text() != str(ROOT):
        return False
    wrong = f"sys.version_info[:2] != {sys.version_info[:2]} or sys.prefix == sys.base_prefix"
    asked = [PYTHON, "-c", f"import sys; sys.exit({wrong})"]
    try:
        return subprocess.run(asked, timeout=LOCAL_S, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def pip_to_start_from() -> Path:
    """A pip to install the pinned one with: Python's own wheel of it, or the Debian package that holds it."""
    ensurepip = importlib.util.find_spec("ensurepip")
    folders = (ensurepip.submodule_search_locations if ensurepip else None) or ()
    places = [*(Path(folder) / "_bundled" for folder in folders), Path("/") / DEBIAN_WHEELS]
    home = CACHE / "pip-wheel"
    if not any(list(place.glob("pip-*.whl")) for place in places):
        once(home, lambda scratch: apt.machine().unpack_only(["python3-pip-whl"], scratch), "pip", 3, PIP_ADVICE)
    wheels = [wheel for place in (*places, home / DEBIAN_WHEELS) for wheel in place.glob("pip-*.whl")]
    return wheels[0] / "pip"  # a wheel is a zip file, and Python runs what it finds in one


def explained(error: str) -> str:
    unreachable = any(sign in error for sign in UNREACHABLE)
    return f"{error}\n\n{UNREACHABLE_ADVICE}" if unreachable else error


if __name__ == "__main__":
    sys.exit(main())
