# Another access point of the mobile contract, in place of unit.json's: whether a modem would take it. Loaded beside a
# session, where config.py and all it needs have no room. Never here: pins and boards (config_network.py).
from settings_wire import MAX_TEXT


def with_access_point(network, told):
    # The network of unit.json with the access point of a CONFIG: (apn, auth, user, password). ValueError when it cannot
    # be so, or there is no modem.
    if network["kind"] != "modem":
        raise ValueError("an access point is for a modem")
    apn, auth, user, password = told
    good = is_text(1 if auth != "none" else 0, MAX_TEXT if auth != "none" else 0)
    if not is_apn(apn) or not good(user) or not good(password):
        raise ValueError("an access point that no modem takes")
    changed = dict(network)
    changed.update({"apn": apn, "auth": auth, "user": user or None, "password": password or None})
    return changed


def is_apn(value):
    # Goes into an AT command between quotes: no quote, no comma, nothing that ends a line.
    return is_text(1, MAX_TEXT)(value) and all(c.isalpha() or c.isdigit() or c in ".-_" for c in value)


def is_text(least, most):
    return lambda value: isinstance(value, str) and least <= len(value) <= most and all(" " <= c <= "~" for c in value)
