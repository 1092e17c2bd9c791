"""How the scenarios reach the twin: clients that others wrote, and the control routes."""

import base64
import http.client
import json
import logging
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request
from collections import namedtuple
from datetime import datetime, timedelta, timezone

import caldav

# The library tells every oddity of a server; the scenarios are about them.
logging.disable(logging.CRITICAL)

URL = os.environ["TWIN_URL"]
SPACES = ('xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" '
          'xmlns:A="http://apple.com/ns/ical/"')

# What came back: the status, the headers by their names in small letters, the body as it stands.
Answer = namedtuple("Answer", "status headers raw")

# Where a client of each preset begins, and by which name alice signs in.
BEGINNINGS = {
    "plain": "/.well-known/caldav",
    "icloud": "/",
    "radicale": "/",
    "xandikos": "/",
    "cyrus": "/dav/principals/user/alice/",
    "davical": "/.well-known/caldav",
    "sogo": "/SOGo/dav/alice/",
    "sabre": "/",
    "nextcloud": "/remote.php/dav/",
    "baikal": "/dav.php/",
    "yahoo": "/principals/users/alice/",
    "ox": "/",
    "zimbra": "/dav/",
    "bedework": "/ucaldav/",
    "stalwart": "/dav/",
}


def control(route, body=None, method=None):
    """A control route of the twin. Returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_twin/{route}", data=data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["error"]) from error


def at(hour=9, day=10, month=3, year=2027):
    """An instant in March 2027."""
    return datetime(year, month, day, hour, tzinfo=timezone.utc)


def event(uid="a", hour=9, summary=None, lines=(), day=10):
    """An object with one event of an hour."""
    start, end = at(hour, day), at(hour, day) + timedelta(hours=1)
    told = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//scenarios//", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20270101T000000Z", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{summary or uid}", *lines, "END:VEVENT", "END:VCALENDAR", "",
    ]
    return "\r\n".join(told)


class Scenario(unittest.TestCase):
    """A fresh twin, plain unless a preset or switches say otherwise."""

    maxDiff = None
    preset = "plain"
    quirks = {}

    def setUp(self):
        control("reset", {})
        self.like(self.preset, **self.quirks)

    def like(self, preset, **quirks):
        control("preset", {"name": preset, "quirks": quirks})

    def switch(self, **quirks):
        control("quirks", quirks)

    def client(self, user="alice", password=None, path="/.well-known/caldav"):
        client = caldav.DAVClient(url=URL + path, username=user, password=password or f"twin-{user.split('@')[0]}")
        self.addCleanup(client.close)
        return client

    def principal(self, **how):
        return self.client(**how).principal()

    def calendar(self, name="Calendar", **how):
        found = {each.get_display_name(): each for each in self.principal(**how).get_calendars()}
        return found[name]

    def raw(self, method, path, body="", user="alice", password=None, **headers):
        """One request without any library, with nothing done about its answer."""
        whole = urllib.parse.urlsplit(path if path.startswith("http") else URL + path)
        connection = http.client.HTTPConnection(whole.netloc, timeout=20)
        self.addCleanup(connection.close)
        secret = base64.b64encode(f"{user}:{password or 'twin-' + user.split('@')[0]}".encode()).decode()
        kind = "text/calendar" if body.startswith("BEGIN") else "application/xml"
        told = {"Content-Type": kind, "Authorization": f"Basic {secret}"}
        told.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection.request(method, whole.path, body.encode(), told)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode())

    def log(self):
        return control("log")["calls"]

    def held(self, calendar="home", user="alice"):
        """What the twin holds, by UID."""
        for each in control("state")["calendars"]:
            if each["id"] == f"{user}/{calendar}":
                return {one["uid"]: one for one in each["events"]}
        return {}
