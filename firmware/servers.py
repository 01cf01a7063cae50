# The servers to connect to, the authorities to trust, how each door is driven and by which access point the modem gets
# out: the installer's (unit.json, /ca), or the cloud's (a CONFIG frame). A CONFIG is tried before it counts: written
# down, then used from the next start on, so that the cloud has to welcome a new epoch over it; without a genuine
# WELCOME in time, or after any other start, all is as before.
#
#   /network.new  to be tried from the next start on      /network      in use
#   /network.try  being tried since this start            /network.bad  tried in vain: its number is not taken again
#
# Each is the frame as it came, and each step is one rename. Never here: whether a frame is genuine (unit.py).
import os
import sys

import transport
import wire

TRIAL_S = 300  # without a genuine WELCOME

# what becomes of a CONFIG: its result in the CONFIG_ACK, or nothing to say yet
IN_USE = wire.IN_USE
REFUSED = wire.REFUSED
TO_BE_TRIED = 2
BEING_TRIED = 3

_USED = "network"
_NEW = "network.new"
_TRY = "network.try"
_BAD = "network.bad"

_FOR_A_WHILE = ("config", "config_network", "access_point", "checks", "settings_wire")


class Lists:
    def __init__(self, settings, root="/"):
        self._settings = settings
        self._root = root
        _rename(root + _TRY, root + _BAD)
        _rename(root + _NEW, root + _TRY)
        self._used = (0, settings.servers, settings.cas, [], None)
        self._tried = None
        self._context = self._make(self._used)
        self._used = self._good(_USED) or self._used
        self._tried = self._good(_TRY)
        if not self._tried:
            _rename(root + _TRY, root + _BAD)
        self._bad = (self._read(_BAD) or (0,))[0]

    def number(self):
        # Of the CONFIG in use; 0: the installer's lists.
        return self._used[0]

    def servers(self):
        return self._now()[1]

    def doors(self):
        # As unit.json's, with what the CONFIG says of them.
        return _doors(self._settings.doors, self._now()[3])

    def network(self):
        # As unit.json's, with the access point that the CONFIG names.
        return _network(self._settings.network, self._now()[4])

    def context(self):
        return self._context

    def take(self, frame):
        # What becomes of a CONFIG that is genuine and ours.
        try:
            lists = _lists(frame)
        except ValueError:
            return REFUSED
        if lists == self._used:
            return IN_USE
        taken_before = lists[0] <= max(self._used[0], self._bad)
        if taken_before or not _are_hosts(host for host, _ in lists[1]):
            return REFUSED
        if self._tried:
            return BEING_TRIED  # one at a time: nothing is wrong with this one, and it will come again
        try:
            try:
                self._check(lists)
            except MemoryError:
                _let_go()  # what has no room beside a session is looked at in the next start
            with open(self._root + _NEW, "wb") as file:
                file.write(frame)
        except (ValueError, OSError):
            _remove(self._root + _NEW)
            return REFUSED
        return TO_BE_TRIED

    def welcomed(self):
        # A genuine WELCOME came. The number of the CONFIG that is in use from now on, or None when nothing was tried.
        if not self._tried:
            return None
        _rename(self._root + _TRY, self._root + _USED)
        self._used = self._tried
        self._tried = None
        return self._used[0]

    def overdue(self, seconds):
        # True when the trial has just been given up: a restart brings back what was before.
        if not self._tried or seconds < TRIAL_S:
            return False
        _rename(self._root + _TRY, self._root + _BAD)
        self._bad = self._tried[0]
        self._tried = None
        return True

    def _now(self):
        return self._tried or self._used

    def _make(self, lists):
        return transport.context(lists[2], self._settings.cert, self._settings.key)

    def _check(self, lists):
        # Their TLS context; ValueError when TLS cannot use them, or these doors or this access point cannot be so.
        _doors(self._settings.doors, lists[3])
        _network(self._settings.network, lists[4])
        return self._make(lists)

    def _good(self, name):
        # The lists of that file; their context is the one in use then. None: there are none, or they cannot be used.
        lists = self._read(name)
        try:
            if lists:
                self._context = self._check(lists)
            return lists
        except ValueError as error:
            print("/%s cannot be used: %s" % (name, error))
            return None

    def _read(self, name):
        try:
            with open(self._root + name, "rb") as file:
                return _lists(file.read(wire.MAX_FRAME + 1))
        except OSError:
            return None  # there is none
        except Exception as error:
            print("/%s is damaged and not used: %s" % (name, error))
            return None


def _lists(frame):
    # (number, servers, cas, doors, access point) of a CONFIG's frame.
    import settings_wire  # for as long as this takes

    _, number, settings = wire.config_fields(frame)
    try:
        return (number,) + settings_wire.unpacked(settings)
    finally:
        _let_go()


def _network(network, told):
    if told is None:
        return network
    import access_point  # for as long as this takes

    try:
        return access_point.with_access_point(network, told)
    finally:
        _let_go()


def _doors(doors, told):
    import config  # for as long as this takes

    try:
        return config.with_settings(doors, told)
    finally:
        _let_go()


def _let_go():
    # Also of what came in by halves.
    for name in _FOR_A_WHILE:
        if name in sys.modules:
            del sys.modules[name]


def _are_hosts(names):
    from checks import is_host

    return all(is_host(name) for name in names)


def _rename(old, new):
    try:
        os.rename(old, new)
    except OSError:
        pass  # there is none


def _remove(name):
    try:
        os.remove(name)
    except OSError:
        pass
