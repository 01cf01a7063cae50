"""`python -m tools.release keys …`: what is asked of whoever makes, signs and looks at release keys.

A passphrase is asked at a prompt and nowhere else. Nothing here needs a network. Never here: bytes and signatures
(keys.py).
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from firmware import signatures
from tools import keys

app = typer.Typer(no_args_is_help=True, help="Release keys and the sets that units trust.")
out = Console(highlight=False, soft_wrap=True)

SetsFolder = Annotated[Path, typer.Option("--sets", help="folder of the key sets: N.keys")]
Publics = Annotated[list[Path], typer.Option("--public", help="a public key, ANNA.pub; once for each holder, 1 to 5")]
Threshold = Annotated[int, typer.Option(help="how many of them a release and the next set need")]
Demo = Annotated[bool, typer.Option("--demo", help="mark the set: for demos and tests; a service refuses it")]
SETS = Path("release-keys")


def ask(question: str) -> str:
    return typer.prompt(question, hide_input=True)


@app.command()
def secret(path: Annotated[Path, typer.Argument(help="file of the new secret key, as anna.key")]) -> None:
    """Make one holder's key, on the holder's own machine: PATH stays there, the .pub beside it is handed on."""
    passphrase = typer.prompt("Passphrase for it", hide_input=True, confirmation_prompt=True)
    made = keys.make_secret(path, passphrase)
    out.print(f"{escape(str(path))} is secret: keep it, and a copy of it in another place. Nobody can make it again.")
    out.print(f"{escape(str(path.with_suffix('.pub')))} is public: {keys.public(made).hex()}")


@app.command()
def new(publics: Publics, threshold: Threshold, sets: SetsFolder = SETS, demo: Demo = False) -> None:
    """Make key set 1, that an installer puts on every unit. Then have it signed: `keys sign 1 …`."""
    if numbers := keys.Sets(sets).numbers():
        raise keys.BadKeys(f"{sets} holds key set {numbers[-1]} already: `keys rotate` makes the one after it")
    _begin(keys.Sets(sets), keys.following(None, _read(publics), threshold, demo))


@app.command()
def rotate(publics: Publics, threshold: Threshold, sets: SetsFolder = SETS, demo: Demo = False) -> None:
    """Make the set that follows the newest one. It needs the signatures of that one's holders, and of its own."""
    known = keys.Sets(sets)
    newest = known.numbers()[-1:]
    if not newest:
        raise keys.BadKeys(f"there is no key set in {sets}: `keys new` makes the first")
    _begin(known, keys.following(known.trusted(newest[0]), _read(publics), threshold, demo))


@app.command()
def sign(
    number: Annotated[int, typer.Argument(help="of the key set")],
    secrets: Annotated[list[Path], typer.Argument(help="secret keys of the set before, and of this one")],
    sets: SetsFolder = SETS,
) -> None:
    """Sign a key set, with one key or with several; where they are in several places, one after the other."""
    known = keys.Sets(sets)
    it, before = known.read(number), known.before(number)
    _print(it, before)
    for path in secrets:
        it = keys.sign_set(it, before, keys.read_secret(path, ask))
    known.keep(it)
    out.print(_state(known, number))


@app.command()
def show(sets: SetsFolder = SETS) -> None:
    """Every key set, whose keys are in it, and what is missing."""
    known = keys.Sets(sets)
    if not known.numbers():
        raise keys.BadKeys(f"there is no key set in {sets}")
    for number in known.numbers():
        _print(known.read(number), known.before(number))
        out.print(_state(known, number))


def _read(publics: list[Path]) -> list[bytes]:
    return [keys.read_public(path) for path in publics]


def _begin(known: keys.Sets, it: keys.SignedSet) -> None:
    path = known.keep(it)
    _print(it, known.before(it.keys.number))
    out.print(f"{escape(str(path))} is made and not signed yet.")


def _print(it: keys.SignedSet, before: signatures.KeySet | None) -> None:
    found = it.keys
    mark = " · DEMO: its secret keys are known to all" if found.demo else ""
    table = Table(
        title=f"Key set {found.number}: any {found.threshold} of {len(found.keys)}{mark}", title_justify="left"
    )
    table.add_column("key", overflow="fold")  # of use as a whole only
    table.add_column("before", no_wrap=True)
    table.add_column("now", no_wrap=True)
    by_old, by_new = dict(it.by_old), dict(it.by_new)
    for key in [*found.keys, *(key for key in (before.keys if before else []) if key not in found.keys)]:
        old = _word(before.keys if before else [], key, by_old)
        table.add_row(key.hex(), old, _word(found.keys, key, by_new))
    out.print(table)


def _word(those: list[bytes], key: bytes, found: dict[int, bytes]) -> str:
    if key not in those:
        return ""
    return "signed" if those.index(key) in found else "in it"


def _state(known: keys.Sets, number: int) -> str:
    try:
        known.trusted(number)
    except keys.BadKeys as error:
        return f"Key set {number} is not complete: {escape(str(error))}."
    return f"Key set {number} is complete: units that trust the sets before it take it."
