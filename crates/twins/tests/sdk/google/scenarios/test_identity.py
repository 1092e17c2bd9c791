"""Identifiers that clients choose, and preconditions on versions."""

import uuid

from googleapiclient.errors import HttpError

from twin import Scenario, control, timed


class Identity(Scenario):
    """Identifiers that clients choose, and what becomes of them."""

    def test_a_chosen_id_is_taken_and_refused_the_second_time(self):
        id = uuid.uuid4().hex
        self.assertEqual(self.insert(id=id)["id"], id)
        error = self.refused(self.events.insert(calendarId="primary", body=timed(id=id)), 409, "duplicate")
        self.assertEqual(error["message"], "The requested identifier already exists.")

    def test_ids_outside_the_alphabet_are_refused(self):
        for id in ("abc", "UPPERCASE", "with-dash", "zzzzz"):
            self.refused(self.events.insert(calendarId="primary", body=timed(id=id)), 400, "invalid")

    def test_the_id_of_a_deleted_event_is_burnt(self):
        id = uuid.uuid4().hex
        self.insert(id=id, summary="Once")
        self.delete(id)
        self.refused(self.events.insert(calendarId="primary", body=timed(id=id)), 409, "duplicate")
        self.assertEqual(self.get(id)["status"], "cancelled")
        self.refused(self.events.delete(calendarId="primary", eventId=id), 410, "deleted")

    def test_the_organiser_revives_a_deleted_event(self):
        event = self.insert(summary="Back")
        self.delete(event["id"])
        after = self.patch(event["id"], {"status": "confirmed"})
        self.assertEqual((after["status"], after["summary"]), ("confirmed", "Back"))
        self.assertIn(event["id"], self.all()[0])

    def test_a_uid_finds_the_series_and_its_exceptions(self):
        self.insert(summary="Other")
        series = self.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
        (first, *_) = self.events.instances(calendarId="primary", eventId=series["id"]).execute()["items"]
        self.patch(first["id"], {"summary": "Changed"})
        found, token = self.all(iCalUID=series["iCalUID"])
        self.assertEqual(set(found), {series["id"], first["id"]})
        self.assertIsNone(token)

    def test_a_uid_is_taken_once_even_after_deletion(self):
        event = self.insert(iCalUID="u@here")
        self.delete(event["id"])
        self.refused(self.events.insert(calendarId="primary", body=timed(iCalUID="u@here")), 409, "duplicate")
        both = timed(iCalUID="v@here", id="abcdef")
        self.refused(self.events.insert(calendarId="primary", body=both), 400)

    def test_what_never_was_is_404(self):
        self.refused(self.events.get(calendarId="primary", eventId="nothing00"), 404, "notFound")
        self.refused(self.events.delete(calendarId="primary", eventId="nothing00"), 404, "notFound")


class Versions(Scenario):
    """Etags and preconditions."""

    def conditional(self, etag, body):
        event = self.event["id"]
        request = self.events.patch(calendarId="primary", eventId=event, body=body)
        return self.with_header(request, "If-Match", etag)

    def setUp(self):
        super().setUp()
        self.event = self.insert(summary="A")

    def test_a_write_on_an_old_version_is_412(self):
        after = self.conditional(self.event["etag"], {"summary": "B"}).execute()
        error = self.refused(self.conditional(self.event["etag"], {"summary": "C"}), 412, "conditionNotMet")
        self.assertEqual(error["errors"][0]["location"], "If-Match")
        self.assertEqual(self.get(self.event["id"]), after)

    def test_a_star_overwrites(self):
        self.patch(self.event["id"], {"summary": "B"})
        self.assertEqual(self.conditional("*", {"summary": "C"}).execute()["summary"], "C")

    def test_delete_and_update_are_conditional_too(self):
        old = self.event["etag"]
        new = self.patch(self.event["id"], {"summary": "B"})["etag"]
        update = self.events.update(calendarId="primary", eventId=self.event["id"], body=timed())
        self.refused(self.with_header(update, "If-Match", old), 412)
        delete = self.events.delete(calendarId="primary", eventId=self.event["id"])
        self.refused(self.with_header(delete, "If-Match", old), 412)
        delete = self.events.delete(calendarId="primary", eventId=self.event["id"])
        self.with_header(delete, "If-Match", new).execute()

    def test_what_is_known_already_is_304(self):
        request = self.events.get(calendarId="primary", eventId=self.event["id"])
        with self.assertRaises(HttpError) as caught:
            self.with_header(request, "If-None-Match", self.event["etag"]).execute()
        self.assertEqual(caught.exception.resp.status, 304)
        listed = self.events.list(calendarId="primary").execute()["etag"]
        request = self.with_header(self.events.list(calendarId="primary"), "If-None-Match", listed)
        with self.assertRaises(HttpError) as caught:
            request.execute()
        self.assertEqual(caught.exception.resp.status, 304)
        self.patch(self.event["id"], {"summary": "B"})
        request = self.with_header(self.events.list(calendarId="primary"), "If-None-Match", listed)
        self.assertEqual(len(request.execute()["items"]), 1)

    def test_google_may_finish_late_and_change_the_version_again(self):
        control("quirks", {"lateEtagMs": 500})
        event = self.insert(summary="Late")
        control("clock", {"advance": "1s"})
        patch = self.events.patch(calendarId="primary", eventId=event["id"], body={"summary": "x"})
        self.refused(self.with_header(patch, "If-Match", event["etag"]), 412)
        self.assertEqual(self.get(event["id"])["updated"], event["updated"])

    def test_the_etag_of_an_untouched_occurrence_is_its_series(self):
        series = self.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
        first = self.events.instances(calendarId="primary", eventId=series["id"]).execute()["items"][0]
        self.assertEqual(first["etag"], series["etag"])
        patch = self.events.patch(calendarId="primary", eventId=first["id"], body={"summary": "x"})
        after = self.with_header(patch, "If-Match", series["etag"]).execute()
        self.assertNotEqual(after["etag"], series["etag"])
