"""How the scenarios reach the twin: Microsoft's own client, pointed at another address, and the control routes."""

import json
import logging
import os
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import make_dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.event import Event
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.graph_request_adapter import GraphRequestAdapter

# The test case watches its loop, and complains of every import that takes its time.
logging.getLogger("asyncio").setLevel(logging.ERROR)

URL = os.environ["TWIN_URL"]
MARCH = {"start_date_time": "2027-03-01T00:00:00Z", "end_date_time": "2027-04-01T00:00:00Z"}
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


class Bearer(AuthenticationProvider):
    """A ready token."""

    def __init__(self, token):
        self.token = token

    async def authenticate_request(self, request, additional_authentication_context=None):
        request.headers.add("Authorization", f"Bearer {self.token}")


def graph(token="twin-alice"):
    """Microsoft's client, signed in."""
    adapter = GraphRequestAdapter(Bearer(token))
    adapter.base_url = f"{URL}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def control(route, body=None, method=None):
    """A control route of the twin. Returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_twin/{route}", data=data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["error"]) from error


def at(hour, day=9, zone="Europe/Berlin"):
    return DateTimeTimeZone(date_time=f"2027-03-{day:02}T{hour:02}:00:00", time_zone=zone)


def timed(hour=9, day=9, zone="Europe/Berlin", **fields):
    """An event at that hour of March 2027."""
    fields.setdefault("subject", f"{day} {hour}")
    return Event(start=at(hour, day, zone), end=at(hour + 1, day, zone), **fields)


def text(content):
    return ItemBody(content_type=BodyType.Text, content=content)


def daily(count, **fields):
    """A series from the first of March 2027, at nine in Berlin."""
    fields.setdefault("recurrence", recurring(RecurrencePatternType.Daily, count))
    return timed(day=1, **fields)


def recurring(kind, count, interval=1, start="2027-03-01", **pattern):
    return PatternedRecurrence(
        pattern=RecurrencePattern(type=kind, interval=interval, first_day_of_week=DayOfWeek.Monday, **pattern),
        range=RecurrenceRange(
            type=RecurrenceRangeType.Numbered,
            number_of_occurrences=count,
            start_date=datetime.fromisoformat(start).date(),
            recurrence_time_zone="Europe/Berlin",
        ),
    )


NAMES = {"start_date_time": "startDateTime", "end_date_time": "endDateTime"}


def asking(headers=None, **query):
    """A request's configuration. The client takes any dataclass that names its parameters as its own ones do."""
    parameters = None
    if query:
        named = {"get_query_parameter": lambda self, name: NAMES.get(name, f"%24{name}")}
        parameters = make_dataclass("Query", query, namespace=named)(**query)
    configuration = RequestConfiguration(query_parameters=parameters)
    for name, value in (headers or {}).items():
        configuration.headers.add(name, value)
    return configuration


class Hook:
    """An address for notices: answers validations, and keeps what it is told."""

    def __init__(self, validates=True, status=202):
        self.told, self.asked, hook = [], [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                if "validationToken" in query:
                    hook.asked.append(self.path)
                    answer = query["validationToken"][0] if validates else "something else"
                    self.send_response(200)
                    self.send_header("Content-Type", "text/plain")
                else:
                    hook.told += json.loads(body)["value"]
                    answer = ""
                    self.send_response(status)
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def ahead(**span):
    """A moment from now, on the twin's clock."""
    now = datetime.fromisoformat(control("clock")["now"].replace("Z", "+00:00"))
    return (now + timedelta(**span)).astimezone(timezone.utc)


class Scenario(unittest.IsolatedAsyncioTestCase):
    """A fresh twin, with alice and bob signed in."""

    maxDiff = None

    def setUp(self):
        control("reset", {})
        self.alice, self.bob = graph(), graph("twin-bob")
        self.me = self.alice.me

    def event(self, id, client=None):
        return (client or self.alice).me.events.by_event_id(id)

    async def instances(self, master, **query):
        query = {"select": ["subject", "start", "end", "type", "originalStart"], "top": 50, **MARCH, **query}
        return (await self.event(master.id).instances.get(asking(**query))).value

    async def delta(self, builder=None, headers=None, link=None):
        """A round of delta: what it told, and the link to the next."""
        builder = builder or self.me.calendar_view.delta
        page = await (builder.with_url(link).get(asking(headers)) if link else builder.get(asking(headers, **MARCH)))
        told = list(page.value)
        while page.odata_next_link:
            page = await builder.with_url(page.odata_next_link).get(asking(headers))
            told += page.value
        return told, page.odata_delta_link

    async def refused(self, call, status, code=None):
        """Awaits a call that must be refused. Returns the error of its body."""
        with self.assertRaises(ODataError) as caught:
            await call
        error = caught.exception
        self.assertEqual(error.response_status_code, status, error.error)
        if code:
            self.assertEqual(error.error.code, code)
        return error.error

    def log(self):
        return control("log")["calls"]


def removed(event):
    return event.additional_data.get("@removed")
