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
# of SHA-512: the first 64 bits behind the point of the cube roots of the first 80 primes, of the square roots of 8
_ROUNDS = bytes.fromhex(
    "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019"
    "923f82a4af194f9bab1c5ed5da6d8118d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2"
    "72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e3"
    "0fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5"
    "983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa725"
    "06ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df"
    "650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353ba2bfe8a14cf10364a81a664bbc423001"
    "c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8"
    "19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb"
    "5b9cca4f7763e373682e6ff3d6b2b8a3748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec"
    "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532bca273eceea26619cd186b8c721c0c207"
    "eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b"
    "28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a"
    "5fcb6fab3ad6faec6c44198c4a475817"
)
_START = bytes.fromhex(
    "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f"
    "1f83d9abfb41bd6b5be0cd19137e2179"
)
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
    # FIPS 180-4
    mask = (1 << 64) - 1
    words = struct.unpack(">80Q", _ROUNDS)
    state = struct.unpack(">8Q", _START)
    length = len(message)
    message += b"\x80" + bytes((111 - length) % 128) + (length * 8).to_bytes(16, "big")
    for start in range(0, len(message), 128):
        w = list(struct.unpack(">16Q", message[start : start + 128]))
        for i in range(16, 80):
            x, y = w[i - 15], w[i - 2]
            s0 = _turned(x, 1) ^ _turned(x, 8) ^ x >> 7
            s1 = _turned(y, 19) ^ _turned(y, 61) ^ y >> 6
            w.append((w[i - 16] + s0 + w[i - 7] + s1) & mask)
        a, b, c, d, e, f, g, h = state
        for i in range(80):
            s1 = _turned(e, 14) ^ _turned(e, 18) ^ _turned(e, 41)
            t1 = (h + s1 + (e & f ^ (mask ^ e) & g) + words[i] + w[i]) & mask
            s0 = _turned(a, 28) ^ _turned(a, 34) ^ _turned(a, 39)
            t2 = (s0 + (a & b ^ a & c ^ b & c)) & mask
            a, b, c, d, e, f, g, h = (t1 + t2) & mask, a, b, c, (d + t1) & mask, e, f, g
        state = [(x + y) & mask for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(8, "big") for x in state)


def _turned(x, bits):
    return (x >> bits | x << 64 - bits) & 0xFFFFFFFFFFFFFFFF
