import { expect, test } from "vitest";
import { byDay } from "./Agenda";
import { drawn } from "./edits";
import { dayOf } from "./when";

const zone = "Africa/Johannesburg";
const event = (id: string, start: string, end: string, allDay = false) => drawn({ title: id, start, end, allDay, zone: allDay ? null : zone }, id, [], "u1");
const days = (...events: ReturnType<typeof event>[]) =>
  byDay(events, dayOf("2026-11-20"), dayOf("2026-11-23"), zone).map(([day, there]) => `${day.toString()} ${there.map(({ id }) => id).join(" ")}`);

test("an event of several days stands on each, and on none outside of the range", () => {
  expect(days(event("a", "2026-11-18", "2026-11-22", true))).toEqual(["2026-11-20 a", "2026-11-21 a"]);
});

test("days come first, then times in their order, whatever zone they are given in", () => {
  expect(days(event("b", "2026-11-20T09:00:00+02:00", "2026-11-20T10:00:00+02:00"), event("c", "2026-11-20T06:30:00Z", "2026-11-20T07:00:00Z"), event("a", "2026-11-20", "2026-11-21", true))).toEqual(["2026-11-20 a c b"]);
});

test("days without events are not shown", () => {
  expect(days(event("a", "2026-11-22T23:00:00+02:00", "2026-11-23T00:00:00+02:00"))).toEqual(["2026-11-22 a"]);
});
