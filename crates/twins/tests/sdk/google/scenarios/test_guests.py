"""Invitations, answers, mail that would have been sent; and when someone is busy."""

from twin import Scenario, control, timed


class Guests(Scenario):
    """Invitations, answers, and mail that would have been sent."""

    GUESTS = [{"email": "bob@twin.test"}, {"email": "ann@else.where", "displayName": "Ann"}]

    def mails(self):
        return [(mail["to"], mail["kind"]) for mail in control("mail")["mails"]]

    def copy(self, id):
        return self.bobs.get(calendarId="primary", eventId=id).execute()

    def answers(self, event):
        return {guest["email"]: guest["responseStatus"] for guest in event["attendees"]}

    def test_no_mail_unless_asked_for(self):
        event = self.insert(attendees=self.GUESTS)
        self.patch(event["id"], {"summary": "x"}, sendUpdates="none")
        self.assertEqual(self.mails(), [])
        self.patch(event["id"], {"summary": "y"}, sendUpdates="all")
        self.assertEqual(self.mails(), [("bob@twin.test", "update"), ("ann@else.where", "update")])
        self.delete(event["id"], sendUpdates="externalOnly")
        self.assertEqual(self.mails()[2:], [("ann@else.where", "cancellation")])

    def test_some_mail_may_go_out_all_the_same(self):
        control("quirks", {"mailInSpiteOfNone": True})
        self.insert(params={"sendUpdates": "none"}, attendees=self.GUESTS)
        self.assertEqual(len(self.mails()), 2)

    def test_a_guest_has_a_copy_under_the_same_id(self):
        event = self.insert(summary="Meeting", attendees=self.GUESTS, extendedProperties={
            "private": {"mine": "1"}, "shared": {"ours": "1"}})
        copy = self.copy(event["id"])
        self.assertEqual((copy["summary"], copy["iCalUID"]), ("Meeting", event["iCalUID"]))
        self.assertEqual(copy["organizer"], {"email": "alice@twin.test"})
        self.assertEqual(copy["extendedProperties"], {"shared": {"ours": "1"}})
        self.assertTrue([guest for guest in copy["attendees"] if guest.get("self")])
        self.patch(event["id"], {"summary": "Renamed"})
        self.assertEqual(self.copy(event["id"])["summary"], "Renamed")
        self.delete(event["id"])
        self.assertEqual(self.copy(event["id"])["status"], "cancelled")

    def test_an_answer_reaches_the_organiser(self):
        event = self.insert(attendees=self.GUESTS)
        copy = self.copy(event["id"])
        for guest in copy["attendees"]:
            guest["responseStatus"] = "accepted"
        self.bobs.patch(calendarId="primary", eventId=event["id"], body={"attendees": copy["attendees"]}).execute()
        expected = {"bob@twin.test": "accepted", "ann@else.where": "needsAction"}
        self.assertEqual(self.answers(self.get(event["id"])), expected, "only their own")
        self.assertEqual(self.answers(self.copy(event["id"])), expected)

    def test_a_list_of_guests_replaces_the_answers(self):
        event = self.insert(attendees=self.GUESTS)
        control("event", {"do": "respond", "user": "bob", "id": event["id"], "answer": "accepted"})
        self.assertEqual(self.answers(self.get(event["id"]))["bob@twin.test"], "accepted")
        after = self.patch(event["id"], {"attendees": self.GUESTS})
        self.assertEqual(self.answers(after)["bob@twin.test"], "needsAction")

    def test_a_guest_who_deletes_declines(self):
        event = self.insert(attendees=self.GUESTS)
        self.bobs.delete(calendarId="primary", eventId=event["id"]).execute()
        self.assertEqual(self.answers(self.get(event["id"]))["bob@twin.test"], "declined")
        self.patch(event["id"], {"summary": "x"})
        self.assertEqual(self.copy(event["id"])["status"], "cancelled", "it does not come back")
        body = {"status": "confirmed"}
        self.refused(self.bobs.patch(calendarId="primary", eventId=event["id"], body=body), 403, "forbidden")

    def test_a_guest_may_not_change_what_guests_may_do(self):
        event = self.insert(attendees=self.GUESTS, guestsCanInviteOthers=False)
        body = {"guestsCanModify": True}
        request = self.bobs.patch(calendarId="primary", eventId=event["id"], body=body)
        self.refused(request, 403, "forbiddenForNonOrganizer")
        request = self.bobs.update(calendarId="primary", eventId=event["id"], body=timed())
        self.refused(request, 403, "forbiddenForNonOrganizer")
        self.bobs.patch(calendarId="primary", eventId=event["id"], body={"colorId": "3"}).execute()
        self.assertNotIn("colorId", self.get(event["id"]))

    def test_only_a_guest_who_may_modify_changes_the_event_of_others(self):
        for may in (False, True):
            event = self.insert(summary="Mine", attendees=self.GUESTS, guestsCanModify=may)
            body = {"summary": "Bob's", "location": "Elsewhere"}
            self.bobs.patch(calendarId="primary", eventId=event["id"], body=body).execute()
            self.assertEqual(self.copy(event["id"])["summary"], "Bob's")
            self.assertEqual(self.get(event["id"])["summary"], "Bob's" if may else "Mine")

    def test_a_guest_of_one_occurrence_has_no_series(self):
        series = self.insert(day="2027-03-02", summary="Class", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        second = f"{series['id']}_20270309T140000Z"
        self.patch(second, {"attendees": [{"email": "bob@twin.test"}]})
        copy = self.copy(second)
        self.assertEqual(copy["recurringEventId"], series["id"])
        self.refused(self.bobs.get(calendarId="primary", eventId=series["id"]), 404)
        items = self.bobs.list(calendarId="primary").execute()["items"]
        self.assertEqual([item["id"] for item in items], [second])

    def test_a_removed_guest_loses_the_copy(self):
        event = self.insert(attendees=self.GUESTS)
        self.patch(event["id"], {"attendees": [self.GUESTS[1]]}, sendUpdates="all")
        self.assertEqual(self.copy(event["id"])["status"], "cancelled")
        self.assertIn(("bob@twin.test", "cancellation"), self.mails())

    def test_a_cancelled_occurrence_reaches_the_guests(self):
        series = self.insert(day="2027-03-02", attendees=self.GUESTS, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        second = f"{series['id']}_20270309T140000Z"
        self.delete(second)
        items = self.bobs.list(calendarId="primary", singleEvents=True).execute()["items"]
        self.assertEqual(len(items), 2)

    def test_max_attendees_leaves_oneself(self):
        event = self.insert(attendees=[*self.GUESTS, {"email": "alice@twin.test", "responseStatus": "accepted"}])
        short = self.get(event["id"], maxAttendees=1)
        self.assertEqual([guest["email"] for guest in short["attendees"]], ["alice@twin.test"])
        self.assertTrue(short["attendeesOmitted"])


class FreeBusy(Scenario):
    """When someone is busy."""

    def test_busy_times_are_joined_and_free_ones_left_out(self):
        self.insert(hour=9)
        self.insert(hour=9, minutes=90)
        self.insert(hour=14, transparency="transparent")
        self.insert(hour=16, day="2027-03-09", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
        body = {"timeMin": "2027-03-10T00:00:00Z", "timeMax": "2027-03-11T00:00:00Z", "timeZone": "UTC",
                "items": [{"id": "primary"}, {"id": "bob@twin.test"}]}
        answer = self.alice.freebusy().query(body=body).execute()["calendars"]
        self.assertEqual(answer["primary"]["busy"], [
            {"start": "2027-03-10T14:00:00Z", "end": "2027-03-10T15:30:00Z"},
            {"start": "2027-03-10T21:00:00Z", "end": "2027-03-10T22:00:00Z"},
        ])
        self.assertEqual(answer["bob@twin.test"]["errors"][0]["reason"], "notFound")
