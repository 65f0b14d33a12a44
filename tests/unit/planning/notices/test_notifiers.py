"""Who tells: a log, a broker, the services of Apprise. The broker and the server are real."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from tests.ports import free_port
from tests.unit.planning.notices.notice_parts import notice

from tarl.errors import Invalid, Unavailable
from tarl.interfaces.demo.home.broker import running_broker
from tarl.planning.devices.broker import Broker
from tarl.planning.notices.apprise import AppriseNotifier
from tarl.planning.notices.log import LogNotifier
from tarl.planning.notices.mqtt import MqttNotifier
from tarl.planning.notices.notice import Notice, NoticeKind, Notifier, Solution
from tarl.planning.task import PrivacyClass
from tarl.values.canonical import encode
from tarl.values.plain import plain

CONFLICT = notice(
    "Not both.",
    kind=NoticeKind.CONFLICT,
    title="This cannot be done",
    solutions=(Solution("Start at 08:00", 310_000), Solution("Pay 0.50 EUR")),
)


def tell(notifier: Notifier, *notices: Notice) -> None:
    async def all_of_them() -> None:
        for one in notices:
            await notifier.notify(one)

    asyncio.run(all_of_them())


# --- log


def test_a_line_for_people_has_the_ways_out() -> None:
    stream = io.StringIO()
    tell(LogNotifier(stream=stream), CONFLICT, notice(""))
    assert stream.getvalue().splitlines() == [
        "2025-06-15T15:06:40+00:00 conflict plan-1: This cannot be done"
        " | Not both. | 1. Start at 08:00 | 2. Pay 0.50 EUR",
        "2025-06-15T15:06:40+00:00 drift plan-1: Planned anew: run the dishwasher",
    ]


def test_without_a_place_it_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    tell(LogNotifier(), notice())
    assert capsys.readouterr().err.endswith("| Prices rose.\n")


def test_a_file_has_one_json_value_a_line(tmp_path: Path) -> None:
    path = tmp_path / "notices.jsonl"
    tell(LogNotifier(path), CONFLICT, notice("two\nlines"))
    lines = path.read_bytes().splitlines()
    assert lines == [encode(plain(one)) for one in (CONFLICT, notice("two\nlines"))]
    assert path.stat().st_mode & 0o077 == 0


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        tell(LogNotifier(tmp_path / "nowhere" / "notices.jsonl"), notice())
    assert refused.value.code == "notice.log"


# --- MQTT


def test_a_notice_reaches_who_listens_to_its_kind() -> None:
    async def scenario() -> tuple[str, bytes, bool]:
        async with running_broker() as broker:
            at = broker.address
            async with aiomqtt.Client(at.host, at.port) as listener:
                await listener.subscribe("house/said/+", qos=1)
                await MqttNotifier(at, topic="house/said/").notify(CONFLICT)
                async with asyncio.timeout(10):
                    message = await anext(aiter(listener.messages))
        assert isinstance(message.payload, bytes)
        return message.topic.value, message.payload, message.retain

    topic, payload, retained = asyncio.run(scenario())
    assert topic == "house/said/conflict"
    assert json.loads(payload)["solutions"][0] == {"text": "Start at 08:00", "cost_micro": 310_000}
    assert not retained


def test_a_broker_that_is_not_there_is_said() -> None:
    with pytest.raises(Unavailable) as refused:
        tell(MqttNotifier(Broker(host="127.0.0.1", port=free_port(), password="s3cret")), notice())
    assert refused.value.code == "notice.unreachable"
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("topic", ["", "a/#", "+/b", "$SYS/a"])
def test_a_topic_that_nothing_can_be_published_to_is_refused(topic: str) -> None:
    with pytest.raises(Invalid) as refused:
        MqttNotifier(Broker(host="127.0.0.1"), topic=topic)
    assert refused.value.code == "notice.topic"


# --- Apprise


class Service(ThreadingHTTPServer):
    """Keeps what is sent to it, and answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.status = 200
        self.sent: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"json://user:s3cret@127.0.0.1:{self.server_address[1]}/"


class _Request(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_service_gets_title_text_ways_out_and_urgency(service: Service) -> None:
    danger = notice("80 degrees", kind=NoticeKind.SAFETY, title="Too hot")
    tell(AppriseNotifier(service.url), CONFLICT, danger)
    told = [(sent["title"], sent["message"], sent["type"]) for sent in service.sent]
    assert told == [
        ("This cannot be done", "Not both.\n1. Start at 08:00\n2. Pay 0.50 EUR", "warning"),
        ("Too hot", "80 degrees", "failure"),
    ]


def test_what_is_too_private_for_it_is_told_discreetly(service: Service) -> None:
    private = notice("Anna sleeps.", privacy_class=PrivacyClass.CONFIDENTIAL)
    tell(AppriseNotifier(service.url), private)
    tell(AppriseNotifier(service.url, carries=PrivacyClass.CONFIDENTIAL), private)
    assert [sent["message"] for sent in service.sent] == ["Look at it at home.", "Anna sleeps."]


def test_markup_in_a_notice_is_text(service: Service) -> None:
    tell(AppriseNotifier(service.url), notice("<b>*hot*</b> \\n {{ app_id }}"))
    assert service.sent[0]["message"] == "<b>*hot*</b> \\n {{ app_id }}"


def test_a_service_that_does_not_take_it_is_said(service: Service) -> None:
    service.status = 500
    with pytest.raises(Unavailable) as refused:
        tell(AppriseNotifier(service.url, name="phone"), notice())
    assert refused.value.code == "notice.undelivered"
    assert "phone" in str(refused.value)
    assert "s3cret" not in str(refused.value.as_data())


@pytest.mark.parametrize("url", ["", "nosuch://s3cret", "json://a, json://b"])
def test_an_address_that_names_not_one_service_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        AppriseNotifier(url)
    assert refused.value.code == "notice.service"
    assert "s3cret" not in str(refused.value.as_data())
