# What a unit tells of itself, in numbers: the kinds of an EVENT, why there was no network, what bytes were for. Only
# constants; layouts are in wire.py. As that it is imported under two names.

# kind of an EVENT, and what its detail and arg8 are
BOOT = 1  # detail: cause; arg8: the epoch that begins here
COIL = 2  # detail: result (DONE or FAULT) | leg << 8; arg8: op_id
DECLINED = 3  # detail: result; arg8: op_id
MOVED = 4  # detail: OPENED or CLOSED, where it went without a command of ours
EXIT = 5  # the exit button; detail: result
HOLDING = 6  # detail: 1 began, 0 its end came, 2 released; arg8: op_id
INPUT = 7  # door: 0 power, 1 tamper; detail: 1 alarm, 0 well again
OFFLINE = 8  # detail: why (NET_...): when it is known, and when that changes
ONLINE = 9  # detail: why it was not; arg8: seconds away 4, highest rung climbed 1, zeros 3
TIME = 10  # detail: 1 of the network, 2 of a time server; arg8: milliseconds since 1970 at unit_ds
KEEPALIVE = 11  # detail: seconds from now on, since idle connections die silently
UPDATE = 12  # detail: state | reason << 8 of update_words.py; arg8: the release 4, the one that runs 4

# why there is no network: detail of OFFLINE and ONLINE
NET_OK = 0
NET_LOST = 1  # the connection broke, and was seen to
NET_SILENT = 2  # the connection died, and nobody said so
NET_SERVER = 3  # the network is there, no server answers
NET_REFUSED = 4  # a server answers and refuses
NET_TIME = 5  # no time, so no certificate can be checked
NET_NAME = 6  # no name server answers, or there is no such name
NET_MODEM = 16  # the modem does not answer
NET_SIM_MISSING = 17
NET_SIM_BUSY = 18  # or broken
NET_PIN_MISSING = 19  # the SIM wants a PIN and unit.json has none
NET_PIN_WRONG = 20
NET_PUK = 21
NET_SEARCHING = 22  # no network found
NET_DENIED = 23  # the network refuses this SIM
NET_APN = 24  # the data connection is refused: APN, or no data in this contract
NET_AUTH = 25  # its user or password
NET_PPP = 26  # the data connection does not come about
NET_WIFI_MISSING = 32
NET_WIFI_PASSWORD = 33
NET_WIFI = 34  # any other trouble of Wi-Fi

# network of a STATUS
WIRED = 0
WIFI = 1
MODEM = 2
RATS = ("GSM", "UMTS", "LTE", "LTE-M", "NB-IoT")  # `rat` of a STATUS is a place in it
NO_RAT = 0xFF
NO_SIGNAL = 0  # dBm that nobody has told

# causes of the ledger, in its order
CAUSES = ("keepalive", "opens", "journal", "update", "handshakes")
