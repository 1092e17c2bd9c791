"""Objects and calendars: made, changed, deleted, refused."""

import http.client

import icalendar
from caldav.elements import dav, ical
from caldav.lib.error import DAVError, ETagMismatchError, NotFoundError, UidConflictError
from twin import Scenario, at, control, event

HOME = "/dav/calendars/alice/home/"


class Objects(Scenario):
    """Objects come back as they were stored."""

    def test_an_event_is_stored_byte_by_byte(self):
        text = event(lines=["X-ODD;A=\"b;c\":d", "CATEGORIES:B\\,C,D"]).replace("\r\n", "\n")
        self.assertEqual(self.raw("PUT", HOME + "odd.ics", text).status, 201)
        self.assertEqual(self.held()["a"]["ics"], text)
        self.assertEqual(self.raw("GET", HOME + "odd.ics").raw, text)

    def test_a_change_on_an_old_version_is_refused(self):
        home = self.calendar()
        mine = home.add_event(event())
        mine.load()
        control("event", {"do": "change", "id": "a", "fields": {"location": "Roof"}})
        mine.icalendar_component["SUMMARY"] = "Mine"
        with self.assertRaises(ETagMismatchError):
            mine.save()
        mine.load()
        self.assertEqual(str(mine.icalendar_component["LOCATION"]), "Roof")
        mine.icalendar_component["SUMMARY"] = "Mine"
        mine.save()
        self.assertEqual(self.held()["a"]["summary"], "Mine")

    def test_what_is_there_is_not_made_again(self):
        self.raw("PUT", HOME + "a.ics", event())
        self.assertEqual(self.raw("PUT", HOME + "a.ics", event(), If_None_Match="*").status, 412)
        self.switch(write={"ignoresIfNoneMatch": True})
        self.assertEqual(self.raw("PUT", HOME + "a.ics", event(), If_None_Match="*").status, 204)

    def test_one_uid_is_there_once(self):
        home, team = self.calendar(), self.calendar("Team")
        home.add_event(event())
        second = self.raw("PUT", HOME + "other.ics", event())
        self.assertEqual(second.status, 403)
        self.assertIn("no-uid-conflict", second.raw)
        self.assertEqual(self.raw("PUT", HOME.replace("home", "team") + "a.ics", event()).status, 201)
        control("event", {"calendar": "team", "do": "delete", "id": "a"})
        self.switch(write={"uids": "account"})
        with self.assertRaises(UidConflictError):
            team.add_event(event())

    def test_deleted_is_gone(self):
        home = self.calendar()
        made = home.add_event(event())
        made.delete()
        with self.assertRaises(NotFoundError):
            home.get_event_by_uid("a")
        self.assertEqual(self.raw("DELETE", HOME + "a.ics").status, 404)

    def test_names_with_odd_letters_are_found_again(self):
        for escapes in ("bare", "strict", "lower"):
            self.switch(wire={"escapes": escapes})
            home = self.calendar()
            home.add_event(event("ü@x+y z"))
            found = home.get_event_by_uid("ü@x+y z")
            found.load()
            found.icalendar_component["SUMMARY"] = escapes
            found.save()
            self.assertEqual(self.held()["ü@x+y z"]["summary"], escapes)
            found.delete()

    def test_a_task_belongs_into_a_list_of_tasks(self):
        tasks, home = self.calendar("Reminders"), self.calendar()
        tasks.add_todo(summary="Buy milk", due=at(18))
        (found,) = tasks.get_todos()
        found.complete()
        self.assertEqual(tasks.get_todos(), [])
        with self.assertRaises(DAVError):
            home.add_todo(summary="Not here")

    def test_text_is_told_again_in_the_servers_words(self):
        self.switch(text={"reorder": True, "addZones": True, "addClass": True, "splitCategories": True,
                          "trimTexts": True, "fold": "narrow"})
        zoned = event(lines=["CATEGORIES:A,B", "LOCATION:  there  "]).replace("DTSTART:", "DTSTART;TZID=Europe/Berlin:")
        zoned = zoned.replace("0000Z\r\nDTEND:", "0000\r\nDTEND;TZID=Europe/Berlin:").replace("0000Z\r\nSUMMARY", "0000\r\nSUMMARY")
        made = self.calendar().add_event(zoned)
        made.load()
        calendar = icalendar.Calendar.from_ical(made.data)
        (told,) = calendar.events
        self.assertEqual((str(told["LOCATION"]), str(told["CLASS"])), ("there", "PUBLIC"))
        self.assertEqual([str(zone["TZID"]) for zone in calendar.timezones], ["Europe/Berlin"])
        self.assertEqual(calendar.timezones[0].to_tz().utcoffset(at(9).replace(tzinfo=None)).seconds, 3600)

    def test_a_put_without_an_etag_is_still_stored(self):
        self.switch(write={"putEtag": "never"})
        answer = self.raw("PUT", HOME + "a.ics", event())
        self.assertNotIn("etag", answer.headers)
        self.assertIn("etag", self.raw("GET", HOME + "a.ics").headers)

    def test_if_match_any_means_the_contrary_on_some(self):
        self.switch(write={"ifMatchStar": "reversed"})
        self.assertEqual(self.raw("PUT", HOME + "a.ics", event(), If_Match="*").status, 201)
        self.assertEqual(self.raw("PUT", HOME + "a.ics", event(), If_Match="*").status, 412)

    def test_events_without_an_end_are_refused_by_some(self):
        endless = event().replace("DTEND:20270310T100000Z\r\n", "")
        self.switch(write={"endRequired": 404})
        self.assertEqual(self.raw("PUT", HOME + "a.ics", endless).status, 404)
        self.assertEqual(self.raw("PUT", HOME + "a.ics", event()).status, 201)

    def test_overlapping_writes_are_locked_out(self):
        self.switch(load={"lockMs": 60_000})
        self.assertEqual(self.raw("PUT", HOME + "a.ics", event()).status, 201)
        self.assertEqual(self.raw("PUT", HOME + "b.ics", event("b")).status, 423)
        control("clock", {"advance": "61s"})
        self.assertEqual(self.raw("PUT", HOME + "b.ics", event("b")).status, 201)

    def test_objects_move_and_are_copied(self):
        home = self.calendar()
        home.add_event(event())
        to = str(self.calendar("Team").url) + "b.ics"
        self.assertEqual(self.raw("COPY", HOME + "a.ics", Destination=to).status, 201)
        self.assertEqual(self.raw("MOVE", HOME + "a.ics", Destination=to, Overwrite="F").status, 412)
        self.assertEqual(self.raw("MOVE", HOME + "a.ics", Destination=to).status, 204)
        self.assertEqual((list(self.held()), list(self.held("team"))), ([], ["a"]))

    def test_a_lost_answer_to_a_put_may_have_been_done(self):
        control("faults", {"kind": "drop_after", "match": {"method": "PUT"}, "count": 1})
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.raw("PUT", HOME + "a.ics", event())
        self.assertIn("a", self.held())


