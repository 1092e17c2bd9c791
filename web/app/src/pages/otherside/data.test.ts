import { fromGraph, toGraph } from "@concord/client/graph";
import type { TwinEvent, TwinRule } from "@concord/client/twin";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { changed, fieldsOf, type Form, formAt, formOf, inForce, isCopy, only, placed, series, shown, timesOf } from "./data";
import { sides } from "./sides";

const zone = "Africa/Johannesburg";
const form = (own: Partial<Form> = {}): Form => ({ title: "Dentist", place: "", allDay: false, day: "2026-11-24", last: "2026-11-24", from: "11:00", until: "12:00", zone, ...own });

test("an event is edited on the clock of its own zone", () => {
  const event = { id: "a", summary: "Call", start: { dateTime: "2026-11-24T09:00:00Z", timeZone: "America/New_York" }, end: { dateTime: "2026-11-24T10:00:00Z", timeZone: "America/New_York" } };
  expect(formOf(event, zone)).toMatchObject({ day: "2026-11-24", from: "04:00", until: "05:00", zone: "America/New_York" });
});

test("the last day of whole days is the one before the end that is told", () => {
  expect(formOf({ id: "a", start: { date: "2026-11-24" }, end: { date: "2026-11-26" } }, zone)).toMatchObject({ allDay: true, day: "2026-11-24", last: "2026-11-25" });
  expect(timesOf(form({ allDay: true, last: "2026-11-25" }))).toEqual({ start: { date: "2026-11-24" }, end: { date: "2026-11-26" } });
});

test("what ends before it begins ends on the next day", () => {
  expect(timesOf(form({ from: "22:00", until: "01:00" })).end.dateTime).toBe("2026-11-25T01:00:00");
});

test("only what was changed is said", () => {
  expect(changed(form(), form({ title: "Dentist, late" }))).toEqual({ summary: "Dentist, late" });
  expect(Object.keys(changed(form(), form({ until: "13:00" })))).toEqual(["start", "end"]);
  expect(changed(form(), form())).toEqual({});
});

test("a new event without a place says none", () => {
  expect(fieldsOf(form())).not.toHaveProperty("location");
});

test("a rule that somebody set by hand counts as the trouble that it is", () => {
  const rule: TwinRule = { id: 3, hits: 2, kind: "status", status: 503 };
  expect(inForce(sides.google, "outage", [rule])).toBe(rule);
  expect(inForce(sides.google, "rate", [rule])).toBeUndefined();
  expect(inForce(sides.apple, "rate", [rule])).toBe(rule);
  expect(inForce(sides.outlook, "outage", [rule])).toBe(rule);
  for (const side of Object.values(sides)) {
    for (const which of ["rate", "outage", "lost"] as const) {
      const set = { ...side.trouble[which].rule, id: 4, hits: 0 };
      expect((["rate", "outage", "lost"] as const).filter((one) => inForce(side, one, [set]))).toEqual([which]);
    }
  }
});

test("an occurrence is named as its side names it, and so is its series", () => {
  const times = { start: { date: "2026-11-24" }, end: { date: "2026-11-25" } };
  const google = { id: "s_20261124", recurringEventId: "s", ...times };
  const apple = { id: "s.ics", occurrence: "20261124", ...times };
  expect([only(google), series(google)]).toEqual([{ id: "s_20261124" }, { id: "s" }]);
  expect([only(apple), series(apple)]).toEqual([{ id: "s.ics", occurrence: "20261124" }, { id: "s.ics" }]);
  expect(series({ id: "one", ...times })).toBeNull();
});

test("what Concord made is known by its note on either side", () => {
  const times = { start: { date: "2026-11-24" }, end: { date: "2026-11-25" } };
  expect(isCopy({ id: "a", ...times, extendedProperties: { private: { concord: "x" } } })).toBe(true);
  expect(isCopy({ id: "a", ...times, properties: { "X-CONCORD": "x" } })).toBe(true);
  expect(isCopy({ id: "a", ...times, transactionId: "6c5b6a2e-1f0d-4f7b-9c52-0b1d3c9e7a41" })).toBe(true);
  expect(isCopy({ id: "a", ...times, properties: { "X-APPLE-TRAVEL-DURATION": "PT30M" } })).toBe(false);
});

