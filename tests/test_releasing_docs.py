"""docs/releasing.md as it stands: every command in it, in its order; on small sources in place of the firmware's."""

import re
import shlex
from pathlib import Path

import pytest

from tests.publishing_side import SECRET, publishing
from tests.release_desk import Desk
from tests.test_release_image import app_bin
from tools import keys, release_files

GUIDE = release_files.ROOT / "docs" / "releasing.md"
ON_A_DEMO = "## Trying it out on the demo"  # run by test_demo_release.py
COMMAND = re.compile(r"^ {4,}(python -m tools\.release .*)$", re.MULTILINE)
CALLED = "python -m tools.release "


def test_every_command_of_the_guide_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # the checkout that is tested need not be committed
    desk, known = Desk(tmp_path), keys.Sets(Path("release-keys"))
    small = release_files.sources_of(desk.sources)
    monkeypatch.setattr(release_files, "sources_of", lambda _: small)
    guide = GUIDE.read_text().partition(ON_A_DEMO)[0]
    commands = COMMAND.findall(guide)
    Path("ESP32_GENERIC-OTA.app-bin").write_bytes(app_bin())
    with publishing() as service:
        for command in commands:
            words = shlex.split(command.removeprefix(CALLED))
            link = f"{service.origin}/#sign-in={SECRET}\n" if words[0] == "publish" else None
            said = desk.do(*words, typed=link)
            if words[:2] == ["keys", "show"]:
                assert said.splitlines()[-1].endswith("is complete: units that trust the sets before it take it.")

        assert len(commands) == guide.count(CALLED)
        assert known.numbers() == sorted(service.has) == [1, 2, 3, 4]
        last = {keys.read_public(Path(f"{name}.pub")) for name in ("anna", "eva", "fay")}
        assert set(known.trusted(4).keys) == last
        assert [manifest for manifest, _ in service.releases] == [
            Path("releases", name, "manifest").read_bytes() for name in ("2-1.1.0", "5-1.2.0", "6-1.2.1", "7-1.3.0")
        ]
    made = sorted(path.name for path in Path("releases").iterdir())
    assert made == ["2-1.1.0", "3-1.1.1", "4-1.1.2", "5-1.2.0", "6-1.2.1", "7-1.3.0"]


def test_after_the_drill_what_the_thief_can_sign_is_taken_by_no_box_that_has_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He has one key of set 3 and, worse than in the drill, a second one."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    desk.key_set(1, ["anna", "dora", "eva"], threshold=2)
    his = desk.build("1.1.0")
    desk.do("sign", his, "dora.key", "eva.key")
    desk.do("verify", his)

    desk.key_set(2, ["anna", "fay"], threshold=2, by=["anna", "eva", "fay"])
    assert "never goes back" in desk.refused("verify", his, "--trusting", "2")
    assert "not in key set 2" in desk.refused("sign", desk.build("1.2.0"), "dora.key")
