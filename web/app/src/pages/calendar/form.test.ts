import { expect, test } from "vitest";
import { drawn } from "./edits";
import { blank, difference, faults, fromEvent, input } from "./form";

const reader = "Africa/Johannesburg";
const event = drawn({ title: "Coaching", start: "2026-11-20T09:00:00-05:00", end: "2026-11-20T10:00:00-05:00", zone: "America/New_York", allDay: false }, "e1", [], "u1");

test("an event's form is in its own zone, and changes nothing by itself", () => {
  const form = fromEvent(event, reader);
  expect([form.startDay, form.startTime, form.zone]).toEqual(["2026-11-20", "09:00", "America/New_York"]);
  expect(difference(form, form, event)).toEqual({ patch: {}, times: null });
});

test("only what was changed is sent", () => {
  const form = fromEvent(event, reader);
  expect(difference(form, { ...form, location: "Studio B" }, event)).toEqual({ patch: { location: "Studio B" }, times: null });
});

test("an emptied field is cleared, not left", () => {
  const form = fromEvent({ ...event, location: "Studio B" }, reader);
  expect(difference(form, { ...form, location: " " }, event).patch).toEqual({ location: null });
});

test("another zone is another time", () => {
  const form = fromEvent(event, reader);
  expect(difference(form, { ...form, zone: "Europe/London" }, event).times).toEqual({
    start: "2026-11-20T09:00:00+00:00", end: "2026-11-20T10:00:00+00:00", allDay: false, zone: "Europe/London",
  });
});

test("days are said with their last one, and sent with the day after it", () => {
  const form = { ...blank("2026-11-20", "2026-11-22", reader), title: "Away" };
  expect(form.endDay).toBe("2026-11-21");
  expect(input(form)).toMatchObject({ start: "2026-11-20", end: "2026-11-22", allDay: true, zone: null });
});

test("an event that ends before it begins is not sent", () => {
  expect(faults({ ...blank("2026-11-20T09:00", undefined, reader), title: "x", endTime: "08:00" })).toEqual({ endTime: "It ends before it begins" });
  expect(faults(blank("2026-11-20T09:00", undefined, reader))).toEqual({ title: "Please give it a title" });
});

test("a rule that the editor cannot show stays as it is", () => {
  const rule = "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO";
  const series = { ...event, recurrence: { rules: [rule], dates: ["20261201T090000"] } };
  const form = fromEvent(series, reader);
  expect(difference(form, { ...form, title: "New" }, series).patch).toEqual({ title: "New" });
});
