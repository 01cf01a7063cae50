"""The app's sentences: the same in three languages, none missing, none without use."""

import json
import re
from pathlib import Path

import pytest

PWA = Path(__file__).resolve().parent.parent / "cloud" / "pwa"
LANGUAGES = ("en", "es", "ca")
STARTS = re.compile(r"`(\w+_)\$\{")  # say(`state_${…}`): every key of that beginning may be said
ENDS = re.compile(r"`\$\{\w+\}(_\w+)`")  # say(`${kind}_day`): and of that end


def files(language: str) -> list[Path]:
    return sorted((PWA / "texts").rglob(f"{language}.js"))


def catalogue(language: str) -> dict[str, str]:
    """Of all its files: those that are there at once, and those that come with the screens that need them."""
    text = "".join(path.read_text() for path in files(language))
    return {key: json.loads(said) for key, said in re.findall(r'^  (\w+):\s+(".*"),$', text, re.MULTILINE)}


def blanks(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", ["es", "ca"])
def test_every_sentence_is_there_in_every_language_with_the_same_blanks(language: str):
    english, other = catalogue("en"), catalogue(language)

    assert other.keys() == english.keys()
    assert {key: blanks(text) for key, text in other.items()} == {key: blanks(text) for key, text in english.items()}


def test_catalogues_were_read_whole():
    for language in LANGUAGES:
        assert [path.parent for path in files(language)] == [path.parent for path in files("en")]
        keys = [key for path in files(language) for key in re.findall(r"^  (\w+):", path.read_text(), re.MULTILINE)]

        assert list(catalogue(language)) == keys  # and none stands in two files
        assert len(keys) > 500


def test_a_screen_that_says_a_late_sentence_brings_its_catalogue_along():
    first = "\n".join((PWA / name).read_text() for name in ("app.js", "home-page.js", "door-card.js", "told.js"))
    late = "".join(path.read_text() for path in (PWA / "texts").glob("*/en.js"))

    assert not set(re.findall(r"^  (\w+):", late, re.MULTILINE)) & set(re.findall(r'"(\w+)"', first))


def test_every_sentence_is_said_somewhere():
    code = "\n".join(path.read_text() for path in PWA.rglob("*.js") if "texts" not in path.parts)
    starts, ends = tuple(STARTS.findall(code)), tuple(ENDS.findall(code))
    unsaid = catalogue("en").keys() - set(re.findall(r"\w+", code))

    assert {key for key in unsaid if not key.startswith(starts) and not key.endswith(ends)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_voice_has_no_exclamation_and_no_please(language: str):
    for text in catalogue(language).values():
        assert not re.search(r"!|¡|\bplease\b|\berror\b|successful|por favor|si us plau", text, re.IGNORECASE), text
