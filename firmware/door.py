# One door as the judge and the frames see it: its coils (`legs`: the relay, and for open_close the close_relay) and its
# sensor. Never here: decisions.
import commands
import wire


class Door:
    def __init__(self, drive, legs, sensor, pulse_ms):
        self.drive = commands.DRIVES[drive]
        self.legs = legs
        self.sensor = sensor
        self.pulse_ms = pulse_ms

    def busy(self):
        return any(coil.busy() for coil in self.legs)

    def fault(self):
        return any(coil.fault() for coil in self.legs)

    def view(self):
        # What commands.judge sees.
        return self.drive, self.sensor.state, self.busy(), len(self.legs), self.pulse_ms

    def byte(self):
        # What HELLO and HEARTBEAT say.
        return (
            self.sensor.state
            | (wire.SENSOR_BIT if self.sensor.present else 0)
            | (wire.FAULT_BIT if self.fault() else 0)
        )

    def ago(self, now):
        # Seconds since this state began.
        if self.sensor.since is None:
            return wire.LONG_AGO
        return min(now - self.sensor.since, wire.LONG_AGO)
