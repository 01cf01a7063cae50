# Lets the level of an output be read while the RMT drives it. ESP-IDF turns the input of such a pin off (only its
# io_loop_back keeps it on, and MicroPython does not offer that), so that it would always read 0. One bit of the pin's
# IO_MUX register turns it on again; addresses and bit are those of the ESP32's reference manual.
# Tried on no board yet. Where a door has a `sense` pin this does not matter.
IO_MUX = 0x3FF49000
INPUT_ENABLE = 1 << 9
OFFSETS = {
    4: 0x48,
    13: 0x38,
    14: 0x30,
    18: 0x70,
    19: 0x74,
    21: 0x7C,
    22: 0x80,
    23: 0x8C,
    25: 0x24,
    26: 0x28,
    27: 0x2C,
    32: 0x1C,
    33: 0x20,
}


def enable(mem32, pin):
    # With machine.mem32, or what stands for it.
    mem32[IO_MUX + OFFSETS[pin]] |= INPUT_ENABLE
