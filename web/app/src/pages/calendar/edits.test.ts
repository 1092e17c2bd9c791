import type { CalendarEvent } from "@concord/client";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { drawn, edited, onSeries, timesFor } from "./edits";

const reader = "Africa/Johannesburg";
const wall = (text: string) => Temporal.PlainDateTime.from(text);
const event = (own: Partial<CalendarEvent>): CalendarEvent => ({
  ...drawn({ title: "Coaching", start: "2026-11-16T09:00:00-05:00", end: "2026-11-16T10:00:00-05:00", zone: "America/New_York", allDay: false }, "e1", [], "u1"),
  ...own,
});
const weekly = (day: string, own: Partial<CalendarEvent> = {}) =>
  event({ recurring: true, recurrence: { rules: ["FREQ=WEEKLY;BYDAY=MO"], dates: [] }, occurrence: `${day}T09:00:00`, start: `${day}T09:00:00-05:00`, end: `${day}T10:00:00-05:00`, ...own });

test("what is dragged on the reader's clock keeps its own zone", () => {
  expect(timesFor(event({}), wall("2026-11-16T18:00"), wall("2026-11-16T19:00"), false, reader)).toEqual({
    start: "2026-11-16T11:00:00-05:00", end: "2026-11-16T12:00:00-05:00", allDay: false, zone: "America/New_York",
  });
});

test("dragging over the change to summer time keeps the wall clock there", () => {
  expect(timesFor(event({ zone: "America/New_York" }), wall("2027-03-15T15:00"), wall("2027-03-15T16:00"), false, reader).start).toBe("2027-03-15T09:00:00-04:00");
});

test("moving one occurrence leaves the others", () => {
  const list = [weekly("2026-11-16"), weekly("2026-11-23")];
  const times = { start: "2026-11-17T09:00:00-05:00", end: "2026-11-17T10:00:00-05:00", allDay: false, zone: "America/New_York" };
  const after = edited(list, weekly("2026-11-16"), {}, times, "this", reader);
  expect(after.map(({ start }) => start)).toEqual(["2026-11-17T09:00:00-05:00", "2026-11-23T09:00:00-05:00"]);
});

test("moving this and following moves the later ones by as much, on the wall clock", () => {
  const list = [weekly("2027-03-01"), weekly("2027-03-08"), weekly("2027-03-15", { start: "2027-03-15T09:00:00-04:00", end: "2027-03-15T10:00:00-04:00" })];
  const times = { start: "2027-03-09T10:00:00-05:00", end: "2027-03-09T11:00:00-05:00", allDay: false, zone: "America/New_York" };
  const after = edited(list, weekly("2027-03-08"), {}, times, "following", reader);
  expect(after.map(({ start }) => start)).toEqual(["2027-03-01T09:00:00-05:00", "2027-03-09T10:00:00-05:00", "2027-03-16T10:00:00-04:00"]);
});

test("moving all of a series moves its first by as much and its rule along", () => {
  const times = { start: "2026-11-24T10:30:00-05:00", end: "2026-11-24T11:00:00-05:00", allDay: false, zone: "America/New_York" };
  expect(onSeries(weekly("2026-11-02"), weekly("2026-11-23"), times, reader)).toEqual({
    start: "2026-11-03T10:30:00-05:00", end: "2026-11-03T11:00:00-05:00", allDay: false, zone: "America/New_York",
    recurrence: { rules: ["FREQ=WEEKLY;BYDAY=TU"], dates: [] },
  });
});

test("other events stay the very same, so that nothing is drawn anew", () => {
  const other = event({ id: "e2" });
  expect(edited([event({}), other], event({}), { title: "New" }, null, "all", reader)[1]).toBe(other);
});
