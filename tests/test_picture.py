"""The README's picture of one open is what the tables say."""

from pathlib import Path

from cloud import picture

README = Path(__file__).parent.parent / "README.md"


def test_the_readme_shows_the_tables_as_they_are() -> None:
    text = README.read_text()

    assert picture.put(text) == text, "run: python -m cloud.picture README.md"


def test_every_state_and_every_transition_is_in_the_picture() -> None:
    drawn = picture.picture()

    for (before, event), after in picture.TABLE.items():
        assert f"{before} --> {after}: {event.value}" in drawn
