// Starts the program in a folder of its own and on any free port, and ends it.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const patience = 60_000;

/** Runs `concord …`, with settings where the last word is a set of them; waits until it says where it is, and returns what it said. */
export async function start(...args) {
  const settings = typeof args.at(-1) === "object" ? args.pop() : {};
  const program = process.env.CONCORD_BIN;
  if (!program) throw new Error("CONCORD_BIN names the program to test");
  const folder = await mkdtemp(join(tmpdir(), "concord-e2e-"));
  const child = spawn(program, [...args, "--json", "--listen", "127.0.0.1:0"], {
    env: { PATH: process.env.PATH, HOME: folder, CONCORD_DATA_DIR: folder, NO_COLOR: "1", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let log = "";
  const told = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} ${args.join(" ")} said nothing\n${log}`)), patience);
    child.stderr.on("data", (data) => (log += data));
    child.stdout.on("data", (data) => {
      out += data;
      try {
        const said = JSON.parse(out);
        clearTimeout(timer);
        resolve(said);
      } catch {
        // Not all of it yet.
      }
    });
    child.on("exit", (code) => reject(new Error(`${program} ended with ${code}\n${log}`)));
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(hard);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await told), stop, log: () => log };
  } catch (error) {
    await stop();
    throw error;
  }
}
