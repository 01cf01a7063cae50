"""What a unit's own time is on the wall: one Clock for each of its boots. Pure: times come in, whole milliseconds.

A frame that tells the unit's clock was sent before it arrived, and tells whole seconds: so what it says lies under the
truth, by chance only a little. The promptest frame of each stretch of time is kept; the line through them, lifted to
the promptest of all, is the clock. Two crystals run apart evenly, so the line also holds where nothing was heard.
"""

from array import array

import msgspec

STRETCHES = 96  # kept for a boot: 1.5 kB of memory for each unit
STRETCH_MS = 600_000  # at first a heartbeat each; doubled as the boot grows old, until …
LONGEST_MS = 4_800_000  # … 96 of them are five days: by then temperature has bent the line
DRIFT = 150e-6  # two crystals of 100 ppm are seldom further apart
STEADY_MS = 6 * 3_600_000  # over less than this, late frames tilt the line more than the crystals do
PROMPT_MS = 90  # the line lies so much under the truth: whole seconds and the air, less what lifting it makes up for
LATE_MS = 4000  # so late many frames in a row are not: the cloud's own clock was set
LATE_IN_A_ROW = 8
STEP_MS = 20_000  # later than any frame that is believed (unit_link.HELD_BACK_S): likewise
EARLIEST = 1_735_689_600_000  # 2025: a unit that tells an earlier time has none


class Kept(msgspec.Struct, frozen=True):
    """What stands in the column `clock`. `samples`: (unit ms, unit ms - wall ms)."""

    stretch: int
    drift: float
    samples: list[tuple[int, int]]
    told: tuple[int, int] | None = None


class Clock:
    """Of one boot. `drift`: of this unit in an earlier boot."""

    def __init__(self, drift: float = 0.0) -> None:
        self._expected = self._drift = min(max(drift, -DRIFT), DRIFT)
        self._lift = 0.0
        self._stretch = STRETCH_MS
        self._unit, self._offset = array("d"), array("d")
        self._told: tuple[int, int] | None = None
        self._late = 0
        self._fits = True

    @classmethod
    def read(cls, text: str) -> "Clock":
        """As `kept` wrote it; MsgspecError when that cannot be."""
        kept = msgspec.json.decode(text, type=Kept)
        clock = cls(kept.drift)
        clock._stretch = max(STRETCH_MS, kept.stretch)
        clock._unit = array("d", [unit for unit, _ in kept.samples])
        clock._offset = array("d", [offset for _, offset in kept.samples])
        clock._told, clock._fits = kept.told, False
        return clock

    def kept(self) -> str:
        samples = [(int(unit), int(offset)) for unit, offset in zip(self._unit, self._offset, strict=True)]
        return msgspec.json.encode(Kept(self._stretch, self._expected, samples, self._told)).decode()

    @property
    def known(self) -> bool:
        return bool(self._unit) or self._told is not None

    @property
    def last(self) -> int:
        """When it was last heard of, ms since 1970."""
        if self._unit:
            return round(self._unit[-1] - self._offset[-1])
        return self._told[1] if self._told else 0

    @property
    def drift(self) -> float:
        """Milliseconds that the unit gains in one of ours."""
        self._fit()
        return self._drift

    def heard(self, unit_ms: int, wall_ms: int) -> None:
        """A frame that told this arrived then."""
        offset = float(unit_ms - wall_ms)
        if self._stepped(unit_ms, offset):
            self._unit, self._offset, self._stretch = array("d"), array("d"), STRETCH_MS
        if self._unit and unit_ms // self._stretch == self._unit[-1] // self._stretch:
            if offset < self._offset[-1] + self._drift * (unit_ms - self._unit[-1]):
                return
            self._unit[-1], self._offset[-1] = unit_ms, offset
        else:
            self._unit.append(unit_ms)
            self._offset.append(offset)
        self._fits = False
        if len(self._unit) > STRETCHES:
            self._thin()

    def told(self, unit_ms: int, wall_ms: int, now: int) -> None:
        """The unit's own word for what time it was: worth something only where no frame was heard."""
        if EARLIEST <= wall_ms <= now + STEP_MS:
            self._told = unit_ms, wall_ms

    def wall(self, unit_ms: int) -> int | None:
        """Milliseconds since 1970 when the unit's clock showed this; None where nobody can say."""
        if self._unit:
            self._fit()
            return round(unit_ms - self._at(unit_ms) - PROMPT_MS)
        if self._told is None:
            return None
        unit, wall = self._told
        return round(wall + (unit_ms - unit) * (1 - self._expected))

    def _at(self, unit_ms: float) -> float:
        return self._lift + self._drift * (unit_ms - self._unit[0])

    def _stepped(self, unit_ms: int, offset: float) -> bool:
        """Whether the cloud's clock was set since the samples: no line goes through both sides of that."""
        if not self._unit:
            return False
        self._fit()
        late = self._at(unit_ms) - offset
        apart = DRIFT * max(0.0, unit_ms - self._unit[-1])
        self._late = self._late + 1 if late > LATE_MS + apart else 0
        if abs(late) <= STEP_MS + apart and self._late < LATE_IN_A_ROW:
            return False
        self._late = 0
        return True

    def _thin(self) -> None:
        """Longer stretches, until the oldest must go."""
        if self._stretch >= LONGEST_MS:
            del self._unit[0], self._offset[0]
            return
        unit, offset, drift = self._unit, self._offset, self.drift
        self._stretch *= 2
        self._unit, self._offset = array("d"), array("d")
        for each, its in zip(unit, offset, strict=True):
            if not self._unit or each // self._stretch != self._unit[-1] // self._stretch:
                self._unit.append(each)
                self._offset.append(its)
            elif its >= self._offset[-1] + drift * (each - self._unit[-1]):
                self._unit[-1], self._offset[-1] = each, its
        self._fits = False

    def _fit(self) -> None:
        """The line: the slope of the promptest half by least squares, trusted as far as the samples go back; lifted
        until it lies above them all."""
        if self._fits or not self._unit:
            return
        first, base = self._unit[0], self._offset[0]
        points = [(unit - first, offset - base) for unit, offset in zip(self._unit, self._offset, strict=True)]
        rough, level = _slope(points)
        prompt = [(x, y) for x, y in points if y >= level + rough * x]
        slope = min(max(_slope(prompt)[0], -DRIFT), DRIFT)
        trust = min(1.0, points[-1][0] / STEADY_MS)
        self._drift = self._expected + (slope - self._expected) * trust
        self._lift = base + max(y - self._drift * x for x, y in points)
        self._fits = True


def _slope(points: list[tuple[float, float]]) -> tuple[float, float]:
    """(slope, height at 0) of the line through the middle of these."""
    count = len(points)
    middle, level = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    wide = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * (y - level) for x, y in points) / wide if wide > 0 else 0.0
    return slope, level - slope * middle
