"""The twin as a tester of servers measures it, beside what that tester found at the real ones.

caldav-server-tester tries out about a hundred features; its library carries what it measured at each server. A preset
may differ from its server in what is named here, and in nothing else.
"""

import json
import subprocess
import sys
from pathlib import Path

from twin import URL, Scenario

PROGRAM = Path(sys.executable).with_name("caldav-server-tester")

# What waits or is late in real time, and what the tester can not do with one account and plain HTTP.
CALM = {
    "signin": {"anonymous": False, "challenge": "basic"},
    "discovery": {"homeOnPartition": False, "homeWithPort": False},
    "sync": {"visibilityDelayMs": 0},
    "calendars": {"appearsAfterMs": 0, "nameRequired": False, "perHour": None, "burntNames": False, "remakeFailsMs": 0},
    "write": {"trashStatus": None},
    "load": {"lockMs": 0, "perMinute": None},
}

# Where the tester begins, and in what the preset differs from the tester's own table of that server.
MEASURED = {
    # The twin tells capitals from small letters where it is asked to; Radicale never does.
    "radicale": ("/", {"search.text.case-sensitive": ("unsupported", "full")}),
    "xandikos": ("/", {}),
    # Measured there was 3.12; the preset keeps what was seen of 3.6, which is harder to please.
    "cyrus": ("/dav/principals/user/alice/", {"save-load.event.no-dtend": ("full", "ungraceful")}),
    "davical": ("/caldav.php/", {}),
    # The order of calendars is a property like any other here.
    "sogo": ("/SOGo/dav/alice/", {"calendar-order": ("broken", "full")}),
    # Filters are exact here, people are found by nobody, and a first pass is paged where it would be refused.
    "nextcloud": ("/remote.php/dav/", {
        "principal-search.by-name.self": ("unsupported", "ungraceful"),
        "search.combined-is-logical-and": ("unsupported", "full"),
        "search.time-range.open.start.duration": ("broken", "full"),
        "sync-token.limit.initial-sync": ("unsupported", "broken"),
    }),
    "baikal": ("/dav.php/", {
        "principal-search.by-name.self": ("unsupported", "ungraceful"),
        "search.combined-is-logical-and": ("unsupported", "full"),
    }),
    # Reports of iCloud differ: the preset keeps those that are harder to please, and its filters are exact.
    "icloud": ("/", {
        "save-load.journal": ("unsupported", "ungraceful"),
        "search.comp-type.optional": ("full", "unsupported"),
        "search.is-not-defined.dtend": ("unsupported", "full"),
        "search.text.category": ("unsupported", "full"),
    }),
}


class Measured(Scenario):
    """As an independent tester measures the presets."""

    def measure(self, preset):
        beginning, known = MEASURED[preset]
        self.like(preset, **CALM)
        user = "alice@twin.test" if preset == "icloud" else "alice"
        arguments = ["--caldav-url", URL + beginning, "--caldav-username", user, "--caldav-password", "twin-alice",
                     "--caldav-features", preset, "--format", "json", "--diff"]
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300)
        told = json.loads(done.stdout)
        self.assertGreater(len(told["features"]), 10, done.stderr)
        differs = {
            name: (one["expected"], one["observed"])
            for name, one in told["diff"].items()
            # What could not be measured, and what the tester itself calls a matter of luck.
            if one["observed"] != "unknown" and one["expected"] not in ("unknown", "fragile")
        }
        self.assertEqual(differs, known)


for name in MEASURED:
    def measure(self, name=name):
        self.measure(name)
    setattr(Measured, f"test_{name}", measure)
