# Doors and the box's own inputs, as the settings describe them, fitted with their hardware: coils on their pins,
# contacts on theirs. The hardware's classes are passed in (Pin, make_rmt). Never here: what a door or a button does.
# Modules that few boxes need are loaded by those only: each takes its room in the heap.
import relay
from door import Door
from sensor import Sensor


class Fitting:
    # make_rmt(channel, pin, gpio) gives what relay.Coil wants; clock: unit time (clock.Seconds); unit: who is told;
    # coils: the list that all of them are put in, so that whoever resets the unit has them at hand.
    def __init__(self, Pin, make_rmt, clock, unit, coils):
        self._Pin = Pin
        self._edges = Pin.IRQ_RISING | Pin.IRQ_FALLING
        self._make_rmt = make_rmt
        self._clock = clock
        self._unit = unit
        self._coils = coils
        self._sensors = []
        self._contacts = []
        self._watches = []

    def hang(self, fields, doors):
        # fields: the doors of unit.json; each is hung in `doors`.
        for number, door in enumerate(fields):
            sense = None if door["sense"] is None else self._Pin(door["sense"], self._Pin.IN)
            legs = [self._coil(door["relay"], sense, door["drive"])]
            if door["close_relay"] is not None:
                legs.append(self._coil(door["close_relay"], None, door["drive"]))
            closed, opened = self._input(door["closed_contact"]), self._input(door["open_contact"])
            sensor = Sensor(closed, opened, self._edges, door["travel_s"], self._clock.now)
            hung = Door(number, door["drive"], legs, sensor, door["pulse_ms"], door["travel_s"], self._clock.tenths)
            hung.on_end = self._unit.hold_ended
            doors.append(hung)
            self._sensors.append(sensor)
            if sensor.present:
                self._watches.append(sensor.watch(lambda hung=hung: self._unit.door_changed(hung)))
            if door["exit_button"] is not None:
                self._hang_button(number, door["exit_button"])

    def feel(self, fields):
        # fields: the inputs of unit.json. Input or None of each, in their order.
        return [self._felt(number, fields[name]) for number, name in enumerate(("power", "tamper"))]

    def watches(self):
        # Coroutines, each to be run for ever.
        return self._watches

    def look(self):
        # In case an edge was lost.
        for watched in self._sensors + self._contacts:
            watched.look()

    def _felt(self, number, gpio):
        if gpio is None:
            return None
        import inputs

        made = inputs.Input(number, self._contact(gpio, inputs), self._unit.input_changed)
        self._watches.append(made.watch())
        return made

    def _hang_button(self, number, gpio):
        import exit_button

        async def opens():
            await self._unit.let_out(number)

        self._watches.append(exit_button.ExitButton(self._contact(gpio, exit_button), opens).watch())

    def _coil(self, gpio, sense, drive):
        channel = len(self._coils)
        pause_ms = relay.TOGGLE_PAUSE_MS if drive == "toggle" else relay.PAUSE_MS
        pin = self._Pin(gpio, self._Pin.OUT, value=0)
        coil = relay.Coil(pin, sense, lambda pin: self._make_rmt(channel, pin, gpio), pause_ms, self._unit.changed)
        self._coils.append(coil)
        return coil

    def _contact(self, gpio, of):
        # of: who says how long a reading must stand.
        from contact import Contact

        self._contacts.append(Contact(self._input(gpio), self._edges, of.STANDS_MS, of.CHATTER_MS))
        return self._contacts[-1]

    def _input(self, gpio):
        return None if gpio is None else self._Pin(gpio, self._Pin.IN, self._Pin.PULL_UP)
