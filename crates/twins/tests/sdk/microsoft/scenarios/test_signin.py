"""Signing in, through MSAL."""

import http.client
import urllib.parse

import msal

from twin import URL, Scenario, control, graph, timed

SCOPES = ["User.Read", "Calendars.ReadWrite"]
REDIRECT = "http://127.0.0.1:1/callback"


class Plain:
    """MSAL's way to the network. It insists on https, and the twin is reached without."""

    def __init__(self):
        self.host = urllib.parse.urlsplit(URL).netloc

    def send(self, method, url, data=None, headers=None, params=None):
        parts = urllib.parse.urlsplit(url)
        query = urllib.parse.urlencode(params) if params else parts.query
        connection = http.client.HTTPConnection(self.host)
        body = urllib.parse.urlencode(data) if isinstance(data, dict) else data
        headers = dict(headers or {})
        if body:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, f"{parts.path}?{query}" if query else parts.path, body, headers)
        answer = connection.getresponse()
        # What the twin says of its own addresses is told to MSAL as it wants to hear it.
        text = answer.read().decode().replace(f"http://{self.host}", f"https://{self.host}")
        return Answer(answer.status, text, dict(answer.getheaders()))

    def get(self, url, params=None, headers=None, **_):
        return self.send("GET", url, headers=headers, params=params)

    def post(self, url, params=None, data=None, headers=None, **_):
        return self.send("POST", url, data=data, headers=headers, params=params)

    def close(self):
        pass


class Answer:
    def __init__(self, status_code, text, headers):
        self.status_code, self.text, self.headers = status_code, text, headers

    def raise_for_status(self):
        if self.status_code >= 400:
            raise RuntimeError(self.status_code)


def app(tenant="common", **more):
    host = urllib.parse.urlsplit(URL).netloc
    return msal.ConfidentialClientApplication(
        "twin-client", authority=f"https://{host}/{tenant}", instance_discovery=False, http_client=Plain(),
        validate_authority=False, **{"client_credential": "twin-secret", **more},
    )


def visit(address):
    """What a browser is sent back with, where somebody says yes at once."""
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc)
    connection.request("GET", f"{parts.path}?{parts.query}&auto=1&user=bob")
    answer = connection.getresponse()
    assert answer.status == 302, answer.read()
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))


class SignIn(Scenario):
    def begun(self, tenant="common", scopes=None, **more):
        client = app(tenant, **more)
        flow = client.initiate_auth_code_flow(scopes or SCOPES, redirect_uri=REDIRECT)
        return client, flow, visit(flow["auth_uri"])

    def signed_in(self, *args, **more):
        client, flow, back = self.begun(*args, **more)
        return client, client.acquire_token_by_auth_code_flow(flow, back)

    async def test_a_code_becomes_tokens_that_work(self):
        _, tokens = self.signed_in()
        self.assertEqual(tokens["id_token_claims"]["preferred_username"], "bob@twin.test")
        self.assertNotIn("offline_access", tokens["scope"])
        await graph(tokens["access_token"]).me.events.post(timed())
        self.assertEqual(len((await self.bob.me.events.get()).value), 1)

    async def test_a_code_is_good_once(self):
        client, flow, back = self.begun()
        client.acquire_token_by_auth_code_flow(dict(flow), back)
        again = client.acquire_token_by_auth_code_flow(dict(flow), back)
        self.assertEqual((again["error"], again["error_codes"]), ("invalid_grant", [54005]))

    async def test_a_wrong_verifier_is_refused(self):
        client, flow, back = self.begun()
        flow["code_verifier"] = "x" * 64
        refused = client.acquire_token_by_auth_code_flow(flow, back)
        self.assertEqual(refused["error_codes"], [501481])

    async def test_a_refresh_rotates_and_is_good_until_it_is_revoked(self):
        client, tokens = self.signed_in()
        refreshed = client.acquire_token_by_refresh_token(tokens["refresh_token"], SCOPES)
        self.assertNotEqual(refreshed["refresh_token"], tokens["refresh_token"])
        control("tokens", {"do": "revoke", "user": "bob"})
        refused = client.acquire_token_by_refresh_token(refreshed["refresh_token"], SCOPES)
        self.assertEqual((refused["error"], refused["suberror"], refused["error_codes"]), ("invalid_grant", "bad_token", [50173]))
        await self.refused(graph(refreshed["access_token"]).me.get(), 401, "InvalidAuthenticationToken")

    async def test_ninety_days_of_rest_end_it(self):
        client, tokens = self.signed_in()
        control("clock", {"advance": "91d"})
        refused = client.acquire_token_by_refresh_token(tokens["refresh_token"], SCOPES)
        self.assertEqual(refused["error_codes"], [700082])
        self.assertTrue(refused["error_description"].startswith("AADSTS700082: "))

    async def test_who_reads_cannot_write(self):
        _, tokens = self.signed_in(scopes=["Calendars.Read"])
        client = graph(tokens["access_token"])
        self.assertEqual((await client.me.events.get()).value, [])
        await self.refused(client.me.events.post(timed()), 403, "ErrorAccessDenied")

    async def test_an_administrator_is_needed(self):
        control("quirks", {"signin": {"adminOnly": ["*"]}})
        _, _, back = self.begun()
        self.assertEqual(back["error"], "access_denied")
        self.assertIn("AADSTS90094", back["error_description"])

    async def test_a_wrong_secret_is_the_operators_fault(self):
        client, flow, back = self.begun(client_credential="wrong")
        refused = client.acquire_token_by_auth_code_flow(flow, back)
        self.assertEqual((refused["error"], refused["error_codes"]), ("invalid_client", [7000215]))

    async def test_a_personal_account_signs_in_where_it_may(self):
        control("account", {"user": "bob", "kind": "personal"})
        _, tokens = self.signed_in("consumers")
        self.assertFalse(tokens["access_token"].startswith("eyJ"))
        self.assertIsNone((await graph(tokens["access_token"]).me.get()).mail)
