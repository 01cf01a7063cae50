"""The embedded MQTT broker: mosquitto as a child process, configured, certified, kept alive. It is trusted with
nothing.

Started by root it runs as another user, who can read the broker's own certificate and key and nothing else of ours. It
dies with the cloud.
"""

import asyncio
import datetime
import hashlib
import logging
import os
import pwd
import shutil
import signal
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography import x509

from cloud import certificates
from cloud.certificates import Authority

log = logging.getLogger("iomando.broker")

CLOUD = "cloud"  # the cloud's own name at the broker; unit ids are hex, so that no unit can have it
PACKET_BYTES = 4096  # the largest frame is 2,624
START_S = 15
STOP_S = 5
RENEWAL_CHECK_S = 3600
BACKOFF_S = (0.1, 0.5, 2, 5)

_CONFIG = """\
per_listener_settings false
allow_anonymous false
persistence false
log_dest stdout
log_type error
log_type warning
log_type notice
connection_messages false
set_tcp_nodelay true
max_packet_size {packet}
max_queued_messages 1000
max_inflight_messages 20
retain_available false
acl_file {folder}/acl
listener {port} {host}
cafile {folder}/authority.crt
certfile {folder}/broker.crt
keyfile {folder}/broker.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2
"""

_ACL = f"""\
user {CLOUD}
topic read u/#
topic write d/#

pattern read d/+/%u
pattern write u/+/%u
"""


class Broker:
    """`await start()`; then it runs until `close()`, is started again when it dies, and its certificate renews
    itself."""

    def __init__(
        self,
        mosquitto: Callable[[], list[str]],
        authority: Authority,
        keys: Path,
        host: str,
        port: int,
        names: list[str],
        now: Callable[[], datetime.datetime],
    ) -> None:
        self._mosquitto, self._authority, self._keys = mosquitto, authority, keys
        self.host, self.port, self._names, self._now = host, port, names, now
        self._folder = _folder(keys.parent)
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.restarts = 0

    async def start(self) -> None:
        _require_free(self.host, self.port)
        self._write()
        self._tasks.append(asyncio.create_task(self._supervise(), name="broker"))
        self._tasks.append(asyncio.create_task(self._renew(), name="broker certificate"))
        await self._listening()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    def cloud_context(self) -> ssl.SSLContext:
        """How the cloud itself connects: with a certificate of its own, trusting only its own authority."""
        issued = self._authority.client(CLOUD, self._now(), certificates.SERVER_LIFE * 40)
        certificates.write_private(self._keys / "cloud.crt", issued.pem())
        certificates.write_private(self._keys / "cloud.key", issued.key_pem())
        context = ssl.create_default_context(cadata=self._authority.issued.pem().decode())
        context.load_cert_chain(self._keys / "cloud.crt", self._keys / "cloud.key")
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self._folder / "broker.crt").read_bytes())

    def _write(self) -> None:
        config = _CONFIG.format(folder=self._folder, host=self.host, port=self.port, packet=PACKET_BYTES)
        for name, content in (("mosquitto.conf", config), ("acl", _ACL)):
            (self._folder / name).write_text(content)
        (self._folder / "authority.crt").write_bytes(self._authority.issued.pem())
        self._certify()

    def _certify(self) -> None:
        issued = self._authority.server(self._names, self._now())
        certificates.write_private(self._folder / "broker.key", issued.key_pem())
        certificates.write_private(self._folder / "broker.crt", issued.pem())
        user = _user()
        if user:
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)

    def _program(self) -> list[str]:
        """How to start mosquitto. One that was unpacked into a folder of ours may lie where the broker's user cannot
        go: copied."""
        argv = self._mosquitto()
        if _user() is None or len(argv) == 1:
            return argv
        home, copy = Path(argv[-1]).parents[2], self._folder / "program"
        if not copy.exists():
            shutil.copytree(home, copy, symlinks=True)
        return [word.replace(str(home), str(copy)) for word in argv]

    async def _supervise(self) -> None:
        while True:
            try:
                await self._run()
            except Exception:  # no memory for a process now; there may be some at the next attempt
                log.exception("broker could not be run")
                await self._stop()
            await asyncio.sleep(BACKOFF_S[min(self.restarts, len(BACKOFF_S) - 1)])
            self.restarts += 1

    async def _run(self) -> None:
        """From its start to its end."""
        self._process = await asyncio.create_subprocess_exec(
            *_confined(_user()),
            *self._program(),
            "-c",
            str(self._folder / "mosquitto.conf"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        log.info("broker runs", extra={"pid": self._process.pid})
        if self._process.stdout:
            async for line in self._process.stdout:
                log.info("mosquitto", extra={"line": line.decode(errors="replace").rstrip()})
        log.error("broker ended", extra={"code": await self._process.wait()})

    async def _listening(self) -> None:
        async with asyncio.timeout(START_S):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection(self.host, self.port)
                    writer.close()
                    return
                if self._process and self._process.returncode not in (None, 0) and self.restarts >= 3:
                    raise RuntimeError("mosquitto does not start; its last words are in the log above")
                await asyncio.sleep(0.02)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_CHECK_S)
            try:
                await self.renew()
            except Exception:  # a full disk today must not let the certificate run out next month
                log.exception("the broker's certificate could not be renewed; tried again in an hour")

    async def renew(self) -> bool:
        """A new certificate when the old one nears its end. The broker is started again with it: units come back by
        themselves."""
        if not certificates.needs_renewal(self.certificate(), self._names, self._now()):
            return False
        self._certify()
        log.info("broker certificate renewed")
        await self._stop()
        await self._listening()
        return True

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _require_free(host: str, port: int) -> None:
    """Whoever listens there already would be taken for our broker, and our own would never start."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = f"the broker cannot listen on {host}:{port} ({error.strerror}); set IOMANDO_BROKER_PORT"
            raise OSError(why) from error


def _folder(home: Path) -> Path:
    """An empty folder for what the broker reads: in the home, or, for another user who cannot go there, beside the
    system's own."""
    if _user() is None:
        folder = home / "broker"
    else:
        folder = Path("/run") / f"iomando-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
    shutil.rmtree(folder, ignore_errors=True)  # of a service that was killed
    folder.mkdir(mode=0o700)
    return folder


def _user() -> pwd.struct_passwd | None:
    """Whom the broker runs as when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("mosquitto", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _confined(user: pwd.struct_passwd | None) -> list[str]:
    """Words before a command: it runs as this user, and the kernel ends it when we end, however that comes about."""
    setpriv = shutil.which("setpriv") or shutil.which("setpriv", path="/usr/bin:/bin")
    if setpriv is None:
        return []
    owner = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"] if user else []
    return [setpriv, *owner, "--pdeathsig", "KILL", "--"]
