"""Servers for this machine's own browser and for nobody else: they listen on the loopback, answer to its names only,
and change nothing for a page of another origin."""

from collections.abc import Awaitable, Callable

from aiohttp import web

LOOPBACK = "127.0.0.1"
PORTS = 50  # tried, from the wanted one on

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(app: web.Application) -> web.Application:
    app.middlewares.append(_guard)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A name that leads here from elsewhere (DNS rebinding) and a page from elsewhere get nothing."""
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    changes = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
    fetch = {name: request.headers.get(f"Sec-Fetch-{name}") for name in ("Site", "Mode")}
    embedded = fetch["Site"] == "cross-site" and fetch["Mode"] != "navigate"  # whom a frame is for its policy says
    strange = host.partition(":")[0] not in (LOOPBACK, "localhost") or embedded
    if strange or (changes and origin != f"http://{host}"):
        raise web.HTTPForbidden(text="this is for the pages of this demo only")
    return await handler(request)


async def serve(app: web.Application, wanted: int) -> tuple[web.AppRunner, int]:
    """On this port of the loopback, or the next one that is free. The runner's cleanup() ends it."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    for port in range(wanted, wanted + PORTS):
        try:
            await web.TCPSite(runner, LOOPBACK, port).start()
        except OSError:
            continue
        return runner, port
    await runner.cleanup()
    raise OSError(f"no port from {wanted} to {wanted + PORTS} is free for the demo page")
