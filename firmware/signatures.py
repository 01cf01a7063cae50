# Who signed a release or a set of release keys: layouts, exact to the byte, and which signatures have to be good. Pure;
# imported under two names: no import of ours. Never here: the reckoning (ed25519.py), what is signed (manifest.py).
#
#   signed    count1 {key1 signature64}            key: its place in the key set, rising
#   release   signed | body                        the signatures are of RELEASE_WORDS + SHA-256(body)
#   key set   signed by the set before | signed by itself | body
import hashlib
import struct

RELEASE_WORDS = b"iomando release"  # 15 bytes: with a hash, and R and A of a signature, one block of SHA-512
KEYS_WORDS = b"iomando key set"
FORMAT = 1
SIGNATURE_BYTES = 64
KEY_BYTES = 32
MAX_KEYS = 5
MAX_KEYS_BYTES = 1024  # of a signed key set
DEMO = 1  # flag of a key set: its secret keys are known to all
KEYS_HEAD = ">BIBBB"  # format number flags threshold count, then the keys


class KeySet:
    # keys: bytes of each; whoever changes it needs `threshold` of them.
    def __init__(self, number, flags, threshold, keys):
        self.number = number
        self.demo = bool(flags & DEMO)
        self.threshold = threshold
        self.keys = keys


def packed_keys(number, flags, threshold, keys):
    # The body of a key set; ValueError past a limit.
    body = struct.pack(KEYS_HEAD, FORMAT, number, flags, threshold, len(keys)) + b"".join(keys)
    read_keys(body)
    return body


def read_keys(body):
    # KeySet; ValueError unless every byte of it is as it must be.
    size = struct.calcsize(KEYS_HEAD)
    if len(body) < size or body[0] != FORMAT:
        raise ValueError("no key set of this format")
    _, number, flags, threshold, count = struct.unpack(KEYS_HEAD, body[:size])
    keys = [bytes(body[size + i * KEY_BYTES : size + (i + 1) * KEY_BYTES]) for i in range(count)]
    if not number or flags > DEMO or not 1 <= threshold <= count <= MAX_KEYS or len(set(keys)) != count:
        raise ValueError("a key set that cannot be")
    if size + count * KEY_BYTES != len(body):
        raise ValueError("a key set that does not fit its bytes")
    return KeySet(number, flags, threshold, keys)


def read_keys_of(signed):
    # KeySet of a signed one whose signatures have been checked before it was kept.
    _, at = read_signatures(signed)
    _, at = read_signatures(signed, at)
    return read_keys(signed[at:])


def message(words, body):
    # What is signed.
    return words + hashlib.sha256(body).digest()


def packed_signatures(signatures):
    # signatures: [(place of its key, 64 bytes)], rising.
    return bytes([len(signatures)]) + b"".join([bytes([key]) + signature for key, signature in signatures])


def read_signatures(signed, at=0):
    # ([(place of its key, 64 bytes)], where they end); ValueError when they do not fit, or are not rising.
    if at >= len(signed) or signed[at] > MAX_KEYS:
        raise ValueError("signatures that do not fit")
    count = signed[at]
    at += 1
    found = []
    for _ in range(count):
        end = at + 1 + SIGNATURE_BYTES
        if end > len(signed) or (found and signed[at] <= found[-1][0]):
            raise ValueError("signatures that do not fit")
        found.append((signed[at], bytes(signed[at + 1 : end])))
        at = end
    return found, at


def wanted_checks(signatures, key_set):
    # The pairs (key, signature) that all must be good; ValueError when they are too few, or of keys that are not there.
    # A signature that is not needed has to be good, too: there is no reason for another to be there.
    if len(signatures) < key_set.threshold or any(key >= len(key_set.keys) for key, _ in signatures):
        raise ValueError("signed by too few, or by keys that are not in the set")
    return [(key_set.keys[key], signature) for key, signature in signatures]
