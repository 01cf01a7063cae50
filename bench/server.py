"""The cloud as a process of its own, with its log in a file: a log read by the driver would be measured too."""

import asyncio
import re
import time
from pathlib import Path

import aiohttp

from sim import town

POLL_S = 0.05


class Server(town.Cloud):
    """What /proc says of it is read from outside: asking must cost it nothing."""

    @property
    def pid(self) -> int:
        if self.process is None or self.process.returncode is not None:
            raise RuntimeError(f"the cloud does not run; its last words are in {self.log_file}")
        return self.process.pid

    @property
    def log_file(self) -> Path:
        return self.home / "serve.log"

    async def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log_file.open("wb") as log:
            self.process = await self.spawn(log.fileno())
        async with asyncio.timeout(town.START_S):
            while not await self._healthy():  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL_S)

    def cpu_s(self) -> float:
        """All its threads, user and system: the kernel's CPU clock of another process."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def resident_kib(self) -> int:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) if found else 0

    async def metric(self, name: str) -> float:
        """One value of /metrics, by its name with labels."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{self.admin_port}/metrics") as response,
        ):
            lines = (await response.text()).splitlines()
        return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} ")), 0.0)

    async def units_online(self, count: int) -> None:
        async with asyncio.timeout(town.START_S):
            while await self.metric('iomando_units{link="online"}') < count:  # noqa: ASYNC110 - another process
                await asyncio.sleep(POLL_S)

    async def _healthy(self) -> bool:
        _ = self.pid
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{self.admin_port}/healthz") as response,
            ):
                return response.status == 200
        except aiohttp.ClientError:
            return False
