#!/usr/bin/env python3
"""Writes and listeners: how long an event takes to be stored while its provider is down and many screens listen.

    bench/load.py [--binary target/fast/concord] [--rate 200] [--seconds 20] [--listeners 1000] [--database URL]

It starts the emulated Google and the service, connects a calendar, lets Google answer 503 to everything, opens the
listeners, and makes events at the rate. Times are of this machine. Nothing here fails by the clock.
"""

import argparse
import asyncio
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request


def start(words, env):
    """A program that says in one line of JSON where it is."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=env, text=True)
    return process, json.loads(process.stdout.readline())


def say(url, body=None, headers=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"content-type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


class Connection:
    """A connection that is kept, as a platform's would be."""

    def __init__(self, host, port, key):
        self.host, self.port, self.key = host, port, key

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def post(self, path, body):
        data = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\nauthorization: Bearer {self.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        self.writer.write(head.encode() + data)
        status = int((await self.reader.readline()).split()[1])
        length = 0
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        await self.reader.readexactly(length)
        return status


async def listen(host, port, key, heard, ready):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /api/v1/events/stream HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {key}\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b"event: hello"):
            ready.append(1)
        elif line.startswith(b"event: change"):
            heard[0] += 1


async def load(args, host, port, key):
    heard, ready = [0], []
    listeners = [asyncio.create_task(listen(host, port, key, heard, ready)) for _ in range(args.listeners)]
    while len(ready) < args.listeners:
        await asyncio.sleep(0.05)
        for task in listeners:
            if task.done():
                task.result()
    free = asyncio.Queue()
    for _ in range(40):
        connection = Connection(host, port, key)
        await connection.open()
        free.put_nowait(connection)
    start_day = datetime.datetime.now() + datetime.timedelta(days=1)
    times, statuses = [], {}

    async def write(n):
        connection = await free.get()
        begins = start_day + datetime.timedelta(minutes=n)
        began = time.perf_counter()
        status = await connection.post("/api/v1/calendar/events", {"title": f"Event {n}", "start": begins.strftime("%Y-%m-%dT%H:%M:00")})
        times.append(time.perf_counter() - began)
        statuses[status] = statuses.get(status, 0) + 1
        free.put_nowait(connection)

    tasks, began = [], time.perf_counter()
    for n in range(args.rate * args.seconds):
        pause = began + n / args.rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.create_task(write(n)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - began
    await asyncio.sleep(1)
    alive = sum(not task.done() for task in listeners)
    for task in listeners:
        task.cancel()
    times.sort()
    at = lambda share: round(1000 * times[min(len(times) - 1, int(len(times) * share))], 1)
    print(f"{len(times)} writes in {took:.1f} s ({len(times) / took:.0f} a second): {statuses}")
    print(f"p50 {at(0.5)} ms · p95 {at(0.95)} ms · p99 {at(0.99)} ms · longest {at(1)} ms")
    print(f"{alive} of {args.listeners} listeners are still there; they heard {heard[0]} messages")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/fast/concord")
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--database")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "CONCORD_DATA_DIR": folder, "CONCORD_LISTEN": "127.0.0.1:0", "CONCORD_LOG": "error"}
        if args.database:
            env["CONCORD_DATABASE_URL"] = args.database
        twin, told = start([args.binary, "twins", "--google", "127.0.0.1:0", "--json"], env)
        env.update(told["google"]["env"])
        run = lambda *words, stdin="": subprocess.run([args.binary, *words, "--json"], env=env, input=stdin, text=True, check=True, capture_output=True).stdout
        run("user", "add", "Load", "--role", "admin")
        run("account", "add", "google", stdin="twin-alice\n")
        run("link", "add")
        key = json.loads(run("key", "add", "load", "--scope", "admin"))["key"]
        service, told_us = start([args.binary, "serve", "--json"], env)
        try:
            say(f"{told['google']['url']}/_twin/faults", {"match": {}, "kind": "status", "status": 503})
            host, port = told_us["url"].removeprefix("http://").rstrip("/").split(":")
            asyncio.run(load(args, host, int(port), key))
        finally:
            service.terminate()
            twin.terminate()
            service.wait(15)


if __name__ == "__main__":
    sys.exit(main())
