import { expect, test } from "vitest";
import { wayTo } from "./known";
import { plain } from "./way";

test("a provider that nobody knows has plain words", () => {
  expect(wayTo("nobody")).toEqual(plain);
});

test("a provider with words for one thing has plain ones for the rest", () => {
  expect(wayTo("caldav").login).toBe(plain.login);
  expect(wayTo("caldav").servers.known[0]).toBe(plain.servers.known[0]);
});
