"""What a maintainer does with tools/release.py: the commands, what they leave behind, and what they refuse."""

import shutil
import subprocess
from pathlib import Path

import pytest

from firmware import manifest, signatures
from tests.release_desk import WORDS, Desk
from tools import keys, release_files, release_proof


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return Desk(tmp_path)


@pytest.fixture
def two_of_three(desk: Desk) -> Desk:
    desk.key_set(1, ["anna", "ben", "carla"], threshold=2, by=["anna", "ben"])
    return desk


def test_what_the_tools_know_of_a_unit_is_what_the_unit_knows() -> None:
    on_unit = {
        name: line.partition("#")[0].strip()
        for file in ("ota.py", "main.py")
        for line in (release_files.FIRMWARE / file).read_text().splitlines()
        for name, _, _ in [line.partition(" = ")]
    }

    assert on_unit["PRODUCT"] == f'PRODUCT = "{release_files.PRODUCT}"'
    assert on_unit["GENERIC"] == f'GENERIC = "{release_proof.GENERIC}"'


def test_the_same_sources_make_the_same_bytes_wherever_they_lie(two_of_three: Desk) -> None:
    one = two_of_three.build("1.1.0", "--board", "T-A7670", "--board", "ESP32")
    shutil.copytree("small", "elsewhere/a folder")
    again = ("build", "--version", "1.1.0", "--sources", "elsewhere/a folder", "--built", "1800000000")
    two_of_three.do(*again, "--releases", "other", "--board", "ESP32", "--board", "T-A7670")

    for part in ("manifest", "bundle"):
        assert (Path(one) / part).read_bytes() == (Path("other/2-1.1.0") / part).read_bytes()
    made = release_files.read(Path(one)).manifest
    assert (made.counter, made.version, made.replaces, made.key_set) == (2, (1, 1, 0), 1, 1)
    assert (made.boards, made.mpy) == (["ESP32", "T-A7670"], (6, 3))
    assert (Path(one) / "sources/release.py").read_text() == "RELEASE = 2\nBUILT = 1800000000  # a time\n"


