import type { Conflict } from "@concord/client";
import { expect, test } from "vitest";
import { complete, result, settledByItself } from "./resolve";

const conflict: Conflict = {
  id: "k1", kind: "time_change", state: "open", title: "Coaching", linkId: "l1", calendar: "Nomsa", provider: "google", detectedAt: "2026-11-20T08:00:00Z", byField: true,
  fields: [
    { field: "title", label: "Title", base: "Coaching", local: "Coaching", external: "Coaching" },
    { field: "time", label: "Time", base: "9", local: "10", external: "11" },
    { field: "location", label: "Place", base: "Studio A", local: "Studio A", external: "Studio B" },
  ],
};

test("only what both sides changed is asked; the rest goes with who changed it", () => {
  expect(settledByItself(conflict)).toEqual({ location: "external" });
  expect(complete(conflict, settledByItself(conflict))).toBe(false);
  expect(complete(conflict, { ...settledByItself(conflict), time: "local" })).toBe(true);
});

test("the result shows each choice, and what is still open as open", () => {
  const choice = { ...settledByItself(conflict) };
  expect(conflict.fields.map((field) => result(field, choice))).toEqual(["Coaching", undefined, "Studio B"]);
});

test("a field that one side emptied is empty, not open", () => {
  expect(result({ field: "place", label: "Place", base: "A", local: null, external: "B" }, { place: "local" })).toBeNull();
});
