"""What the operator sees: /healthz and Prometheus /metrics, on a port of the loopback only. Changes nothing: /refresh
only has the service read again what the command line has changed on disk.
"""

import resource
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from cloud.broker import Broker
from cloud.clock import Clock
from cloud.disk import WARN_AT, Disk
from cloud.live import Live
from cloud.messages import encode
from cloud.opening import Opening
from cloud.units import Units

REFRESH_HEADER = "X-Iomando-Command-Line"
STEPPED_S = 2  # a host clock that was stepped by more than this should be told to its operator


class Health:
    def __init__(
        self,
        clock: Clock,
        disk: Disk,
        units: Units,
        live: Live,
        opening: Opening,
        broker: Callable[[], Broker | None],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self._clock, self._disk, self._units, self._live = clock, disk, units, live
        self._opening, self._broker, self._refresh = opening, broker, refresh
        registry = CollectorRegistry()
        registry.register(self)  # pyright: ignore[reportArgumentType] - it collects, which is all that is asked
        self._registry = registry
        self.app = web.Application()
        self.app.router.add_get("/healthz", self.healthz)
        self.app.router.add_get("/metrics", self.metrics)
        self.app.router.add_post("/refresh", self.refresh)

    def problems(self) -> list[str]:
        found: list[str] = []
        used = self._disk.used()
        if used >= WARN_AT:
            found.append(f"disk {used:.0%} full")
        if not self._disk.reserved():
            found.append("the disk's reserve for recording opens is not there")
        if not self._units.broker_up:
            found.append("no connection to the broker")
        if abs(stepped := self._clock.stepped()) > STEPPED_S:
            found.append(f"the host's clock was stepped by {stepped:.0f} s since the start; start the service again")
        return found

    async def healthz(self, _request: web.Request) -> web.Response:
        problems = self.problems()
        bad = not self._units.broker_up
        body = encode({"ok": not problems, "problems": problems})
        return web.Response(status=503 if bad else 200, body=body, content_type="application/json")

    async def refresh(self, request: web.Request) -> web.Response:
        """From the command line; a page in the host's browser cannot send this header here."""
        if REFRESH_HEADER not in request.headers:
            return web.Response(status=403)
        await self._refresh()
        return web.Response(status=204)

    async def metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), content_type="text/plain")

    def collect(self) -> Iterator[Metric]:
        operations = CounterMetricFamily(
            "iomando_operations",
            "Operations by the state they came to",
            labels=["state"],
        )
        for state, count in self._opening.settled.items():
            operations.add_metric([str(state)], count)
        yield operations
        dropped = CounterMetricFamily(
            "iomando_frames_dropped",
            "Frames of units that were not believed",
            labels=["why"],
        )
        for why, count in self._units.dropped().items():
            dropped.add_metric([why], count)
        yield dropped
        yield CounterMetricFamily(
            "iomando_answers_dropped",
            "Answers that changed nothing",
            self._opening.dropped["answer"],
        )
        units = GaugeMetricFamily("iomando_units", "Units by link", labels=["link"])
        for link, count in self._units.links().items():
            units.add_metric([link], count)
        yield units
        yield GaugeMetricFamily("iomando_apps", "Connected apps", len(self._live))
        yield CounterMetricFamily(
            "iomando_apps_slow",
            "Apps dropped because they could not keep up",
            self._live.slow,
        )
        yield GaugeMetricFamily("iomando_broker_up", "Connection to the broker", int(self._units.broker_up))
        broker = self._broker()
        yield CounterMetricFamily(
            "iomando_broker_restarts",
            "Starts of the broker after it died",
            broker.restarts if broker else 0,
        )
        yield GaugeMetricFamily("iomando_disk_used_ratio", "Share of the disk in use", self._disk.used())
        yield GaugeMetricFamily("iomando_resident_bytes", "Memory of this process", resident())
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield CounterMetricFamily(
            "iomando_cpu_seconds",
            "CPU of this process",
            usage.ru_utime + usage.ru_stime,
        )


def resident() -> int:
    """Bytes of memory that this process holds."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()
