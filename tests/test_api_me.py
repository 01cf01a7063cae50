"""Signing in, and what somebody does about herself, through HTTP."""

import re
from http.cookies import SimpleCookie

import pytest

from cloud.api import RATES
from cloud.codes import PIN_PAUSE_MS, PIN_TRIES
from tests.api_side import ORIGIN, ApiSide, town
from tests.api_town import PHONES, link
from tests.authenticator import Authenticator

__all__ = ["town"]


async def coded(town: ApiSide, who: str, contact: str) -> dict[str, str]:
    """What a check of the code that was sent takes."""
    asked = await town.call(None, "POST", "sign-in/code", {"contact": contact})
    await town.wired.codes.recorded()
    assert town.carrier.codes[-1][0] == PHONES[who]
    return {"ticket": asked.body["ticket"], "code": town.carrier.codes[-1][1]}


async def test_a_code_signs_in_everywhere_and_once(town: ApiSide) -> None:
    body = await coded(town, "tom", "0034 " + PHONES["tom"][3:])
    wrong = {**body, "code": f"{(int(body['code']) + 1) % 1_000_000:06}"}

    assert (await town.call(None, "POST", "sign-in/verify", wrong)).reason == "code"
    assert (await town.sign_in("tom2", "sign-in/verify", body)).status == 204
    assert (await town.call(None, "POST", "sign-in/verify", body)).reason == "code"
    me = (await town.call("tom2", "GET", "me")).body
    assert (me["id"], me["scope"], me["phone"]) == ("tom", None, PHONES["tom"])
    assert [s["way"] for s in (await town.call("tom2", "GET", "sessions")).body if s["current"]] == ["code"]


async def test_the_cookie_is_the_browsers_alone(town: ApiSide) -> None:
    answer = await town.call(None, "POST", "sign-in", {"secret": link("eve")})

    ((name, cookie),) = SimpleCookie(answer.headers["Set-Cookie"]).items()

    assert (name, cookie["httponly"], cookie["secure"], cookie["samesite"]) == ("iomando", True, True, "Strict")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", str(400 * 24 * 3600))
    assert cookie.value not in "".join(town.dump())


async def test_the_cookie_slides_each_time_the_app_is_opened(town: ApiSide) -> None:
    async with await town.socket("tom") as ws:
        (cookie,) = SimpleCookie(ws._response.headers["Set-Cookie"]).values()

    assert town.signed_in("tom")["Cookie"] == f"iomando={cookie.value}"
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (str(400 * 24 * 3600), True, "Strict")


async def test_a_passkey_is_added_signs_in_and_is_forgotten(town: ApiSide) -> None:
    device = Authenticator()
    begun = (await town.call("tom", "POST", "me/passkeys/begin")).body
    credential = device.create(begun["options"])
    body = {"ticket": begun["ticket"], "credential": credential, "name": "Tom's phone"}
    made = await town.call("tom", "POST", "me/passkeys", body)
    assert (made.status, made.body["name"]) == (201, "Tom's phone")
    assert (await town.call("tom", "POST", "me/passkeys", body)).reason == "passkey", "once"

    begun = (await town.call(None, "POST", "sign-in/passkey/begin")).body
    answer = {"ticket": begun["ticket"], "credential": device.get(begun["options"])}
    assert (await town.sign_in("tom2", "sign-in/passkey", answer)).status == 204
    assert (await town.call(None, "POST", "sign-in/passkey", answer)).reason == "passkey"
    assert (await town.call("tom2", "GET", "me")).body["id"] == "tom"

    path = f"me/passkeys/{made.body['id']}"
    assert (await town.call("mia", "DELETE", path)).status == 404
    assert (await town.call("tom2", "DELETE", path)).status == 204
    begun = (await town.call(None, "POST", "sign-in/passkey/begin")).body
    answer = {"ticket": begun["ticket"], "credential": device.get(begun["options"])}
    assert (await town.call(None, "POST", "sign-in/passkey", answer)).status == 403
    assert [what for what in town.told() if "passkey" in what] == ["passkey_added", "passkey_removed"]


