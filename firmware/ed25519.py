# Ed25519 of RFC 8032, verification only, in numbers of any size; and the SHA-512 it needs, which MicroPython lacks.
# Strict: a signature has one form that is good. Never here: keys, and what a signature is for.
import struct

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
SQRT_M1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
MASK = (1 << 64) - 1
SLICE = 8  # doublings between two pauses of verifying(): 15 ms on an ESP32


def verify(public_key, message, signature):
    # Whether it is this key's signature of the message; all three are bytes.
    for verdict in verifying(public_key, message, signature):
        if verdict is not None:
            return verdict


def verifying(public_key, message, signature):
    # The same in slices: yields None as often as others should have their turn, then the verdict.
    if len(public_key) != 32 or len(signature) != 64:
        yield False
        return
    a = _point(public_key)
    yield None
    r = _point(signature[:32])
    yield None
    s = _little(signature[32:])
    if a is None or r is None or s >= ORDER or _is_small(a) or _is_small(r):
        yield False
        return
    k = _little(sha512(signature[:32] + public_key + message)) % ORDER
    yield None
    # [s]B + [k](-A), both at once, must be R: its encoding is compared, so that R has one form only
    minus_a = (P - a[0], a[1], 1, P - a[3])
    base = BASE + (1, BASE[0] * BASE[1] % P)
    both = _sum(base, minus_a)
    point = (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        point = _double(point)
        pick = (s >> bit & 1) | (k >> bit & 1) << 1
        if pick:
            point = _sum(point, (None, base, minus_a, both)[pick])
        if bit % SLICE == 0:
            yield None
    z = pow(point[2], P - 2, P)
    yield _encoded(point[0] * z % P, point[1] * z % P) == signature[:32]


def _little(raw):
    return int.from_bytes(raw, "little")


def _encoded(x, y):
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _point(raw):
    # (x, y, z, t) of an encoded point; None when it is none, or not in its one form.
    y = _little(raw)
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        return None
    y2 = y * y % P
    u = (y2 - 1) % P
    v = (D * y2 + 1) % P
    v3 = v * v % P * v % P
    x = u * v3 % P * pow(u * v3 % P * v3 % P * v % P, (P - 5) // 8, P) % P
    vx2 = v * x % P * x % P
    if vx2 == (P - u) % P:
        x = x * SQRT_M1 % P
    elif vx2 != u:
        return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _is_small(point):
    # Of an order that divides 8: as a key it signs anything, as R it says nothing.
    x, y, z, _ = _double(_double(_double(point)))
    return x % P == 0 and (y - z) % P == 0


# The formulas of RFC 8032, 5.1.4, for extended coordinates.
def _sum(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _double(p):
    a = p[0] * p[0] % P
    b = p[1] * p[1] % P
    c = 2 * p[2] * p[2] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def sha512(message):
    # FIPS 180-4. Its numbers are the first 64 bits behind the point of the cube roots of the first 80 primes and of the
    # square roots of the first 8: reckoned they take 0.1 s, written down they are half a kilobyte of each update.
    primes = []
    while len(primes) < 80:
        primes.append(next(n for n in range(primes[-1] + 1 if primes else 2, 500) if all(n % p for p in primes)))
    words = [_root(p << 192, 3) & MASK for p in primes]
    state = [_root(p << 128, 2) & MASK for p in primes[:8]]
    length = len(message)
    message += b"\x80" + bytes((111 - length) % 128) + (length * 8).to_bytes(16, "big")
    for start in range(0, len(message), 128):
        w = list(struct.unpack(">16Q", message[start : start + 128]))
        for i in range(16, 80):
            x, y = w[i - 15], w[i - 2]
            s0 = _turned(x, 1) ^ _turned(x, 8) ^ x >> 7
            s1 = _turned(y, 19) ^ _turned(y, 61) ^ y >> 6
            w.append((w[i - 16] + s0 + w[i - 7] + s1) & MASK)
        a, b, c, d, e, f, g, h = state
        for i in range(80):
            s1 = _turned(e, 14) ^ _turned(e, 18) ^ _turned(e, 41)
            t1 = (h + s1 + (e & f ^ (MASK ^ e) & g) + words[i] + w[i]) & MASK
            s0 = _turned(a, 28) ^ _turned(a, 34) ^ _turned(a, 39)
            t2 = (s0 + (a & b ^ a & c ^ b & c)) & MASK
            a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
        state = [(x + y) & MASK for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(8, "big") for x in state)


def _root(number, degree):
    # Of a number below 2^201, rounded down: Newton's way from above.
    x = 1 << 68
    while True:
        closer = ((degree - 1) * x + number // x ** (degree - 1)) // degree
        if closer >= x:
            return x
        x = closer


def _turned(x, bits):
    return (x >> bits | x << 64 - bits) & MASK
