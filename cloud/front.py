"""What people reach over HTTP, built on the parts that are wired. Starts nothing, decides nothing."""

from collections.abc import Callable
from pathlib import Path

from cloud.addresses import Addresses
from cloud.api import Api
from cloud.api_alarms import AlarmCalls
from cloud.api_boxes import BoxCalls
from cloud.api_doors import DoorCalls, Presses
from cloud.api_figures import FigureCalls
from cloud.api_fleet import FleetCalls
from cloud.api_host import HostCalls
from cloud.api_log import LogCalls
from cloud.api_me import MeCalls
from cloud.api_people import PeopleCalls
from cloud.api_places import PlaceCalls
from cloud.api_push import PushCalls
from cloud.api_releases import ReleaseCalls
from cloud.api_self_test import SelfTestCalls
from cloud.api_sign_in import SignInCalls
from cloud.api_then import ThenCalls
from cloud.broker import Broker
from cloud.clock import Clock
from cloud.disk import Disk
from cloud.figure_store import FigureStore
from cloud.links import Links
from cloud.manifests import Manifests
from cloud.openapi import DescriptionCalls
from cloud.settings import Settings
from cloud.web import PWA, Web
from cloud.wired import Wired


def build(
    settings: Settings,
    w: Wired,
    addresses: Addresses,
    clock: Clock,
    disk: Disk,
    lit: Path,
    url: Callable[[], str],
    broker: Broker | None = None,
) -> Web:
    """`url`: where people reach the app, once it is served; `broker`: None where it is somebody else's."""
    figures = FigureStore(w.store.reads)
    links = Links(w.store, w.sessions, w.policy, clock, url)
    presses = Presses(w.opening, clock)
    topics = (
        DescriptionCalls(),
        SignInCalls(w.sessions, w.people, w.codes, w.passkeys, links),
        MeCalls(w.people, w.policy, w.codes, w.passkeys, w.pins, links, w.views, w.live, clock),
        presses,
        DoorCalls(w.people, w.policy, links, clock),
        PlaceCalls(w.people, w.policy, w.units, w.views, w.logs, clock),
        PeopleCalls(w.people, w.policy, links),
        LogCalls(w.logs, w.policy, w.views),
        ThenCalls(w.logs, w.policy, w.views, clock),
        BoxCalls(w.boxes, w.releases, w.policy, w.units, clock),
        SelfTestCalls(w.tests, w.policy, clock),
        AlarmCalls(w.alarms, w.alerting, w.views, clock),
        PushCalls(w.pushing, clock),
        FigureCalls(figures, w.policy, clock),
        HostCalls(figures, w.policy, w.units, w.live, clock, disk, settings.home / "keys", broker),
        ReleaseCalls(w.releases, w.rollouts, w.policy, w.units),
        FleetCalls(w.releases, w.rollouts, w.policy),
    )
    api = Api(w.sessions, w.policy, clock, addresses, settings.proxies, topics, secure=settings.secure)
    manifests = Manifests(PWA / "manifest.webmanifest", w.policy, w.store, clock)
    return Web(settings, lit, manifests, api, presses, w.sessions, w.live, clock, disk)
