"""Changes, searches, many objects at once."""

import time
from datetime import timedelta

from caldav.lib.error import DAVError
from lxml import etree
from twin import SPACES, Scenario, at, control, event

HOME = "/dav/calendars/alice/home/"
WEEKLY = ["RRULE:FREQ=WEEKLY;COUNT=4"]


def names(objects):
    return sorted(str(each.url).rsplit("/", 1)[-1] for each in objects)


class Changes(Scenario):
    """sync-collection."""

    def sync(self, token, limit=""):
        """The members by name with their status, and the next token; or the status of the refusal."""
        body = (f"<D:sync-collection {SPACES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{limit}"
                "<D:prop><D:getetag/></D:prop></D:sync-collection>")
        answer = self.raw("REPORT", HOME, body, Depth="0")
        if answer.status != 207:
            return answer.status
        root = etree.fromstring(answer.raw.encode())
        members = {}
        for response in root.findall("{DAV:}response"):
            name = response.findtext("{DAV:}href").rstrip("/").rsplit("/", 1)[-1]
            members[name] = int(response.find(".//{DAV:}status").text.split()[1])
        return members, root.findtext("{DAV:}sync-token")

    def put(self, *uids):
        for uid in uids:
            control("event", {"do": "create", "id": uid, "fields": {"summary": uid, "start": "2027-03-10T09:00:00"}})

    def test_the_library_follows_what_is_made_changed_and_deleted(self):
        self.put("a", "b")
        home = self.calendar()
        known = home.get_objects_by_sync_token(load_objects=True, disable_fallback=True)
        self.assertEqual(names(known), ["a.ics", "b.ics"])
        self.put("c")
        control("event", {"do": "change", "id": "a", "fields": {"summary": "new"}})
        control("event", {"do": "delete", "id": "b"})
        updated, deleted = known.sync()
        self.assertEqual((names(updated), names(deleted)), (["a.ics", "c.ics"], ["b.ics"]))
        self.assertEqual(known.sync(), ([], []))

    def test_a_bad_token_is_answered_in_every_way(self):
        self.put("a")
        for how, expected in (("forbidden", 403), ("conflict", 409), ("precondition", 412), ("error", 500)):
            self.switch(sync={"badToken": how})
            self.assertEqual(self.sync("http://never.issued/1"), expected)
        self.switch(sync={"badToken": "fullList"})
        self.assertEqual(self.sync("http://never.issued/1")[0], {"a.ics": 200})

    def test_tokens_end_when_the_log_is_cut(self):
        self.put("a")
        _, token = self.sync("")
        control("expire-sync", {"calendar": "home"})
        self.assertEqual(self.sync(token), 403)
        home = self.calendar()
        with self.assertRaises(DAVError):
            home.get_objects_by_sync_token(sync_token=token, disable_fallback=True)

    def test_a_gap_may_be_silent(self):
        self.put("a")
        _, token = self.sync("")
        self.put("b")
        control("expire-sync", {"calendar": "home", "silent": True})
        self.put("c")
        self.assertEqual(self.sync(token)[0], {"c.ics": 200})

    def test_pages_go_on_until_there_is_no_507(self):
        self.put("a", "b", "c")
        self.switch(sync={"page": 2})
        page, token = self.sync("")
        self.assertEqual(page, {"a.ics": 200, "b.ics": 200, "home": 507})
        self.assertEqual(self.sync(token)[0], {"c.ics": 200})

    def test_a_limit_is_obeyed_or_loses_the_rest(self):
        self.put("a", "b", "c")
        limit = "<D:limit><D:nresults>2</D:nresults></D:limit>"
        self.assertEqual(len(self.sync("", limit)[0]), 3)
        self.switch(sync={"limit": "lossy"})
        page, token = self.sync("", limit)
        self.assertEqual((page, self.sync(token)[0]), ({"a.ics": 200, "b.ics": 200}, {}))

    def test_tokens_of_seconds_repeat_themselves(self):
        self.switch(sync={"grain": "secondsRepeat", "token": "number"})
        self.put("a")
        _, token = self.sync("")
        self.put("b")
        self.assertIn("b.ics", self.sync(token)[0])

    def test_the_gone_may_be_teapots(self):
        self.put("a")
        _, token = self.sync("")
        self.switch(sync={"deletedStatus": 418, "listsItself": True})
        control("event", {"do": "delete", "id": "a"})
        self.assertEqual(self.sync(token)[0], {"home": 404, "a.ics": 418})

    def test_lists_lag_behind(self):
        self.switch(sync={"visibilityDelayMs": 60_000})
        self.put("a")
        home = self.calendar()
        self.assertEqual(home.get_events(), [])
        self.assertEqual(self.raw("GET", HOME + "a.ics").status, 200)
        control("clock", {"advance": "61s"})
        self.assertEqual(names(home.get_events()), ["a.ics"])

    def test_an_emptied_list_is_a_success(self):
        self.put("a")
        control("faults", {"kind": "empty", "match": {"method": "REPORT"}, "count": 1})
        home = self.calendar()
        self.assertEqual(home.get_events(), [])
        self.assertEqual(names(home.get_events()), ["a.ics"])

    def test_without_sync_collection_the_library_falls_back(self):
        self.switch(sync={"supported": False})
        self.put("a")
        home = self.calendar()
        self.assertEqual(self.sync(""), 403)
        self.assertEqual(names(home.get_objects_by_sync_token()), ["a.ics"])


