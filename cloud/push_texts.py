"""What stands on a lock screen, in three languages. Anybody who passes may read it: no name of a person, a place or a
door, and no address. Pure.
"""

from cloud.hours import DAY_MS, MINUTE_MS, Zone, wall
from cloud.notify_texts import LANGUAGES

_AGO = {"en": "{days} d ago", "es": "hace {days} d", "ca": "fa {days} d"}

# what happened → language → title and text; {time} is on the place's clock
TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "guest_came": {
        "en": ("Your guest is here", "At {time} your invitation was used to open a door."),
        "es": ("Ha llegado tu invitado", "A las {time} se ha usado tu invitación para abrir una puerta."),
        "ca": ("Ha arribat el teu convidat", "A les {time} s'ha fet servir la teva invitació per obrir una porta."),
    },
    "given": {
        "en": ("You have new access", "The app shows which doors, and when."),
        "es": ("Tienes un acceso nuevo", "La aplicación dice qué puertas y cuándo."),
        "ca": ("Tens un accés nou", "L'aplicació diu quines portes i quan."),
    },
    "changed": {
        "en": ("Your access has changed", "The app shows what is different."),
        "es": ("Tu acceso ha cambiado", "La aplicación dice qué es distinto."),
        "ca": ("El teu accés ha canviat", "L'aplicació diu què és diferent."),
    },
    "ended": {
        "en": ("An access of yours has ended", "The app shows what you may still open."),
        "es": ("Un acceso tuyo ha terminado", "La aplicación dice qué puedes abrir todavía."),
        "ca": ("Un accés teu s'ha acabat", "L'aplicació diu què pots obrir encara."),
    },
    "suspended": {
        "en": ("Your access is paused", "Ask whoever looks after the place."),
        "es": ("Tu acceso está en pausa", "Pregunta a quien administra el lugar."),
        "ca": ("El teu accés està en pausa", "Pregunta-ho a qui administra el lloc."),
    },
    "resumed": {
        "en": ("Your access works again", "The app shows which doors, and when."),
        "es": ("Tu acceso vuelve a funcionar", "La aplicación dice qué puertas y cuándo."),
        "ca": ("El teu accés torna a funcionar", "L'aplicació diu quines portes i quan."),
    },
    "left_open": {
        "en": ("A door is left open", "Since {time}. If you are near, close it."),
        "es": ("Una puerta ha quedado abierta", "Desde las {time}. Si estás cerca, ciérrala."),
        "ca": ("Una porta ha quedat oberta", "Des de les {time}. Si ets a prop, tanca-la."),
    },
    "alarm.left_open": {
        "en": ("A door is left open", "Since {time}. The app shows which one."),
        "es": ("Una puerta ha quedado abierta", "Desde las {time}. La aplicación dice cuál."),
        "ca": ("Una porta ha quedat oberta", "Des de les {time}. L'aplicació diu quina."),
    },
    "alarm.opened_otherwise": {
        "en": ("A door was opened by other means", "At {time}, and not with the app."),
        "es": ("Una puerta se ha abierto por otros medios", "A las {time}, y no con la aplicación."),
        "ca": ("Una porta s'ha obert per altres mitjans", "A les {time}, i no amb l'aplicació."),
    },
    "alarm.away": {
        "en": ("A door box is silent", "Since {time}. Its doors need a key; the app says what to try."),
        "es": ("Una caja de puerta no responde", "Desde las {time}. Hace falta llave; la aplicación dice qué probar."),
        "ca": ("Una caixa de porta no respon", "Des de les {time}. Cal clau; l'aplicació diu què provar."),
    },
    "alarm.signal": {
        "en": ("A door box hears its network worse", "Its signal is falling. It may soon be silent."),
        "es": ("Una caja de puerta tiene peor cobertura", "Su señal baja. Puede dejar de responder pronto."),
        "ca": ("Una caixa de porta té pitjor cobertura", "El senyal baixa. Pot deixar de respondre aviat."),
    },
    "alarm.data": {
        "en": ("A door box is running out of data", "The app shows how much this month has left."),
        "es": ("Una caja de puerta se queda sin datos", "La aplicación dice cuántos quedan este mes."),
        "ca": ("Una caixa de porta es queda sense dades", "L'aplicació diu quantes en queden aquest mes."),
    },
    "alarm.test": {
        "en": ("A door box failed its nightly test", "At {time}. The app says what to try."),
        "es": ("Una caja de puerta no ha pasado su prueba", "A las {time}. La aplicación dice qué probar."),
        "ca": ("Una caixa de porta no ha passat la prova", "A les {time}. L'aplicació diu què provar."),
    },
    "alarm.power": {
        "en": ("A door box has trouble with its power", "Since {time}. Look at its supply."),
        "es": ("Una caja de puerta tiene un problema de corriente", "Desde las {time}. Mira su alimentación."),
        "ca": ("Una caixa de porta té un problema de corrent", "Des de les {time}. Mira'n l'alimentació."),
    },
    "alarm.tamper": {
        "en": ("Somebody may be at a door box", "At {time} its cover was opened. Look, or send somebody."),
        "es": (
            "Puede que alguien toque una caja de puerta",
            "A las {time} se ha abierto su tapa. Mira, o manda a alguien.",
        ),
        "ca": ("Potser algú toca una caixa de porta", "A les {time} se n'ha obert la tapa. Mira-ho, o envia-hi algú."),
    },
    "alarm.door": {
        "en": ("A door does not do what it is told", "Since {time}. The app shows which one, and what was seen."),
        "es": ("Una puerta no hace lo que se le pide", "Desde las {time}. La aplicación dice cuál y qué se ha visto."),
        "ca": ("Una porta no fa el que se li demana", "Des de les {time}. L'aplicació diu quina i què s'ha vist."),
    },
    "alarm.other": {
        "en": ("Something needs a look", "Since {time}. The app says what."),
        "es": ("Hay algo que mirar", "Desde las {time}. La aplicación dice qué."),
        "ca": ("Hi ha una cosa per mirar", "Des de les {time}. L'aplicació diu què."),
    },
}
_AGAIN = {
    "en": "Nobody has acknowledged it yet.",
    "es": "Nadie lo ha dado por visto todavía.",
    "ca": "Encara no ho ha donat per vist ningú.",
}


def told(language: str, what: str, time: str, *, again: bool = False) -> tuple[str, str]:
    """Title and text. `again`: nobody has seen to it since it was told."""
    language = language if language in LANGUAGES else "en"
    title, text = TEXTS.get(what, TEXTS["alarm.other"])[language]
    return title, " ".join([text.format(time=time), *([_AGAIN[language]] if again else [])])


def clock(language: str, zone: Zone, at: int, now: int) -> str:
    """The time there; of another day with how long ago."""
    minutes = wall(zone, at) // MINUTE_MS % (DAY_MS // MINUTE_MS)
    time = f"{minutes // 60:02}:{minutes % 60:02}"
    days = wall(zone, now) // DAY_MS - wall(zone, at) // DAY_MS
    return f"{time} ({_AGO.get(language, _AGO['en']).format(days=days)})" if days > 0 else time
