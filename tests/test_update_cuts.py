"""Power lost in any flash operation of an update, its confirmation, its end or a change of settings: the old release or
the new one runs, whole, and nothing else of the unit is touched; the update goes on where it was.

Each run is recorded once, by MicroPython and its littlefs; each start from the surviving bytes is its own: boot.py as
it is, the journal, the real dialogue (update_cuts.py). The releases of the samples are small: as many kinds of
operations, fewer of each.
"""

import hashlib
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from firmware import manifest
from tests.far_side import Certificates
from tests.release_side import FIRMWARE, Keys, Release, firmware
from tools import build, parts

PROGRAM = Path(__file__).parent / "on_unit/update_cuts.py"
TEARS = 3
CHUNK_S = 900  # bounds a hang
SMALL, REAL = 60, 240  # blocks of the flash
RUNS = ("upgrade", "revert", "crashes", "config", "config_back", "image")
CHUNKS = 8  # of the whole: two minutes each
PAIRS, FIVES = 2000, 504


def made_up(seed: int, count: int) -> dict[str, bytes]:
    """Files that no compression makes smaller, of all the sizes that the flash knows: a few bytes to some blocks."""
    chance = random.Random(seed)
    return {f"file_{i}.mpy": chance.randbytes(chance.choice((60, 300, 1500, 4096, 6000))) for i in range(count)}


def given(folder: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Path:
    """What update_unit.py reads: both slots, what the cloud has, what an installer put there, the firmware compiled."""
    keys = Keys()
    image = b"\xe9" + random.Random(3).randbytes(3 * 4096 + 500)
    release = Release(keys, 2, new)
    identity = {
        name.removeprefix("/").replace("/", "!"): data for name, data in Certificates().unit_files(port=8883).items()
    }
    new_table = manifest.table_of(manifest.read_release(release.body), hashlib.sha256(release.body).digest()[:8])
    sources = {source.stem: source.read_text() for source in FIRMWARE.glob("*.py")}
    everything = {
        **{f"old/{name}": data for name, data in old.items()},
        "old/files": build.table(old, 1),
        **{f"new/{name}": data for name, data in new.items()},
        "new/files": new_table,
        **{f"identity/{name}": data for name, data in identity.items()},
        "identity/release.keys": keys.signed,
        "image": image,
        "image_signed": Release(keys, 2, {"micropython.bin": image}, bundle=image, kind=manifest.IMAGE).signed,
        "signed": release.signed,
        "bundle": release.bundle,
        "boot.py": (FIRMWARE / "boot.py").read_bytes(),
        **{f"code/{name}.mpy": build.bytecode(text, f"{name}.py") for name, text in sources.items()},
    }
    for name, data in everything.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return given(tmp_path_factory.mktemp("small"), made_up(1, 5), made_up(2, 7))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return given(tmp_path_factory.mktemp("real"), firmware(1), firmware(2))


def harm(folder: Path, blocks: int, *what: object) -> tuple[int, int, list[str]]:
    """Operations of the run, starts that were made, what went wrong in which of them."""
    argv = [*parts.micropython(), "-X", "heapsize=64M", str(PROGRAM), str(folder), str(blocks), *map(str, what)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=CHUNK_S, check=False)
    lines = done.stdout.splitlines()
    assert lines and lines[-1].startswith("done "), [*lines[-5:], done.stderr[-2000:]]
    wrong = [line for line in lines if line.startswith(("!", "?"))]
    return int(next(line for line in lines if line.isdigit())), int(lines[-1].split()[1]), wrong


SAMPLES = {
    "upgrade": 11,
    "revert": 1,
    "crashes": 1,
    "config": 1,
    "config_back": 1,
    "image": 7,
}  # every so many operations


@pytest.mark.parametrize("what", SAMPLES)
def test_power_lost_in_a_sample_of_operations_leaves_the_old_release_or_the_new_one(small: Path, what: str) -> None:
    operations, starts, wrong = harm(small, SMALL, "every", what, 0, SAMPLES[what])

    assert wrong == []
    assert starts == len(range(0, operations, SAMPLES[what])) * TEARS


def test_an_update_goes_on_where_it_was_however_often_the_power_goes(small: Path) -> None:
    _, starts, wrong = harm(small, SMALL, "again", 0, 20, 2)

    assert wrong == []
    assert starts == 40


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("what", RUNS)
def test_power_lost_in_every_operation_with_a_real_release(real: Path, what: str, chunk: int) -> None:
    operations, starts, wrong = harm(real, REAL, "every", what, chunk, CHUNKS)

    assert wrong == []
    assert starts == len(range(chunk, operations, CHUNKS)) * TEARS


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_two_thousand_pairs_of_cuts(small: Path, chunk: int) -> None:
    _, starts, wrong = harm(small, SMALL, "again", 1000 + chunk * PAIRS // CHUNKS, PAIRS // CHUNKS, 2)

    assert [line for line in wrong if line.startswith("!")] == []
    assert len(wrong) <= PAIRS // CHUNKS // 100  # two cuts in the few operations between the count and the name
    assert starts == PAIRS // CHUNKS * 2


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_five_cuts_one_after_the_other(small: Path, chunk: int) -> None:
    _, starts, wrong = harm(small, SMALL, "again", 5000 + chunk * FIVES // CHUNKS, FIVES // CHUNKS, 5)

    assert [line for line in wrong if line.startswith("!")] == []
    assert len(wrong) <= 1
    assert starts == FIVES // CHUNKS * 5
