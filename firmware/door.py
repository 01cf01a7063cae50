# One door as the judge and the frames see it: its coils (`legs`: the relay, and for open_close the close_relay), its
# sensor, and what of its movements is ours. Never here: who may open it.
import commands
import wire
from moved import Moved


class Door:
    # tenths() is unit time. Given later: on_end(number) is called when a hold ends that nobody released.
    def __init__(self, number, drive, legs, sensor, pulse_ms, travel_s, tenths):
        self.number = number
        self.drive = commands.DRIVES[drive]
        self.legs = legs
        self.sensor = sensor
        self.pulse_ms = pulse_ms
        self.held_by = bytes(8)  # the operation of the last hold
        self.on_end = None
        self._tenths = tenths
        self._moved = Moved(sensor.state, travel_s, drive == "open")
        legs[0].on_end = self._hold_ended

    def busy(self):
        return any(coil.busy() for coil in self.legs)

    def held(self):
        return self.legs[0].held()

    def fault(self):
        return any(coil.fault() for coil in self.legs)

    def view(self):
        # What commands.judge sees.
        return self.drive, self.sensor.state, self.busy(), len(self.legs), self.pulse_ms, self.held()

    def byte(self):
        # What HELLO and HEARTBEAT say.
        return (
            self.sensor.state
            | (wire.HELD_BIT if self.held() else 0)
            | (wire.SENSOR_BIT if self.sensor.present else 0)
            | (wire.FAULT_BIT if self.fault() else 0)
        )

    def ago(self, now):
        # Seconds since this state began.
        if self.sensor.since is None:
            return wire.LONG_AGO
        return min(now - self.sensor.since, wire.LONG_AGO)

    async def pulse(self, leg, ms):
        # True when the coil is on and reads so.
        self._moved.ours(self._tenths())
        return await self.legs[leg].pulse(ms)

    async def hold(self, seconds, op_id):
        # True when it is held for so long from now.
        self._moved.ours(self._tenths())
        on = await self.legs[0].hold(seconds)
        if on:
            self.held_by = op_id  # not before: what ends meanwhile is the hold that was
        return on

    def release(self):
        self._moved.ours(self._tenths())
        self.legs[0].release()

    async def let_out(self):
        # The exit button. None: nothing to do now; else whether the coil is on.
        if self.busy() or self.held() or not commands.lets_out(self.drive, self.sensor.state):
            return None
        return await self.pulse(0, self.pulse_ms)

    def left(self):
        # Asked after each change of its state: OPENED or CLOSED when it left its place and nobody of ours had asked.
        return self._moved.see(self.sensor.state, self.held(), self._tenths())

    def _hold_ended(self):
        self._moved.ours(self._tenths())
        self.on_end(self.number)
