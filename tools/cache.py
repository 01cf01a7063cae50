"""The project's own cache (.cache/): each thing is made once, whole or not at all, by one process at a time.

Here: the lock, the rename that makes a thing appear at once, and running the programs that fetch it.
Never here: what is fetched, or from where.
"""

import contextlib
import fcntl
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tools.progress import say, step

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
ERROR_LINES = 10  # the end of a failed program's output, where the reason stands
ERROR_COLUMNS = 200

_held_locks: list[int] = []  # handed to every program we run: an orphan of a killed run still keeps others out


class PartError(Exception):
    """A part could not be had; the message says what to do about it."""


def system_name() -> str:
    """The system that unpacked programs are for, so that a folder shared by two machines does not mix them."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    return f"{release.get('ID', 'other')}-{release.get('VERSION_ID', 'rolling')}-{platform.machine()}"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of that name, across processes; the system frees it when the holder and its children have died."""
    CACHE.mkdir(exist_ok=True)
    handle = os.open(CACHE / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  waiting: another process is at work on {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        _held_locks.append(handle)
        yield
    finally:
        if handle in _held_locks:
            _held_locks.remove(handle)
        os.close(handle)


def once(target: Path, make: Callable[[Path], None], what: str, usually_s: int, advice: str) -> Path:
    """The folder `target`; when it is not there yet, `make` fills a scratch folder that then takes its name."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.name):
        if target.exists():
            return target
        scratch_prefix = f".{target.name}.unfinished-"
        for left_behind in target.parent.glob(f"{scratch_prefix}*"):  # by a killed run: whoever works holds the lock
            shutil.rmtree(left_behind, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=scratch_prefix, dir=target.parent))
        try:
            with step(f"fetching {what} into the project's cache", usually_s):
                make(scratch)
                scratch.chmod(0o755)
                scratch.rename(target)
        except (PartError, OSError) as error:
            raise PartError(f"{what} could not be fetched.\n{error}\n{advice}") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target


def run(
    argv: Sequence[str | Path],
    timeout_s: float,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    succeeds_with: tuple[int, ...] = (0,),
) -> str:
    """Run a program and return what it prints; PartError with the end of its output when it fails or hangs."""
    name = Path(argv[0]).name
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            timeout=timeout_s,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            pass_fds=_held_locks,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise PartError(f"{name} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise PartError(f"{name} did not finish within {timeout_s:.0f} s") from error
    if done.returncode not in succeeds_with:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-ERROR_LINES:]
        quoted = [f"    {line[:ERROR_COLUMNS]}" for line in said]
        raise PartError("\n".join([f"{name} failed with exit code {done.returncode}:", *quoted]))
    return done.stdout
