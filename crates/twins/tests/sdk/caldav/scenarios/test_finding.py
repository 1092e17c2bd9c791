"""From an address to calendars, and who is let in."""

import caldav
from caldav.lib.error import AuthorizationError, DAVError, RateLimitError
from twin import SPACES, URL, Scenario, control, event


class Finding(Scenario):
    """From an address to calendars."""

    def names(self, **how):
        return sorted(each.get_display_name() for each in self.principal(**how).get_calendars())

    def test_calendars_are_found_from_the_well_known_address(self):
        self.assertEqual(self.names(), ["Calendar", "Reminders", "Team"])

    def test_every_kind_of_redirect_leads_there(self):
        for status in (301, 307, 308):
            for target in ("relative", "absolute"):
                self.switch(discovery={"wellKnownStatus": status, "wellKnownTarget": target})
                self.assertEqual(len(self.names()), 3, (status, target))

    def test_a_library_that_follows_302_by_itself_asks_for_a_page_instead(self):
        self.switch(discovery={"wellKnownStatus": 302})
        self.assertEqual(self.names(), [])
        self.assertIn(("GET", "/dav/"), [(call["method"], call["path"]) for call in self.log()])
        self.assertEqual(self.names(path="/dav/"), ["Calendar", "Reminders", "Team"])

    def test_without_a_well_known_address_the_root_will_do(self):
        self.switch(discovery={"wellKnown": "absent"})
        self.assertEqual(len(self.names(path="/dav/")), 3)
        self.assertEqual(self.raw("PROPFIND", "/.well-known/caldav", Depth="0").status, 404)

    def test_a_subscription_is_no_calendar_unless_the_server_says_so(self):
        self.assertNotIn("Holidays", self.names())
        self.switch(discovery={"subscribedIsCalendar": True})
        holidays = self.calendar("Holidays")
        self.assertEqual(holidays.get_events(), [], "a success, and empty")

    def test_calendars_live_on_another_host(self):
        self.like("icloud", discovery={"homeWithPort": False})
        home = self.calendar(user="alice@twin.test", path="/")
        self.assertIn("//localhost:", str(home.url))
        home.add_event(event())
        self.assertIn("a", self.held())
        here = str(home.url).replace("localhost", "127.0.0.1")
        self.assertEqual(self.raw("PROPFIND", here, user="alice@twin.test", Depth="0").status, 404)

    def test_every_manner_of_xml_is_understood(self):
        for namespaces in ("prefixed", "default", "repeated"):
            for cdata in (False, True):
                self.switch(wire={"namespaces": namespaces, "cdata": cdata, "escapes": "strict", "scattered": True})
                home = self.calendar()
                home.add_event(event("x@y z", summary="<Ü> & co ]]> end"))
                (found,) = home.get_events()
                self.assertEqual(str(found.icalendar_component["SUMMARY"]), "<Ü> & co ]]> end")
                found.delete()

    def test_whole_urls_as_hrefs_are_followed(self):
        for hrefs in ("absolute", "withPort"):
            self.switch(wire={"hrefs": hrefs})
            home = self.calendar()
            home.add_event(event(hrefs))
            self.assertIn(hrefs, [str(each.icalendar_component["UID"]) for each in home.get_events()])

    def test_good_values_survive_empty_copies_with_404(self):
        self.switch(wire={"emptyPropstat": True})
        asked = f"<D:propfind {SPACES}><D:prop><D:displayname/><CS:getctag/></D:prop></D:propfind>"
        told = self.raw("PROPFIND", "/dav/calendars/alice/home/", asked, Depth="0").raw
        self.assertEqual(told.count("getctag"), 3, told)
        self.assertEqual(self.names(), ["Calendar", "Reminders", "Team"])

    def test_what_stands_beside_calendars_is_told_apart(self):
        self.switch(discovery={"schedulingCollections": True, "siblings": True})
        self.assertEqual(self.names(), ["Calendar", "Reminders", "Team"])
        principal = self.principal()
        self.assertIn("/inbox/", str(principal.schedule_inbox().url))
        self.assertIn("mailto:alice@twin.test", principal.calendar_user_address_set())

    def test_a_collection_without_its_last_slash_is_redirected(self):
        self.switch(discovery={"slashRedirect": 301})
        answer = self.raw("PROPFIND", "/dav/calendars/alice/home", Depth="0")
        self.assertEqual((answer.status, answer.headers["location"]), (301, "/dav/calendars/alice/home/"))

    def test_endless_lists_are_refused(self):
        answer = self.raw("PROPFIND", "/dav/calendars/alice/", Depth="infinity")
        self.assertEqual(answer.status, 403)
        self.assertIn("propfind-finite-depth", answer.raw)

    def test_a_shared_calendar_appears_in_the_other_home(self):
        control("access", {"calendar": "team", "user": "bob", "role": "reader"})
        control("event", {"calendar": "team", "do": "create", "id": "t", "fields": {"summary": "Ours", "start": "2027-03-10"}})
        shared = [each for each in self.principal(user="bob").get_calendars() if "alice-team" in str(each.url)]
        (found,) = shared[0].get_events()
        self.assertEqual(str(found.icalendar_component["SUMMARY"]), "Ours")
        with self.assertRaises(AuthorizationError):
            shared[0].add_event(event())


class Signin(Scenario):
    """Who is let in."""

    def test_a_wrong_password_is_refused_with_every_challenge(self):
        for challenge in ("basic", "two", "none"):
            self.switch(signin={"challenge": challenge})
            with self.assertRaises(AuthorizationError):
                self.principal(password="wrong")

    def test_a_password_that_was_taken_back_is_no_good_until_it_is_restored(self):
        control("tokens", {"do": "revoke", "user": "alice"})
        with self.assertRaises(AuthorizationError):
            self.principal()
        self.assertEqual(len(self.principal(user="bob").get_calendars()), 3)
        control("tokens", {"do": "restore"})
        self.assertEqual(len(self.principal().get_calendars()), 3)

    def test_a_changed_password_is_told_by_the_control_route(self):
        told = control("tokens", {"do": "change", "user": "alice"})["alice"]["password"]
        self.assertEqual(len(self.principal(password=told).get_calendars()), 3)

    def test_the_accounts_own_password_is_not_for_applications(self):
        self.assertEqual(len(self.principal(password="account-alice").get_calendars()), 3)
        self.switch(signin={"appPasswordsOnly": True})
        with self.assertRaises(AuthorizationError):
            self.principal(password="account-alice")

    def test_too_many_wrong_passwords_close_the_door_for_everybody(self):
        self.switch(signin={"badLogins": 2})
        for _ in range(4):
            with self.assertRaises(DAVError):
                self.principal(password="wrong")
        with self.assertRaises((RateLimitError, DAVError)):
            self.principal()
        control("clock", {"advance": "11m"})
        self.assertEqual(len(self.principal().get_calendars()), 3)

    def test_nobody_is_signed_in_where_nobody_was_asked(self):
        self.like("cyrus")
        asked = f"<D:propfind {SPACES}><D:prop><D:current-user-principal/></D:prop></D:propfind>"
        client = caldav.DAVClient(url=URL + "/dav/")
        self.addCleanup(client.close)
        answer = client.propfind(URL + "/dav/", asked, depth=0)
        self.assertIn("unauthenticated", answer.raw)
