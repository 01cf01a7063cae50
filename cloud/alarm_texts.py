"""What alarms say where they go out besides the app: alert addresses of a place and e-mail. In its language. Pure: no
addresses, no sending. Names of doors and of the place, never of people.
"""

from cloud.alarms import KINDS
from cloud.hours import Zone, wall
from cloud.notify_texts import line, said_in

Texts = dict[str, str]

# What is longer than a service takes it refuses, and nobody hears of anything: the narrowest takes 1,024 characters,
# title and all.
TITLE_CHARS, LINES_CHARS, DOORS_CHARS = 200, 650, 100
# Whoever names a door must not call everybody of a channel by it, nor put a link there that looks like ours.
_HARMLESS = str.maketrans("@<>[]", "＠‹›()")

TITLE: Texts = {"en": "{place}: {what}", "es": "{place}: {what}", "ca": "{place}: {what}"}
MANY: Texts = {"en": "{count} alarms", "es": "{count} alarmas", "ca": "{count} alarmes"}
MORE: Texts = {"en": "and {count} more", "es": "y {count} más", "ca": "i {count} més"}
SINCE: Texts = {"en": "{what} (since {at})", "es": "{what} (desde las {at})", "ca": "{what} (des de les {at})"}
AGAIN: Texts = {
    "en": "{what}. Nobody has acknowledged it yet.",
    "es": "{what}. Nadie ha dicho aún que se ocupa.",
    "ca": "{what}. Ningú no ha dit encara que se n'ocupa.",
}
LOOK: Texts = {
    "en": "Open the app to see more and to say that you see to it.",
    "es": "Abre la aplicación para ver más y para decir que te ocupas.",
    "ca": "Obre l'aplicació per veure'n més i per dir que te n'ocupes.",
}
TEST: Texts = {
    "en": "This is a test. Alarms of {place} will come here.",
    "es": "Esto es una prueba. Las alarmas de {place} llegarán aquí.",
    "ca": "Això és una prova. Les alarmes de {place} arribaran aquí.",
}
TEST_TITLE: Texts = {"en": "{place}: a test", "es": "{place}: una prueba", "ca": "{place}: una prova"}
KIND: dict[str, Texts] = {
    "left_open": {"en": "{door} is left open", "es": "{door} se ha quedado abierta", "ca": "{door} s'ha quedat oberta"},
    "opened_otherwise": {
        "en": "{door} was opened, and not with the app or the exit button",
        "es": "{door} se ha abierto sin la aplicación ni el botón de salida",
        "ca": "{door} s'ha obert sense l'aplicació ni el botó de sortida",
    },
    "away": {
        "en": "the door box of {door} is silent",
        "es": "la caja de {door} no da señales",
        "ca": "la caixa de {door} no dona senyals",
    },
    "signal": {
        "en": "the signal of the door box of {door} gets weaker",
        "es": "la señal de la caja de {door} es cada vez más débil",
        "ca": "el senyal de la caixa de {door} és cada cop més feble",
    },
    "data": {
        "en": "the door box of {door} has used most of its data",
        "es": "la caja de {door} ha gastado casi todos sus datos",
        "ca": "la caixa de {door} ha gastat gairebé totes les seves dades",
    },
    "test": {
        "en": "the nightly test of the door box of {door} failed",
        "es": "la prueba nocturna de la caja de {door} ha fallado",
        "ca": "la prova nocturna de la caixa de {door} ha fallat",
    },
    "power": {
        "en": "the door box of {door} has no mains power",
        "es": "la caja de {door} se ha quedado sin corriente de la red",
        "ca": "la caixa de {door} s'ha quedat sense corrent de la xarxa",
    },
    "tamper": {
        "en": "somebody opened the door box of {door}",
        "es": "han abierto la caja de {door}",
        "ca": "han obert la caixa de {door}",
    },
    "door": {
        "en": "{door} does not work as it should",
        "es": "{door} no funciona como debería",
        "ca": "{door} no funciona com hauria",
    },
}
assert KIND.keys() == KINDS.keys()


def alarm(language: str, kind: str, doors: list[str], since: int, zone: Zone, *, first: bool) -> str:
    """One line."""
    named = _cut(", ".join(_plain(door) for door in doors), DOORS_CHARS)
    what = said_in(language, KIND[kind]).format(door=named or "?")
    dated = said_in(language, SINCE).format(what=what, at=_clock(since, zone))
    return dated if first else said_in(language, AGAIN).format(what=dated)


def message(language: str, place: str, lines: list[str]) -> tuple[str, str]:
    """Title and text, of all that happened at a place within a moment."""
    what = lines[0] if len(lines) == 1 else said_in(language, MANY).format(count=len(lines))
    title = _cut(said_in(language, TITLE).format(place=_plain(place), what=what), TITLE_CHARS)
    rest = "\n".join(f"- {each}" for each in _first(language, lines)) if len(lines) > 1 else lines[0]
    return title, f"{rest}\n\n{said_in(language, LOOK)}"


def _first(language: str, lines: list[str]) -> list[str]:
    """As many as there is room for, and how many more there are."""
    shown, left = 0, LINES_CHARS
    while shown < len(lines) and (left := left - len(lines[shown])) >= 0:
        shown += 1
    more = len(lines) - shown
    return [*lines[:shown], said_in(language, MORE).format(count=more)] if more else lines


def _plain(name: str) -> str:
    return line(name).translate(_HARMLESS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def test(language: str, place: str) -> tuple[str, str]:
    words = {"place": _plain(place)}
    return said_in(language, TEST_TITLE).format(**words), said_in(language, TEST).format(**words)


def _clock(at: int, zone: Zone) -> str:
    minutes = wall(zone, at) // 60_000 % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"
