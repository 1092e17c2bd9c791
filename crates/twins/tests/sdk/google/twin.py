"""How the scenarios reach the twin: Google's own client, pointed at another address, and the control routes."""

import json
import logging
import os
import unittest
import urllib.error
import urllib.request
from datetime import datetime

import googleapiclient
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

# Asked for "email", Google grants ".../userinfo.email", and its own client then warns that "email" is missing.
logging.getLogger("google").setLevel(logging.ERROR)

URL = os.environ["TWIN_URL"]
TEAM = "c_team_alice@group.calendar.google.com"


def document():
    """The discovery document that ships with the client, with the twin's address."""
    folder = os.path.join(os.path.dirname(googleapiclient.__file__), "discovery_cache", "documents")
    with open(os.path.join(folder, "calendar.v3.json"), encoding="utf-8") as file:
        document = json.load(file)
    document["rootUrl"] = URL + "/"
    document["baseUrl"] = URL + "/calendar/v3/"
    return document


DOCUMENT = document()


class Ready(Credentials):
    """A token that cannot be refreshed: a 401 stays one."""

    def refresh(self, request):
        pass


def service(token="twin-alice", credentials=None):
    """Google's client for the calendar, signed in."""
    return build_from_document(DOCUMENT, credentials=credentials or Ready(token))


def control(route, body=None, method=None):
    """A control route of the twin. Returns what it answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_twin/{route}", data=data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["error"]) from error


def timed(hour=9, day="2027-03-10", zone="America/New_York", minutes=60, **fields):
    """An event at that hour."""
    end = hour * 60 + minutes
    event = {
        "start": {"dateTime": f"{day}T{hour:02}:00:00", "timeZone": zone},
        "end": {"dateTime": f"{day}T{end // 60:02}:{end % 60:02}:00", "timeZone": zone},
    }
    event.update(fields)
    return event


def instant(when):
    """The instant of a start or an end."""
    return datetime.fromisoformat(when["dateTime"].replace("Z", "+00:00"))


class Scenario(unittest.TestCase):
    """A fresh twin, with alice and bob signed in."""

    maxDiff = None

    def setUp(self):
        control("reset", {})
        self.alice, self.bob = service(), service("twin-bob")
        self.events, self.bobs = self.alice.events(), self.bob.events()
        self.addCleanup(self.alice.close)
        self.addCleanup(self.bob.close)

    def insert(self, calendar="primary", params=None, **fields):
        return self.events.insert(calendarId=calendar, body=timed(**fields), **(params or {})).execute()

    def get(self, id, calendar="primary", **params):
        return self.events.get(calendarId=calendar, eventId=id, **params).execute()

    def patch(self, id, body, calendar="primary", **params):
        return self.events.patch(calendarId=calendar, eventId=id, body=body, **params).execute()

    def delete(self, id, calendar="primary", **params):
        return self.events.delete(calendarId=calendar, eventId=id, **params).execute()

    def pages(self, calendar="primary", events=None, **params):
        """Every page of a list."""
        events = events or self.events
        request = events.list(calendarId=calendar, **params)
        pages = []
        while request is not None:
            pages.append(request.execute())
            request = events.list_next(request, pages[-1])
        return pages

    def all(self, calendar="primary", **params):
        """Everything a list has, by id, and the sync token."""
        pages = self.pages(calendar, **params)
        items = {item["id"]: item for page in pages for item in page.get("items", [])}
        return items, pages[-1].get("nextSyncToken")

    def refused(self, request, status, reason=None):
        """Runs a request that must be refused. Returns the error of its body."""
        with self.assertRaises(HttpError) as caught:
            request.execute()
        error = json.loads(caught.exception.content)["error"]
        self.assertEqual(caught.exception.resp.status, status, error)
        self.assertEqual(error["code"], status)
        if reason:
            self.assertEqual(error["errors"][0]["reason"], reason)
        return error

    def with_header(self, request, name, value):
        request.headers[name] = value
        return request

    def log(self):
        return control("log")["calls"]
