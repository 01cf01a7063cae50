"""The app's files as they are served: small, whole, one version; what is taken off them is no part of the program."""

import gzip
import re
from pathlib import Path

import pytest

from cloud import shell
from cloud.access import Door
from cloud.manifests import likely, shortcuts
from cloud.shell import FIRST, PAGE, WORKER, Asset, Shell
from cloud.web import _GZIP, PWA
from tools.parts import lit

FIRST_LOAD = 60_000  # bytes of everything that must be there for the doors to be shown, as they travel


@pytest.fixture(scope="module")
def served() -> Shell:
    return Shell(PWA, lit())


def test_the_first_screen_is_small(served: Shell) -> None:
    first = [PAGE, FIRST, "/app/tokens.css", "/app/early.js", *served.first]
    catalogue = max((served.files[f"/app/texts/{language}.js"] for language in ("en", "es", "ca")), key=_travels)
    sizes = {url: _travels(served.files[url]) for url in first}

    assert sum(sizes.values()) + _travels(catalogue) < FIRST_LOAD, sorted(sizes.items(), key=lambda of: -of[1])


def _travels(asset: Asset) -> int:
    return len(asset.zipped or asset.body)


def test_every_file_that_any_module_names_is_served_and_nothing_else_of_the_libraries(served: Shell) -> None:
    table = shell.import_map((PWA / "index.html").read_text())
    scripts = {url: asset.body.decode() for url, asset in served.files.items() if url.endswith(".js") and url != WORKER}
    named = {
        shell.resolved(name, url, table) for url, text in scripts.items() for name in shell.imports(text, later=True)
    }

    assert named <= served.files.keys()
    assert {url for url in served.files if url.startswith("/lib/")} <= named
    assert not [url for url in served.files if url.endswith((".map", ".ts", ".md", ".json"))]


def test_the_page_names_the_modules_of_the_first_screen_beforehand(served: Shell) -> None:
    page = served.files[PAGE].body.decode()

    assert shell.PRELOADS not in page
    assert re.findall(r'rel="modulepreload" href="([^"]+)"', page) == served.first
    assert "/app/store.js" in served.first
    assert not [url for url in served.first if "/manage/" in url or "/me/" in url or "/gate/" in url]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("// all of it\nlet a = 1;", "\nlet a = 1;"),
        ("  let a = 1; // why\n", "let a = 1;\n"),
        ('let a = "b; // c";', 'let a = "b; // c";'),
        ('f("x", "https://y"); // z', 'f("x", "https://y");'),
        ("html`a; // b`;", "html`a; // b`;"),
        ("const a = b / c // d\n", "const a = b / c // d\n"),
    ],
)
def test_only_what_is_surely_a_comment_is_taken_off(written: str, kept: str) -> None:
    assert shell.bare(written) == kept


def test_lines_stay_where_they_were_written(served: Shell) -> None:
    for path in PWA.rglob("*.js"):
        if path.name != "sw.js":
            asset = served.files[f"/app/{path.relative_to(PWA)}"]
            assert asset.body.count(b"\n") == path.read_bytes().count(b"\n"), path
            assert gzip.decompress(asset.zipped or gzip.compress(asset.body)) == asset.body


def test_another_file_is_another_version_and_another_worker(served: Shell, tmp_path: Path) -> None:
    for path in PWA.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(PWA)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(PWA)).write_bytes(path.read_bytes())
    same = Shell(tmp_path, lit())
    (tmp_path / "texts" / "ca.js").write_text("export default {};")
    other = Shell(tmp_path, lit())

    assert same.files[WORKER].digest == served.files[WORKER].digest
    assert other.version != served.version
    assert other.files[WORKER].digest != served.files[WORKER].digest


@pytest.mark.parametrize(
    ("said", "takes"), [("gzip, br", True), ("br;q=1.0, gzip;q=0", False), ("identity", False), ("gzip;q=0.5", True)]
)
def test_who_does_not_take_gzip_gets_none(said: str, takes: bool) -> None:
    assert bool(_GZIP.search(said)) is takes


def test_the_dark_colours_are_the_same_whoever_chose_them() -> None:
    css = (PWA / "tokens.css").read_text()
    by_phone = re.search(r":root:not\(\[data-theme=\"light\"\]\) \{\n(.*?)\}", css, re.DOTALL)
    by_her = re.search(r":root\[data-theme=\"dark\"\] \{\n  color-scheme: dark;\n(.*?)\}", css, re.DOTALL)

    assert by_phone
    assert by_her
    assert by_phone[1].split() == by_her[1].split()
    assert len(by_her[1].split(";")) > 10


def test_shortcuts_are_her_likeliest_four_and_lead_to_a_door_without_opening_it() -> None:
    doors = [
        Door(name, "home", name.title(), "0a0b0c0d", 0, "open", False, 0, 500)
        for name in ("attic", "bikes", "cellar", "dock", "exit")
    ]
    found = shortcuts(likely(doors, ["exit", "dock", "exit", "gone"]), {"home": "Home"})

    assert [one["url"] for one in found] == ["/#door=exit", "/#door=dock", "/#door=attic", "/#door=bikes"]
    assert [one["name"] for one in found] == ["Exit", "Dock", "Attic", "Bikes"]
