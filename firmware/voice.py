# What the unit says: each frame numbered, sealed with the key that the cloud uses, and handed to the link. Never here:
# what there is to say.
import wire


class Voice:
    # publish(frame) -> handed over; given later.
    def __init__(self, unit, command_keys, epoch):
        self.epoch = epoch
        self.down = []  # the pads of each slot, None where there is no key
        self._up = []
        for key in command_keys:
            down, up = wire.direction_pads(key, unit) if key else (None, None)
            self.down.append(down)
            self._up.append(up)
        self.slot = 0  # of the last genuine frame: the cloud decides which key is in use
        self._count = 0
        self.publish = None

    def say(self, build, *fields):
        # build: of wire.py. True when the frame was handed over.
        self._count += 1
        return self.publish(build(self._up[self.slot], self.slot, self.epoch, self._count, *fields))
