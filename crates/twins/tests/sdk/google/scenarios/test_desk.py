"""What tests say to the twin behind Google's back."""

import urllib.request

from twin import TEAM, Scenario, control, timed


class Control(Scenario):
    """What tests say to the twin behind Google's back."""

    def test_a_person_creates_changes_copies_moves_and_deletes(self):
        fields = timed(summary="By hand", extendedProperties={"private": {"concord": "7"}})
        made = control("event", {"do": "create", "fields": fields})
        _, token = self.all()
        control("event", {"do": "change", "id": made["id"], "fields": {"summary": "Changed"}})
        copied = control("event", {"do": "copy", "id": made["id"]})
        self.assertEqual(copied["extendedProperties"], {"private": {"concord": "7"}})
        self.assertNotEqual(copied["iCalUID"], made["iCalUID"])
        control("event", {"do": "move", "id": copied["id"], "destination": "Team"})
        control("event", {"do": "delete", "id": made["id"]})
        delta, _ = self.all(syncToken=token)
        self.assertEqual({id: item["status"] for id, item in delta.items()},
                         {made["id"]: "cancelled", copied["id"]: "cancelled"})
        self.assertEqual(set(self.all(TEAM)[0]), {copied["id"]})
        self.assertEqual(self.log()[0]["path"], "/calendar/v3/calendars/primary/events", "no call of the API")

    def test_the_state_shows_what_lives(self):
        event = self.insert(summary="Here", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
        self.delete(f"{event['id']}_20270311T140000Z")
        state = {calendar["id"]: calendar for calendar in control("state")["calendars"]}["alice@twin.test"]
        self.assertEqual((state["counts"]["series"], state["counts"]["cancelledOccurrences"]), (1, 1))
        self.assertEqual(len(state["events"]), 2)

    def test_the_log_has_every_call(self):
        event = self.insert()
        patch = self.events.patch(calendarId="primary", eventId=event["id"], body={})
        self.with_header(patch, "If-Match", event["etag"]).execute()
        post, patched = self.log()
        self.assertEqual((post["n"], post["method"], post["status"], post["user"]), (1, "POST", 200, "alice"))
        self.assertEqual(patched["ifMatch"], event["etag"])
        self.assertEqual([call["n"] for call in control("log?since=1")["calls"]], [2])

    def test_equal_seeds_give_equal_ids(self):
        ids = []
        for _ in range(2):
            control("reset", {"seed": 42})
            ids.append(self.insert()["id"])
        self.assertEqual(ids[0], ids[1])

    def test_the_clock_is_the_twins_own(self):
        before = self.insert()["created"]
        control("clock", {"advance": "36h"})
        after = self.insert()["created"]
        self.assertGreater(after, before[:8])
        (call,) = [call for call in self.log() if call["n"] == 2]
        self.assertEqual(call["at"][:13], control("clock")["now"][:13])

    def test_ready_tokens_end_and_come_back_on_command(self):
        control("tokens", {"do": "expire", "user": "alice"})
        self.refused(self.events.list(calendarId="primary"), 401, "authError")
        self.bobs.list(calendarId="primary").execute()
        control("tokens", {"do": "restore"})
        self.all()

    def test_the_link_of_an_event_shows_it_to_people(self):
        event = self.insert(summary="<Coaching>", location="Studio")
        with urllib.request.urlopen(event["htmlLink"]) as page:
            text = page.read().decode()
        self.assertIn("<h1>&lt;Coaching&gt;</h1>", text)
        self.assertIn("Studio", text)
