"""What people are told outside the app, in their language. Pure: no addresses, no sending.

A text message holds only characters of GSM 03.38 and fits into one: others double its price.
"""

from cloud.codes import CODE_LIFE_MS, MINUTE_MS

LANGUAGES = ("en", "es", "ca")
NAME_CHARS = 80  # of a name that somebody typed: the rest says nothing
_MINUTES = CODE_LIFE_MS // MINUTE_MS

_CODE = {
    "en": "Your iomando code: {code}. Good for {minutes} minutes. Give it to nobody.",
    "es": "Tu clave de iomando: {code}. Vale {minutes} minutos. No se la des a nadie.",
    "ca": "La teva clau d'iomando: {code}. Val {minutes} minuts. No la passis a cap persona.",
}
_CODE_TITLE = {"en": "Your iomando code", "es": "Tu clave de iomando", "ca": "La teva clau d'iomando"}
_NEW_DEVICE_TITLE = {
    "en": "A new device may manage {place}",
    "es": "Un dispositivo nuevo puede administrar {place}",
    "ca": "Un dispositiu nou pot administrar {place}",
}
_NEW_DEVICE = {
    "en": "{name} signed in on a new device ({device}) and can manage {place} with it. If you do not expect this, ask "
    "{name} by other means, and end that session in the app.",
    "es": "{name} ha entrado con un dispositivo nuevo ({device}) y puede administrar {place} con él. Si no lo "
    "esperabas, pregunta a {name} por otra vía y cierra esa sesión en la aplicación.",
    "ca": "{name} ha entrat amb un dispositiu nou ({device}) i pot administrar {place} amb ell. Si no t'ho "
    "esperaves, pregunta-ho a {name} per una altra via i tanca aquella sessió a l'aplicació.",
}
_HEAD_TITLE = {
    "en": "The log of {place} on {day}",
    "es": "El registro de {place} el {day}",
    "ca": "El registre de {place} el {day}",
}
_HEAD = {
    "en": "Keep this message: with it you can show later that nothing before it was changed or taken out.\n\n{head}\n\n"
    "To check: iomando log verify --head {head}",
    "es": "Guarda este mensaje: con él podrás demostrar que nada anterior se ha cambiado ni quitado.\n\n{head}\n\n"
    "Para comprobarlo: iomando log verify --head {head}",
    "ca": "Guarda aquest missatge: amb ell podràs demostrar que res d'anterior s'ha canviat ni tret.\n\n{head}\n\n"
    "Per comprovar-ho: iomando log verify --head {head}",
}


def code(language: str, code: str, host: str | None) -> tuple[str, str]:
    """Title and text. With `host` phones offer the code by themselves, on that page only; it stands last, as they want
    it."""
    text = said_in(language, _CODE).format(code=code, minutes=_MINUTES)
    return said_in(language, _CODE_TITLE), f"{text}\n\n@{host} #{code}" if host else text


def new_device(language: str, name: str, device: str, place: str) -> tuple[str, str]:
    words = {"name": line(name), "device": line(device), "place": line(place)}
    return said_in(language, _NEW_DEVICE_TITLE).format(**words), said_in(language, _NEW_DEVICE).format(**words)


def head(language: str, place: str, day: str, head: str) -> tuple[str, str]:
    words = {"place": line(place), "day": day, "head": head}
    return said_in(language, _HEAD_TITLE).format(**words), said_in(language, _HEAD).format(**words)


def said_in(language: str, texts: dict[str, str]) -> str:
    return texts.get(language, texts["en"])


def line(typed: str) -> str:
    """What somebody typed, as one line: it may not look like a text of ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in typed).split())[:NAME_CHARS]
