"""Full passes, deltas, pages, and tokens that end."""

from twin import TEAM, Scenario, control


class Sync(Scenario):
    """Full passes, deltas, pages, and tokens that end."""

    def test_a_delta_has_what_changed_and_nothing_else(self):
        kept, changed, gone = (self.insert(summary=name) for name in "abc")
        items, token = self.all(showDeleted=True)
        self.assertEqual(set(items), {kept["id"], changed["id"], gone["id"]})
        self.patch(changed["id"], {"summary": "B"})
        self.delete(gone["id"])
        new = self.insert(summary="d")
        delta, next_token = self.all(syncToken=token, showDeleted=True)
        self.assertEqual({id: item["status"] for id, item in delta.items()},
                         {changed["id"]: "confirmed", gone["id"]: "cancelled", new["id"]: "confirmed"})
        self.assertEqual(set(delta[gone["id"]]), {"kind", "etag", "id", "status"})
        self.assertEqual(self.all(syncToken=next_token, showDeleted=True)[0], {})
        again, _ = self.all(syncToken=token, showDeleted=True)
        self.assertEqual(again, delta, "the old token is still good")

    def test_deletions_come_although_show_deleted_was_not_asked(self):
        event = self.insert()
        _, token = self.all()
        self.delete(event["id"])
        self.assertEqual(self.all(syncToken=token)[0][event["id"]]["status"], "cancelled")
        self.assertEqual(self.all()[0], {})

    def test_pages_are_followed_and_only_the_last_has_the_sync_token(self):
        ids = {self.insert(summary=str(n))["id"] for n in range(7)}
        pages = self.pages(maxResults=3)
        self.assertEqual([len(page["items"]) for page in pages], [3, 3, 1])
        self.assertEqual({item["id"] for page in pages for item in page["items"]}, ids)
        self.assertEqual(["nextSyncToken" in page for page in pages], [False, False, True])
        self.assertEqual(["nextPageToken" in page for page in pages], [True, True, False])

    def test_a_change_while_paging_is_in_the_next_delta(self):
        first = self.insert(summary="x")
        for n in range(5):
            self.insert(summary=str(n))
        request, seen = self.events.list(calendarId="primary", maxResults=2), []
        while request is not None:
            page = request.execute()
            seen.append(page)
            if len(seen) == 1:
                self.patch(first["id"], {"summary": "changed"})
                late = self.insert(summary="late")
            request = self.events.list_next(request, page)
        delta, _ = self.all(syncToken=seen[-1]["nextSyncToken"], maxResults=2)
        self.assertEqual(set(delta), {first["id"], late["id"]})

    def test_a_large_delta_has_pages_of_its_own(self):
        _, token = self.all(maxResults=2)
        ids = {self.insert(summary=str(n))["id"] for n in range(5)}
        pages = self.pages(syncToken=token, maxResults=2)
        self.assertEqual(len(pages), 3)
        self.assertEqual({item["id"] for page in pages for item in page["items"]}, ids)

    def test_an_expired_token_is_410_and_a_malformed_one_400(self):
        _, token = self.all()
        control("expire-sync", {})
        error = self.refused(self.events.list(calendarId="primary", syncToken=token), 410, "fullSyncRequired")
        self.assertEqual(error["message"], "Sync token is no longer valid, a full sync is required.")
        error = self.refused(self.events.list(calendarId="primary", syncToken="CPDAlvWDx70CEPDA"), 400, "invalid")
        self.assertEqual(error["message"], "Invalid sync token value.")
        self.all(syncToken=self.all()[1])

    def test_a_token_is_its_calendars_and_its_persons(self):
        _, token = self.all()
        self.refused(self.events.list(calendarId=TEAM, syncToken=token), 400, "invalid")
        self.refused(self.bobs.list(calendarId="primary", syncToken=token), 400, "invalid")

    def test_some_parameters_do_not_go_with_a_token(self):
        _, token = self.all()
        later = "2027-01-01T00:00:00Z"
        for params in ({"timeMin": later}, {"timeMax": later}, {"q": "x"}, {"iCalUID": "u"}, {"orderBy": "updated"},
                       {"updatedMin": later}, {"privateExtendedProperty": "a=b"}, {"showDeleted": False}):
            request = self.events.list(calendarId="primary", syncToken=token, **params)
            self.refused(request, 400, "badRequest")

    def test_the_parameters_of_the_first_pass_must_stay(self):
        _, token = self.all(eventTypes=["default"])
        self.insert()
        self.refused(self.events.list(calendarId="primary", syncToken=token), 400, "badRequest")
        self.assertEqual(len(self.all(syncToken=token, eventTypes=["default"])[0]), 1)
        control("quirks", {"strictParameters": False})
        self.assertEqual(len(self.all(syncToken=token, singleEvents=True)[0]), 1)

    def test_the_parameters_of_a_page_must_stay(self):
        for n in range(3):
            self.insert(summary=str(n))
        page = self.events.list(calendarId="primary", maxResults=2).execute()
        request = self.events.list(calendarId="primary", maxResults=1, pageToken=page["nextPageToken"])
        self.refused(request, 400, "badRequest")
        self.refused(self.events.list(calendarId="primary", pageToken="nonsense"), 400, "invalid")

    def test_a_window_of_the_first_pass_is_not_one_of_its_token(self):
        self.insert(day="2027-06-01", summary="outside")
        items, token = self.all(timeMin="2027-03-01T00:00:00Z", timeMax="2027-04-01T00:00:00Z")
        self.assertEqual(items, {})
        event = self.insert(day="2028-06-01", summary="far away")
        self.assertEqual(set(self.all(syncToken=token)[0]), {event["id"]})

    def test_bounds_are_exclusive(self):
        event = self.insert()
        start, end = event["start"]["dateTime"], event["end"]["dateTime"]
        self.assertEqual(self.all(timeMin=end)[0], {})
        self.assertEqual(self.all(timeMax=start)[0], {})
        self.assertEqual(set(self.all(timeMin=start, timeMax=end)[0]), {event["id"]})
        self.refused(self.events.list(calendarId="primary", timeMin=end, timeMax=start), 400, "timeRangeEmpty")
        self.refused(self.events.list(calendarId="primary", timeMin="2027-03-10T09:00:00"), 400)

    def test_order_is_there_when_asked_for(self):
        for hour in (11, 9, 10):
            self.insert(hour=hour, summary=str(hour))
        (page,) = self.pages(singleEvents=True, orderBy="startTime")
        self.assertEqual([item["summary"] for item in page["items"]], ["9", "10", "11"])
        self.assertNotIn("nextSyncToken", page)
        self.refused(self.events.list(calendarId="primary", orderBy="startTime"), 400)

    def test_a_page_may_be_empty_and_not_the_last(self):
        self.insert()
        control("quirks", {"emptyPages": True, "omitEmptyItems": True})
        pages = self.pages()
        self.assertNotIn("items", pages[0])
        self.assertIn("nextPageToken", pages[0])
        self.assertEqual(len(pages[1]["items"]), 1)

    def test_updated_min_has_deletions_and_a_bound(self):
        event = self.insert()
        control("clock", {"advance": "1h"})
        now = control("clock")["now"]
        self.delete(event["id"])
        self.assertEqual(self.all(updatedMin=now)[0][event["id"]]["status"], "cancelled")
        control("clock", {"advance": "40d"})
        self.refused(self.events.list(calendarId="primary", updatedMin=now), 410, "updatedMinTooLongAgo")

    def test_search_by_property_and_by_words(self):
        ours = self.insert(summary="Coaching with Ann", extendedProperties={"private": {"link": "7"}})
        self.insert(summary="Dentist", extendedProperties={"private": {"link": "8"}})
        self.assertEqual(set(self.all(privateExtendedProperty="link=7")[0]), {ours["id"]})
        self.assertEqual(set(self.all(q="ann coaching")[0]), {ours["id"]})

    def test_a_change_may_take_a_while_to_show(self):
        _, token = self.all()
        control("quirks", {"visibilityDelayMs": 5000})
        event = self.insert()
        self.assertEqual(self.get(event["id"])["id"], event["id"])
        items, token = self.all(syncToken=token)
        self.assertEqual(items, {})
        control("clock", {"advance": "6s"})
        self.assertEqual(set(self.all(syncToken=token)[0]), {event["id"]})

    def test_a_long_query_comes_as_a_post(self):
        event = self.insert(extendedProperties={"private": {"k": "v" * 1000}})
        words = ["k=" + "v" * 1000] * 3
        self.assertEqual(set(self.all(privateExtendedProperty=words)[0]), {event["id"]})
        self.assertEqual(self.log()[-1]["method"], "GET")
