"""`iomando unit …`, beside a service: units enrolled for the bench, and by which access point one with a modem goes."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, help="Units of this installation.")


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


@app.command()
def enrol(
    into: Annotated[Path, typer.Argument(help="folder that gets a folder for each unit, with its keys")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="how many units")] = 1,
    place: Annotated[str, typer.Option(help="place their doors belong to; made when missing")] = "Bench",
) -> None:
    """Enrol simulated units at the service of IOMANDO_HOME, running or not: `iomando sim` runs them."""
    asyncio.run(_enrol(into, count, place))
    typer.echo(f"{count} enrolled in {into}. Their keys are in there: whoever has the folder can be these units.")


async def _enrol(into: Path, count: int, place: str) -> None:
    import datetime

    from cloud import database
    from cloud.certificates import Authority
    from cloud.enrolment import enrol_for_the_bench
    from cloud.home import Home
    from cloud.sealing import Sealer, sealing_key
    from cloud.settings import read
    from cloud.store import Store

    settings = read()
    home, now = Home(settings.home), datetime.datetime.now(datetime.UTC)
    if not home.database.exists():
        raise _fail(f"there is no service in {home.path} yet: start `iomando serve` once, or set IOMANDO_HOME")
    if not database.is_current(home.database):
        raise _fail("the database is of another version: start this version's `iomando serve` once, then enrol")
    store, sealer = Store(home.database), Sealer(sealing_key(home.keys / "sealing.key"))
    authority = Authority.kept(home.keys, now)
    for _ in range(count):
        server = (settings.broker_name, settings.broker_port)
        await enrol_for_the_bench(store, sealer, authority, now, into, place, server)
    await store.close()


@app.command()
def apn(
    unit: Annotated[str, typer.Argument(help="id of the unit")],
    name: Annotated[str, typer.Argument(metavar="APN", help="access point name of its SIM's contract")],
    auth: Annotated[
        Literal["none", "pap", "chap"], typer.Option(help="how the operator wants to know who it is")
    ] = "none",
    user: Annotated[str, typer.Option(help="with pap or chap; the password is asked for")] = "",
) -> None:
    """Have a unit with a modem use another access point. It goes back by itself when that does not lead here."""
    from cloud.beside import NotThere
    from cloud.settings import BadSetting
    from cloud.verbs import NotPossible
    from cloud.wanted import BadSettings, checked_access_point

    password = typer.prompt("Password", hide_input=True) if auth != "none" else ""
    try:
        checked_access_point(name, auth, user, password)
        seen = asyncio.run(_want_access_point(unit, name, auth, user, password))
    except NotPossible as error:
        raise _fail(error.detail) from error
    except (BadSettings, BadSetting, NotThere, OSError) as error:
        raise _fail(error) from error
    typer.echo(f"Unit {unit} is to use {name}. It tries that when no door is in use, and goes back after five minutes.")
    if not seen:
        typer.echo("No service is running here: it will know when it starts.", err=True)


async def _want_access_point(unit: str, name: str, auth: str, user: str, password: str) -> bool:
    import msgspec

    from cloud.beside import WAY, beside
    from cloud.chain import Draft
    from cloud.home import Home
    from cloud.sealing import Sealer, sealing_key
    from cloud.settings import read
    from cloud.unit_settings import access_point, kept_of
    from cloud.unit_store import UnitStore
    from cloud.verbs import NotPossible

    settings = read()
    async with beside(settings) as it:
        row = next((each for each in await it.store.units() if each.id == unit and each.revoked is None), None)
        if row is None:
            raise NotPossible("unknown", f"there is no unit {unit}")
        sealer = Sealer(sealing_key(Home(settings.home).keys / "sealing.key"))
        point = access_point(name, auth, user, password, unit, sealer)
        kept = msgspec.structs.replace(kept_of(row), access_point=point, refused=False)
        number = max(row.wanted_number, row.confirmed_number) + 1
        detail = {"what": "access_point_wanted", "unit": unit, "apn": name}
        draft = Draft("", it.clock.now(), "change", way=WAY, detail=detail)
        text = msgspec.json.encode(kept).decode()
        if not await UnitStore(it.store).want(unit, text, number, draft):
            raise NotPossible("conflict", "somebody else has just changed its settings: try again")
        return it.tell_service()