async def test_a_passkey_that_answered_another_page_signs_nobody_in(town: ApiSide) -> None:
    device = Authenticator()
    begun = (await town.call("tom", "POST", "me/passkeys/begin")).body
    credential = device.create(begun["options"], origin="https://doors.example.evil.example")

    refused = await town.call("tom", "POST", "me/passkeys", {"ticket": begun["ticket"], "credential": credential})

    assert (refused.status, refused.reason) == (403, "passkey")
    assert len((await town.call("tom", "GET", "me")).body["passkeys"]) == 1


async def test_a_new_number_counts_once_it_is_proven_and_only_hers(town: ApiSide) -> None:
    asked = await town.call("tom", "POST", "me/contact", {"contact": "+34612999030"})
    await town.wired.codes.recorded()
    body = {"ticket": asked.body["ticket"], "code": town.carrier.codes[-1][1]}

    assert (await town.call("mia", "POST", "me/contact/verify", body)).reason == "code"
    assert (await town.call(None, "POST", "sign-in/verify", body)).reason == "code"
    assert (await town.call("tom", "GET", "me")).body["phone"] == PHONES["tom"]
    assert (await town.call("tom", "POST", "me/contact/verify", body)).status == 204
    assert (await town.call("tom", "GET", "me")).body["phone"] == "+34612999030"


async def test_somebody_elses_number_is_not_taken_over_even_with_its_code(town: ApiSide) -> None:
    asked = await town.call("tom", "POST", "me/contact", {"contact": PHONES["mia"]})
    await town.wired.codes.recorded()
    body = {"ticket": asked.body["ticket"], "code": town.carrier.codes[-1][1]}

    assert (await town.call("tom", "POST", "me/contact/verify", body)).status == 409
    assert (await town.call("mia", "GET", "me")).body["phone"] == PHONES["mia"]


async def test_her_name_and_language_are_hers_to_say(town: ApiSide) -> None:
    changed = await town.call("tom", "PATCH", "me", {"name": "Tomàs", "language": "ca"})

    assert (changed.body["name"], changed.body["language"]) == ("Tomàs", "ca")
    assert (await town.call("tom", "PATCH", "me", {})).body == changed.body
    assert (await town.call("tom", "PATCH", "me", {"language": "tlh"})).status == 400


# -- the code at every open


async def test_a_code_at_every_open_is_asked_for_and_changed_only_by_who_knows_it(town: ApiSide) -> None:
    assert (await town.call("tom", "PUT", "me/pin", {"pin": "1111"})).reason == "invalid"
    assert (await town.call("tom", "PUT", "me/pin", {"pin": "2846"})).status == 204
    assert await town.press("tom", "gate") == "pin"
    assert (await town.call("tom", "GET", "me")).body["pin"] is True

    assert (await town.call("tom", "PUT", "me/pin", {"pin": "3957"})).reason == "pin"
    assert (await town.call("tom", "DELETE", "me/pin", {"old": "0000"})).reason == "pin"
    assert (await town.call("tom", "PUT", "me/pin", {"pin": "3957", "old": "2846"})).status == 204
    assert (await town.call("tom", "DELETE", "me/pin", {"old": "3957"})).status == 204
    assert await town.press("tom", "gate") is None
    assert not re.search("2846|3957", "".join(row[0] for row in town.rows("SELECT detail FROM log")))


async def test_guesses_of_a_code_end_in_a_pause(town: ApiSide) -> None:
    await town.call("tom", "PUT", "me/pin", {"pin": "2846"})

    guesses = [await town.call("tom", "DELETE", "me/pin", {"old": f"000{n}"}) for n in range(PIN_TRIES)]
    right = await town.call("tom", "DELETE", "me/pin", {"old": "2846"})

    assert {answer.status for answer in guesses[:-1]} == {403}
    assert (right.status, right.reason) == (429, "pin_paused")
    town.clock.ms += PIN_PAUSE_MS + 1
    assert (await town.call("tom", "DELETE", "me/pin", {"old": "2846"})).status == 204


# -- sessions


async def test_a_session_that_is_ended_ends_at_once_and_only_ones_own(town: ApiSide) -> None:
    assert (await town.call("tom", "DELETE", "sessions/s-mia")).status == 404
    assert (await town.call("tom", "DELETE", "sessions/s-tom-other")).status == 204
    assert (await town.call("tom-other", "GET", "me")).status == 401
    assert (await town.call("tom", "DELETE", "sessions/s-tom-other")).status == 404
    assert (await town.call("mia", "GET", "me")).status == 200