def test_this_firmware_is_a_release_that_a_unit_takes(two_of_three: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    two_of_three.do("build", "--version", "1.1.0")
    two_of_three.do("sign", "releases/2-1.1.0", "anna.key", "ben.key", "--sources", str(release_files.FIRMWARE))
    two_of_three.do("verify", "releases/2-1.1.0")

    it = release_files.read(Path("releases/2-1.1.0"))
    assert {"main.mpy", "unit.mpy"} <= {name for name, _, _ in it.manifest.files()}
    assert "boot.mpy" not in {name for name, _, _ in it.manifest.files()}
    assert "BUILT = 1800000000" in it.sources["release.py"]


def test_a_release_is_good_once_enough_have_signed_it_each_on_a_machine_of_her_own(two_of_three: Desk) -> None:
    folder = two_of_three.build("1.1.0")
    assert "signed by 0 of the 2" in two_of_three.refused("verify", folder)

    assert "it needs 1 more" in two_of_three.do("sign", folder, "carla.key")
    assert "signed by 1 of the 2" in two_of_three.refused("verify", folder)

    two_of_three.do("sign", folder, "anna.key", "--sources", "small")
    said = two_of_three.do("verify", folder, "--sources", "small")
    assert "taken by the unit's own files" in said
    assert [place for place, _ in release_files.read(Path(folder)).by] == [0, 2]

    before = Path(folder, "manifest").read_bytes()
    two_of_three.do("sign", folder, "anna.key")
    assert Path(folder, "manifest").read_bytes() == before


def test_only_keys_of_the_set_sign_and_only_with_their_passphrase(two_of_three: Desk) -> None:
    folder = two_of_three.build("1.1.0")
    two_of_three.holders("dora")
    assert "not in key set 1" in two_of_three.refused("sign", folder, "dora.key")
    assert "another passphrase" in two_of_three.refused("sign", folder, "anna.key", typed="not the words of anna\n")
    assert "another passphrase" in two_of_three.refused(
        "sign", folder, "anna.key", "ben.key", typed=f"{WORDS.format('anna')}\nx\n"
    )

    secret = keys.read_secret(Path("anna.key"), lambda _: WORDS.format("anna"))
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    Path("bare.key").write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "without a passphrase is not used" in two_of_three.refused("sign", folder, "bare.key")


def test_nobody_signs_what_is_not_what_its_sources_make(two_of_three: Desk) -> None:
    good = two_of_three.build("1.1.0")

    def spoilt(part: str, data: bytes) -> str:
        shutil.rmtree("spoilt", ignore_errors=True)
        shutil.copytree(good, "spoilt")
        Path("spoilt", part).write_bytes(data)
        return two_of_three.refused("sign", "spoilt", "anna.key")

    bundle, signed = Path(good, "bundle").read_bytes(), Path(good, "manifest").read_bytes()
    assert "not the one of the manifest" in spoilt("bundle", bundle[:-1] + bytes([bundle[-1] ^ 1]))
    assert "not the one of the manifest" in spoilt("bundle", bundle + b"x")
    assert "is no release" in spoilt("manifest", signed + b"x")
    assert "make another bundle here" in spoilt("sources/main.py", b"print('harmless')\n")
    assert "another counter" in spoilt("sources/release.py", b"RELEASE = 3\nBUILT = 1800000000\n")

    (two_of_three.sources / "main.py").write_text("print('what was reviewed')\n")
    assert "main.py differ" in two_of_three.refused("sign", good, "anna.key", "--sources", "small")
    shutil.rmtree(f"{good}/sources")
    assert "cannot know what is in it" in two_of_three.refused("sign", good, "anna.key")


def test_release_py_may_differ_from_what_was_reviewed_in_number_and_time_only(two_of_three: Desk) -> None:
    (two_of_three.sources / "release.py").write_text("RELEASE = 1\nBUILT = 1735689600\nimport machine\n")
    folder = two_of_three.build("1.1.0")
    (two_of_three.sources / "release.py").write_text("RELEASE = 1\nBUILT = 1735689600\n")
    assert "release.py differ" in two_of_three.refused("sign", folder, "anna.key", "--sources", "small")


def test_numbers_only_rise_and_a_release_is_never_made_twice(two_of_three: Desk) -> None:
    build = ("build", "--sources", "small", "--built", "1800000000", "--version")
    two_of_three.build("1.1.0", "--counter", "7")
    assert "counter 7 is not above 7" in two_of_three.refused(*build, "1.2.0", "--counter", "7")
    assert "version 1.1.0 is not above 1.1.0" in two_of_three.refused(*build, "1.1.0")
    assert "no version" in two_of_three.refused(*build, "1.2")
    assert "counter that cannot be" in two_of_three.refused(*build, "1.2.0", "--replaces", "8")
    assert "cannot be a release" in two_of_three.refused(*build, "1.2.0", "--board", "b" * 41)
    assert two_of_three.build("1.2.0") == "releases/8-1.2.0"


def test_what_does_not_compile_is_no_release(two_of_three: Desk) -> None:
    (two_of_three.sources / "main.py").write_text("def f(:\n")
    build = ("build", "--version", "1.1.0", "--sources", "small", "--built", "1800000000")
    assert two_of_three.says(*build).exit_code == 1
    assert not Path("releases").exists()


def test_a_release_is_built_from_what_is_committed_at_the_time_of_that_commit(two_of_three: Desk) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        environment = {"GIT_COMMITTER_DATE": "@1790000000 +0000", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
        subprocess.run(["git", *who, *words], check=True, capture_output=True, env=environment)

    build = ("build", "--version", "1.1.0", "--sources", "small")
    git("init")
    git("add", "small")
    assert "this is not" in two_of_three.says(*build).output
    git("commit", "-m", "one")
    two_of_three.do(*build)
    assert "BUILT = 1790000000" in Path("releases/2-1.1.0/sources/release.py").read_text()

    (two_of_three.sources / "main.py").write_text("print(1)\n")
    assert "main.py" in two_of_three.says("build", "--version", "1.2.0", "--sources", "small").output
    assert not Path("releases/3-1.2.0").exists()


def test_old_code_becomes_a_newer_release_and_has_to_be_signed_anew(two_of_three: Desk) -> None:
    old = two_of_three.build("1.1.0", "--least", "1.24")
    (two_of_three.sources / "main.py").write_text("print('bad')\n")
    two_of_three.build("1.2.0")
    two_of_three.do("reissue", old, "--version", "1.2.1")

    again, before = release_files.read(Path("releases/4-1.2.1")), release_files.read(Path(old))
    assert (again.manifest.counter, again.manifest.least, again.by) == (4, (1, 24), [])
    assert again.manifest.notes == "The code of 1.1.0 again"
    differing = {name for name in before.sources if before.sources[name] != again.sources[name]}
    assert differing == {"release.py"} and again.sources["main.py"] == before.sources["main.py"]
    two_of_three.do("sign", "releases/4-1.2.1", "anna.key", "ben.key")
    two_of_three.do("verify", "releases/4-1.2.1")

    Path(old, "sources/main.py").write_text("print('not what was released')\n")
    assert "make another bundle" in two_of_three.refused("reissue", old, "--version", "1.3.0")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"product": "another-unit"}, "product"),
        ({"mpy": (5, 0)}, "abi"),
        ({"replaces": 0, "counter": 1}, "old"),
        ({"boards": ["T-A7670"], "board": "T-SIM7000G"}, "board"),
        ({"by": [(0, bytes(64))]}, "signature"),
    ],
)
def test_the_units_own_files_have_the_last_word(desk: Desk, changes: dict, reason: str) -> None:
    desk.key_set(1, ["anna"])
    it = release_files.read(Path(desk.build("1.1.0")))
    release, files = it.manifest, list(it.manifest.files())
    board = changes.pop("board", "")
    names = ("kind", "counter", "version", "replaces", "key_set", "wire", "mpy", "least", "most", "packed", "digest")
    fields = {name: getattr(release, name) for name in (*names, "product", "boards")} | {"files": files, "notes": ""}
    by = changes.pop("by", None)
    body = manifest.packed_release(**(fields | changes))
    secret = keys.read_secret(Path("anna.key"), lambda _: WORDS.format("anna"))
    known = keys.Sets(Path("release-keys"))
    by = by or keys.signed_with([], known.trusted(1), secret, signatures.RELEASE_WORDS, body)
    changed = release_files.ReleaseFolder(signatures.packed_signatures(by) + body, it.bundle)

    with pytest.raises(release_files.BadRelease, match=f"a unit refuses it: {reason}"):
        release_proof.taken(changed, known, 1, board)
