"""`python -m tools.release …`: a maintainer makes, signs, verifies and publishes what units may run; docs/releasing.md.

Signing and verifying need no network. Passphrases and the sign-in link are asked at a prompt and nowhere else. Never
here: bytes (release_files.py), whether a unit takes it (release_proof.py), HTTP (release_post.py).
"""

import os
import re
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from firmware import signatures
from tools import keys, keys_cli, release_files, release_image, release_post, release_proof
from tools.cache import PartError
from tools.release_files import About, BadRelease, ReleaseFolder


class Told(TyperGroup):
    """What a maintainer has to know is one line, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (BadRelease, keys.BadKeys, PartError) as error:
            typer.echo(f"release: {error}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=Told, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
app.add_typer(keys_cli.app, name="keys")
out = Console(highlight=False, soft_wrap=True)

Folder = Annotated[Path, typer.Argument(help="folder of the release, as releases/7-1.4.0")]
Releases = Annotated[Path, typer.Option("--releases", help="folder of all releases")]
Version = Annotated[str, typer.Option("--version", help="for people: MAJOR.MINOR.PATCH, above the newest release's")]
Sources = Annotated[Path | None, typer.Option("--sources", help="the firmware that it must have been built from")]
First = Annotated[int, typer.Option("--trusting", help="the key set that the unit trusts so far")]
RELEASES = Path("releases")
LEAST = ".".join(map(str, release_files.FIRST_PYTHON))


@app.command()
def build(
    version: Version,
    releases: Releases = RELEASES,
    sets: keys_cli.SetsFolder = keys_cli.SETS,
    key_set: Annotated[int | None, typer.Option(help="that will sign it; default: the newest")] = None,
    counter: Annotated[int | None, typer.Option(help="only rises; default: one above the newest release")] = None,
    replaces: Annotated[int, typer.Option(help="the oldest release that a unit may update from")] = 1,
    boards: Annotated[list[str] | None, typer.Option("--board", help="that it is for; default: every board")] = None,
    least: Annotated[str, typer.Option(help="oldest MicroPython")] = LEAST,
    most: Annotated[str | None, typer.Option(help="newest MicroPython; default: mpy-cross's")] = None,
    notes: Annotated[Path | None, typer.Option(help="file with what is new, for the maintainer's page")] = None,
    sources: Annotated[Path, typer.Option(help="the firmware")] = release_files.FIRMWARE,
    built: Annotated[int | None, typer.Option(help="seconds since 1970; default: of the sources' commit")] = None,
) -> None:
    """Compile the firmware into a release that nobody has signed yet. The same sources give the same bytes."""
    about = About(
        counter=release_files.newest(releases)[0] + 1 if counter is None else counter,
        version=_version(version),
        replaces=replaces,
        key_set=_newest_set(keys.Sets(sets)) if key_set is None else key_set,
        boards=tuple(boards or ()),
        least=_python(least),
        most=_python(most) if most else (0, 0),
        notes=_notes(notes),
    )
    release_files.check_newer(releases, about)
    when = _built(built, sources)
    made = release_files.made(release_files.stamped(release_files.sources_of(sources), about.counter, when), about)
    _keep(releases, made)


@app.command()
def image(
    file: Annotated[Path, typer.Argument(help="MicroPython for units with two partitions: an .app-bin")],
    version: Version,
    releases: Releases = RELEASES,
    sets: keys_cli.SetsFolder = keys_cli.SETS,
    key_set: Annotated[int | None, typer.Option(help="that will sign it; default: the newest")] = None,
    counter: Annotated[int | None, typer.Option(help="only rises; default: one above the newest release")] = None,
    boards: Annotated[list[str] | None, typer.Option("--board", help="that it is for; at least one")] = None,
    replaces: Annotated[int, typer.Option(help="the oldest application that must run on the unit")] = 1,
    least: Annotated[str, typer.Option(help="oldest MicroPython that it may replace")] = LEAST,
    most: Annotated[str | None, typer.Option(help="newest that it may replace; default: its own version")] = None,
    mpy: Annotated[str | None, typer.Option(help=".mpy version that it runs; default: as mpy-cross knows it")] = None,
    notes: Annotated[Path | None, typer.Option(help="file with what is new, for the maintainer's page")] = None,
) -> None:
    """Make a release of MicroPython itself, built elsewhere. It shares the counter with applications."""
    data = keys.read_file(file)
    found = release_image.read(data)
    about = About(
        counter=release_files.newest(releases)[0] + 1 if counter is None else counter,
        version=_version(version),
        replaces=replaces,
        key_set=_newest_set(keys.Sets(sets)) if key_set is None else key_set,
        boards=tuple(boards or ()),
        least=_python(least),
        most=_python(most) if most else found.python or release_files.compiler()[0],
        notes=_notes(notes),
    )
    release_files.check_newer(releases, about)
    _keep(releases, release_image.made(data, about, release_image.speaks(found, _python(mpy) if mpy else None)))


@app.command()
def reissue(
    old: Folder,
    version: Version,
    releases: Releases = RELEASES,
    sets: keys_cli.SetsFolder = keys_cli.SETS,
    notes: Annotated[Path | None, typer.Option(help="file with why, for the maintainer's page")] = None,
) -> None:
    """Make the code of an old release a newer one, for a bad one that is found late. It has to be signed anew."""
    before = release_files.read(old)
    if before.is_image:
        raise BadRelease(f"{old} is an image, which has no sources: `image {old / 'bundle'}` makes it a newer release")
    release_proof.check_rebuilt(before)
    it = before.manifest
    about = About(
        counter=release_files.newest(releases)[0] + 1,
        version=_version(version),
        replaces=it.replaces,
        key_set=_newest_set(keys.Sets(sets)),
        boards=tuple(it.boards),
        least=it.least,
        most=it.most,
        notes=_notes(notes) or f"The code of {_dotted(it.version)} again",
    )
    release_files.check_newer(releases, about)
    _keep(releases, release_files.made(release_files.stamped(before.sources, about.counter), about))


@app.command()
def sign(
    folder: Folder,
    secrets: Annotated[list[Path], typer.Argument(help="secret keys; where they are in several places, one at a time")],
    sets: keys_cli.SetsFolder = keys_cli.SETS,
    sources: Sources = None,
) -> None:
    """Sign a release, once it is built here again from its sources and comes out the same; an image has none."""
    it = release_files.read(folder)
    _print(it)
    release_proof.check_content(it)
    if it.is_image:
        _no_sources(sources)
        out.print(f"Built elsewhere: compare this SHA-256 with the one of its maker.\n  {it.manifest.digest.hex()}")
    else:
        release_proof.check_stamp(it)
        release_proof.check_rebuilt(it, sources)
    trusted = keys.Sets(sets).trusted(it.manifest.key_set)
    by = it.by
    for path in secrets:
        by = keys.signed_with(by, trusted, keys.read_secret(path, keys_cli.ask), signatures.RELEASE_WORDS, it.body)
    release_files.keep_signed(folder, signatures.packed_signatures(by) + it.body)
    missing = trusted.threshold - len(by)
    out.print("Signed by enough." if missing <= 0 else f"Signed; it needs {missing} more of key set {trusted.number}.")


@app.command()
def verify(
    folder: Folder,
    sets: keys_cli.SetsFolder = keys_cli.SETS,
    first: First = 1,
    sources: Sources = None,
    board: Annotated[str, typer.Option(help="of the unit; default: the first that it is for")] = "",
) -> None:
    """Do what a unit does: signatures, manifest, content; then have the unit's own files take it, on MicroPython."""
    it = release_files.read(folder)
    _print(it)
    _verify(it, keys.Sets(sets), first, sources, board)


