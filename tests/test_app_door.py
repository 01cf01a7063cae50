"""A door on the screen, in a real browser against the fake cloud: what it says, and what its button will do."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests import app_scenes
from tests.app_scenes import door
from tests.door_page import BEGINS, HALF_HOUR_AGO, button, card, ends_as, told
from tests.fake_cloud import STARTS_AT_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_already_is_said_without_alarm(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="ALREADY")
    page = await opened(cloud)
    await button(page).click()

    await expect(told(page)).to_have_text("It is already open.")
    await expect(card(page).locator("io-told .remedies")).to_have_count(0)


async def test_a_door_without_sensor_never_claims_to_be_open(opened, clouds):
    cloud = await clouds(app_scenes.Scene([door("garage", "Garage", sensor=False, state="unknown", action="press")]))
    cloud.on_press = ends_as(state="DONE", stops={"coil": 390})
    page = await opened(cloud)
    await expect(card(page)).to_contain_text("No sensor")
    await expect(button(page)).to_have_text("Press")
    await expect(page.locator("io-open-button .hair i")).to_have_count(3)
    await button(page).click()

    await expect(told(page)).to_have_text("The box has switched. This door has no sensor, so look for yourself.")
    await expect(card(page).locator("io-door-state")).to_have_text(re.compile(r"Switched\s*·\s*390 ms"))
    await expect(card(page)).not_to_contain_text("Open")


async def test_a_press_for_a_silent_box_waits_in_sight(opened, clouds):
    cloud = await clouds(app_scenes.Scene([door("garage", "Garage", link="away", heard=HALF_HOUR_AGO)]))
    cloud.on_press = ends_as(waiting=True, heard=HALF_HOUR_AGO, stops={"sent": None})
    page = await opened(cloud)
    await expect(card(page)).to_contain_text("Silent since 10:02, take your key")
    await expect(card(page)).to_contain_text("was closed")
    await button(page).click()

    await expect(button(page)).to_have_text("Waiting for the door box")
    await expect(told(page)).to_have_text("The door box has been silent since 10:02. Waiting for it a moment longer.")


async def test_every_condition_of_a_door_has_its_word(opened, clouds):
    page = await opened(await clouds(app_scenes.conditions(STARTS_AT_MS)))

    await expect(card(page, "Garage")).to_contain_text("Opening")
    await expect(button(page, "Garage")).to_have_text("It is moving")
    await expect(card(page, "Ramp")).to_contain_text("Closing")
    await expect(card(page, "Service entrance")).to_contain_text("Silent since 10:12, take your key")
    await expect(card(page, "Roof")).to_contain_text("Not heard from yet")
    await expect(card(page, "Pool")).to_contain_text("Unknown")
    await expect(card(page, "Pool")).to_contain_text("The state may be wrong")
    await expect(card(page, "Lift")).to_contain_text("does not answer")


async def test_a_door_not_open_to_me_now_says_when_and_a_tap_says_why(opened, clouds):
    page = await opened(await clouds(app_scenes.four_doors(STARTS_AT_MS)))
    gate = button(page, "Courtyard gate")
    await expect(gate).to_have_text("Opens for you in 2 h")
    await expect(gate).to_have_attribute("aria-disabled", "true")
    await gate.click(force=True)

    await expect(told(page, "Courtyard gate")).to_have_text(BEGINS)


async def test_a_button_that_is_off_sends_nothing(opened, clouds):
    cloud = await clouds(app_scenes.conditions(STARTS_AT_MS))
    page = await opened(cloud)
    await button(page, "Garage").click(force=True)
    await button(page, "Garage").press("Enter")
    await button(page, "Lift").click()
    await cloud.until(lambda: cloud.presses)

    assert [press["door"] for press in cloud.presses] == ["f"]


async def test_a_second_tap_of_the_same_finger_is_not_the_opposite_press(opened, clouds):
    cloud = await clouds()
    cloud.on_press = ends_as(state="ALREADY")
    page = await opened(cloud)
    await expect(button(page)).to_have_text("Open")
    await cloud.door("garage", state="open", action="close")
    await expect(button(page)).to_have_text("Close")
    await button(page).click()
    await asyncio.sleep(0.7)
    assert cloud.presses == []

    await button(page).click()
    await cloud.until(lambda: cloud.presses)
    assert cloud.presses[0]["action"] == "close"


async def test_a_door_given_and_taken_comes_and_goes_by_itself(opened, clouds):
    cloud = await clouds(app_scenes.four_doors(STARTS_AT_MS))
    page = await opened(cloud)
    await expect(card(page, "Stairwell")).to_be_visible()
    await cloud.push(gone=("stairs",))
    await expect(page.get_by_text("You no longer have access to Stairwell.")).to_be_visible()
    await expect(card(page, "Stairwell")).to_have_count(0)

    await cloud.push(doors=(door("new", "Laundry"),))
    await expect(card(page, "Laundry")).to_be_visible()


async def test_a_door_of_a_place_never_seen_brings_its_place_along(opened, clouds):
    cloud = await clouds()
    page = await opened(cloud)
    await expect(card(page)).to_be_visible()
    cloud.places.append(app_scenes.place(id="sitges", name="Passeig de la Ribera 8"))
    await cloud.push(doors=(door("front", "Front door", place="sitges"),))

    await expect(page.get_by_role("button", name="choose another place")).to_be_visible()
    assert cloud.watches[-1]["stream"] is None
