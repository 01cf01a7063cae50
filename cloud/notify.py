"""Messages to people outside the app: codes, warnings, heads of logs. Out through apprise, whose URLs the host sets.

Nobody waits for a message, and none is tried twice: who got no code asks for another. What fails is logged without the
receiver, the text or the URL.
"""

import asyncio
import ipaddress
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from cloud import notify_texts
from cloud.contacts import is_phone, masked
from cloud.settings import Settings

if TYPE_CHECKING:
    import apprise

log = logging.getLogger("iomando.notify")

TIMEOUT_S = 10  # of one delivery: gateways answer within two
AT_ONCE = 4
WAITING = 100  # all of them slow: the last leaves after 4 minutes, and a code is still good then
LOUD = ("apprise", "urllib3", "requests")  # their lines may hold URLs, and so secrets and receivers


class Message(msgspec.Struct, frozen=True):
    kind: str
    to: str  # for the log: masked
    urls: tuple[str, ...]
    title: str
    text: str


class Notify:
    def __init__(self, settings: Settings, timeout_s: float = TIMEOUT_S, waiting: int = WAITING) -> None:
        self._sms, self._mail = settings.sms_url, settings.mail_url
        self._alerts = tuple(settings.alert_urls.split())
        self._host = _named(settings.url)
        self._timeout_s = timeout_s
        self._queue: asyncio.Queue[Message] = asyncio.Queue(waiting)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work(), name="notify") for _ in range(AT_ONCE)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def sent(self) -> None:
        """Until everything that was put in so far has left or failed."""
        await self._queue.join()

    def can_reach(self, contact: str) -> bool:
        return bool(self._url(contact))

    def code(self, contact: str, code: str, language: str) -> None:
        title, text = notify_texts.code(language, code, self._host if is_phone(contact) else None)
        self._put("code", contact, title, text)

    def new_device(self, contact: str, language: str, name: str, device: str, place: str) -> None:
        """Somebody has admin rights on a device that was not seen before."""
        self._put("new device", contact, *notify_texts.new_device(language, name, device, place))

    def head(self, contact: str, language: str, place: str, day: str, head: str) -> None:
        self._put("head", contact, *notify_texts.head(language, place, day, head))

    def alert(self, title: str, text: str) -> None:
        """To the host of this installation."""
        if self._alerts:
            self._add(Message("alert", "host", self._alerts, title, text))

    def alarm(self, contact: str, title: str, text: str) -> None:
        """To somebody who manages the place."""
        self._put("alarm", contact, title, text)

    def place_alert(self, service: str, url: str, title: str, text: str) -> None:
        """To an address that a place has set."""
        self._add(Message("alarm", service, (url,), title, text))

    async def deliver(self, service: str, url: str, title: str, text: str) -> bool:
        """Whether it took the message, now."""
        return await self._send(Message("alarm", service, (url,), title, text))

    async def understands(self, urls: Sequence[str]) -> bool:
        """Whether apprise could send to all of these."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _understood, tuple(urls))

    def _url(self, contact: str) -> str:
        return self._sms if is_phone(contact) else self._mail

    def _put(self, kind: str, contact: str, title: str, text: str) -> None:
        if url := self._url(contact):
            self._add(Message(kind, masked(contact), (url.replace("{to}", quote(contact, safe="")),), title, text))

    def _add(self, message: Message) -> None:
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            _failed(message, "too many are waiting")

    async def _work(self) -> None:
        while True:
            message = await self._queue.get()
            try:
                await self._send(message)
            finally:
                self._queue.task_done()

    async def _send(self, message: Message) -> bool:
        sending = asyncio.get_running_loop().run_in_executor(self._threads, _deliver, message)
        try:
            why = await asyncio.wait_for(sending, self._timeout_s)
        except TimeoutError:  # its thread goes on until apprise's own timeouts end it
            why = "no answer in time"
        except Exception as error:  # noqa: BLE001 - what a gateway's answer makes of a plugin is its own affair
            why = type(error).__name__  # not its text: that may hold the URL
        if why:
            _failed(message, why)
        else:
            log.info("message sent", extra={"kind": message.kind})
        return why is None


def _understood(urls: tuple[str, ...]) -> bool:
    out = _apprise()
    return all(map(out.add, urls))


def _apprise() -> "apprise.Apprise":
    """In a thread. It says nothing of its own accord, and goes nowhere but where the URL leads."""
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    import apprise  # 11 MiB, for those only who have a gateway

    asset = apprise.AppriseAsset(async_mode=False, secure_logging=True, http_redirects=False)
    return apprise.Apprise(asset=asset)


def _deliver(message: Message) -> str | None:
    """In a thread. What went wrong, or None."""
    import apprise

    out = _apprise()
    if not all(map(out.add, message.urls)):
        return "a URL that apprise does not understand"
    sent = out.notify(body=message.text, title=message.title, body_format=apprise.NotifyFormat.TEXT)
    return None if sent else "refused or not reached"


def _failed(message: Message, why: str) -> None:
    log.warning("message not sent", extra={"kind": message.kind, "to": message.to, "why": why})


def _named(url: str) -> str | None:
    """The host that phones bind a code to: only where it has a name and is reached over TLS."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host if parts.scheme == "https" and host else None
    return None