@app.command()
def publish(
    folder: Folder,
    sets: keys_cli.SetsFolder = keys_cli.SETS,
    ca: Annotated[
        Path | None, typer.Option(help="certificate that vouches for the service, if no public one does")
    ] = None,
) -> None:
    """Verify a release and hand it to the service; the sign-in link of a maintainer is asked for. Rolls nothing out."""
    it, known = release_files.read(folder), keys.Sets(sets)
    _print(it)
    trusted = _verify(it, known, known.numbers()[0] if known.numbers() else 1, None, "")
    link = typer.prompt("Sign-in link of a maintainer", hide_input=True)
    service = release_post.Service(link, _vouched_by(ca) if ca else None)
    out.print(f"To {escape(service.origin)}{' (DEMO keys)' if trusted.demo else ''}")
    for done in release_post.publish(service, it, known):
        out.print(f"  {done}")
    out.print("Published. No unit gets it before it is rolled out.")


def _verify(it: ReleaseFolder, sets: keys.Sets, first: int, sources: Path | None, board: str) -> signatures.KeySet:
    files = release_proof.check_content(it)
    trusted = release_proof.check_signed(it, sets, first)
    out.print(f"  signed by {len(it.by)} of key set {trusted.number}, which needs {trusted.threshold}")
    release_proof.check_stamp(it)
    if it.is_image:
        _no_sources(sources)
    elif it.sources or sources:
        release_proof.check_rebuilt(it, sources)
        out.print("  built here again from its sources: the same bytes")
    slot = release_proof.taken(it, sets, first, board)
    if {name: data for name, data in slot.items() if name != "files"} != files:
        raise BadRelease("what a unit made of the bundle is not what it holds")
    until = ", as far as naming it to the bootloader" if it.is_image else ""
    out.print(f"  taken by the unit's own files on MicroPython{until}")
    return trusted


