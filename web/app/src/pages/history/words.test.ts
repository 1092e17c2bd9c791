import type { Run } from "@concord/client";
import { expect, test } from "vitest";
import { byDay, gathered } from "./words";

const run = (id: string, own: Partial<Run> = {}) =>
  ({ id, startedAt: "2026-11-20T12:00:00Z", status: "success", itemsPulled: 0, itemsPushed: 0, itemsDeleted: 0, conflictsDetected: 0, errors: [], ...own }) as unknown as Run;
const ids = (all: (Run | Run[])[]) => all.map((one) => (Array.isArray(one) ? one.map(({ id }) => id) : one.id));

test("runs that had nothing to do are gathered, and nothing else is", () => {
  expect(ids(gathered([run("a"), run("b"), run("c"), run("d", { itemsPulled: 1 }), run("e")]))).toEqual([["a", "b", "c"], "d", "e"]);
});

test("a failed run is never hidden among those that had nothing to do", () => {
  expect(ids(gathered([run("a"), run("b"), run("c", { status: "failed" }), run("d"), run("e")]))).toEqual(["a", "b", "c", "d", "e"]);
});

test("runs stand with their day", () => {
  const days = byDay([run("a"), run("b", { startedAt: "2026-11-19T12:00:00Z" })], (instant) => instant.slice(0, 10));
  expect(days.map(([day, runs]) => `${day} ${runs.length}`)).toEqual(["2026-11-20 1", "2026-11-19 1"]);
});
