# The dialogue over a serial line that answers what it is told to, in pieces, late, with an echo, with noise.
import asyncio
import time

from at import MAX_LINE, At, Silent

ONLY_ON_UNIT = True
SOON_MS = 60  # a deadline that is let pass


class Line:
    # says(bytes) comes from the modem; answers: what it says to each line it is sent, in turn.
    def __init__(self, *answers, most=1000):
        self.sent = []
        self.most = most  # bytes of one read
        self._answers = list(answers)
        self._comes = b""
        self._came = asyncio.Event()

    def says(self, data):
        self._comes += data
        self._came.set()

    def write(self, data):
        self.sent.append(data)
        if self._answers:
            self.says(self._answers.pop(0))

    def readinto(self, buffer):
        count = min(len(buffer), len(self._comes), self.most)
        buffer[:count] = self._comes[:count]
        self._comes = self._comes[count:]
        return count or None

    async def readable(self, line):
        self._came.clear()
        if not self._comes:
            await self._came.wait()

    def left(self):
        return self._comes


def dialogue(line, unasked=None, alive=None):
    return At(line, line.readable, alive or (lambda: None), unasked or (lambda told: None))


async def silent(asked):
    try:
        await asked
    except Silent:
        return True
    return False


async def test_an_answer_is_its_lines_and_how_it_ended():
    line = Line(b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n")
    assert await dialogue(line).ask("AT+CSQ", 1000, "+CSQ:") == ("OK", ["+CSQ: 17,99"])
    assert line.sent == ["AT+CSQ\r"]


async def test_an_echo_is_no_answer():
    line = Line(b"AT+CGMM\r\r\nSIMCOM_SIM7000G\r\n\r\nOK\r\n")
    assert await dialogue(line).ask("AT+CGMM", 1000, "") == ("OK", ["SIMCOM_SIM7000G"])


async def test_lines_may_come_byte_by_byte():
    line = Line(b"AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n", most=1)
    assert await dialogue(line).ask("AT+CPIN?", 1000, "+CPIN:") == ("OK", ["+CPIN: READY"])


async def test_an_answer_that_is_cut_in_two_is_waited_for():
    line = Line(b"\r\n+CREG: 0,")
    asked = asyncio.create_task(dialogue(line).ask("AT+CREG?", 1000, "+CREG:"))
    await asyncio.sleep_ms(5)
    line.says(b"1\r\n\r\nO")
    await asyncio.sleep_ms(5)
    line.says(b"K\r\n")
    assert await asked == ("OK", ["+CREG: 0,1"])


async def test_what_is_said_unasked_between_any_two_lines_is_told_apart():
    told = []
    line = Line(b"\r\n+CTZV: +4,0\r\n\r\nSMS DONE\r\n\r\n8934071234567890123\r\n*PSUTTZ: 1\r\nPB DONE\r\nOK\r\n")
    assert await dialogue(line, told.append).ask("AT+CCID", 1000, "") == ("OK", ["8934071234567890123"])
    assert told == ["+CTZV: +4,0", "SMS DONE", "*PSUTTZ: 1", "PB DONE"]


async def test_what_came_before_the_question_is_no_answer_to_it():
    told = []
    line = Line(b"\r\n+CREG: 0,2\r\n\r\nOK\r\n")
    line.says(b"\r\n+CREG: 0,1\r\n\r\nOK\r\n")
    assert await dialogue(line, told.append).ask("AT+CREG?", 1000, "+CREG:") == ("OK", ["+CREG: 0,2"])
    assert told == ["+CREG: 0,1", "OK"]


async def test_every_way_to_say_no_ends_a_command():
    for no in ("ERROR", "+CME ERROR: SIM not inserted", "+CME ERROR: 10", "+CMS ERROR: 500"):
        line = Line(b"\r\n" + no.encode() + b"\r\n")
        assert await dialogue(line).ask("AT+CPIN?", 1000, "+CPIN:") == (no, [])


async def test_noise_is_dropped_and_the_line_after_it_is_heard():
    noise = bytes(range(0x80, 0x100)) + b"\x00\x01\xff~\xff}#\xc0!}!}" + bytes(200)
    line = Line(noise + b"\r\n\xf8OK\r\n\r\nOK\r\n")
    told = []
    at = dialogue(line, told.append)
    assert await at.ask("AT", 1000) == ("OK", [])
    assert told == [] and line.left() == b""


async def test_a_line_without_an_end_takes_no_memory_and_is_dropped():
    line = Line(b"x" * 5 * MAX_LINE + b"\r\nOK\r\n", most=7)
    told = []
    assert await dialogue(line, told.append).ask("AT", 1000) == ("OK", [])
    assert told == []


async def test_a_name_in_strange_letters_is_no_noise():
    line = Line(b'\r\n+COPS: 0,0,"Telef\xc3\xb3nica",7\r\nOK\r\n')
    assert await dialogue(line).ask("AT+COPS?", 1000, "+COPS:") == ("OK", ['+COPS: 0,0,"Telef??nica",7'])


async def test_a_modem_that_says_nothing_is_not_waited_for_longer_than_was_said():
    began = time.ticks_ms()
    assert await silent(dialogue(Line()).ask("AT", SOON_MS))
    assert SOON_MS <= time.ticks_diff(time.ticks_ms(), began) < 20 * SOON_MS


async def test_chatter_does_not_lengthen_a_wait():
    line = Line()
    asked = asyncio.create_task(silent(dialogue(line).ask("AT", SOON_MS)))
    while not asked.done():
        line.says(b"\r\nRING\r\n")
        await asyncio.sleep_ms(1)
    assert await asked


async def test_a_lost_carrier_ends_a_dial_and_no_other_command():
    told = []
    line = Line(b"\r\nNO CARRIER\r\n\r\nOK\r\n", b"\r\nNO CARRIER\r\n")
    at = dialogue(line, told.append)
    assert await at.ask("AT", 1000) == ("OK", [])
    assert told == ["NO CARRIER"]
    assert await at.ask("ATD*99#", 1000, dial=True) == ("NO CARRIER", [])


async def test_what_follows_a_connect_is_left_for_ppp():
    for connect in (b"CONNECT", b"CONNECT 115200", b"CONNECT 150000000"):
        line = Line(b"\r\n" + connect + b"\r\n~\xff}#\xc0!")
        end, _ = await dialogue(line).ask("ATD*99#", 1000, dial=True)
        assert end == connect.decode()
        assert line.left() == b"\n~\xff}#\xc0!", line.left()  # PPP skips what stands before its first ~


async def test_the_escape_is_three_bytes_with_silence_before_them():
    line = Line(b"~\xff}#\xc0!\r\nOK\r\n")
    began = time.ticks_ms()
    assert await dialogue(line).escape()
    assert line.sent == ["+++"]
    assert time.ticks_diff(time.ticks_ms(), began) >= 1000


async def test_a_wait_shows_that_the_program_is_alive():
    shown = []
    line = Line(b"OK\r\n")
    at = dialogue(line, alive=lambda: shown.append(1))
    await at.ask("AT", 1000)
    assert shown
    shown.clear()
    await at.quiet(1)
    assert shown
