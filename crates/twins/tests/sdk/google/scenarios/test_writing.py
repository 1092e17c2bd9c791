"""Insert, get, patch, update, import, move, and what is refused."""

from twin import TEAM, Scenario, control, instant, timed


class Writing(Scenario):
    """Insert, get, patch, update, import, move."""

    def test_an_inserted_event_has_everything_google_adds(self):
        event = self.insert(summary="Coaching")
        self.assertEqual(event["kind"], "calendar#event")
        self.assertRegex(event["etag"], r'^"\d{16}"$')
        self.assertRegex(event["id"], r"^[a-v0-9]{26}$")
        self.assertEqual(event["iCalUID"], event["id"] + "@google.com")
        self.assertEqual((event["status"], event["sequence"], event["eventType"]), ("confirmed", 0, "default"))
        self.assertEqual(event["organizer"], {"email": "alice@twin.test", "self": True})
        self.assertEqual(event["reminders"], {"useDefault": True})
        self.assertRegex(event["updated"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(self.get(event["id"]), event)

    def test_defaults_and_empty_texts_are_absent(self):
        event = self.insert(summary="", description="", transparency="opaque", visibility="default")
        self.assertEqual({"summary", "description", "location", "transparency", "visibility"} & set(event), set())

    def test_an_answer_is_told_in_the_zone_that_is_asked_for_and_keeps_its_own(self):
        event = self.insert(zone="Europe/Berlin", hour=15)
        self.assertEqual(event["start"], {"dateTime": "2027-03-10T09:00:00-05:00", "timeZone": "Europe/Berlin"})
        there = self.get(event["id"], timeZone="Asia/Tokyo")
        self.assertEqual(there["start"], {"dateTime": "2027-03-10T23:00:00+09:00", "timeZone": "Europe/Berlin"})
        self.assertEqual(instant(there["start"]), instant(event["start"]))
        self.assertEqual(self.get(event["id"], timeZone="UTC")["start"]["dateTime"], "2027-03-10T14:00:00Z")

    def test_an_all_day_event_ends_on_the_day_after(self):
        body = {"start": {"date": "2027-03-10"}, "end": {"date": "2027-03-11"}, "summary": "Day"}
        event = self.events.insert(calendarId="primary", body=body).execute()
        self.assertEqual((event["start"], event["end"]), ({"date": "2027-03-10"}, {"date": "2027-03-11"}))

    def test_empty_and_reversed_ranges_are_refused(self):
        for minutes in (0, -30):
            request = self.events.insert(calendarId="primary", body=timed(minutes=minutes))
            error = self.refused(request, 400, "timeRangeEmpty")
            self.assertEqual(error["message"], "The specified time range is empty.")
        same_day = {"start": {"date": "2027-03-10"}, "end": {"date": "2027-03-10"}}
        self.refused(self.events.insert(calendarId="primary", body=same_day), 400, "timeRangeEmpty")

    def test_bad_times_are_refused(self):
        insert = lambda body: self.events.insert(calendarId="primary", body=body)
        unknown = timed(zone="Mars/Olympus")
        self.assertIn("Invalid time zone definition", self.refused(insert(unknown), 400)["message"])
        control("quirks", {"unknownZones": ["Europe/Kyiv"]})
        self.refused(insert(timed(zone="Europe/Kyiv")), 400)
        self.refused(insert({"start": {"date": "2027-03-10"}}), 400, "required")
        mixed = {"start": {"date": "2027-03-10"}, "end": {"dateTime": "2027-03-11T09:00:00Z"}}
        self.refused(insert(mixed), 400, "invalid")
        self.refused(insert({"start": {"date": "10.3.2027"}, "end": {"date": "2027-03-11"}}), 400, "invalid")

    def test_patch_changes_what_it_names(self):
        event = self.insert(summary="A", location="Here", description="<b>bold</b>")
        after = self.patch(event["id"], {"summary": "B", "location": None})
        self.assertEqual((after["summary"], after["description"]), ("B", "<b>bold</b>"))
        self.assertNotIn("location", after)
        self.assertGreater(after["etag"], event["etag"])

    def test_update_drops_what_it_does_not_send(self):
        event = self.insert(summary="A", location="Here", colorId="5", extendedProperties={"private": {"k": "v"}})
        after = self.events.update(calendarId="primary", eventId=event["id"], body=timed(summary="B")).execute()
        self.assertEqual({"location", "colorId", "extendedProperties"} & set(after), set())
        self.assertEqual(after["iCalUID"], event["iCalUID"])
        self.refused(self.events.update(calendarId="primary", eventId=event["id"], body={"summary": "x"}), 400, "required")

    def test_from_timed_to_all_day_the_other_kind_is_nulled_out(self):
        event = self.insert()
        half = {"start": {"date": "2027-03-10"}, "end": {"date": "2027-03-11"}}
        self.refused(self.events.patch(calendarId="primary", eventId=event["id"], body=half), 400)
        whole = {key: {**value, "dateTime": None, "timeZone": None} for key, value in half.items()}
        self.assertEqual(self.patch(event["id"], whole)["start"], {"date": "2027-03-10"})

    def test_moving_raises_the_sequence_and_lowering_it_is_refused(self):
        event = self.insert()
        self.assertEqual(self.patch(event["id"], {"summary": "x"})["sequence"], 0)
        later = {key: timed(11)[key] for key in ("start", "end")}
        self.assertEqual(self.patch(event["id"], later)["sequence"], 1)
        error = self.refused(
            self.events.patch(calendarId="primary", eventId=event["id"], body={"sequence": 0}), 400, "invalid")
        self.assertIn("Invalid sequence value", error["message"])

    def test_unknown_fields_survive(self):
        event = self.insert(gadget={"display": "icon"}, invented={"deep": [1]})
        self.assertEqual(self.patch(event["id"], {"summary": "x"})["invented"], {"deep": [1]})

    def test_extended_properties_merge_vanish_and_are_cut(self):
        properties = {"private": {"a": "1", "b": "2", "k" * 45: "gone", "long": "v" * 2000}, "shared": {"s": "1"}}
        event = self.insert(extendedProperties=properties)
        held = event["extendedProperties"]
        self.assertEqual(held["private"], {"a": "1", "b": "2", "long": "v" * 1024})
        patch = {"extendedProperties": {"private": {"a": None, "c": "3", "long": None}}}
        after = self.patch(event["id"], patch)["extendedProperties"]
        self.assertEqual(after, {"private": {"b": "2", "c": "3"}, "shared": {"s": "1"}})

    def test_reminders_are_a_persons_own_and_do_not_change_updated(self):
        control("access", {"calendar": TEAM, "user": "bob", "role": "writer"})
        event = self.insert(TEAM)
        own = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 15}]}
        control("clock", {"advance": "1h"})
        after = self.patch(event["id"], {"reminders": own}, TEAM)
        self.assertEqual(after["reminders"], own)
        self.assertEqual(after["updated"], event["updated"])
        self.assertNotEqual(after["etag"], event["etag"])
        bobs = self.bobs.get(calendarId=TEAM, eventId=event["id"]).execute()
        self.assertEqual((bobs["reminders"], bobs["etag"]), ({"useDefault": True}, event["etag"]))
        six = {"useDefault": False, "overrides": [{"method": "popup", "minutes": n} for n in range(6)]}
        self.refused(self.events.patch(calendarId=TEAM, eventId=event["id"], body={"reminders": six}), 400)

    def test_conferences_count_only_with_the_version(self):
        request = {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
        ignored = self.insert(conferenceData=request)
        self.assertNotIn("conferenceData", ignored)
        event = self.insert(params={"conferenceDataVersion": 1}, conferenceData=request)
        self.assertTrue(event["hangoutLink"].startswith("https://meet.google.com/"))
        self.assertEqual(event["conferenceData"]["createRequest"]["status"]["statusCode"], "success")
        kept = self.events.update(calendarId="primary", eventId=event["id"], body=timed()).execute()
        self.assertIn("conferenceData", kept)
        gone = self.events.update(calendarId="primary", eventId=event["id"], body=timed(),
                                  conferenceDataVersion=1).execute()
        self.assertEqual({"conferenceData", "hangoutLink"} & set(gone), set())

    def test_a_conference_may_be_pending_at_first(self):
        control("quirks", {"pendingConferenceMs": 2000})
        event = self.insert(params={"conferenceDataVersion": 1}, conferenceData={"createRequest": {"requestId": "r"}})
        self.assertEqual(event["conferenceData"]["createRequest"]["status"]["statusCode"], "pending")
        control("clock", {"advance": "3s"})
        later = self.get(event["id"])
        self.assertIn("hangoutLink", later)
        self.assertNotEqual(later["etag"], event["etag"])

    def test_googles_own_block_in_a_description_is_stripped(self):
        text = "Agenda\n\n-::~:~::~:~:~\nJoin with Google Meet\n-::~:~::~:~:~"
        self.assertEqual(self.insert(description=text)["description"], "Agenda")

    def test_attachments_count_only_when_supported(self):
        file = [{"fileUrl": "https://drive.google.com/x", "title": "x"}]
        event = self.insert(params={"supportsAttachments": True}, attachments=file)
        self.assertEqual(event["attachments"], file)
        after = self.events.update(calendarId="primary", eventId=event["id"], body=timed()).execute()
        self.assertEqual(after["attachments"], file)
        after = self.patch(event["id"], {"attachments": []}, supportsAttachments=True)
        self.assertEqual(after["attachments"], [])

    def test_import_takes_an_event_by_its_uid(self):
        body = timed(summary="From elsewhere", iCalUID="u1@elsewhere")
        event = self.events.import_(calendarId="primary", body=body).execute()
        self.assertEqual(event["iCalUID"], "u1@elsewhere")
        again = self.events.import_(calendarId="primary", body=timed(summary="Again", iCalUID="u1@elsewhere")).execute()
        self.assertEqual((again["id"], again["summary"]), (event["id"], "Again"))
        control("quirks", {"import": "duplicate"})
        self.refused(self.events.import_(calendarId="primary", body=body), 409, "duplicate")
        self.refused(self.events.import_(calendarId="primary", body=timed()), 400, "required")

    def test_import_needs_its_calendar_among_the_people(self):
        body = timed(iCalUID="u2@elsewhere", organizer={"email": "boss@else.where"})
        request = self.events.import_(calendarId="primary", body=body)
        self.refused(request, 400, "participantIsNeitherOrganizerNorAttendee")
        body["attendees"] = [{"email": "alice@twin.test"}]
        event = self.events.import_(calendarId="primary", body=body).execute()
        self.assertEqual(event["organizer"], {"email": "boss@else.where"})

    def test_a_moved_event_keeps_its_id_and_leaves_a_tombstone(self):
        event = self.insert(summary="Moves")
        _, token = self.all()
        moved = self.events.move(calendarId="primary", eventId=event["id"], destination=TEAM).execute()
        self.assertEqual(moved["organizer"]["email"], TEAM)
        self.assertEqual(self.get(event["id"], TEAM)["summary"], "Moves")
        delta, _ = self.all(syncToken=token)
        self.assertEqual(delta[event["id"]]["status"], "cancelled")

    def test_special_types_are_refused_where_they_cannot_be(self):
        insert = lambda calendar, **fields: self.events.insert(calendarId=calendar, body=timed(**fields))
        insert("primary", eventType="focusTime").execute()
        self.refused(insert(TEAM, eventType="focusTime"), 400, "eventTypeRestriction")
        guests = [{"email": "bob@twin.test"}]
        self.refused(insert("primary", eventType="outOfOffice", attendees=guests), 400, "malformedOutOfOfficeEvent")
        self.refused(insert("primary", eventType="workingLocation"), 400, "malformedWorkingLocationEvent")
        self.refused(insert("primary", eventType="fromGmail"), 400, "eventTypeRestriction")
        plain = self.insert()
        change = self.events.patch(calendarId="primary", eventId=plain["id"], body={"eventType": "focusTime"})
        self.refused(change, 400, "eventTypeRestriction")

    def test_a_birthday_changes_only_in_a_few_ways(self):
        body = {"start": {"date": "2027-03-10"}, "end": {"date": "2027-03-11"}, "eventType": "birthday",
                "recurrence": ["RRULE:FREQ=YEARLY"], "summary": "Ann", "transparency": "transparent",
                "visibility": "private"}
        event = self.events.insert(calendarId="primary", body=body).execute()
        self.patch(event["id"], {"summary": "Anne"})
        change = self.events.patch(calendarId="primary", eventId=event["id"], body={"location": "x"})
        self.refused(change, 400, "eventTypeRestriction")

    def test_partial_answers_have_what_was_selected(self):
        event = self.insert(summary="x")
        fields = self.events.list(calendarId="primary", fields="items(id,start/timeZone),nextSyncToken").execute()
        self.assertEqual(fields["items"], [{"id": event["id"], "start": {"timeZone": "America/New_York"}}])
        self.assertEqual(set(fields), {"items", "nextSyncToken"})
