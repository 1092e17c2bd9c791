#!/usr/bin/env python3
"""A large calendar at the emulated Google: requests, seconds, CPU and peak memory of each step.

    bench/google.py [--binary target/fast/concord] [--events 10000] [--database URL]

Requests are exact and repeat anywhere; times are of this machine. Nothing here fails by the clock.
"""

import argparse
import json
import os
import subprocess
import tempfile
import threading
import time
import urllib.request


class Twin:
    """The emulated Google, started by the program itself."""

    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "twins", "--google", "127.0.0.1:0", "--json"], stdout=subprocess.PIPE, text=True
        )
        started = json.loads(self.process.stdout.readline())["google"]
        self.url, self.settings = started["url"], started["env"]

    def control(self, route, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_twin/{route}", data=data)) as answer:
            return json.loads(answer.read() or b"null")

    def person(self, **what):
        return self.control("event", {"calendar": "primary", **what})

    def calls(self):
        log = self.control("log")
        calls = log["calls"] if isinstance(log, dict) else log
        return [c for c in calls if "/_twin" not in c["path"]]

    def events(self):
        state = self.control("state")
        return next(c["events"] for c in state["calendars"] if c["id"].startswith("alice"))


class Concord:
    """The program, measured."""

    def __init__(self, binary, settings):
        self.binary, self.env = binary, {**os.environ, **settings}

    def run(self, *words, stdin=""):
        began = time.monotonic()
        process = subprocess.Popen(
            [self.binary, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=self.env,
        )
        peak = [0]
        watcher = threading.Thread(target=watch, args=(process, peak))
        watcher.start()
        out, err = process.communicate(stdin)
        seconds = time.monotonic() - began
        watcher.join()
        return {"code": process.returncode, "out": out, "err": err, "seconds": seconds, "peak_kb": peak[0]}


def watch(process, peak):
    """Reads the peak memory and the CPU time of a process while it lives."""
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                for line in status:
                    if line.startswith("VmHWM"):
                        peak[0] = max(peak[0], int(line.split()[1]))
        except OSError:
            return
        time.sleep(0.002)


def cpu():
    times = os.times()
    return times.children_user + times.children_system


def fill(twin, count):
    for n in range(count):
        day, slot = n % 280, n // 280 % 39
        year, month = (2026, 12) if day < 28 else (2027, day // 28)
        began = f"{year}-{month:02}-{1 + day % 28:02}T{7 + slot // 3:02}:{slot % 3 * 20:02}"
        twin.person(do="create", fields={
            "summary": f"Event {n}", "description": "x" * 200,
            "start": {"dateTime": f"{began}:00-05:00"}, "end": {"dateTime": f"{began}:59-05:00"},
        })


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--binary", default="target/fast/concord")
    ask.add_argument("--events", type=int, default=10_000)
    ask.add_argument("--database")
    given = ask.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        twin = Twin(given.binary)
        settings = {**twin.settings, "CONCORD_DATA_DIR": folder}
        if given.database:
            settings["CONCORD_DATABASE_URL"] = given.database
        concord = Concord(given.binary, settings)
        concord.run("user", "add", "Alice", "--address", "alice@twin.test", "--zone", "America/New_York")
        concord.run("account", "add", "google", "--user", "Alice", stdin="twin-alice\n")
        fill(twin, given.events)
        concord.run("link", "add", "--account", "alice@twin.test")

        print(f"{given.events} events\n")
        print("| step | code | requests | in batches | seconds | CPU s | peak MB |")
        print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)

        def step(name):
            before, used = len(twin.calls()), cpu()
            ran = concord.run("sync", "--wait")
            used = cpu() - used
            calls = twin.calls()[before:]
            batches = sum(c["path"].startswith("/batch") for c in calls)
            inner = sum(c["method"] in ("PATCH", "DELETE") for c in calls) if batches else 0
            print(f"| {name} | {ran['code']} | {len(calls) - inner} | {inner} | {ran['seconds']:.2f} | {used:.2f} | "
                  f"{ran['peak_kb'] / 1024:.0f} |", flush=True)

        step("first pull")
        step("nothing changed")
        for event in twin.events()[:100]:
            twin.person(do="change", id=event["id"], fields={"location": "Room 9"})
        step("100 changed there")
        listed = json.loads(concord.run("event", "list", "--json", "--limit", "300")["out"])
        listed = listed["events"] if isinstance(listed, dict) else listed
        for event in listed[150:250]:
            concord.run("event", "edit", event["id"], "--location", "Here 7")
        step("100 changed here")
        step("nothing changed")
        print(f"\n{concord.run('verify')['out']}")
        twin.process.terminate()


if __name__ == "__main__":
    main()
