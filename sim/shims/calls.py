# What the program and the bench say to each other, shared by both interpreters.
#
# The program sends packets on the request socket: one byte of kind, then the board's stamp (host-monotonic us,
# 8 bytes), then the layout below. ASK kinds get one packet back, those in LONG one with the size before it, TELL
# kinds get none. The bench sends two-byte packets (kind, number) on the interrupt socket.
# Never here: what a call means.

HEAD = "<BQ"

# Asked, and answered.
HELLO = 1  # -> json: how this boot is set up
PIN_GET = 2  # "<B" pin -> 1 byte level
RMT_WRITE = (
    3  # "<BIBB" pin, ticks per second, idle level, entries; then "<H" each: ticks | level << 15 -> "<I" us to wait
)
RMT_LEFT = 4  # "<B" pin -> "<I" us until the train is over
RMT_CLOSE = 5  # "<B" pin -> 1 byte
MEMORY_GET = 6  # -> RTC memory
ROUTE = 7  # "<B4sH" protocol, address, port -> "<H4sH" socket number, address, port (port 0: unreachable)
NVS_GET = 8  # namespace \0 key -> 0, or 1 and the value
RESET = 9  # never answered: the process ends
SOFT_RESET = 10  # never answered
POWER_GONE = 11  # never answered: the power went in an operation of the flash

UART_OPEN = 16  # "<BIBBHH" number, baud, tx, rx, rxbuf, txbuf -> path of the serial line below /dev
UART_ANY = 17  # "<B" number -> "<H" bytes that can be read
UART_DUE = 19  # "<BI" number, bytes read since it was opened -> 1 byte, when all that was due can be read
WIFI_STATE = 18  # -> "<Hb4s4s4s4s" status, rssi, address, mask, gateway, name server

LONG = (HELLO, MEMORY_GET, NVS_GET, UART_OPEN)
SIZE = "<I"

# Told, and not answered.
PIN_MODE = 32  # "<BBBB" pin, mode, pull, latch (2: as it was)
PIN_SET = 33  # "<BB" pin, level
PIN_IRQ = 34  # "<BB" pin, trigger (0: none)
RMT_OPEN = 35  # "<B" pin
WATCHDOG = 36  # "<I" ms: arm, or arm anew
FEED = 37
TIMER = 38  # "<BIB" number, us (0: stop), periodic
CLOCK_SET = 39  # "<q" us since 2000 at the stamp
MEMORY_SET = 40  # bytes
COUNTED = 41  # "<HII" socket number, bytes in, bytes out
NVS_SET = 42  # namespace \0 key \0 1 value, or without 1 and value: erased
NVS_COMMIT = 43
SHIM_HEAP = 44  # "<I" bytes of Python heap that the shims take
UART_SENT = 64  # "<BH" number, bytes that were just written to its line
UART_IRQ = 65  # "<BB" number, whether the program wants to know when the line falls idle
UART_CLOSE = 66  # "<B" number
PPP_ADDRESS = 67  # "<B" 1 when PPP has an address from now on, 0 when it has none
PPP_GOT = 68  # "<I" number of the piece of data whose frame PPP has read
RMT_PLAY = 71  # as RMT_WRITE, when no train is playing
WIFI_CONNECT = 69  # name \0 password
WIFI_OFF = 70

# Interrupts, from the bench to the program.
IRQ_PIN = 1
IRQ_TIMER = 2
IRQ_UART = 3

TCP = 6
UDP = 17
