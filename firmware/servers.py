# The servers to connect to and the authorities to trust: the installer's from unit.json and /ca.
import transport


class Lists:
    def __init__(self, settings):
        self._settings = settings
        self.number = 0  # of the CONFIG in use; 0: the installer's lists
        self._context = transport.context(settings.cas, settings.cert, settings.key)

    def servers(self):
        return self._settings.servers

    def context(self):
        return self._context