class Calendars(Scenario):
    """Calendars are made, described, deleted."""

    def test_a_calendar_is_made_named_and_deleted(self):
        principal = self.principal()
        made = principal.make_calendar(name="New", cal_id="new", supported_calendar_component_set=["VEVENT"])
        self.assertEqual(made.get_display_name(), "New")
        self.assertEqual(made.get_supported_components(), ["VEVENT"])
        made.delete()
        self.assertNotIn("new/", " ".join(str(each.url) for each in principal.get_calendars()))

    def test_a_calendar_is_renamed_and_coloured(self):
        home = self.calendar()
        home.set_properties([dav.DisplayName("Mine"), ical.CalendarColor("#00FF00")])
        told = control("state")["calendars"]
        (told,) = [each for each in told if each["id"] == "alice/home"]
        self.assertEqual((told["summary"], told["properties"]["{http://apple.com/ns/ical/}calendar-color"]), ("Mine", "#00FF00"))
        self.switch(calendars={"ignoresColourWords": True})
        home.set_properties([ical.CalendarColor("blue")])
        self.assertEqual(str(home.get_property(ical.CalendarColor())), "#00FF00")

    def test_making_calendars_is_refused_limited_or_late(self):
        principal = self.principal()
        for quirks in ({"make": "refused"}, {"perHour": 0}, {"most": 1}):
            self.switch(calendars={"make": "both", "perHour": None, "most": None, **quirks})
            with self.assertRaises(DAVError):
                principal.make_calendar(name="New", cal_id="new")
        self.switch(calendars={"make": "both", "perHour": None, "most": None, "appearsAfterMs": 60_000})
        principal.make_calendar(name="New", cal_id="new")
        self.assertEqual(len(principal.get_calendars()), 3)
        control("clock", {"advance": "61s"})
        self.assertEqual(len(principal.get_calendars()), 4)


class Invitations(Scenario):
    """Mail that would have been sent."""

    quirks = {"people": {"schedule": "on"}, "discovery": {"schedulingCollections": True}}
    guests = ["ORGANIZER:mailto:alice@twin.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@twin.test"]

    def invite(self, agent=""):
        lines = [*self.guests, f"ATTENDEE{agent}:mailto:bob@twin.test", f"ATTENDEE{agent}:mailto:carol@else.where"]
        return self.calendar().add_event(event(lines=lines))

    def mails(self):
        return [(mail["kind"], mail["to"]) for mail in control("mail")["mails"]]

    def test_the_server_says_that_it_schedules(self):
        self.assertTrue(self.client().check_scheduling_support())

    def test_guests_are_mailed_and_find_the_event_in_their_calendar(self):
        self.invite()
        self.assertEqual(self.mails(), [("invitation", "bob@twin.test"), ("invitation", "carol@else.where")])
        (his,) = self.calendar(user="bob").get_events()
        self.assertEqual(str(his.icalendar_component["UID"]), "a")

    def test_nobody_is_mailed_where_the_client_does_it(self):
        self.invite(";SCHEDULE-AGENT=CLIENT")
        self.assertEqual(self.mails(), [])
        self.switch(people={"schedule": "always"})
        control("event", {"do": "change", "id": "a", "fields": {"location": "Roof"}})
        self.assertEqual(len(self.mails()), 2, "some servers do not care")

    def test_an_answer_comes_back_and_a_deletion_is_told(self):
        self.invite()
        his = self.calendar(user="bob").get_event_by_uid("a")
        his.change_attendee_status(attendee="bob@twin.test", PARTSTAT="ACCEPTED")
        his.save()
        self.assertEqual(self.mails()[-1], ("response", "alice@twin.test"))
        self.assertIn({"email": "bob@twin.test", "partstat": "ACCEPTED"}, self.held()["a"]["attendees"])
        self.calendar().get_event_by_uid("a").delete()
        self.assertEqual([kind for kind, _ in self.mails()].count("cancellation"), 2)
