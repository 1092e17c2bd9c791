"""Calendars, the list of them, roles, settings and colours."""

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from twin import TEAM, URL, Scenario, control, timed


class Lists(Scenario):
    """Calendars and the list of them."""

    def test_the_list_says_which_is_primary_and_what_one_may_do(self):
        entries = {entry["id"]: entry for entry in self.alice.calendarList().list().execute()["items"]}
        self.assertEqual(set(entries), {"alice@twin.test", TEAM})
        self.assertIs(entries["alice@twin.test"]["primary"], True)
        self.assertNotIn("primary", entries[TEAM])
        self.assertEqual(entries[TEAM]["accessRole"], "owner")

    def test_the_client_can_be_pointed_at_the_twin_by_its_own_option(self):
        options = {"api_endpoint": URL + "/calendar/v3/"}
        pointed = build("calendar", "v3", credentials=Credentials("twin-alice"), client_options=options,
                        static_discovery=True)
        self.assertEqual(pointed.calendars().get(calendarId="primary").execute()["id"], "alice@twin.test")

    def test_a_calendar_is_made_renamed_and_deleted(self):
        made = self.alice.calendars().insert(body={"summary": "Clients", "timeZone": "Europe/Berlin"}).execute()
        token = self.alice.calendarList().list().execute()["nextSyncToken"]
        self.alice.calendars().patch(calendarId=made["id"], body={"summary": "Guests"}).execute()
        listed = self.alice.calendarList().get(calendarId=made["id"]).execute()
        self.assertEqual((listed["summary"], listed["timeZone"]), ("Guests", "Europe/Berlin"))
        self.alice.calendars().delete(calendarId=made["id"]).execute()
        delta = self.alice.calendarList().list(syncToken=token).execute()
        self.assertEqual([(item["id"], item["deleted"]) for item in delta["items"]], [(made["id"], True)])
        self.refused(self.alice.calendars().get(calendarId=made["id"]), 404, "notFound")
        self.refused(self.alice.calendars().delete(calendarId="primary"), 400)

    def test_a_persons_own_name_for_a_calendar_shows_in_the_delta_of_the_list(self):
        token = self.alice.calendarList().list().execute()["nextSyncToken"]
        self.alice.calendars().patch(calendarId=TEAM, body={"summary": "Renamed by owner"}).execute()
        quiet = self.alice.calendarList().list(syncToken=token).execute()
        self.assertEqual(quiet["items"], [])
        self.alice.calendarList().patch(calendarId=TEAM, body={"summaryOverride": "Mine"}).execute()
        delta = self.alice.calendarList().list(syncToken=token).execute()
        self.assertEqual([item["summaryOverride"] for item in delta["items"]], ["Mine"])

    def test_hidden_calendars_are_left_out_unless_asked_for(self):
        self.alice.calendarList().patch(calendarId=TEAM, body={"hidden": True}).execute()
        ids = lambda **params: [e["id"] for e in self.alice.calendarList().list(**params).execute()["items"]]
        self.assertNotIn(TEAM, ids())
        self.assertIn(TEAM, ids(showHidden=True))

    def test_the_list_is_paged(self):
        request, ids = self.alice.calendarList().list(maxResults=1), []
        while request is not None:
            page = request.execute()
            ids += [entry["id"] for entry in page["items"]]
            request = self.alice.calendarList().list_next(request, page)
        self.assertEqual(sorted(ids), ["alice@twin.test", TEAM])

    def test_roles_decide_what_one_may_do(self):
        self.refused(self.bobs.list(calendarId=TEAM), 404, "notFound")
        control("access", {"calendar": TEAM, "user": "bob", "role": "reader"})
        self.assertEqual(self.bobs.list(calendarId=TEAM).execute()["accessRole"], "reader")
        self.refused(self.bobs.insert(calendarId=TEAM, body=timed()), 403, "requiredAccessLevel")
        control("access", {"calendar": TEAM, "user": "bob", "role": "writer"})
        self.bobs.insert(calendarId=TEAM, body=timed(summary="By bob")).execute()
        control("access", {"calendar": TEAM, "user": "bob", "role": "none"})
        self.refused(self.bobs.list(calendarId=TEAM), 404, "notFound")

    def test_a_change_of_access_ends_the_sync_token(self):
        control("access", {"calendar": TEAM, "user": "bob", "role": "reader"})
        token = self.bobs.list(calendarId=TEAM).execute()["nextSyncToken"]
        control("access", {"calendar": TEAM, "user": "bob", "role": "writer"})
        self.refused(self.bobs.list(calendarId=TEAM, syncToken=token), 410, "fullSyncRequired")

    def test_who_sees_free_and_busy_sees_nothing_else(self):
        self.insert(TEAM, summary="Secret", recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
        control("access", {"calendar": TEAM, "user": "bob", "role": "freeBusyReader"})
        items = self.bobs.list(calendarId=TEAM).execute()["items"]
        self.assertEqual(len(items), 2, "as single events")
        self.assertEqual(set(items[0]), {"kind", "etag", "id", "status", "start", "end"})

    def test_a_reader_does_not_see_into_private_events(self):
        self.insert(TEAM, summary="Secret", visibility="private")
        control("access", {"calendar": TEAM, "user": "bob", "role": "reader"})
        (item,) = self.bobs.list(calendarId=TEAM).execute()["items"]
        self.assertNotIn("summary", item)
        self.assertEqual(item["visibility"], "private")

    def test_settings_and_colours_are_there(self):
        settings = {item["id"]: item["value"] for item in self.alice.settings().list().execute()["items"]}
        self.assertEqual(settings["timezone"], "America/New_York")
        self.assertEqual(self.alice.settings().get(setting="weekStart").execute()["value"], "1")
        self.assertEqual(len(self.alice.colors().get().execute()["event"]), 11)

    def test_a_primary_calendar_can_be_cleared(self):
        self.insert()
        self.alice.calendars().clear(calendarId="primary").execute()
        self.assertEqual(self.all()[0], {})
        self.assertEqual(len(self.all(showDeleted=True)[0]), 1)
