import type { CalendarTable, ColumnChanged, TableColumns } from "@concord/client";
import { expect, test } from "vitest";
import { asked, broken, choose, fate, fitting, mended, turn, wanted } from "./columns";

const nothing: TableColumns = { time: null, end: null, clock: null, location: null, description: null, conference: null, status: null };
const text = ["clock", "location", "description"] as const;
const table: CalendarTable = {
  columns: [
    { id: "d", name: "When", kind: "date", holds: ["time", "end"] },
    { id: "r", name: "Room", kind: "rich_text", holds: [...text] },
    { id: "n", name: "Notes", kind: "rich_text", holds: [...text] },
    { id: "p", name: "Price", kind: "number", holds: [] },
  ],
  guess: nothing,
  changed: [],
};
const time = { id: "d", name: "When", way: "both" } as const;
const old = { id: "old", name: "Hall", way: "in" } as const;

test("a column that holds one thing is not offered for another", () => {
  const chosen = { ...nothing, time, location: { id: "r", name: "Room", way: "both" } as const };
  expect(fitting(table, chosen, "description").map(({ id }) => id)).toEqual(["n"]);
  expect(fitting(table, chosen, "location").map(({ id }) => id)).toEqual(["r", "n"]);
  expect(fitting(table, chosen, "end")).toEqual([]);
});

test("only what some column could hold is asked about", () => {
  expect(asked(table, nothing).map(({ holds }) => holds)).toEqual(["time", "end", "clock", "location", "description"]);
  expect(asked(table, { ...nothing, time }).map(({ holds }) => holds)).toEqual(["time", "clock", "location", "description"]);
});

test("another column keeps the way that was chosen, and none takes it away", () => {
  const chosen = { ...nothing, location: old };
  expect(choose(table, chosen, "location", "r").location).toEqual({ id: "r", name: "Room", way: "in" });
  expect(choose(table, nothing, "location", "r").location).toEqual({ id: "r", name: "Room", way: "both" });
  expect(choose(table, chosen, "location", null).location).toBeNull();
  expect(turn(chosen, "location", "out").location?.way).toBe("out");
  expect(turn(chosen, "description", "out")).toEqual(chosen);
});

test("what was taken away is said, too", () => {
  expect(wanted({ ...nothing, time })).toEqual({ time: { id: "d", way: "both" }, end: null, clock: null, location: null, description: null, conference: null, status: null });
});

test("a column that is gone is named until something takes its place", () => {
  const gone: ColumnChanged = { holds: "location", column: old, now: "gone", instead: { id: "r", name: "Room", way: "in" } };
  const renamed: ColumnChanged = { holds: "time", column: time, now: "renamed", is: "Date" };
  const there = { ...table, changed: [gone, renamed] };
  const chosen = { ...nothing, time, location: old };
  expect(broken(there, chosen)).toEqual([gone]);
  expect(fate(gone)).toBe("“Hall”, which held the place, is gone from the table.");
  const after = mended(there, chosen, gone);
  expect(after.location).toEqual({ id: "r", name: "Room", way: "in" });
  expect(broken(there, after)).toEqual([]);
});
