import { expect, test } from "vitest";
import { asAppleSays, isAppSpecific } from "./apple";

test("an app-specific password is known by its form", () => {
  expect(isAppSpecific("abcd-efgh-ijkl-mnop")).toBe(true);
  expect(isAppSpecific("Summer2026!")).toBe(false);
  expect(isAppSpecific("")).toBe(false);
});

test("what was copied with spaces or without hyphens is sent as Apple shows it", () => {
  expect(asAppleSays(" abcdefghijklmnop ")).toBe("abcd-efgh-ijkl-mnop");
  expect(asAppleSays("abcd efgh ijkl mnop")).toBe("abcd-efgh-ijkl-mnop");
  expect(asAppleSays("ABCD-EFGH-IJKL-MNOP")).toBe("abcd-efgh-ijkl-mnop");
  expect(asAppleSays("Summer2026!")).toBe("Summer2026!");
});