async def test_all_other_sessions_end_and_this_one_stays(town: ApiSide) -> None:
    assert (await town.call("tom", "DELETE", "sessions")).status == 204

    assert [s["id"] for s in (await town.call("tom", "GET", "sessions")).body] == ["s-tom"]
    assert (await town.call("tom-other", "GET", "me")).status == 401


async def test_signing_out_takes_the_cookie_and_the_session(town: ApiSide) -> None:
    answer = await town.call("tom", "POST", "sign-out", {})

    assert 'iomando=""' in answer.headers["Set-Cookie"]
    assert (await town.call("tom", "GET", "me")).status == 401
    assert (await town.call("tom", "POST", "sign-out", {})).status == 401


# -- rates, and a full disk


async def test_who_changes_too_much_at_once_waits_and_nobody_else_does(town: ApiSide) -> None:
    burst, a_second = RATES["changes"]
    statuses = [(await town.call("own", "POST", "places/home/poster")).status for _ in range(int(burst) + 2)]

    assert statuses == [201] * int(burst) + [429] * 2
    assert (await town.call("adm", "POST", "places/home/poster")).status == 201
    assert (await town.call("own", "DELETE", "sessions")).status == 204, "what keeps others out never waits"
    assert await town.press("tom", "gate") is None
    town.clock.ms += 1000
    assert [(await town.call("own", "POST", "places/home/poster")).status for _ in range(int(a_second) + 1)][-1] == 429


async def test_who_guesses_from_one_address_waits_and_a_good_link_still_signs_in(town: ApiSide) -> None:
    """Behind one address may be a whole house."""
    burst = int(RATES["links"][0])
    guesses = [
        await town.call(None, "POST", "sign-in", {"secret": f"guess-{n}".ljust(32, "x")}) for n in range(burst + 1)
    ]

    assert [answer.status for answer in guesses] == [403] * burst + [429]
    assert (await town.call(None, "POST", "sign-in", {"secret": link("tom")})).status == 204


async def test_codes_are_checked_no_faster_than_a_house_types(town: ApiSide) -> None:
    burst, body = int(RATES["public"][0]), {"ticket": "t" * 32, "code": "000000"}
    statuses = [(await town.call(None, "POST", "sign-in/verify", body)).status for _ in range(burst + 1)]

    assert statuses == [403] * burst + [429]
    other = await town.call(None, "POST", "sign-in/verify", body, address="198.51.100.200")
    assert other.status == 403, "from elsewhere"
    prefix = [f"2001:db8::{n:x}" for n in range(burst + 1)]
    of_one = [(await town.call(None, "POST", "sign-in/verify", body, address=each)).status for each in prefix]
    assert of_one == [403] * burst + [429], "one network of IPv6 is one address"
    forged = await town.call(None, "POST", "sign-in/verify", body, address="198.51.100.201, 203.0.113.1")
    assert forged.status == 429, "what is written in front of the proxy's word is nobody's"


async def test_on_a_full_disk_doors_open_and_sessions_end_and_the_rest_waits(town: ApiSide) -> None:
    town.disk.full = True

    assert await town.press("tom", "gate") is None
    assert (await town.call("own", "POST", "places/home/poster")).reason == "disk"
    assert (await town.call("own", "PATCH", "me", {"name": "Olga"})).status == 507
    assert (await town.call("adm", "DELETE", "places/home/grants/tom-gate")).status == 204
    assert (await town.call("tom", "DELETE", "sessions/s-tom-other")).status == 204
    assert (await town.call("tom", "POST", "sign-out")).status == 204


async def test_nothing_secret_stands_in_the_log_lines(town: ApiSide, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "iomando")
    made = await town.call("adm", "POST", "places/home/people/tom/link")
    await town.follow("tom2", made.body["link"])
    await town.call("adm", "DELETE", "places/home/grants/tom-gate")
    told = "\n".join(str(record.__dict__) for record in caplog.records)

    assert made.body["link"].rpartition("=")[2] not in told
    assert town.tokens["tom2"] not in told
    assert ORIGIN not in told
    assert "access_removed" in told, "it was looked at"
