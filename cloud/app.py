"""Settings to a running service: every part built, wired, started in order, and ended in reverse. Decides nothing."""

import asyncio
import datetime
import gc
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from cloud import database, front, orphans
from cloud.addresses import Addresses
from cloud.broker import Broker
from cloud.certificates import Authority
from cloud.clock import Clock
from cloud.disk import Disk
from cloud.health import Health
from cloud.home import Home
from cloud.mqtt import Connection
from cloud.release_rules import SPEAKS
from cloud.sealing import Sealer, sealing_key
from cloud.settings import Settings
from cloud.units import Units
from cloud.wired import build

log = logging.getLogger("iomando")

DISK_CHECK_S = 60
THREADS_TURN_S = 0.0005  # the commits' thread needs the interpreter for microseconds: it must not wait 5 ms for it
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class Service:
    """What runs. `url` and `broker_address` are where it is reached once `serving` is entered."""

    url = ""
    broker_port = 0
    admin_port = 0


@asynccontextmanager
async def serving(
    settings: Settings, home: Home, mosquitto: Callable[[], list[str]], lit: Path
) -> AsyncIterator[Service]:
    """The whole service, from the first table to the last socket. The home must be locked by the caller."""
    service = Service()
    orphans.check(home.database, SPEAKS)
    database.migrate(home.database)
    clock, now = Clock(), lambda: datetime.datetime.now(datetime.UTC)
    authority = Authority.kept(home.keys, now())
    sealer = Sealer(sealing_key(home.keys / "sealing.key"))
    disk = Disk(home.path, settings.disk_reserve_mb)
    disk.keep()
    async with AsyncExitStack() as stack:
        wired = await build(settings, home, sealer, clock, disk.give_up, lambda: now().date(), stack)
        wired.releases.refuse_demo()
        units, live, opening = wired.units, wired.live, wired.opening
        broker = await _broker(settings, home, mosquitto, authority, now, stack)
        service.broker_port = broker.port if broker else 0
        await opening.start()
        stack.push_async_callback(opening.close)
        await wired.alarms.start()
        wired.alerting.start()
        units.settings.lists = lambda: (servers_of_units(settings, broker), [authority.issued.der()])
        units.start(lambda u: _connection(settings, broker, u))
        stack.push_async_callback(units.close)
        live.start()
        stack.push_async_callback(live.close)
        wired.notify.start()
        wired.tests.start()
        wired.rollouts.start()
        wired.pushing.start()
        wired.announcing.start()
        stack.push_async_callback(wired.announcing.close)
        health = Health(clock, disk, units, live, opening, lambda: broker, wired.refresh)
        service.admin_port = await _serve(health.app, "127.0.0.1", settings.admin_port, stack)
        addresses = Addresses(sealing_key(home.keys / "sealing.key"))
        web_app = front.build(settings, wired, addresses, clock, disk, lit, lambda: service.url, broker)
        web_app.read_files()
        port = await _serve(web_app.app, settings.host, settings.port, stack)
        service.url = settings.public_url or f"http://{settings.host}:{port}"
        web_app.served_on(port)
        wired.passkeys.served_on(port)
        keeper = asyncio.create_task(_keep_disk(disk), name="disk")
        stack.callback(keeper.cancel)
        log.info(
            "serving",
            extra={
                "url": service.url,
                "broker_port": service.broker_port,
                "admin_port": service.admin_port,
            },
        )
        sys.setswitchinterval(THREADS_TURN_S)
        gc.collect()
        gc.freeze()  # what is there now stays: looking through it for garbage would hold up an open for 20 ms
        yield service


async def _broker(
    settings: Settings,
    home: Home,
    mosquitto: Callable[[], list[str]],
    authority: Authority,
    now: Callable[[], datetime.datetime],
    stack: AsyncExitStack,
) -> Broker | None:
    if settings.broker_url:
        return None
    names = dict.fromkeys([settings.broker_name, "localhost", "127.0.0.1", settings.broker_host])
    broker = Broker(
        mosquitto,
        authority,
        home.keys,
        settings.broker_host,
        settings.broker_port,
        [name for name in names if name not in EVERYWHERE],
        now,
    )
    stack.push_async_callback(broker.close)
    await broker.start()
    return broker


def servers_of_units(settings: Settings, broker: Broker | None) -> list[tuple[str, int]]:
    """Where units connect to. They speak TLS only: a broker that we reach without is met under another address."""
    if broker or not settings.broker_url.startswith("mqtts:"):
        return [(settings.broker_name, broker.port if broker else settings.broker_port)]
    return [_outside(settings)]


def _outside(settings: Settings) -> tuple[str, int]:
    address = urlsplit(settings.broker_url)
    return address.hostname or "", address.port or (8883 if address.scheme == "mqtts" else 1883)


def _connection(settings: Settings, broker: Broker | None, units: Units) -> Connection:
    if broker:
        host, port = ("127.0.0.1" if broker.host in EVERYWHERE else broker.host), broker.port
        context: ssl.SSLContext | None = broker.cloud_context()
    else:
        host, port = _outside(settings)
        context = _outside_context(settings) if urlsplit(settings.broker_url).scheme == "mqtts" else None
    return Connection(host, port, context, "u/#", units.take, units.broker_came, units.broker_went)


def _outside_context(settings: Settings) -> ssl.SSLContext:
    """An outside broker is met with the files broker.ca, broker.crt and broker.key of the home's keys, where they
    are."""
    keys = settings.home / "keys"
    ca = keys / "broker.ca"
    context = ssl.create_default_context(cafile=str(ca) if ca.exists() else None)
    if (keys / "broker.crt").exists():
        context.load_cert_chain(keys / "broker.crt", keys / "broker.key")
    return context


async def _serve(app: web.Application, host: str, port: int, stack: AsyncExitStack) -> int:
    """The port it is served on: 0 asks for any free one."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, host, port, backlog=1024)
    await site.start()
    return runner.addresses[0][1]


async def _keep_disk(disk: Disk) -> None:
    while True:
        await asyncio.sleep(DISK_CHECK_S)
        try:
            disk.keep()
        except OSError:
            log.warning("no room for the disk's reserve")
