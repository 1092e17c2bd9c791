"""Channels and notices."""

import http.server
import threading
import time

from twin import TEAM, Scenario, control


class Hook:
    """A small listener for notices."""

    def __init__(self, status=200):
        hook = self
        self.got, self.status = [], status

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                hook.got.append((self.headers, self.rfile.read(length)))
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count):
        until = time.monotonic() + 10
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.01)
        return [headers for headers, _ in self.got]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Push(Scenario):
    """Channels and notices."""

    def setUp(self):
        super().setUp()
        self.hook = Hook()
        self.addCleanup(self.hook.close)

    def watch(self, id="channel-1", **more):
        body = {"id": id, "type": "web_hook", "address": self.hook.address, "token": "t0k", **more}
        return self.events.watch(calendarId="primary", body=body).execute()

    def test_a_channel_says_sync_first_and_exists_after_a_change(self):
        channel = self.watch()
        self.assertEqual((channel["kind"], channel["id"], channel["token"]), ("api#channel", "channel-1", "t0k"))
        week = int(channel["expiration"]) / 1000 - time.time()
        self.assertAlmostEqual(week, 604800, delta=60)
        self.insert()
        sync, exists = self.hook.wait(2)
        self.assertEqual((sync["X-Goog-Resource-State"], sync["X-Goog-Message-Number"]), ("sync", "1"))
        self.assertEqual(exists["X-Goog-Resource-State"], "exists")
        self.assertGreater(int(exists["X-Goog-Message-Number"]), 1)
        self.assertEqual(exists["X-Goog-Channel-ID"], "channel-1")
        self.assertEqual(exists["X-Goog-Channel-Token"], "t0k")
        self.assertEqual(exists["X-Goog-Resource-ID"], channel["resourceId"])
        self.assertTrue(exists["X-Goog-Channel-Expiration"].endswith(" GMT"))
        self.assertEqual([body for _, body in self.hook.got], [b"", b""])

    def test_a_channel_id_is_used_once(self):
        self.watch()
        body = {"id": "channel-1", "type": "web_hook", "address": self.hook.address}
        self.refused(self.events.watch(calendarId="primary", body=body), 400, "channelIdNotUnique")

    def test_a_stopped_channel_is_silent_and_gone(self):
        channel = self.watch()
        stop = {"id": channel["id"], "resourceId": channel["resourceId"]}
        self.refused(self.alice.channels().stop(body={**stop, "resourceId": "other"}), 404)
        self.refused(self.bob.channels().stop(body=stop), 404)
        self.alice.channels().stop(body=stop).execute()
        error = self.refused(self.alice.channels().stop(body=stop), 404, "notFound")
        self.assertEqual(error["message"], "Channel 'channel-1' not found for project '1'")
        self.insert()
        self.hook.wait(1)
        self.assertEqual(control("channels")["channels"], [])

    def test_channels_end_by_the_clock(self):
        self.watch(params={"ttl": "3600"})
        self.hook.wait(1)
        time.sleep(0.1)
        control("clock", {"advance": "61m"})
        self.insert()
        self.assertEqual(control("channels"), {"channels": [], "waiting": 0})

    def test_some_calendars_cannot_be_watched(self):
        control("channels", {"do": "unsupported", "calendar": TEAM})
        body = {"id": "c", "type": "web_hook", "address": self.hook.address}
        request = self.events.watch(calendarId=TEAM, body=body)
        self.refused(request, 400, "pushNotSupportedForRequestedResource")
        control("quirks", {"httpsChannels": True})
        self.refused(self.events.watch(calendarId="primary", body=body), 400, "push.webhookUrlNotHttps")

    def test_a_new_calendar_is_told_on_the_channel_of_the_list(self):
        body = {"id": "list-1", "type": "web_hook", "address": self.hook.address}
        self.alice.calendarList().watch(body=body).execute()
        self.alice.calendars().insert(body={"summary": "New"}).execute()
        self.assertEqual([one["X-Goog-Resource-State"] for one in self.hook.wait(2)], ["sync", "exists"])

    def test_notices_can_be_lost_and_doubled(self):
        self.watch()
        self.hook.wait(1)
        control("channels", {"do": "drop", "count": 1})
        self.insert()
        control("channels", {"do": "duplicate"})
        self.insert()
        self.assertEqual(len(self.hook.wait(3)), 3)
        control("channels", {"do": "mute"})
        self.insert()
        self.assertEqual(control("channels")["waiting"], 0)

    def test_an_address_that_keeps_failing_is_given_up(self):
        self.hook.status = 404
        control("quirks", {"channelFailures": 2})
        self.watch()
        self.insert()
        self.hook.wait(2)
        until = time.monotonic() + 5
        while control("channels")["channels"] and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(control("channels")["channels"], [])
