import { expect, test } from "vitest";
import { inWords, movedBy, read, write } from "./recurrence";
import { dayOf } from "./when";

const zone = "Africa/Johannesburg";

test.each([
  "FREQ=DAILY",
  "FREQ=DAILY;INTERVAL=3",
  "FREQ=WEEKLY;BYDAY=MO,WE,FR",
  "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=10",
  "FREQ=MONTHLY;BYMONTHDAY=20",
  "FREQ=MONTHLY;BYDAY=3FR",
  "FREQ=MONTHLY;BYDAY=-1SU;UNTIL=20270303T215959Z",
  "FREQ=YEARLY",
])("%s is the same after it was read and written", (rule) => {
  const known = read(rule, zone);
  expect(known && write(known, zone, false)).toBe(rule);
});

test.each(["FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=HOURLY", "FREQ=YEARLY;BYWEEKNO=20", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=MONTHLY;BYMONTHDAY=-1"])(
  "%s says more than the editor can show, so it is left alone",
  (rule) => expect(read(rule, zone)).toBeNull(),
);

test("the last day counts whole, in the event's zone", () => {
  const ends = { kind: "until" as const, on: "2026-11-20" };
  const rule = { unit: "DAILY" as const, every: 1, weekdays: [], monthly: null, ends };
  expect(write(rule, "America/New_York", false)).toBe("FREQ=DAILY;UNTIL=20261121T045959Z");
  expect(write(rule, "America/New_York", true)).toBe("FREQ=DAILY;UNTIL=20261120");
  expect(read("FREQ=DAILY;UNTIL=20261121T045959Z", "America/New_York")?.ends).toEqual(ends);
});

test("a rule in words", () => {
  expect(inWords("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=8", zone)).toBe("Every 2 weeks on Monday and Friday, 8 times");
  expect(inWords("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", zone)).toBe("Every week on weekdays");
  expect(inWords("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270303T215959Z", zone)).toBe("Every month on the last Friday, until 3 Mar 2027");
  expect(inWords("FREQ=YEARLY;BYWEEKNO=20", zone)).toBe("By its own rule (FREQ=YEARLY;BYWEEKNO=20)");
});

test("a series that moves by a day takes its weekdays along", () => {
  expect(movedBy("FREQ=WEEKLY;BYDAY=MO,SU", dayOf("2026-11-16"), dayOf("2026-11-17"))).toBe("FREQ=WEEKLY;BYDAY=MO,TU");
  expect(movedBy("FREQ=MONTHLY;BYDAY=3FR", dayOf("2026-11-20"), dayOf("2026-11-12"))).toBe("FREQ=MONTHLY;BYDAY=2TH");
  expect(movedBy("FREQ=MONTHLY;BYMONTHDAY=20", dayOf("2026-11-20"), dayOf("2026-11-22"))).toBe("FREQ=MONTHLY;BYMONTHDAY=22");
  expect(movedBy("FREQ=WEEKLY;BYDAY=MO", dayOf("2026-11-16"), dayOf("2026-11-16"))).toBe("FREQ=WEEKLY;BYDAY=MO");
});
