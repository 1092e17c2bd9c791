"""OAuth, through google-auth."""

import http.client
import urllib.parse

import google.auth.exceptions
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

from twin import TEAM, URL, Scenario, control, service, timed

AUTH = "https://www.googleapis.com/auth/"
EVENTS, LIST = AUTH + "calendar.events", AUTH + "calendar.calendarlist.readonly"


class SignIn(Scenario):
    """OAuth, through google-auth."""

    REDIRECT = "http://127.0.0.1:1/callback"

    def consent(self, scopes=("openid", "email", EVENTS, LIST), **extra):
        """Asks for consent without a person. Returns the flow and what came back to the redirect."""
        config = {
            "client_id": "twin-client",
            "client_secret": "twin-secret",
            "auth_uri": URL + "/o/oauth2/v2/auth",
            "token_uri": URL + "/token",
        }
        flow = Flow.from_client_config({"web": config}, scopes=list(scopes), redirect_uri=self.REDIRECT)
        params = {"access_type": "offline", "auto": "1", "user": "bob", **extra}
        address, _ = flow.authorization_url(**params)
        parts = urllib.parse.urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 302, answer.read())
        back = urllib.parse.urlsplit(answer.headers["Location"])
        self.assertEqual(f"{back.scheme}://{back.netloc}{back.path}", self.REDIRECT)
        return flow, dict(urllib.parse.parse_qsl(back.query))

    def sign_in(self, **extra):
        flow, back = self.consent(**extra)
        flow.fetch_token(code=back["code"])
        return flow.credentials

    def test_a_code_becomes_tokens_that_work_and_can_be_refreshed(self):
        credentials = self.sign_in()
        self.assertTrue(credentials.token.startswith("ya29."))
        self.assertTrue(credentials.refresh_token.startswith("1//"))
        bob = service(credentials=credentials)
        entries = bob.calendarList().list().execute()["items"]
        self.assertIn("bob@twin.test", [entry["id"] for entry in entries])
        before = credentials.token
        credentials.refresh(Request())
        self.assertNotEqual(credentials.token, before)
        self.assertTrue(service(credentials=credentials).calendarList().list().execute()["items"])

    def test_an_access_token_ends_and_the_client_refreshes_by_itself(self):
        credentials = self.sign_in()
        first = credentials.token
        control("clock", {"advance": "3600s"})
        bob = service(credentials=credentials)
        bob.calendarList().list().execute()
        self.assertNotEqual(credentials.token, first)
        self.assertEqual([call["status"] for call in self.log() if "calendarList" in call["path"]], [401, 200])

    def test_state_comes_back_and_the_email_scope_has_its_long_name(self):
        _, back = self.consent(state="st-1")
        self.assertEqual(back["state"], "st-1")
        self.assertIn(AUTH + "userinfo.email", back["scope"].split())

    def test_a_code_is_good_once(self):
        flow, back = self.consent()
        flow.fetch_token(code=back["code"])
        with self.assertRaisesRegex(Exception, "invalid_grant"):
            flow.fetch_token(code=back["code"])

    def test_a_wrong_verifier_is_refused(self):
        flow, back = self.consent()
        flow.code_verifier = "x" * 64
        with self.assertRaisesRegex(Exception, "invalid_grant"):
            flow.fetch_token(code=back["code"])

    def test_another_redirect_is_refused(self):
        flow, back = self.consent()
        flow.redirect_uri = self.REDIRECT + "/other"
        with self.assertRaisesRegex(Exception, "redirect_uri_mismatch"):
            flow.fetch_token(code=back["code"])

    def test_the_refresh_token_comes_with_the_first_consent_only_unless_asked_again(self):
        self.assertTrue(self.sign_in().refresh_token)
        self.assertIsNone(self.sign_in().refresh_token)
        self.assertTrue(self.sign_in(prompt="consent").refresh_token)

    def test_who_says_no_is_sent_back_with_access_denied(self):
        _, back = self.consent(deny="1", state="s")
        self.assertEqual(back, {"error": "access_denied", "state": "s"})

    def test_an_unticked_scope_is_missing_and_missed(self):
        credentials = self.sign_in(untick="calendar.events")
        self.assertNotIn(EVENTS, credentials.granted_scopes)
        bob = service(credentials=credentials)
        self.assertTrue(bob.calendarList().list().execute()["items"])
        error = self.refused(bob.events().list(calendarId="primary"), 403, "insufficientPermissions")
        self.assertEqual(error["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT")

    def test_a_scope_reaches_as_far_as_its_name_says(self):
        limited = lambda scope: service(credentials=self.sign_in(scopes=["openid", AUTH + scope], prompt="consent"))
        own = limited("calendar.app.created")
        self.refused(own.calendarList().list(), 403, "insufficientPermissions")
        self.refused(own.events().list(calendarId="primary"), 403, "insufficientPermissions")
        made = own.calendars().insert(body={"summary": "Ours"}).execute()
        own.events().insert(calendarId=made["id"], body=timed()).execute()
        self.assertEqual(len(own.events().list(calendarId=made["id"]).execute()["items"]), 1)
        reader = limited("calendar.events.readonly")
        self.refused(reader.events().insert(calendarId="primary", body=timed()), 403, "insufficientPermissions")
        control("access", {"calendar": TEAM, "user": "bob", "role": "writer"})
        owned = limited("calendar.events.owned")
        owned.events().insert(calendarId="primary", body=timed()).execute()
        self.refused(owned.events().insert(calendarId=TEAM, body=timed()), 403, "insufficientPermissions")
        busy = limited("calendar.events.freebusy").events().list(calendarId="primary").execute()["items"]
        self.assertEqual({key for item in busy for key in item}, {"kind", "etag", "id", "status", "start", "end"})

    def test_a_revoked_grant_neither_calls_nor_refreshes(self):
        credentials = self.sign_in()
        control("tokens", {"do": "revoke", "user": "bob"})
        with self.assertRaises(google.auth.exceptions.RefreshError) as caught:
            service(credentials=credentials).calendarList().list().execute()
        self.assertIn("invalid_grant", str(caught.exception))

    def test_revoking_the_access_token_ends_the_whole_grant(self):
        credentials = self.sign_in()
        form = urllib.parse.urlencode({"token": credentials.token})
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        statuses = []
        for _ in range(2):
            connection.request("POST", "/revoke", form, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        self.assertEqual(statuses, [200, 400])
        with self.assertRaises(google.auth.exceptions.RefreshError):
            credentials.refresh(Request())

    def test_in_testing_mode_the_refresh_token_lives_seven_days(self):
        control("quirks", {"refreshTokenSeconds": 604800})
        credentials = self.sign_in()
        control("clock", {"advance": "6d"})
        credentials.refresh(Request())
        control("clock", {"advance": "25h"})
        with self.assertRaises(google.auth.exceptions.RefreshError):
            credentials.refresh(Request())

    def test_too_many_refresh_tokens_end_the_oldest(self):
        control("quirks", {"refreshTokensLimit": 2})
        oldest, middle, _ = [self.sign_in(prompt="consent") for _ in range(3)]
        middle.refresh(Request())
        with self.assertRaises(google.auth.exceptions.RefreshError):
            oldest.refresh(Request())

    def test_a_rotated_refresh_token_replaces_the_old_one(self):
        credentials = self.sign_in()
        before = credentials.refresh_token
        control("tokens", {"do": "rotate", "user": "bob"})
        credentials.refresh(Request())
        self.assertNotEqual(credentials.refresh_token, before)
        old = Credentials(None, refresh_token=before, token_uri=URL + "/token", client_id="twin-client",
                          client_secret="twin-secret")
        with self.assertRaises(google.auth.exceptions.RefreshError):
            old.refresh(Request())

    def test_an_unknown_client_is_our_fault_not_the_persons(self):
        stranger = Credentials(None, refresh_token="1//x", token_uri=URL + "/token", client_id="nobody",
                               client_secret="s")
        with self.assertRaisesRegex(google.auth.exceptions.RefreshError, "invalid_client"):
            stranger.refresh(Request())

    def test_people_get_a_page_where_scopes_can_be_unticked(self):
        query = urllib.parse.urlencode({
            "response_type": "code", "client_id": "twin-client", "redirect_uri": self.REDIRECT,
            "scope": f"openid {EVENTS}", "state": '"><script>',
        })
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc)
        connection.request("GET", f"/o/oauth2/v2/auth?{query}")
        page = connection.getresponse().read().decode()
        self.assertIn('type="checkbox" name="granted"', page)
        self.assertIn("bob@twin.test", page)
        self.assertNotIn("<script>", page)
        connection.request("GET", f"/o/oauth2/v2/auth?{query}&decision=allow&user=bob&granted={EVENTS}")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 302)
        self.assertIn("code=4%2F0A", answer.headers["Location"])

    def test_a_call_without_a_good_token_is_401(self):
        error = self.refused(service("nonsense").events().list(calendarId="primary"), 401, "authError")
        self.assertEqual(error["status"], "UNAUTHENTICATED")
        self.assertEqual(error["errors"][0]["location"], "Authorization")
