# A PIN is tried once, and never when that could take the SIM's last try: `may` is the rule (pure), Record what it rests
# on, written down before the PIN is sent, so that a power cut in between cannot make it a second time.
import os
from binascii import hexlify
from hashlib import sha256

FULL = 3  # tries that a SIM gives, and gives again after a right PIN
LAST = 1
_FILE = "sim_pin"

CLEAN = 0  # no attempt with this PIN on this SIM
RIGHT = 1  # it was right the last time
WRONG = 2


def digest(pin, iccid):
    # Another PIN or another SIM is another attempt.
    return hexlify(sha256((pin + " " + iccid).encode()).digest()[:8]).decode()


def may(known, open_attempts, tries):
    # known: CLEAN, RIGHT or WRONG; open_attempts: of those since then whose end was not seen; tries: what the modem
    # says is left, None when it does not say.
    if known == WRONG or (tries is not None and tries <= LAST):
        return False
    return open_attempts == 0 or tries == FULL


class Record:
    def __init__(self, root="/"):
        self._name = root + _FILE
        self._of, self._known, self._open = self._read()

    def allows(self, pin, iccid, tries):
        if self._of == digest(pin, iccid):
            return may(self._known, self._open, tries)
        if self._of is not None and not iccid:
            return tries == FULL  # which SIM this is cannot be told: it may be the one whose PIN was tried
        return may(CLEAN, 0, tries)

    def refused(self, pin, iccid):
        return self._known == WRONG and self._of == digest(pin, iccid)

    def tries_now(self, pin, iccid):
        # Before the PIN is sent. False: it could not be written down.
        of = digest(pin, iccid)
        same = of == self._of
        return self._write(of, self._known if same else CLEAN, self._open + 1 if same else 1)

    def ended(self, pin, iccid, right):
        # The modem has said whether it was right.
        return self._write(digest(pin, iccid), RIGHT if right else WRONG, 0)

    def _read(self):
        try:
            with open(self._name) as file:
                of, known, attempts = file.read(64).split(" ")
            return of, int(known), int(attempts)
        except (OSError, ValueError, UnicodeError):
            return None, CLEAN, 0

    def _write(self, of, known, attempts):
        self._of, self._known, self._open = of, known, attempts
        try:
            with open(self._name + ".new", "w") as file:
                file.write("%s %d %d" % (of, known, attempts))
            os.rename(self._name + ".new", self._name)
            return True
        except OSError:
            return False
