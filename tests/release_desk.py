"""A maintainer's desk for tests: a folder with small sources in place of the firmware's, keys, and the commands of
tools/release.py run in it. Never here: a test."""

from collections.abc import Sequence
from pathlib import Path

from typer.testing import CliRunner, Result

from tools import release

WORDS = "four words of {}"  # the passphrase of a holder's key
SOURCES = {
    "main.py": "from release import RELEASE\n\nprint(RELEASE)\n",
    "release.py": "RELEASE = 1\nBUILT = 1735689600  # a time\n",
    "boot.py": "print(0)\n",
}


def answers(args: Sequence[str]) -> str:
    """What a maintainer types when these arguments are given: passphrases, one for each secret key."""
    typed = [WORDS.format(Path(arg).stem) for arg in args if arg.endswith(".key")]
    return "".join(f"{words}\n" for words in (typed * 2 if list(args[:2]) == ["keys", "secret"] else typed))


class Desk:
    """Relative paths of arguments are in `folder`, which has to be the working directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "small"
        self.sources.mkdir()
        for name, text in SOURCES.items():
            (self.sources / name).write_text(text)

    def says(self, *args: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(release.app, list(args), input=answers(args) if typed is None else typed)

    def do(self, *args: str, typed: str | None = None) -> str:
        done = self.says(*args, typed=typed)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *args: str, typed: str | None = None) -> str:
        """Its one line of why; nothing in the folder has changed."""
        before = self.content()
        done = self.says(*args, typed=typed)
        assert done.exit_code == 1, done.output
        assert self.content() == before
        return done.stderr.splitlines()[-1]

    def content(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }

    def holders(self, *names: str) -> None:
        for name in names:
            if not (self.folder / f"{name}.key").exists():
                self.do("keys", "secret", f"{name}.key")

    def key_set(self, number: int, names: Sequence[str], threshold: int = 1, by: Sequence[str] | None = None) -> None:
        """Made, and signed by `by`: those who are in it."""
        self.holders(*names)
        publics = [word for name in names for word in ("--public", f"{name}.pub")]
        self.do("keys", "new" if number == 1 else "rotate", *publics, "--threshold", str(threshold))
        self.do("keys", "sign", str(number), *(f"{name}.key" for name in (names if by is None else by)))

    def build(self, version: str, *more: str) -> str:
        """The folder of the new release."""
        before = set(self.folder.glob("releases/*"))
        self.do("build", "--version", version, "--sources", "small", "--built", "1800000000", *more)
        (made,) = set(self.folder.glob("releases/*")) - before
        return str(made.relative_to(self.folder))
