import { expect, test } from "vitest";
import { ago } from "./time";

const now = new Date("2026-11-20T12:00:00Z");
const check = (seconds: number, says: string) => expect(ago(new Date(now.getTime() + seconds * 1000), now)).toBe(says);

test("how long ago something was is told in the nearest whole units", () => {
  check(7 * 86_400 - 20, "in 7 days");
  check(-(3 * 86_400 + 60), "3 days ago");
  check(-(86_400 - 60), "yesterday");
  check(3_599, "in 1 hour");
  check(-(3_600 - 60), "59 minutes ago");
  check(-61, "1 minute ago");
  check(-3, "just now");
  check(20, "in a moment");
});
