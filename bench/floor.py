"""The floor: what MQTT alone costs on this machine, now. Same broker, configuration, TLS and clients; nothing else.

The broker is one of its own, so that floor and cloud can be measured in turn.
"""

import asyncio
import datetime
import secrets
import time

from bench import mqtt
from bench.estate import Estate
from bench.fleet import OP_ID, Arrivals, Echo, connect
from cloud.broker import CLOUD, Broker
from cloud.certificates import Authority, write_private
from firmware import wire
from sim import town
from tools.parts import mosquitto

COMMAND_BYTES = wire.EXACT[wire.COMMAND]


class Floor:
    def __init__(self, estate: Estate) -> None:
        self.arrivals = Arrivals()
        self._estate = estate
        self._echoes = [Echo(unit, self.arrivals) for unit in estate.units]
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._publisher = mqtt.Client(self._answered)
        self._broker: Broker | None = None

    async def start(self) -> None:
        port, authority = town.free_port(), Authority.kept(self._estate.home / "keys", _now())
        keys = self._estate.home / "floor"
        keys.mkdir(mode=0o700)
        self._broker = Broker(mosquitto, authority, keys, "127.0.0.1", port, [town.BROKER_NAME], _now)
        await self._broker.start()
        issued = authority.client(CLOUD, _now())
        write_private(keys / "publisher.pem", issued.pem() + issued.key_pem())
        context = mqtt.context(self._estate.authority, keys / "publisher.pem")
        await self._publisher.connect(port, context, CLOUD, "u/#")
        await connect(self._echoes, port, self._estate.authority)

    async def stop(self) -> None:
        for echo in self._echoes:
            echo.close()
        self._publisher.close()
        if self._broker:
            await self._broker.close()

    async def round(self, number: int) -> int:
        """One message to a unit and its answer; the nanoseconds until it stood at the unit's client."""
        op_id = secrets.token_bytes(OP_ID)
        payload, topic = op_id.ljust(COMMAND_BYTES), self._echoes[number % len(self._echoes)].down
        self._waiting[op_id] = answered = asyncio.get_running_loop().create_future()
        at = time.monotonic_ns()
        self._publisher.publish(topic, payload)
        await answered
        return self.arrivals.at[op_id] - at

    def _answered(self, payload: bytes) -> None:
        self._waiting.pop(payload[:OP_ID]).set_result(None)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
