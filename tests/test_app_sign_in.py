"""Getting in and out: the link is spent by a tap only, leaves the address, and an ended session shows nothing more."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests import app_scenes

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def signed_out_cloud(clouds):
    cloud = await clouds()
    cloud.signed_in = False
    return cloud


def sign_in(page: Page):
    return page.get_by_role("button", name="Sign in on this phone")


def garage(page: Page):
    return page.get_by_role("article", name="Garage")


async def test_only_the_tap_spends_the_link(opened, clouds):
    cloud = await signed_out_cloud(clouds)
    page = await opened(cloud, "/#sign-in=GOOD")
    await expect(sign_in(page)).to_be_visible()
    await page.reload()
    await expect(sign_in(page)).to_be_visible()
    await asyncio.sleep(0.5)
    assert cloud.calls == []
    assert cloud.good_secrets == {"GOOD"}

    await sign_in(page).click()
    await expect(garage(page)).to_be_visible()
    assert cloud.good_secrets == set()


async def test_a_spent_secret_is_gone_from_address_and_history(opened, clouds):
    page = await opened(await signed_out_cloud(clouds), "/#sign-in=GOOD")
    await sign_in(page).click()
    await expect(garage(page)).to_be_visible()

    assert await page.evaluate("location.hash") == ""
    assert "GOOD" not in await page.evaluate("JSON.stringify(navigation.entries().map(({ url }) => url))")


async def test_a_used_link_is_explained_and_leaves_the_address_too(opened, clouds):
    page = await opened(await signed_out_cloud(clouds), "/#sign-in=USED")
    await sign_in(page).click()

    await expect(page.get_by_role("heading", name="This link has been used, or its time is over")).to_be_visible()
    await expect(page.get_by_text("Ask whoever sent it for a new one.")).to_be_visible()
    assert await page.evaluate("location.hash") == ""


async def test_a_used_link_does_not_shut_out_who_is_signed_in(opened, clouds):
    page = await opened(await clouds(), "/#sign-in=USED")
    await sign_in(page).click()
    await page.get_by_role("button", name="Go to the doors").click()

    await expect(garage(page)).to_be_visible()


async def test_a_link_that_could_not_be_tried_is_kept(opened, clouds):
    cloud = await signed_out_cloud(clouds)
    page = await opened(cloud, "/#sign-in=GOOD")
    await expect(sign_in(page)).to_be_visible()
    await cloud.stop()
    await sign_in(page).click()
    await expect(page.get_by_text("the link has not been used. Try again.")).to_be_visible()
    assert await page.evaluate("location.hash") == "#sign-in=GOOD"

    await cloud.start()
    await sign_in(page).click()
    await expect(garage(page)).to_be_visible()


async def test_a_link_tapped_while_the_app_is_open_is_asked_about_too(opened, clouds):
    page = await opened(await clouds())
    await expect(garage(page)).to_be_visible()
    await page.evaluate("() => { location.hash = 'sign-in=GOOD' }")

    await expect(sign_in(page)).to_be_visible()


async def test_who_is_not_signed_in_is_told_how_to_get_in(opened, clouds):
    page = await opened(await signed_out_cloud(clouds))

    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await expect(page.get_by_text("Or open the link")).to_be_visible()


async def test_a_session_ended_elsewhere_takes_the_doors_off_the_screen_at_once(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    await expect(garage(page)).to_be_visible()
    cloud.signed_in = False
    await cloud.drop(4401)

    await expect(page.get_by_text("This sign-in was ended, here or on another phone.")).to_be_visible(timeout=1000)
    await expect(garage(page)).to_have_count(0)


async def test_signing_out_is_asked_twice_and_then_done(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    await page.get_by_role("button", name="Me").click()
    await page.get_by_role("button", name="Sign out on this phone").click()
    await expect(page.get_by_text("You need a code, a passkey or a new link to get back in.")).to_be_visible()
    assert cloud.signed_in

    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert not cloud.signed_in


async def test_another_phones_session_is_listed_and_can_be_ended(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    await page.get_by_role("button", name="Me").click()
    await expect(
        page.locator("io-sessions").get_by_role("listitem").filter(has_text="Chrome on Android")
    ).to_contain_text("This one")
    await page.get_by_role("button", name="End the sign-in on Safari on iPhone").click()
    await expect(page.locator("io-sessions").get_by_role("listitem")).to_have_count(1)

    assert [session["id"] for session in cloud.sessions] == ["s1"]


async def test_a_phone_of_another_language_is_offered_it_in_its_own_words_and_nothing_changes_by_itself(opened, clouds):
    cloud = await signed_out_cloud(clouds)
    cloud.answers["PATCH", "me"] = app_scenes.me(cloud.you)
    page = await opened(cloud, "/#sign-in=GOOD", locale="es-ES")
    await page.get_by_role("button", name="Entrar en este teléfono").click()
    await expect(garage(page)).to_contain_text("Closed")  # as whoever added her has chosen
    offer = page.get_by_role("region", name="¿Lo quieres en español?")
    await expect(offer).to_have_attribute("lang", "es")
    assert [asked for asked in cloud.asked if asked.method == "PATCH"] == []

    await offer.get_by_role("button", name="En español").click()
    await cloud.until(lambda: [asked for asked in cloud.asked if asked.method == "PATCH"])
    assert [asked.body for asked in cloud.asked if asked.method == "PATCH"] == [{"language": "es"}]
    await cloud.push(you={**cloud.you, "language": "es"})
    await expect(garage(page)).to_contain_text("Cerrada")
    await expect(offer).to_have_count(0)


async def test_an_offer_of_a_language_that_is_declined_or_of_no_use_is_not_made(opened, clouds):
    page = await opened(await signed_out_cloud(clouds), "/#sign-in=GOOD", locale="ca")
    await sign_in(page).or_(page.get_by_role("button", name="Entra en aquest telèfon")).click()
    await page.get_by_role("button", name="Deixa-ho així").click()
    await expect(page.locator("io-language-note section")).to_have_count(0)
    await expect(garage(page)).to_contain_text("Closed")

    page = await opened(await signed_out_cloud(clouds), "/#sign-in=GOOD", locale="fr-FR")  # not one of ours
    await sign_in(page).click()
    await expect(garage(page)).to_be_visible()
    await expect(page.locator("io-language-note")).to_have_count(0)
