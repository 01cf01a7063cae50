"""Power goes while the unit writes on its flash: it starts again, moves nothing by itself, and its journal goes on."""

import pytest

from sim.flash_chip import GARBAGE, NOTHING, PART
from tests.scene import Scene
from tests.town_fixtures import story, together

pytestmark = pytest.mark.asyncio(loop_scope="module")
stories = together()


@story()
async def test_power_that_goes_while_the_start_is_written_down_leaves_a_unit_that_starts(s: Scene) -> None:
    for operation, left in ((1, NOTHING), (2, PART), (3, GARBAGE)):
        s.board.power_off()
        s.board.flash.cut = (operation, left)
        s.board.power_on()
        await s.board.power_gone()
        end = s.log_end()
        s.board.power_on()
        await s.logged("journal", unit=s.unit, after=end)

    await s.opens()
    assert s.pulses() == 1
    assert s.view["faults"] == []
    taken = [line["seq"] for line in s.cloud.log if line.get("what") == "journal"]
    assert taken == sorted(set(taken))
