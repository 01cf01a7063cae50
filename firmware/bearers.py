# What brings the unit an IP address: a bearer. Wi-Fi is in wifi.py, a modem in modem.py; here is the one that has
# nothing to do, and how each of them says that there is no network. Never here: what is said over it (link.py).
import events


class NoNetwork(Exception):
    # reason: one of events.NET_...; args[0]: a sentence for the installer.
    def __init__(self, reason, sentence):
        super().__init__(sentence)
        self.reason = reason


class Wired:
    # The network is there by itself.
    kind = events.WIRED
    rung = 0
    on_down = None

    async def up(self):
        pass

    def isup(self):
        return True

    def doubt(self, silent):
        pass

    def expect(self, ms):
        pass

    def name_servers(self):
        return ()

    def time(self):
        return None

    def facts(self):
        return 0, events.NO_SIGNAL, events.NO_RAT, "", "", ""
