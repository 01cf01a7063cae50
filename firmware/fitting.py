# Doors, as the settings describe them, fitted with their hardware: coils on their pins, contacts on theirs. The classes
# of the hardware are passed in (Pin, make_rmt). Never here: what a door or a coil does.
import relay
from door import Door
from sensor import Sensor


class Fitting:
    # make_rmt(channel, pin, gpio) gives what relay.Coil wants; seconds() is unit time; changed() is called when a door
    # or a coil has news; coils: the list that all of them are put in, so that whoever resets the unit has them at hand.
    def __init__(self, Pin, make_rmt, seconds, changed, coils):
        self._Pin = Pin
        self._make_rmt = make_rmt
        self._seconds = seconds
        self._changed = changed
        self.coils = coils

    def hang(self, fields, doors):
        # fields: the doors of unit.json; each is hung in `doors`.
        for door in fields:
            sense = None if door["sense"] is None else self._Pin(door["sense"], self._Pin.IN)
            legs = [self._coil(door["relay"], sense, door["drive"])]
            if door["close_relay"] is not None:
                legs.append(self._coil(door["close_relay"], None, door["drive"]))
            closed, opened = self._contact(door["closed_contact"]), self._contact(door["open_contact"])
            edges = self._Pin.IRQ_RISING | self._Pin.IRQ_FALLING
            sensor = Sensor(closed, opened, edges, door["travel_s"], self._seconds)
            doors.append(Door(door["drive"], legs, sensor, door["pulse_ms"]))

    def _coil(self, gpio, sense, drive):
        channel = len(self.coils)
        pause_ms = relay.TOGGLE_PAUSE_MS if drive == "toggle" else relay.PAUSE_MS
        pin = self._Pin(gpio, self._Pin.OUT, value=0)
        coil = relay.Coil(pin, sense, lambda pin: self._make_rmt(channel, pin, gpio), pause_ms, self._changed)
        self.coils.append(coil)
        return coil

    def _contact(self, gpio):
        return None if gpio is None else self._Pin(gpio, self._Pin.IN, self._Pin.PULL_UP)
