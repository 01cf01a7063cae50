"""argon2 of what people type, in threads of its own. Knows neither codes nor people.

What is short enough to be typed is short enough to be tried out: each try costs 19 MiB and some hundredths of a second,
and no more than two are made at a time, so that opens do not wait for the machine.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ROUNDS, MEMORY_KIB, LANES = 2, 19 * 1024, 1  # OWASP's second choice: 19 MiB, two rounds
AT_ONCE = 2
WAITING = 100  # more than that is a flood: about two seconds of work
_T = TypeVar("_T")


class Busy(Exception):
    """Too much is being hashed; nothing was done."""


class SlowHash:
    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slow-hash")
        self._waiting = 0
        # nobody's: comparing with it costs what comparing with somebody's does
        self.dummy = self._hasher.hash("nobody's")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def busy(self) -> bool:
        return self._waiting >= WAITING

    async def hash(self, secret: str) -> str:
        return await self._do(self._hasher.hash, secret)

    async def matches(self, secret: str, hashed: str | None) -> bool:
        """None is nobody's: it takes as long, and matches nothing."""
        matched = await self._do(self._verify, secret, hashed or self.dummy)
        return matched and hashed is not None

    def _verify(self, secret: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, secret)
        except (VerificationError, InvalidHashError):
            return False

    async def _do(self, work: Callable[..., _T], *arguments: str) -> _T:
        if self.busy:
            raise Busy("too many at once; try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1
