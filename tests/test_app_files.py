"""What holds for every file of the app, seen without a browser: one element each, who may touch what, where colours and
hosts stand, and which words people are never shown."""

import re
from pathlib import Path

import pytest

from cloud.web import headers_of
from tests.test_app_texts import LANGUAGES, catalogue

PWA = Path(__file__).resolve().parent.parent / "cloud" / "pwa"
MOST_LINES = 300
SCRIPTS = {str(path.relative_to(PWA)): path.read_text() for path in sorted(PWA.rglob("*.js"))}
ELEMENTS = {name: text for name, text in SCRIPTS.items() if "customElements.define(" in text}

# What reaches out of the page, and the files that alone do. Everything else is told, or asks them.
OWNERS = {
    r"\bfetch\(": {"api.js", "early.js", "sw.js"},
    r"\bnew (WebSocket|EventSource)\b": {"live.js"},
    r"\blocalStorage\b": {"early.js", "heads.js", "install-note.js", "kept.js", "likely.js", "session.js", "theme.js"},
    r"\b(sessionStorage|indexedDB|document\.cookie)\b": set(),
    r"\bcaches\b": {"sw.js"},
    r"\bimport {[^}]*\breduce\b[^}]*} from": {"session.js"},  # of what was pushed, one state, made in one place
    r"\bcontainer\.register\(|serviceWorker\.register\(": {"worker.js"},
}
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(", re.IGNORECASE)
INLINE = re.compile(r"""\s(?:style|on[a-z]+)=["'$]|unsafeHTML|\binnerHTML\b|\beval\(|new Function\(|javascript:""")
ELSEWHERE = re.compile(r"""(?:https?:|wss?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+""", re.IGNORECASE)
# Ours, not theirs: a door box and an access are what people have. `{unit}` is a blank, not a word.
WORKSHOP = {
    "en": r"\b(?:units?|grants?|members? of staff|operations?|snapshots?|tokens?|sockets?|policy|policies)\b",
    "es": r"\b(?:unidad(?:es)?|concesi[óo]n(?:es)?|token|socket|usted(?:es)?)\b",
    "ca": r"\b(?:unitats?|concessi(?:ó|ons)|token|socket|vostès?|vostè)\b",
}


def test_every_element_has_a_file_of_its_own_that_is_called_as_it_is() -> None:
    strange: list[str] = []
    for name, text in ELEMENTS.items():
        defined = re.findall(r'customElements\.define\("([a-z-]+)"', text)
        stem = Path(name).stem
        if len(defined) != 1 or not (
            {stem, *stem.split("-")} & set(defined[0].split("-")) or defined[0].endswith(stem)
        ):
            strange.append(f"{name}: {defined}")

    assert len(ELEMENTS) > 60
    assert strange == []


def test_no_file_of_the_app_is_past_300_lines_but_its_catalogues() -> None:
    long = {name: lines for name, text in SCRIPTS.items() if (lines := text.count("\n")) > MOST_LINES}

    assert {name for name in long if not name.startswith("texts/")} == set()


@pytest.mark.parametrize("what", OWNERS)
def test_only_its_owner_reaches_out_of_the_page(what: str) -> None:
    assert {name for name, text in SCRIPTS.items() if re.search(what, bare(text))} == OWNERS[what]


def test_elements_hold_nothing_that_was_pushed() -> None:
    """They are given the state and never write into it."""
    writes = re.compile(
        r"\bstate\.\w+(?:\.\w+)*\s*(?:=(?!=|>)|\+=)|\bstate\.\w+\.(?:push|splice|sort|reverse|unshift)\("
    )

    assert [name for name, text in ELEMENTS.items() if writes.search(bare(text))] == []


def test_colours_stand_in_the_tokens_alone() -> None:
    sheets = {name: "".join(re.findall(r"css`(.*?)`", text, re.DOTALL)) for name, text in SCRIPTS.items()}
    sheets = {name: bare(sheet) for name, sheet in sheets.items() if sheet}
    found = {name: COLOUR.findall(sheet) for name, sheet in sheets.items()}

    assert len(sheets) > 40
    assert {name: colours for name, colours in found.items() if colours} == {}


def test_nothing_is_inline_and_nothing_is_from_elsewhere() -> None:
    files = {**SCRIPTS, "index.html": (PWA / "index.html").read_text(), "tokens.css": (PWA / "tokens.css").read_text()}
    texts = {name: bare(text) for name, text in files.items()}

    assert {name: INLINE.findall(text) for name, text in texts.items() if INLINE.search(text)} == {}
    assert {name: ELSEWHERE.findall(text) for name, text in texts.items() if ELSEWHERE.search(text)} == {}


def test_the_policy_lets_nothing_in_that_is_not_ours() -> None:
    policy = dict(
        part.split(" ", 1)
        for part in headers_of((PWA / "index.html").read_text())["Content-Security-Policy"].split("; ")
    )

    assert policy["default-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/=]+')+", policy["script-src"])  # the import map's
    for name in ("style-src", "connect-src", "worker-src", "manifest-src"):
        assert policy[name] == "'self'"
    assert "unsafe" not in " ".join(policy.values())
    assert not re.search(r"\w\.\w|\*|https?:", " ".join(policy.values()).replace("sha256", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_read_of_door_boxes_and_access(language: str) -> None:
    said = {key: re.sub(r"\{\w+\}", "", text) for key, text in catalogue(language).items()}

    assert {key: text for key, text in said.items() if re.search(WORKSHOP[language], text, re.IGNORECASE)} == {}


def bare(text: str) -> str:
    """Without comments, which may name anything."""
    return re.sub(r"(?m)^\s*//.*$|\s// .*$|/\*.*?\*/|<!--.*?-->", "", text)


def test_the_table_of_modules_stands_before_every_script() -> None:
    """A module that is asked for earlier fails by its first bare name, for as long as the page lives."""
    kinds = re.findall(r"<script\b([^>]*)>", (PWA / "index.html").read_text())

    assert 'type="importmap"' in kinds[0]
    assert len(kinds) == 3
