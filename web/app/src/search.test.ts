import { expect, test } from "vitest";
import { calendarSearch, historySearch, signInSearch } from "./search";

test("what makes no sense in an address is dropped", () => {
  expect(calendarSearch({ view: "year", date: "2026-11-20", event: 7, foo: "bar" })).toEqual({ date: "2026-11-20", event: "7" });
  expect(historySearch({ status: "failed", from: "yesterday" })).toEqual({ status: "failed" });
});

test("signing in leads back into this site only", () => {
  expect(signInSearch({ to: "/history?status=failed" })).toEqual({ to: "/history?status=failed" });
  expect(signInSearch({ to: "//evil.test" })).toEqual({});
  expect(signInSearch({ to: "/\\evil.test" })).toEqual({});
  expect(signInSearch({ to: "https://evil.test" })).toEqual({});
});
