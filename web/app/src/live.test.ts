import { expect, test } from "vitest";
import { staleAfter } from "./live";

test("a message about an event makes events stale, and nothing else that is costly", () => {
  expect(staleAfter('{"kind":"event","id":"e1"}')).toEqual(["events", "waiting"]);
});

test("a message that is not understood makes everything stale", () => {
  expect(staleAfter('{"kind":"of tomorrow"}')).toBe("everything");
  expect(staleAfter("no json")).toBe("everything");
  expect(staleAfter('{"kind":"everything"}')).toBe("everything");
});