test("what Graph tells a person reads as everywhere else, on the clock of the mailbox", () => {
  const time = (dateTime: string) => ({ dateTime: `${dateTime}.0000000`, timeZone: "UTC" });
  const told = {
    calendar: "c", timeZone: zone,
    events: [
      { id: "a", subject: "Car service", location: { displayName: "Randburg" }, isAllDay: false, start: time("2026-11-24T06:00:00"), end: time("2026-11-24T07:00:00"), seriesMasterId: null },
      { id: "b", subject: null, location: { displayName: "" }, isAllDay: true, start: time("2026-11-24T00:00:00"), end: time("2026-11-26T00:00:00"), seriesMasterId: "s" },
      {},
    ],
  };
  const [service, whole, ...none] = fromGraph(told).events;
  expect(service).toEqual({ id: "a", summary: "Car service", location: "Randburg", start: { dateTime: "2026-11-24T06:00:00Z", timeZone: zone }, end: { dateTime: "2026-11-24T07:00:00Z", timeZone: zone } });
  expect(formOf(service as TwinEvent, zone)).toMatchObject({ day: "2026-11-24", from: "08:00", until: "09:00", zone });
  expect(whole).toEqual({ id: "b", start: { date: "2026-11-24" }, end: { date: "2026-11-26" }, recurringEventId: "s" });
  expect(none).toEqual([]);
});

test("what a form says is said in Graph’s words, and nothing that was not changed", () => {
  expect(toGraph({ summary: "New" })).toEqual({ subject: "New" });
  expect(toGraph(fieldsOf(form({ place: "Roof" })))).toEqual({
    subject: "Dentist", location: { displayName: "Roof" }, isAllDay: false,
    start: { dateTime: "2026-11-24T11:00:00", timeZone: zone }, end: { dateTime: "2026-11-24T12:00:00", timeZone: zone },
  });
  const days = timesOf(form({ allDay: true, last: "2026-11-25" }));
  expect(toGraph(days)).toEqual({ isAllDay: true, start: { dateTime: "2026-11-24T00:00:00", timeZone: "UTC" }, end: { dateTime: "2026-11-26T00:00:00", timeZone: "UTC" } });
});

test("a time that floats is edited as it stands", () => {
  const event = { id: "a", start: { dateTime: "2026-11-24T09:00:00", timeZone: null }, end: { dateTime: "2026-11-24T10:00:00", timeZone: null } };
  expect(formOf(event, zone)).toMatchObject({ day: "2026-11-24", from: "09:00", until: "10:00", zone });
});

test("a month shows whole weeks, a week begins on Monday, and on a phone it is three days", () => {
  const day = Temporal.PlainDate.from("2026-11-21");
  const words = (view: "month" | "week", narrow: boolean) => shown(view, day, narrow).map(String);
  expect(words("month", false)).toEqual(["2026-10-26", "2026-12-07"]);
  expect(words("week", false)).toEqual(["2026-11-16", "2026-11-23"]);
  expect(words("week", true)).toEqual(["2026-11-21", "2026-11-24"]);
});

test("a drag in the reader's zone is said on the clock of the event's own", () => {
  const event = { id: "a", start: { dateTime: "2026-11-24T09:00:00-05:00", timeZone: "America/New_York" }, end: { dateTime: "2026-11-24T10:00:00-05:00", timeZone: "America/New_York" } };
  expect(placed(event, { start: "2026-11-24T18:00:00+02:00", end: "2026-11-24T19:00:00+02:00", allDay: false }, zone).start).toEqual({ dateTime: "2026-11-24T11:00:00", timeZone: "America/New_York", date: null });
  expect(placed(event, { start: "2026-11-25", end: "2026-11-26", allDay: true }, zone)).toEqual({ start: { date: "2026-11-25", dateTime: null, timeZone: null }, end: { date: "2026-11-26", dateTime: null, timeZone: null } });
});

test("a click on a day means an hour of it, several days are whole ones", () => {
  expect(formAt({ start: "2026-11-24", end: "2026-11-25", allDay: true }, zone)).toMatchObject({ allDay: false, day: "2026-11-24", from: "09:00" });
  expect(formAt({ start: "2026-11-24", end: "2026-11-27", allDay: true }, zone)).toMatchObject({ allDay: true, last: "2026-11-26" });
});
