# What a modem says in its answers: how it is registered, the time, the signal, names and numbers. Every line may be
# damaged, or another than expected; then nothing was said. Never here: asking (radio.py).
from release import BUILT

# how a modem is registered (3GPP TS 27.007)
HOME = 1
SEARCHING = 2
DENIED = 3
ROAMING = 5

UNKNOWN_SIGNAL = 99
_TECHNOLOGIES = {0: 0, 1: 0, 3: 0, 2: 1, 4: 1, 5: 1, 6: 1, 8: 3, 9: 4}  # of AT+COPS?, places in events.RATS
_LTE = 7
_MINUTES_OF_ZONE = 15  # zones are told in quarter hours
_LAST_YEAR = 69  # 70 and 80 are 1970 and 1980, from where unset clocks of modems count
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def fields(line):
    # What stands after the colon, between commas that are in no quotes; quotes are taken away.
    found = [""]
    quoted = False
    for c in line[line.find(":") + 1 :]:
        if c == '"':
            quoted = not quoted
        elif c == "," and not quoted:
            found.append("")
        elif c != " " or quoted:
            found[-1] += c
    return found


def number(text):
    # A whole number, or None.
    sign = -1 if text[:1] == "-" else 1
    digits = text[1:] if text[:1] in ("-", "+") else text
    return sign * int(digits) if digits.isdigit() and len(digits) < 10 else None


def registration(lines):
    # The last state that was told, asked for ("+CEREG: 0,5") or not ("+CEREG: 5"); None: none was.
    state = None
    for line in lines:
        told = line[line.find(":") + 1 :].split(",")
        second = number(told[1].strip()) if len(told) > 1 else None
        told = number(told[0].strip()) if second is None else second
        state = state if told is None else told
    return state


def dbm(lines):
    # Of AT+CSQ; 0: not known.
    for line in lines:
        told = number(fields(line)[0])
        if told is not None and 0 <= told < UNKNOWN_SIGNAL:
            return -113 + 2 * min(told, 31)
    return 0


def operator(lines, lte):
    # (name, place in events.RATS or None) of AT+COPS?; lte: what LTE is for this family.
    for line in lines:
        told = fields(line)
        if len(told) >= 3:
            act = number(told[3]) if len(told) > 3 else None
            return told[2], lte if act == _LTE else None if act is None else _TECHNOLOGIES.get(act)
    return "", None


def digits(lines, least):
    # The first number of at least so many digits, in quotes or not; "" when there is none.
    for line in lines:
        for word in fields(":" + line[line.find(":") + 1 :]):
            bare = word[:-1] if word[-1:] in ("F", "f") else word  # the filler of a SIM's number of 19 digits
            if len(bare) >= least and bare.isdigit():
                return bare
    return ""


def unix(lines):
    # Seconds since 1970 of AT+CCLK?, or None when that clock has not been set: "26/11/20,18:02:25+04" is local time.
    for line in lines:
        at = line.find('"')
        text = line[at + 1 : line.find('"', at + 1)] if at >= 0 else ""
        if len(text) < 17 or text[2] + text[5] + text[8] + text[11] + text[14] != "//,::":
            continue
        told = [number(text[i : i + 2]) for i in range(0, 18, 3)]
        zone = number(text[17:]) if len(text) > 17 else 0
        if None in told or zone is None:
            continue
        seconds = _seconds(*told)
        if seconds is not None and seconds - zone * _MINUTES_OF_ZONE * 60 >= BUILT:
            return seconds - zone * _MINUTES_OF_ZONE * 60
    return None


def _seconds(year, month, day, hour, minute, second):
    # year: since 2000. None: there is no such moment.
    if year > _LAST_YEAR or not (
        1 <= month <= 12 and 1 <= day <= 31 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61
    ):
        return None
    days = year * 365 + (year + 3) // 4 + _DAYS_BEFORE[month - 1] + day - 1
    if year % 4 == 0 and month > 2:
        days += 1
    return 946684800 + ((days * 24 + hour) * 60 + minute) * 60 + second  # from 2000
