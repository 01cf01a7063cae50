"""`iomando log …`: is the log whole, what does it say, give me a copy. Reads the database of IOMANDO_HOME, running or
not, and writes nothing.
"""

import datetime
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from cloud.chain import Entry, Kept, Verdict
    from cloud.log_store import Chain, Reader

app = typer.Typer(no_args_is_help=True, help="The log of each place, chained by hashes: docs/log.md.")

INSTALLATION = "installation"
Place = Annotated[str, typer.Option(help="id or name; `installation` is what belongs to no place")]


class Form(StrEnum):
    CSV = "csv"
    JSON = "json"


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


@app.command()
def verify(
    place: Annotated[str | None, typer.Option(help="id or name; all of them without")] = None,
    head: Annotated[list[str] | None, typer.Option(help="N:HASH that you kept: is it in this chain?")] = None,
    file: Annotated[Path | None, typer.Option(help="a JSON export instead of the database")] = None,
) -> None:
    """Whether anything was changed, taken out, put in, or cut off. Ends with 1 if so."""
    from cloud.chain import Kept

    try:
        kept = [Kept.read(text) for text in head or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--head") from error
    if file is not None:
        good = _verify_file(file, kept)
    elif kept and place is None:
        raise typer.BadParameter("say of which place with --place", param_hint="--head")
    else:
        with _reader() as reader:
            chains = reader.chains() if place is None else [_found(reader, place)]
            found = [_verify(reader, chain, kept) for chain in chains]  # all of them, whatever the first is like
            good = all(found)
    if not good:
        raise typer.Exit(1)


def _verify(reader: "Reader", one: "Chain", kept: "list[Kept]") -> bool:
    from cloud import chain

    if not isinstance(one.place, str):
        typer.echo(f"{one.place!r}: entries of what is no place")
        return False
    end = one.head or chain.START
    return _said(_name(one), chain.verify(reader.stream(one.place), head=end, place=one.place, kept=kept), kept)


def _verify_file(file: Path, kept: "list[Kept]") -> bool:
    from cloud import chain, export

    try:
        with file.open("rb") as lines:
            return _said(file.name, chain.verify(export.read(lines), kept=kept), kept)
    except (OSError, export.BadExport) as error:
        raise _fail(f"{file}: {error}") from error


def _said(name: str, found: "Verdict", kept: "list[Kept]") -> bool:
    from cloud.export import visible

    if found.wrong is None:
        typer.echo(f"{name}: {found.head.n:,} entries, whole; head {found.head}")
    else:
        typer.echo(f"{name}: entry {found.bad}: {visible(found.wrong)}. The last good head is {found.head}")
    for one, against in zip(kept, found.kept, strict=True):
        typer.echo(f"{name}: head {one} " + ("is in this chain" if against is None else f"is NOT: {against}"))
    return found.whole


@app.command()
def show(
    place: Place,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="how many of the last entries")] = 50,
    who: Annotated[str | None, typer.Option(help="only this person's, by id")] = None,
    door: Annotated[str | None, typer.Option(help="only this door's, by id")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="only of this kind; may be given several times")] = None,
) -> None:
    """The last entries, the newest at the bottom, in the place's own time."""
    from cloud.log_store import Filter

    with _reader() as reader:
        chain = _found(reader, place)
        local, names = _local(chain), reader.names()
        for entry in reversed(reader.page(chain.place, count, Filter(who, door, kind))):
            typer.echo(_line(entry, local, names))


def _line(e: "Entry", local: Callable[[int], str], names: dict[str, str]) -> str:
    from cloud.export import visible

    named = [f"{names.get(one, '?')} ({one})" for one in (e.who, e.door) if one]
    parts = [
        str(e.n),
        local(e.at),
        e.kind,
        *named,
        *([e.way] if e.way else []),
        *([e.detail] if e.detail != "{}" else []),
    ]
    return visible("  ".join(parts))


@app.command()
def export(
    place: Place,
    form: Annotated[Form, typer.Option("--format", help="csv for a spreadsheet; json can be verified with --file")],
) -> None:
    """All of it, to standard output."""
    from cloud import export as forms

    with _reader() as reader:
        chain = _found(reader, place)
        entries = reader.stream(chain.place)
        try:
            if form is Form.JSON:
                _write(forms.json(entries))
            else:
                _write(line.encode() for line in forms.csv(entries, _local(chain), reader.names()))
        except (ValueError, TypeError) as error:
            raise _fail(f"the log holds what was never written: see `iomando log verify` ({error})") from error


def _write(parts: Iterable[bytes]) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


@contextmanager
def _reader() -> "Iterator[Reader]":
    from cloud import database
    from cloud.home import Home
    from cloud.log_store import DatabaseError, Reader
    from cloud.settings import BadSetting, read

    try:
        home = Home(read().home)
        if not home.database.exists():
            raise _fail(f"there is no service in {home.path} yet: start `iomando serve` once, or set IOMANDO_HOME")
        if not database.is_current(home.database):
            raise _fail("the database is of another version: start this version's `iomando serve` once")
        with Reader(home.database) as reader:
            yield reader
    except (BadSetting, OSError, DatabaseError) as error:
        raise _fail(error) from error


def _found(reader: "Reader", wanted: str) -> "Chain":
    """By id, else by a name that only one has."""
    chains = reader.chains()
    named = [one for one in chains if one.place == wanted] or [one for one in chains if one.name == wanted]
    if not named and wanted == INSTALLATION:
        named = [one for one in chains if one.place == ""] or [_installation()]
    if len(named) != 1:
        known = ", ".join(f"{_name(one)} ({one.place})" for one in chains if one.name)
        what = "no place has" if not named else "several places have"
        raise _fail(f"{what} the id or name {wanted!r}. There are: {known or 'none'}")
    return named[0]


def _installation() -> "Chain":
    from cloud.log_store import Chain

    return Chain("", None, None, None)


def _name(one: "Chain") -> str:
    from cloud.export import visible

    return visible(one.name or f"place {one.place}") if one.place else INSTALLATION


def _local(one: "Chain") -> Callable[[int], str]:
    zone = ZoneInfo(one.zone or "UTC")

    def local(at: int) -> str:
        try:
            return datetime.datetime.fromtimestamp(at / 1000, zone).isoformat(timespec="milliseconds")
        except (ValueError, OverflowError, OSError, TypeError):
            return ""  # no clock says so: only somebody else writes such a moment, and `verify` finds it

    return local
