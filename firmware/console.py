# What the unit says on its console, in an installer's words and no flood. Never here: secrets.


class Console:
    def __init__(self, write=print):
        self._write = write
        self._said = []

    def say(self, line):
        # Once, until something else was achieved (`news`): attempts that repeat are not told again.
        if line not in self._said:
            if len(self._said) >= 16:
                self._said.clear()
            self._said.append(line)
            self._write(line)

    def news(self, line):
        self._said.clear()
        self._write(line)
