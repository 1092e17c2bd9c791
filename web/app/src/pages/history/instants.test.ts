import { expect, test } from "vitest";
import { dayBegins, instantsOf } from "./instants";

test("a day is that of the reader's zone, also when the clocks change", () => {
  expect(dayBegins("2026-11-20", "Africa/Johannesburg")).toBe("2026-11-19T22:00:00.000Z");
  expect(dayBegins("2026-11-01", "America/New_York")).toBe("2026-11-01T04:00:00.000Z");
  expect(dayBegins("2026-11-02", "America/New_York")).toBe("2026-11-02T05:00:00.000Z");
});

test("the last day counts whole", () => {
  expect(instantsOf("2026-11-20", "2026-11-20", "UTC")).toEqual({ from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" });
  expect(instantsOf(undefined, undefined, "UTC")).toEqual({});
});
