"""Each preset, walked by the library from its first address to the last deletion."""

from twin import BEGINNINGS, Scenario, at, control, event


class Presets(Scenario):
    """Find, write, search, change, follow, delete."""

    def walk(self, preset):
        # The library signs in when it is asked to, and does not wait: where a server would not ask, or shows things
        # late, it is not this walk that is to show it.
        self.like(preset, signin={"anonymous": False, "challenge": "basic"}, sync={"visibilityDelayMs": 0}, load={"lockMs": 0})
        user = "alice@twin.test" if preset == "icloud" else "alice"
        home = self.calendar(user=user, path=BEGINNINGS[preset])
        home.add_event(event("first", lines=["X-KEPT:yes", "DESCRIPTION:two\\nlines\\, and more"]))
        home.add_event(event("series", hour=12, lines=["RRULE:FREQ=DAILY;COUNT=3"]))
        self.assertEqual(sorted(self.held()), ["first", "series"])

        found = home.search(event=True, start=at(0), end=at(23), post_filter=False)
        self.assertEqual(len(found), 2, preset)
        first = home.get_event_by_uid("first")
        first.load()
        told = first.icalendar_component
        self.assertEqual((str(told["X-KEPT"]), str(told["DESCRIPTION"])), ("yes", "two\nlines, and more"))

        known = home.get_objects_by_sync_token(load_objects=True)
        self.assertEqual(len(list(known)), 2, preset)
        # Some tell changes by the second.
        control("clock", {"advance": "2s"})
        told["SUMMARY"] = "Changed"
        first.save()
        self.assertEqual(self.held()["first"]["summary"], "Changed")
        control("event", {"do": "create", "id": "theirs", "fields": {"summary": "Theirs", "start": "2027-03-11T09:00:00Z"}})
        updated, _ = known.sync()
        self.assertTrue(any("theirs.ics" in str(each.url) for each in updated), preset)

        for uid in ("first", "series", "theirs"):
            home.get_event_by_uid(uid).delete()
        self.assertEqual(self.held(), {})


for name in BEGINNINGS:
    def walk(self, name=name):
        self.walk(name)
    setattr(Presets, f"test_{name}", walk)
