"""vdirsyncer keeps a folder and the twin equal."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from twin import BEGINNINGS, URL, Scenario, control, event

PROGRAM = Path(sys.executable).with_name("vdirsyncer")


class Folders(Scenario):
    """A folder of files on one side, the twin on the other."""

    def begin(self, preset):
        self.like(preset, signin={"anonymous": False, "challenge": "basic"}, sync={"visibilityDelayMs": 0}, load={"lockMs": 0})
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        user = "alice@twin.test" if preset == "icloud" else "alice"
        config = self.folder / "config"
        config.write_text(f"""
[general]
status_path = "{self.folder}/status/"
[pair a]
a = "local"
b = "remote"
collections = ["home"]
conflict_resolution = "a wins"
[storage local]
type = "filesystem"
path = "{self.folder}/files/"
fileext = ".ics"
[storage remote]
type = "caldav"
url = "{URL}{BEGINNINGS[preset]}"
username = "{user}"
password = "twin-alice"
""")
        self.files = self.folder / "files" / "home"
        self.run_program("discover", answers="y\n" * 20)

    def run_program(self, what, answers=""):
        environment = {**os.environ, "VDIRSYNCER_CONFIG": str(self.folder / "config")}
        done = subprocess.run([PROGRAM, what], env=environment, input=answers, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def both_ways(self, preset):
        self.begin(preset)
        control("event", {"do": "create", "id": "theirs", "fields": {"summary": "Theirs", "start": "2027-03-10T09:00:00Z"}})
        (self.files / "ours.ics").write_text(event("ours", hour=14))
        self.run_program("sync")
        self.assertEqual(sorted(self.held()), ["ours", "theirs"])
        self.assertEqual(len(list(self.files.glob("*.ics"))), 2)

        control("event", {"do": "change", "id": "ours", "fields": {"summary": "Changed there"}})
        (theirs,) = [each for each in self.files.glob("*.ics") if "UID:theirs" in each.read_text()]
        theirs.write_text(theirs.read_text().replace("SUMMARY:Theirs", "SUMMARY:Changed here"))
        os.utime(theirs, (2_000_000_000, 2_000_000_000))
        self.run_program("sync")
        self.assertEqual(self.held()["theirs"]["summary"], "Changed here")
        (ours,) = [each for each in self.files.glob("*.ics") if "UID:ours" in each.read_text()]
        self.assertIn("SUMMARY:Changed there", ours.read_text())

        ours.unlink()
        control("event", {"do": "delete", "id": "theirs"})
        # The last one of a side is only deleted when it is asked for: one more stays.
        control("event", {"do": "create", "id": "stays", "fields": {"summary": "Stays", "start": "2027-03-12"}})
        self.run_program("sync")
        self.assertEqual(sorted(self.held()), ["stays"])
        self.assertEqual(len(list(self.files.glob("*.ics"))), 1)


for name in ("plain", "icloud", "radicale", "sogo", "sabre", "nextcloud"):
    def both_ways(self, name=name):
        self.both_ways(name)
    setattr(Folders, f"test_{name}", both_ways)
