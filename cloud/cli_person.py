"""`iomando person …`: what the host does for one person, beside a running service. Every act stands in the log."""

import asyncio
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="People of this installation.")


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


@app.command()
def code(
    contact: Annotated[str, typer.Argument(help="phone number with + and country, or e-mail address")],
) -> None:
    """Print a code with which the person of this contact can sign in once: for where no message service is set.

    She asks for a code in the app as always, and types this one. It stands in the log that a code was printed.
    """
    from cloud.codes import CODE_LIFE_MS, MINUTE_MS
    from cloud.contacts import BadContact, masked, normal

    try:
        whose = normal(contact)
    except BadContact as error:
        raise _fail(error) from error
    printed, known = asyncio.run(_code(whose))
    typer.echo(f"{printed[:3]} {printed[3:]}")
    typer.echo(f"for {masked(whose)}: good once within {CODE_LIFE_MS // MINUTE_MS} minutes", err=True)
    if not known:
        typer.echo("nobody has this contact yet: with this code it can only be used to ask for access", err=True)


@app.command("forget-pin")
def forget_pin(
    contact: Annotated[str, typer.Argument(help="phone number with + and country, or e-mail address")],
) -> None:
    """Ask her no longer for the four digits that she has set and forgotten. It stands in the log."""
    from cloud.beside import NotThere
    from cloud.contacts import BadContact, normal
    from cloud.settings import BadSetting

    try:
        found = asyncio.run(_forget_pin(normal(contact)))
    except (BadContact, BadSetting, NotThere) as error:
        raise _fail(error) from error
    typer.echo("forgotten: her doors open without a code now" if found else "she has set none")


async def _forget_pin(contact: str) -> bool:
    from cloud.beside import WAY, beside
    from cloud.chain import Draft
    from cloud.proof_store import ProofStore
    from cloud.settings import read

    async with beside(read()) as it:
        her = await it.changes.person_of(contact)
        if her is None:
            return False
        now, places = it.clock.now(), it.policy.places(her.id) or [""]
        detail = {"what": "pin_forgotten", "person": her.id}
        drafts = [Draft(place, now, "change", way=WAY, detail=detail) for place in places]
        found = await ProofStore(it.store).clear_pin(her.id, now, drafts)
        it.tell_service()
        return found


async def _code(contact: str) -> tuple[str, bool]:
    from cloud import database
    from cloud.clock import Clock
    from cloud.code_desk import print_code
    from cloud.home import Home
    from cloud.proof_store import ProofStore
    from cloud.settings import BadSetting, read
    from cloud.slow_hash import SlowHash
    from cloud.store import Store

    try:
        home = Home(read().home)
    except BadSetting as error:
        raise _fail(error) from error
    if not home.database.exists():
        raise _fail(f"there is no service in {home.path} yet: start `iomando serve` once, or set IOMANDO_HOME")
    if not database.is_current(home.database):
        raise _fail("the database is of another version: start this version's `iomando serve` once, then print")
    store, hasher = Store(home.database), SlowHash()
    try:
        printed = await print_code(store, hasher, contact, Clock().now())
        return printed, await ProofStore(store).known(contact) is not None
    finally:
        hasher.close()
        await store.close()
