import { expect, test } from "vitest";
import { saidOf, sentence } from "./sentence";

test("a text becomes a sentence once", () => {
  expect(sentence("it is gone ")).toBe("It is gone.");
  expect(sentence("Is it gone?")).toBe("Is it gone?");
  expect(sentence("")).toBe("");
});

test("what a refusal says stands at its field, without the field's name before it", () => {
  const refusal = { field: "serverUrl", detail: "serverUrl: no calendars were found at a.test" };
  expect(saidOf(refusal, "serverUrl")).toBe("No calendars were found at a.test.");
  expect(saidOf(refusal, "username")).toBeUndefined();
  expect(saidOf(null, "serverUrl")).toBeUndefined();
});
