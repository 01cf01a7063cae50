# What a CONFIG carries behind its number: servers, authorities, how doors are driven, the access point of the mobile
# contract. Pure layout; imports nothing of ours, for it is imported under two names, as wire.py is.
import struct

MAX_SERVERS = 4
MAX_HOST_BYTES = 63  # one DNS label's worth is plenty, and keeps CONFIG inside a frame
MAX_CAS = 2  # the one in use and the one that follows it
MAX_CA_BYTES = 1024  # a P-256 certificate in DER is about 500
MAX_DOORS = 4
DOOR_SETTINGS = ">BBHH"  # door drive travel_ds pulse_ms; a drive is its place in wire.DRIVES
MAX_TEXT = 63  # bytes of an access point's name, a user, a password: what every modem takes
AUTHS = ("none", "pap", "chap")


def packed(servers, cas, doors=(), access_point=None):
    # servers: [(host, port)], tried in this order; cas: [DER bytes], the ones to trust; doors: [(door, drive,
    # travel_ds, pulse_ms)], in place of unit.json's, travel in tenths of a second; access_point: (apn, auth, user,
    # password) in place of unit.json's, or None. Raises ValueError past a limit.
    if not 1 <= len(servers) <= MAX_SERVERS or not 1 <= len(cas) <= MAX_CAS:
        raise ValueError("a CONFIG holds 1 to 4 servers and 1 or 2 certificates")
    settings = bytes([len(servers)])
    for host, port in servers:
        name = host.encode()
        if not 1 <= len(name) <= MAX_HOST_BYTES or not 1 <= port <= 65535:
            raise ValueError("a server is a host of 1 to 63 bytes and a port")
        settings += bytes([len(name)]) + name + struct.pack(">H", port)
    settings += bytes([len(cas)])
    for der in cas:
        if not 1 <= len(der) <= MAX_CA_BYTES:
            raise ValueError("a certificate has 1 to 1,024 bytes")
        settings += struct.pack(">H", len(der)) + der
    if len(doors) > MAX_DOORS or not all(
        0 <= v <= 0xFFFF and (i > 1 or v <= 0xFF) for d in doors for i, v in enumerate(d)
    ):
        raise ValueError("a CONFIG holds settings of at most 4 doors, each in its bytes")
    settings += bytes([len(doors)])
    for door in doors:
        settings += struct.pack(DOOR_SETTINGS, *door)
    return settings + (b"\0" if access_point is None else b"\1" + _packed_access_point(*access_point))


def _packed_access_point(apn, auth, *account):
    settings = bytes([AUTHS.index(auth)])
    for text in (apn,) + account:
        raw = text.encode()
        if len(raw) > MAX_TEXT:
            raise ValueError("an access point's name, user and password have at most 63 bytes each")
        settings += bytes([len(raw)]) + raw
    return settings


def unpacked(settings):
    # The fields ([(host, port)], [DER bytes], [(door, drive, travel_ds, pulse_ms)], access point or None); ValueError
    # when the lists do not fit the bytes exactly. Whether a door or an access point can be so is the unit's to say.
    servers = []
    cas = []
    try:
        at = 1
        for _ in range(settings[0]):
            end = at + 1 + settings[at]
            servers.append((str(settings[at + 1 : end], "utf-8"), int.from_bytes(settings[end : end + 2], "big")))
            at = end + 2
        count = settings[at]
        at += 1
        for _ in range(count):
            end = at + 2 + int.from_bytes(settings[at : at + 2], "big")
            cas.append(settings[at + 2 : end])
            at = end
        count = settings[at]
        at += 1
        size = struct.calcsize(DOOR_SETTINGS)
        if count > MAX_DOORS or at + count * size > len(settings):
            raise ValueError("a CONFIG whose lists do not fit it")
        doors = [struct.unpack(DOOR_SETTINGS, settings[at + i * size : at + (i + 1) * size]) for i in range(count)]
        at += count * size
        there = settings[at]
        access_point, at = _access_point(settings, at + 1) if there else (None, at + 1)
    except (IndexError, ValueError):
        raise ValueError("a CONFIG whose lists do not fit it")
    fits = at == len(settings) and 1 <= len(servers) <= MAX_SERVERS and 1 <= len(cas) <= MAX_CAS and there <= 1
    if not fits or not all(1 <= len(c) <= MAX_CA_BYTES for c in cas):
        raise ValueError("a CONFIG whose lists do not fit it")
    if not all(1 <= len(h.encode()) <= MAX_HOST_BYTES and p for h, p in servers):
        raise ValueError("a CONFIG whose servers are none")
    return servers, cas, doors, access_point


def _access_point(settings, at):
    auth = AUTHS[settings[at]]
    texts = []
    at += 1
    for _ in range(3):
        end = at + 1 + settings[at]
        if settings[at] > MAX_TEXT:
            raise ValueError("a CONFIG whose access point is none")
        texts.append(str(settings[at + 1 : end], "utf-8"))
        at = end
    return (texts[0], auth, texts[1], texts[2]), at
