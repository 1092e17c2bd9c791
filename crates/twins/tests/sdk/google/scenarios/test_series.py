"""Recurring events, their occurrences and exceptions."""

from twin import Scenario, control, timed


class Series(Scenario):
    """Recurring events, their occurrences and exceptions."""

    def setUp(self):
        super().setUp()
        # Tuesdays at 9 in New York, across the change of clocks on 14 March 2027.
        self.series = self.insert(day="2027-03-02", summary="Weekly", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
        self.id = self.series["id"]

    def instances(self, **params):
        return self.events.instances(calendarId="primary", eventId=self.id, **params).execute()["items"]

    def occurrences(self, **params):
        return sorted(self.instances(**params), key=lambda item: item["originalStartTime"]["dateTime"])

    def test_occurrences_are_named_by_their_start_in_utc(self):
        suffixes = ["20270302T140000Z", "20270309T140000Z", "20270316T130000Z", "20270323T130000Z"]
        items = self.occurrences()
        self.assertEqual([item["id"] for item in items], [f"{self.id}_{suffix}" for suffix in suffixes])
        third = items[2]
        self.assertEqual(third["recurringEventId"], self.id)
        self.assertEqual(third["originalStartTime"],
                         {"dateTime": "2027-03-16T09:00:00-04:00", "timeZone": "America/New_York"})
        self.assertEqual(third["start"], third["originalStartTime"])
        self.assertEqual(third["iCalUID"], self.series["iCalUID"])
        self.assertNotIn("recurrence", third)

    def test_all_day_occurrences_are_named_by_their_date(self):
        body = {"start": {"date": "2027-03-10"}, "end": {"date": "2027-03-12"}, "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]}
        series = self.events.insert(calendarId="primary", body=body).execute()
        items = self.events.instances(calendarId="primary", eventId=series["id"]).execute()["items"]
        self.assertEqual({item["id"] for item in items}, {f"{series['id']}_20270310", f"{series['id']}_20270311"})
        find = lambda start: self.events.instances(
            calendarId="primary", eventId=series["id"], originalStart=start).execute()["items"]
        self.assertEqual([item["end"] for item in find("2027-03-11")], [{"date": "2027-03-13"}])
        self.assertEqual(find("2027-03-11T00:00:00Z"), [])

    def test_an_occurrence_is_found_by_its_original_start(self):
        (item,) = self.instances(originalStart="2027-03-09T14:00:00Z")
        self.assertEqual(item["id"], f"{self.id}_20270309T140000Z")

    def test_the_first_patch_makes_the_exception(self):
        second = f"{self.id}_20270309T140000Z"
        self.assertEqual(self.get(second)["summary"], "Weekly")
        after = self.patch(second, {"start": {"dateTime": "2027-03-09T11:00:00-05:00"},
                                    "end": {"dateTime": "2027-03-09T12:00:00-05:00"}})
        self.assertEqual((after["id"], after["originalStartTime"]["dateTime"]), (second, "2027-03-09T09:00:00-05:00"))
        items, _ = self.all()
        self.assertEqual(set(items), {self.id, second})
        self.assertEqual(len(self.occurrences()), 4)

    def test_a_recurrence_on_an_occurrence_is_refused(self):
        body = {"recurrence": ["RRULE:FREQ=DAILY"]}
        self.refused(self.events.patch(calendarId="primary", eventId=f"{self.id}_20270309T140000Z", body=body), 400)

    def test_what_is_not_an_occurrence_is_404(self):
        for suffix in ("20270310T140000Z", "20270316T140000Z", "20270302", "x"):
            self.refused(self.events.get(calendarId="primary", eventId=f"{self.id}_{suffix}"), 404)

    def test_a_deleted_occurrence_is_a_hole_not_a_deletion(self):
        _, token = self.all()
        second = f"{self.id}_20270309T140000Z"
        self.delete(second)
        hole = {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
        self.assertEqual(set(self.all()[0][second]), hole, "also without showDeleted")
        delta, _ = self.all(syncToken=token)
        self.assertEqual(set(delta), {second})
        self.assertEqual(len(self.instances()), 3)
        self.assertEqual(len(self.instances(showDeleted=True)), 4)
        self.assertEqual(set(self.all(singleEvents=True)[0]) & {second}, set())
        self.refused(self.events.delete(calendarId="primary", eventId=second), 410, "deleted")

    def test_a_hole_is_filled_again(self):
        second = f"{self.id}_20270309T140000Z"
        self.delete(second)
        self.assertEqual(self.patch(second, {"status": "confirmed"})["summary"], "Weekly")
        self.assertEqual(len(self.instances()), 4)

    def test_an_exception_follows_its_series_in_what_is_not_its_own(self):
        second = f"{self.id}_20270309T140000Z"
        before = self.patch(second, {"summary": "Special"})
        _, token = self.all()
        self.patch(self.id, {"summary": "Renamed", "location": "Studio"})
        delta, _ = self.all(syncToken=token)
        self.assertEqual(set(delta), {self.id, second})
        after = delta[second]
        self.assertEqual((after["summary"], after["location"]), ("Special", "Studio"))
        self.assertNotEqual(after["etag"], before["etag"])

    def test_another_rule_drops_exceptions_that_no_longer_fit(self):
        second, third = f"{self.id}_20270309T140000Z", f"{self.id}_20270316T130000Z"
        self.patch(second, {"summary": "Two"})
        self.patch(third, {"summary": "Three"})
        _, token = self.all()
        self.patch(self.id, {"recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2"]})
        delta, _ = self.all(syncToken=token)
        self.assertEqual(delta[second]["status"], "cancelled")
        self.assertEqual(delta[third]["summary"], "Three", "its sequence follows the series")
        self.assertEqual({item["id"] for item in self.instances()}, {f"{self.id}_20270302T140000Z", third})

    def test_deleting_a_series_takes_everything_with_it(self):
        second = f"{self.id}_20270309T140000Z"
        self.patch(second, {"summary": "Two"})
        _, token = self.all()
        self.delete(self.id)
        self.assertEqual(set(self.all(syncToken=token)[0]), {self.id}, "nobody tells of the exception")
        self.assertEqual(self.all()[0], {})
        self.assertEqual(self.all(singleEvents=True)[0], {})
        self.assertEqual(self.get(second)["status"], "cancelled")

    def test_the_four_ways_to_list(self):
        second = f"{self.id}_20270309T140000Z"
        self.delete(second)
        single = self.insert(summary="Single")
        gone = self.insert(summary="Gone")
        self.delete(gone["id"])
        rest = {f"{self.id}_{suffix}" for suffix in ("20270302T140000Z", "20270316T130000Z", "20270323T130000Z")}
        ids = lambda **params: set(self.all(**params)[0])
        self.assertEqual(ids(), {self.id, second, single["id"]})
        self.assertEqual(ids(showDeleted=True), {self.id, second, single["id"], gone["id"]})
        self.assertEqual(ids(singleEvents=True), rest | {single["id"]})
        self.assertEqual(ids(singleEvents=True, showDeleted=True), rest | {single["id"], second, gone["id"]})

    def test_a_moved_occurrence_is_listed_where_it_is(self):
        second = f"{self.id}_20270309T140000Z"
        self.patch(second, timed(day="2027-05-01"))
        may = dict(timeMin="2027-05-01T00:00:00Z", timeMax="2027-06-01T00:00:00Z", singleEvents=True)
        march = dict(timeMin="2027-03-08T00:00:00Z", timeMax="2027-03-15T00:00:00Z", singleEvents=True)
        self.assertEqual(set(self.all(**may)[0]), {second})
        self.assertEqual(set(self.all(**march)[0]), set())

    def test_a_delta_of_single_events_has_every_occurrence_of_a_touched_series(self):
        _, token = self.all(singleEvents=True)
        self.patch(self.id, {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]})
        delta, _ = self.all(singleEvents=True, syncToken=token)
        states = sorted(item["status"] for item in delta.values())
        self.assertEqual(states, ["cancelled", "confirmed", "confirmed", "confirmed"])
        endless = self.insert(summary="Endless", recurrence=["RRULE:FREQ=WEEKLY"])
        delta, _ = self.all(singleEvents=True, syncToken=token)
        self.assertGreater(len([id for id in delta if id.startswith(endless["id"])]), 500)

    def test_rules_that_mean_nothing_are_refused(self):
        insert = lambda *lines: self.events.insert(calendarId="primary", body=timed(recurrence=list(lines)))
        self.refused(insert("RRULE:FREQ=FORTNIGHTLY"), 400, "invalid")
        self.refused(insert("DTSTART:20270310T090000Z", "RRULE:FREQ=DAILY"), 400, "invalid")
        self.refused(insert("RRULE:FREQ=DAILY;UNTIL=20270401"), 400, "invalid")
        no_zone = {"start": {"dateTime": "2027-03-10T09:00:00Z"}, "end": {"dateTime": "2027-03-10T10:00:00Z"},
                   "recurrence": ["RRULE:FREQ=DAILY"]}
        self.refused(self.events.insert(calendarId="primary", body=no_zone), 400, "required")

    def test_an_exdate_is_not_an_occurrence(self):
        series = self.insert(day="2027-03-02", recurrence=[
            "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=America/New_York:20270309T090000"])
        items = self.events.instances(calendarId="primary", eventId=series["id"]).execute()["items"]
        self.assertEqual(len(items), 3)

    def test_a_person_splits_a_series_and_copies_its_properties(self):
        self.patch(self.id, {"extendedProperties": {"private": {"concord": "1"}}})
        _, token = self.all()
        third = f"{self.id}_20270316T130000Z"
        made = control("event", {"do": "split", "id": third, "fields": {"summary": "From now on"}})
        self.assertEqual(made["id"], f"{self.id}_R20270316T130000")
        self.assertEqual(made["extendedProperties"]["private"], {"concord": "1"})
        self.assertEqual(made["created"], self.series["created"])
        delta, _ = self.all(syncToken=token)
        self.assertEqual(set(delta), {self.id, made["id"]})
        self.assertEqual(len(self.instances()), 2)
        self.assertEqual(made["recurrence"], ["RRULE:FREQ=WEEKLY;COUNT=2"])

    def test_sparser_tombstones_do_not_even_say_which_occurrence(self):
        control("quirks", {"bareOccurrences": True})
        second = f"{self.id}_20270309T140000Z"
        self.delete(second)
        self.assertEqual(set(self.all()[0][second]), {"kind", "id", "status"})
