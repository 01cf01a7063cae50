# Who this unit is, whom it trusts and what is wired to it, once config.py has found that good. What of it must stay in
# the heap is here; the checks, which are let go, are not.


class Settings:
    def __init__(self, fields, cas, cert, key, command_keys):
        self.unit_hex = fields["unit"]
        self.unit = bytes(int(self.unit_hex[i : i + 2], 16) for i in (0, 2, 4, 6))
        self.servers = [(host, port) for host, port in fields["servers"]]
        self.dns = fields["dns"]
        self.time_servers = fields["time_servers"]
        self.keepalive_s = fields["keepalive_s"]
        self.network = fields["network"]  # dicts, as in the file
        self.doors = fields["doors"]
        self.inputs = fields["inputs"]
        self.cas = cas  # DER
        self.cert = cert
        self.key = key
        self.command_keys = command_keys  # one a slot, None where there is none


def is_address(text):
    parts = text.split(".") if isinstance(text, str) else ()
    return len(parts) == 4 and all(p.isdigit() and len(p) <= 3 and int(p) < 256 for p in parts)
