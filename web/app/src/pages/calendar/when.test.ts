import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { beginOf, dayOf, days, fromWall, heading, shownDays, step, timesIn, wallIn } from "./when";

const event = (start: string, end: string, allDay = false) => ({ start, end, allDay });

test("nine in New York is four in the afternoon in Johannesburg, and the other way round", () => {
  expect(wallIn("2026-11-20T09:00:00-05:00", "Africa/Johannesburg").toString()).toBe("2026-11-20T16:00:00");
  expect(fromWall(Temporal.PlainDateTime.from("2026-11-20T09:00"), "America/New_York")).toBe("2026-11-20T09:00:00-05:00");
});

test("a floating time shows the same in every zone", () => {
  expect(wallIn("2026-11-20T09:00:00", "Asia/Tokyo").toString()).toBe("2026-11-20T09:00:00");
  expect(fromWall(Temporal.PlainDateTime.from("2026-11-20T09:00"), null)).toBe("2026-11-20T09:00:00");
});

test("a time in a gap moves on, one in a fold is the first", () => {
  expect(fromWall(Temporal.PlainDateTime.from("2027-03-14T02:30"), "America/New_York")).toBe("2027-03-14T03:30:00-04:00");
  expect(fromWall(Temporal.PlainDateTime.from("2026-11-01T01:30"), "America/New_York")).toBe("2026-11-01T01:30:00-04:00");
});

test("what ends at midnight does not touch the next day", () => {
  const [first, last] = days(event("2026-11-20T22:00:00+02:00", "2026-11-21T00:00:00+02:00"), "Africa/Johannesburg");
  expect([first.toString(), last.toString()]).toEqual(["2026-11-20", "2026-11-20"]);
});

test("an event of days never shifts, wherever it is read", () => {
  for (const zone of ["Pacific/Kiritimati", "Pacific/Honolulu"]) {
    expect(days(event("2026-11-20", "2026-11-22", true), zone).map(String)).toEqual(["2026-11-20", "2026-11-21"]);
  }
});

test("a month shows whole weeks from Monday", () => {
  expect(shownDays("month", dayOf("2026-11-20"), false).map(String)).toEqual(["2026-10-26", "2026-12-07"]);
  expect(step("month", dayOf("2027-01-31"), 1, false).toString()).toBe("2027-02-01");
});

test("a week begins on Monday, and on a phone it is three days", () => {
  const day = dayOf("2026-11-21");
  expect(shownDays("week", day, false).map(String)).toEqual(["2026-11-16", "2026-11-23"]);
  expect(shownDays("week", day, true).map(String)).toEqual(["2026-11-21", "2026-11-24"]);
  expect(step("week", day, -1, true).toString()).toBe("2026-11-18");
  expect(heading("week", day, true)).toBe("21 – 23 Nov 2026");
});

test("a day begins when its zone says so", () => {
  expect(beginOf(dayOf("2026-11-20"), "Africa/Johannesburg")).toBe("2026-11-19T22:00:00Z");
});

test("headings say what is shown", () => {
  expect(heading("month", dayOf("2026-11-20"), false)).toBe("November 2026");
  expect(heading("week", dayOf("2026-11-20"), false)).toBe("16 – 22 Nov 2026");
  expect(heading("week", dayOf("2026-12-31"), false)).toBe("28 Dec 2026 – 3 Jan 2027");
});

test("times in words", () => {
  expect(timesIn(event("2026-11-20T09:00:00-05:00", "2026-11-20T10:00:00-05:00"), "America/New_York")).toBe("09:00 – 10:00");
  expect(timesIn(event("2026-11-20", "2026-11-21", true), "UTC")).toBe("All day");
  expect(timesIn(event("2026-11-20T22:00:00Z", "2026-11-21T02:00:00Z"), "UTC")).toBe("Fri 20 Nov 22:00 – Sat 21 Nov 02:00");
});