def _no_sources(said: Path | None) -> None:
    if said is not None:
        raise BadRelease("an image was built elsewhere: there is nothing here to hold against --sources")


def _keep(releases: Path, made: ReleaseFolder) -> None:
    release_proof.check_content(made)
    folder = release_files.keep(releases, made)
    _print(made)
    out.print(f"{escape(str(folder))} is made. Next: python -m tools.release sign {escape(str(folder))} KEY")


def _print(it: ReleaseFolder) -> None:
    release = it.manifest
    table = Table(title=f"Release {release.counter}, version {_dotted(release.version)}", title_justify="left")
    table.show_header = False
    table.add_column()
    table.add_column(overflow="fold")  # a hash is of use as a whole only
    pythons = f"{_dotted(release.least)} to {_dotted(release.most)}, .mpy {_dotted(release.mpy)}"
    rows: Mapping[str, object] = {
        "product": release.product,
        "boards": ", ".join(release.boards) or "every board",
        "replaces": f"{release.replaces} and newer",
        **(_of_image(it, pythons) if it.is_image else _of_application(it, pythons)),
        "key set": release.key_set,
        "signatures": len(it.by),
        f"SHA-256 of the {'image' if it.is_image else 'bundle'}": release.digest.hex(),
        "notes": release.notes or "none",
    }
    for name, value in rows.items():
        table.add_row(name, escape(str(value)))
    out.print(table)


def _of_application(it: ReleaseFolder, pythons: str) -> Mapping[str, object]:
    release = it.manifest
    files = f"{len(list(release.files()))}, {release.unpacked:,} bytes, {release.packed:,} on the air"
    return {"MicroPython": pythons, "wire version": release.wire, "files": files}


def _of_image(it: ReleaseFolder, pythons: str) -> Mapping[str, object]:
    found = release_image.read(it.bundle)
    python = _dotted(found.python) if found.python else "(it does not say which)"
    fits = "" if it.manifest.packed <= release_image.OFFICIAL_SLOT else ", too many for the slots of ESP32_GENERIC-OTA"
    return {
        "image": f"MicroPython {python} for {found.chip}",
        "bytes": f"{it.manifest.packed:,}{fits}",
        "SHA-256 in the image": "right" if found.hashed else "none",
        "on units with": f"MicroPython {pythons}",
    }


def _newest_set(sets: keys.Sets) -> int:
    complete = [number for number in sets.numbers() if _is_complete(sets, number)]
    if not complete:
        raise keys.BadKeys(f"there is no complete key set in {sets.folder}: `keys new` makes the first")
    return complete[-1]


def _is_complete(sets: keys.Sets, number: int) -> bool:
    try:
        sets.trusted(number)
    except keys.BadKeys:
        return False
    return True


def _built(said: int | None, sources: Path) -> int:
    """`said`, or SOURCE_DATE_EPOCH, or the time of the sources' commit."""
    if said is None and (epoch := os.environ.get("SOURCE_DATE_EPOCH", "")).isdecimal():
        said = int(epoch)
    return release_files.committed(sources) if said is None else said


def _vouched_by(path: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=keys.read_file(path).decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise BadRelease(f"{path} is no certificate: PEM is expected") from None


def _version(text: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"\d{1,5}\.\d{1,5}\.\d{1,5}", text):
        raise BadRelease(f"{text} is no version: MAJOR.MINOR.PATCH, as 1.4.0")
    major, minor, patch = map(int, text.split("."))
    return major, minor, patch


def _python(text: str) -> tuple[int, int]:
    if not re.fullmatch(r"\d{1,3}\.\d{1,3}", text):
        raise BadRelease(f"{text} is no version of MicroPython: as 1.27")
    major, minor = map(int, text.split("."))
    return major, minor


def _notes(path: Path | None) -> str:
    return keys.read_file(path).decode().strip() if path else ""


def _dotted(numbers: Iterable[int]) -> str:
    return ".".join(map(str, numbers))


if __name__ == "__main__":
    app(prog_name="python -m tools.release")
