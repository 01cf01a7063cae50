"""What the README and the other documents show and name is there, and small enough for whoever reads on a phone."""

import re
from pathlib import Path

import pytest

from sim.film import MOST_BYTES as FILM_BYTES
from sim.pictures import MOST_BYTES
from tools.promise import shown_by

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_whatever_a_document_points_at_is_there(path: Path) -> None:
    text = path.read_text()
    named = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^":]+)"', text)

    assert [name for name in named if not (path.parent / name).exists()] == []
    assert re.findall(r"<img (?![^>]*alt=\"[^\"]+\")", text) == [], "a picture without words"


def test_the_pictures_are_small() -> None:
    for path in (ROOT / "docs").glob("*.png"):
        assert path.stat().st_size <= MOST_BYTES, path.name
    assert (ROOT / "docs" / "demo.gif").stat().st_size <= FILM_BYTES


def test_each_row_of_the_readme_can_be_shown_by_its_number() -> None:
    table = (ROOT / "docs" / "promises.md").read_text()
    numbers = [int(number) for number in re.findall(r"`make promise N=(\d+)`", (ROOT / "README.md").read_text())]

    assert len(set(numbers) - {2}) >= 9
    for number in numbers:
        assert shown_by(number, table)[1], f"promise {number} is shown by nothing"
