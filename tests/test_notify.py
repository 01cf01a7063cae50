"""Messages out: through apprise to real servers, off the loop, and without a word too much in the log."""

import asyncio
import email
import email.policy
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from cloud import notify, notify_texts
from cloud.notify import Notify
from cloud.settings import Settings
from tests.identity_side import EMAIL, PHONE

CODE = "123456"
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


class Gateway:
    """An SMS gateway: what is posted to it, and how it answers."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def post(self, request: web.Request) -> web.Response:
        self.posts.append((request.match_info["to"], json.loads(await request.read())))
        self.asked.set()
        await self.go_on.wait()
        return web.Response(status=self.status)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/sms/{to}", gateway.post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"json://user:hush@127.0.0.1:{runner.addresses[0][1]}/sms/{{to}}"
    yield gateway
    gateway.go_on.set()
    await runner.cleanup()


@pytest.fixture
async def started() -> AsyncIterator[Callable[..., Notify]]:
    all_: list[Notify] = []

    def start(timeout_s: float = notify.TIMEOUT_S, **settings: Any) -> Notify:
        all_.append(Notify(Settings(**settings), timeout_s))
        all_[-1].start()
        return all_[-1]

    yield start
    for each in all_:
        await each.close()


def ours(caplog) -> list[str]:
    return [str(vars(record)) for record in caplog.records if record.name.startswith("iomando")]


# -- out


async def test_a_code_reaches_the_gateway_with_the_number_in_its_url(started, gateway: Gateway) -> None:
    out = started(sms_url=gateway.url, public_url="https://doors.example")

    out.code(PHONE, CODE, "es")
    await out.sent()

    ((to, said),) = gateway.posts
    assert to == PHONE
    assert (
        said["message"]
        == f"Tu clave de iomando: {CODE}. Vale 10 minutos. No se la des a nadie.\n\n@doors.example #{CODE}"
    )


async def test_a_code_reaches_a_mailbox(started) -> None:
    mails: list[tuple[list[str], bytes]] = []
    server = await asyncio.start_server(lambda r, w: post_office(r, w, mails), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    out = started(mail_url=f"mailto://127.0.0.1:{port}?from=doors@example.com&to={{to}}&format=text")

    out.code("ana+door&x=1@example.com", CODE, "ca")
    await out.sent()
    server.close()

    ((receivers, raw),) = mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert receivers == ["<ana+door&x=1@example.com>"]
    assert mail["Subject"] == "La teva clau d'iomando"
    assert CODE in body.get_content()


async def post_office(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mails: list[tuple[list[str], bytes]]
) -> None:
    """The least that SMTP is."""
    receivers: list[str] = []
    writer.write(b"220 here\r\n")
    while line := (await reader.readline()).decode().strip():
        verb = line.partition(" ")[0].upper()
        if verb == "RCPT":
            receivers.append(line.partition(":")[2].split()[0])
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            raw = await reader.readuntil(b"\r\n.\r\n")
            mails.append((receivers, raw))
        writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")
        if verb == "QUIT":
            break
    await writer.drain()
    writer.close()


async def test_the_host_is_told_of_trouble_everywhere_it_wants(started, gateway: Gateway) -> None:
    one, two = (gateway.url.replace("{to}", name) for name in ("one", "two"))
    out = started(alert_urls=f"{one} {two}")

    out.alert("Disk", "nearly full")
    await out.sent()

    assert {(to, said["title"], said["message"]) for to, said in gateway.posts} == {
        ("one", "Disk", "nearly full"),
        ("two", "Disk", "nearly full"),
    }


async def test_who_can_be_reached_is_what_is_set(started, gateway: Gateway) -> None:
    assert started(sms_url=gateway.url).can_reach(PHONE)
    assert not started(sms_url=gateway.url).can_reach(EMAIL)
    assert started(mail_url=gateway.url).can_reach(EMAIL)
    neither = started()
    assert not neither.can_reach(PHONE)

    neither.code(PHONE, CODE, "en")
    neither.alert("a", "b")
    await neither.sent()
    assert gateway.posts == []


async def test_admins_hear_of_new_devices_and_get_heads(started, gateway: Gateway) -> None:
    out = started(sms_url=gateway.url)

    out.new_device(PHONE, "en", "Eve\n\nYour iomando code: 1", "a\u202ephone", "Home")
    out.head(PHONE, "ca", "Home", "2026-11-27", "12:abcdef")
    await out.sent()

    device, head = sorted((said for _, said in gateway.posts), key=lambda said: "abcdef" in said["message"])
    assert device["title"] == "A new device may manage Home"
    assert "Eve Your iomando code: 1 signed in on a new device (a phone)" in device["message"]
    assert head["title"] == "El registre de Home el 2026-11-27"
    assert "--head 12:abcdef" in head["message"]


# -- what goes wrong


@pytest.mark.parametrize("status", [301, 400, 403, 500])
async def test_a_gateway_that_refuses_is_told_without_receiver_code_and_secret(
    started, gateway: Gateway, caplog, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.status = status
    out = started(sms_url=gateway.url)

    out.code(PHONE, CODE, "en")
    await out.sent()

    assert any("message not sent" in line and "+34 ••• 01" in line for line in ours(caplog))
    everything = str([vars(record) for record in caplog.records])
    assert not any(secret in everything for secret in (PHONE, PHONE[1:], CODE, "hush"))
    gateway.status = 200
    out.code(PHONE, CODE, "en")
    await out.sent()
    assert any("message sent" in line for line in ours(caplog))


@pytest.mark.parametrize(
    "url", ["json://user:hush@127.0.0.1:1/{to}", "nosuch://user:hush@x/{to}", "mailto://hush?to={to}"]
)
async def test_a_gateway_that_is_not_there_is_told_without_receiver_code_and_secret(started, caplog, url: str) -> None:
    caplog.set_level(logging.DEBUG)
    out = started(sms_url=url)

    out.code(PHONE, CODE, "en")
    await out.sent()

    assert sum("message not sent" in line for line in ours(caplog)) == 1
    everything = str([vars(record) for record in caplog.records])
    assert not any(secret in everything for secret in (PHONE, PHONE[1:], CODE, "hush"))


async def test_a_plugin_that_breaks_ends_nothing(started, gateway: Gateway, monkeypatch, caplog) -> None:
    out = started(sms_url=gateway.url)
    deliver = notify._deliver

    def broken(_message: notify.Message) -> str | None:
        raise RuntimeError("https://user:hush@gateway")

    monkeypatch.setattr(notify, "_deliver", broken)
    for _ in range(2 * notify.AT_ONCE):
        out.code(PHONE, CODE, "en")
    await out.sent()
    monkeypatch.setattr(notify, "_deliver", deliver)
    out.code(PHONE, CODE, "en")
    await out.sent()

    assert len(gateway.posts) == 1
    assert "hush" not in str(ours(caplog))


async def test_a_gateway_that_does_not_answer_holds_nobody_up(started, gateway: Gateway, caplog) -> None:
    gateway.go_on.clear()
    out = started(0.05, sms_url=gateway.url)

    out.code(PHONE, CODE, "en")
    await gateway.asked.wait()  # the loop turns meanwhile
    await out.sent()

    assert any("no answer in time" in line for line in ours(caplog))


async def test_beyond_a_hundred_that_wait_messages_are_dropped_and_told(gateway: Gateway, caplog) -> None:
    out = Notify(Settings(sms_url=gateway.url))  # not started: nothing leaves
    for _ in range(notify.WAITING + 3):
        out.code(PHONE, CODE, "en")

    assert sum("too many are waiting" in line for line in ours(caplog)) == 3
    assert out._queue.qsize() == notify.WAITING
    await out.close()


# -- the texts


@pytest.mark.parametrize("language", notify_texts.LANGUAGES)
def test_a_code_fits_into_one_text_message(language: str) -> None:
    _, text = notify_texts.code(language, CODE, "a-rather-long-name.of-a-service.example.com")

    assert len(text) <= 160
    assert set(text) <= GSM
    assert text.count(CODE) == 2
    assert text.splitlines()[-1] == f"@a-rather-long-name.of-a-service.example.com #{CODE}"


def test_every_text_is_there_in_every_language() -> None:
    for texts in (
        value for name, value in vars(notify_texts).items() if isinstance(value, dict) and name[0] == "_" != name[1]
    ):
        if "en" in texts:
            assert set(texts) == set(notify_texts.LANGUAGES)
    assert notify_texts.code("xx", CODE, None) == notify_texts.code("en", CODE, None)


@given(st.text(max_size=200), st.sampled_from(notify_texts.LANGUAGES))
def test_whatever_people_call_themselves_the_text_is_one_line_of_ours(typed: str, language: str) -> None:
    title, text = notify_texts.new_device(language, typed, typed, typed)

    assert title.isprintable()
    assert text.isprintable()
    assert len(text) < 600
