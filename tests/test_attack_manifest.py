"""An attack on what is served beside the table of calls: the installed app's manifest, each a look at what she pressed
lately."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.api import RATES
from tests.api_side import ApiSide


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[ApiSide]:
    async with ApiSide(tmp_path / "town") as side:
        yield side


async def test_a_phone_that_asks_for_its_manifest_again_and_again_is_told_to_wait_and_no_other_is(
    town: ApiSide,
) -> None:
    address = f"http://127.0.0.1:{town.port}/manifest.webmanifest"

    async def asked(who: str | None) -> int:
        async with town.http.get(address, headers=town.signed_in(who)) as response:
            return response.status

    burst, _ = RATES["reads"]
    answers = [await asked("tom") for _ in range(2 * int(burst))]
    assert answers == [200] * int(burst) + [429] * int(burst)
    assert await asked("own") == 200
    assert await asked(None) == 200