class Searches(Scenario):
    """calendar-query, calendar-multiget, free-busy-query."""

    def setUp(self):
        super().setUp()
        self.home = self.calendar()
        self.home.add_event(event("weekly", lines=[*WEEKLY, "EXDATE:20270324T090000Z"]))
        self.home.add_event(event("single", hour=14, summary="Lunch with Bob"))

    def found(self, day, **how):
        window = {"start": at(0, day), "end": at(0, day) + timedelta(days=1)}
        return sorted(str(each.icalendar_component["UID"]) for each in self.home.search(event=True, post_filter=False, **window, **how))

    def test_a_window_finds_every_occurrence(self):
        self.assertEqual([self.found(day) for day in (10, 17, 24, 31)], [["single", "weekly"], ["weekly"], [], ["weekly"]])
        self.switch(query={"timeRange": "firstOnly"})
        self.assertEqual(self.found(31), [])
        self.switch(query={"timeRange": "plainSeries"})
        self.assertEqual(self.found(31), [], "a series with exceptions")

    def test_series_are_expanded(self):
        window = {"start": at(0, 1), "end": at(0, 30, 4)}
        found = self.home.search(event=True, server_expand=True, post_filter=False, **window)
        starts = sorted(f"{part['DTSTART'].dt:%m-%d}" for each in found for part in each.icalendar_instance.events)
        self.assertEqual(starts, ["03-10", "03-10", "03-17", "03-31"])

    def test_text_is_found(self):
        self.assertEqual(len(self.home.search(event=True, summary="Lunch")), 1)
        self.assertEqual(len(self.home.search(event=True, summary="Dinner")), 0)

    def test_some_find_nothing_without_a_component(self):
        body = (f'<C:calendar-query {SPACES}><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>'
                "</C:calendar-query>")
        count = lambda depth: self.raw("REPORT", HOME, body, Depth=depth).raw.count("getetag>") // 2
        self.assertEqual(count("1"), 2)
        self.switch(query={"strictDepth": True})
        self.assertEqual((count("1"), count("0")), (2, 0))
        self.switch(query={"needsComponent": True})
        self.assertEqual(count("1"), 0)

    def test_busy_times_are_told_without_what_with(self):
        told = self.home.freebusy_request(at(0), at(23)).data
        self.assertIn("20270310T140000Z/20270310T150000Z", told.replace("\n ", ""))
        self.assertNotIn("Lunch", told)

    def test_what_is_missing_from_a_multiget_differs(self):
        hrefs = "".join(f"<D:href>{HOME}{name}.ics</D:href>" for name in ("single", "none"))
        body = f"<C:calendar-multiget {SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
        ask = lambda how: self.switch(query={"missing": how}) or self.raw("REPORT", HOME, body, Depth="1")
        self.assertEqual(ask("notFound").raw.count("response>") // 2, 2)
        self.assertEqual(ask("omitted").raw.count("response>") // 2, 1)
        self.assertEqual(ask("wholeFails").status, 404)

    def test_a_late_answer_is_waited_for(self):
        self.switch(query={"delayMs": 400})
        body = f"<C:calendar-multiget {SPACES}><D:prop><D:getetag/></D:prop><D:href>{HOME}single.ics</D:href></C:calendar-multiget>"
        before = time.monotonic()
        self.assertEqual(self.raw("REPORT", HOME, body, Depth="1").status, 207)
        self.assertGreaterEqual(time.monotonic() - before, 0.4)

    def test_bursts_of_503_pass(self):
        self.switch(load={"burstRate": 1.0, "burstLength": 2})
        first = self.raw("GET", HOME + "single.ics").status
        self.switch(load={"burstRate": 0.0})
        self.assertEqual([first, *(self.raw("GET", HOME + "single.ics").status for _ in range(2))], [503, 503, 200])


class People(Scenario):
    """What people do with other programs is what the library then reads."""

    def test_a_series_lives_through_everything(self):
        make = {"summary": "Class", "start": "2027-03-09T09:00:00", "rrule": "FREQ=WEEKLY;COUNT=4", "zone": "Europe/Berlin"}
        control("event", {"do": "create", "id": "s", "fields": make})
        control("event", {"do": "change", "id": "s", "occurrence": "20270316T090000", "fields": {"start": "2027-03-17T11:00:00", "zone": "Europe/Berlin"}})
        control("event", {"do": "delete", "id": "s", "occurrence": "20270323T090000"})
        control("event", {"do": "split", "id": "s", "occurrence": "20270330T090000", "fields": {"summary": "Late"}})
        home = self.calendar()
        found = home.search(event=True, expand=True, start=at(0, 1), end=at(0, 30, 4))
        told = sorted(f"{each.icalendar_component['DTSTART'].dt:%m-%d %H:%M %z} {each.icalendar_component['SUMMARY']}" for each in found)
        self.assertEqual(told, ["03-09 09:00 +0100 Class", "03-17 11:00 +0100 Class", "03-30 09:00 +0200 Late"])

    def test_a_move_is_a_deletion_here_and_a_new_object_there(self):
        control("event", {"do": "create", "id": "m", "fields": {"summary": "Moves", "start": "2027-03-10"}})
        home, team = self.calendar(), self.calendar("Team")
        here, there = (each.get_objects_by_sync_token(load_objects=True, disable_fallback=True) for each in (home, team))
        control("event", {"do": "move", "id": "m", "destination": "Team"})
        self.assertEqual((names(here.sync()[1]), names(there.sync()[0])), (["m.ics"], ["m.ics"]))
