"""What goes wrong on purpose, and quotas."""

import http.client
import json
import time
import urllib.parse

from twin import TEAM, URL, Scenario, control, timed


class Faults(Scenario):
    """What goes wrong on purpose."""

    def raw(self, method, path, body=None):
        """One request without a client that repeats it."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc, timeout=10)
        self.addCleanup(connection.close)
        data = None if body is None else json.dumps(body)
        connection.request(method, "/calendar/v3" + path, data, {"Authorization": "Bearer twin-alice"})
        answer = connection.getresponse()
        return answer, answer.read()

    def fault(self, kind, **more):
        control("faults", {"match": {"path": "/events"}, "kind": kind, "count": 1, **more})

    def test_a_lost_request_has_no_effect_and_a_lost_answer_has(self):
        for kind, left in (("drop_before", 0), ("drop_after", 1)):
            self.fault(kind)
            with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                self.raw("POST", "/calendars/primary/events", timed())
            self.assertEqual(len(self.all()[0]), left, kind)
        self.assertEqual([call.get("fault") for call in self.log() if call["method"] == "POST"],
                         ["drop_before", "drop_after"])

    def test_googles_client_repeats_what_it_lost_and_only_an_id_keeps_it_single(self):
        self.fault("drop_after")
        self.insert(summary="no id")
        self.assertEqual(len(self.all()[0]), 2, "the client sent it twice")
        self.fault("drop_after")
        self.refused(self.events.insert(calendarId="primary", body=timed(id="abcde")), 409, "duplicate")
        self.assertEqual(len(self.all()[0]), 3)

    def test_a_reset_breaks_in_the_middle_of_the_answer(self):
        self.fault("reset")
        with self.assertRaises((http.client.IncompleteRead, ConnectionResetError)):
            self.raw("POST", "/calendars/primary/events", timed())
        self.assertEqual(len(self.all()[0]), 1)

    def test_a_truncated_answer_is_not_json(self):
        self.insert()
        self.fault("truncate")
        answer, body = self.raw("GET", "/calendars/primary/events")
        self.assertEqual(answer.status, 200)
        with self.assertRaises(json.JSONDecodeError):
            json.loads(body)

    def test_garbage_is_200_and_html(self):
        self.fault("garbage")
        answer, body = self.raw("GET", "/calendars/primary/events")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=UTF-8"))
        self.assertTrue(body.startswith(b"<!DOCTYPE"))

    def test_an_empty_list_looks_like_a_whole_one(self):
        self.insert()
        self.fault("empty")
        items, token = self.all()
        self.assertEqual(items, {})
        self.assertTrue(token)
        self.assertEqual(len(self.all()[0]), 1)

    def test_a_stale_answer_is_from_before_the_last_change(self):
        event = self.insert(summary="old")
        self.patch(event["id"], {"summary": "new"})
        self.fault("stale")
        self.assertEqual(self.get(event["id"])["etag"], event["etag"])
        self.fault("stale")
        (item,) = self.all()[0].values()
        self.assertEqual(item["summary"], "old")
        self.assertEqual(self.get(event["id"])["summary"], "new")

    def test_a_delayed_answer_comes(self):
        self.fault("delay", ms=300)
        before = time.monotonic()
        self.raw("GET", "/calendars/primary/events")
        self.assertGreaterEqual(time.monotonic() - before, 0.3)

    def test_every_reason_can_be_made_to_happen(self):
        for status, reason in ((403, "userRateLimitExceeded"), (403, "quotaExceeded"), (403, "dailyLimitExceeded"),
                               (403, "accessNotConfigured"), (403, "notACalendarUser"), (429, "rateLimitExceeded"),
                               (409, "conflict"), (401, "authError"), (500, "backendError")):
            self.fault("status", status=status, reason=reason, retryAfter=7)
            answer, body = self.raw("GET", "/calendars/primary/events")
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (status, "7"))
            self.assertEqual(json.loads(body)["error"]["errors"][0]["reason"], reason)
        for status in (502, 503, 504):
            self.fault("status", status=status)
            answer, body = self.raw("GET", "/calendars/primary/events")
            self.assertEqual(answer.status, status)
            self.assertTrue(body.startswith(b"<!DOCTYPE html>"))

    def test_after_a_500_the_write_may_have_happened(self):
        self.fault("status", status=500, effect=True)
        self.refused(self.events.insert(calendarId="primary", body=timed()), 500, "backendError")
        self.assertEqual(len(self.all()[0]), 1)

    def test_the_client_retries_with_patience(self):
        control("faults", {"match": {"path": "/events"}, "kind": "status", "status": 503, "count": 1})
        self.events.list(calendarId="primary").execute(num_retries=2)
        self.assertEqual([call["status"] for call in self.log()], [503, 200])

    def test_faults_are_taken_away(self):
        control("faults", {"kind": "status", "status": 500})
        self.assertEqual(control("faults")["rules"][0]["hits"], 0)
        control("faults", method="DELETE")
        self.assertEqual(control("faults")["rules"], [])
        self.all()


class Quotas(Scenario):
    """Limits on calls, when they are switched on."""

    def test_a_patch_costs_three(self):
        event = self.insert()
        control("quirks", {"quota": {"perUser": 5}})
        self.patch(event["id"], {"summary": "1"})
        self.get(event["id"])
        request = self.events.patch(calendarId="primary", eventId=event["id"], body={"summary": "2"})
        error = self.refused(request, 403, "rateLimitExceeded")
        self.assertIn("Queries per minute per user", error["message"])
        self.assertEqual(error["details"][0]["reason"], "RATE_LIMIT_EXCEEDED")
        self.bobs.list(calendarId="primary").execute()
        control("clock", {"advance": "61s"})
        self.patch(event["id"], {"summary": "3"})

    def test_the_project_has_a_limit_too_and_it_may_be_429(self):
        control("quirks", {"quota": {"perProject": 1, "as429": True}})
        self.all()
        self.refused(self.bobs.list(calendarId="primary"), 429, "rateLimitExceeded")

    def test_one_calendar_takes_only_so_many_writes(self):
        control("quirks", {"quota": {"calendarWrites": 1}})
        self.insert()
        self.refused(self.events.insert(calendarId="primary", body=timed()), 403, "rateLimitExceeded")
        self.insert(TEAM)
