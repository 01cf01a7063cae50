# What a unit tells of an update, in numbers: its states, and why not. Only constants; layouts are in wire.py. As that
# it is imported under two names.

# state of an UPDATE_STATE, and low byte of the detail of events.UPDATE
REFUSED = 1
LOADING = 2
WRITTEN = 3  # hashed and whole in the idle slot: it restarts as soon as no door is busy
TRIAL = 4
CONFIRMED = 5
REVERTED = 6

# reason, and high byte of that detail
NONE = 0
SIGNATURE = 1  # of the manifest or of a key set: wrong, too few, or of other keys
MALFORMED = 2
PRODUCT = 3
BOARD = 4
OLD = 5  # its counter is not above what runs, or below what has been confirmed once
ABI = 6  # another MicroPython or another .mpy
PRECURSOR = 7  # it cannot replace what runs
SPACE = 8
BUDGET = 9  # as many bytes as an update may take in a day
FAILED_TWICE = 10  # tried twice, reverted twice
CONTENT = 11  # the bundle is not what the manifest says
FLASH = 12  # the flash does not take it
GONE = 13  # the cloud has it no longer
BUSY = 14  # another one is being loaded or on trial
MEMORY = 15  # the heap has not enough in a row just now
DEADLINE = 20  # not confirmed in time: reasons of a revert
CRASHED = 21  # three times in two hours, or once on trial
DAMAGED = 22  # its slot is not what was written
RELAY = 23  # a coil or its driver was not well
NO_CLOUD = 24  # it came up and never got a fresh answer
KEYS = 25  # the key set that it names is not to be had
