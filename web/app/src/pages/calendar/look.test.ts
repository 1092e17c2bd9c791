import { expect, test } from "vitest";
import { syncState, typeFrom, typeHue, typeName } from "./look";

const copies = (...all: ("synced" | "pending" | "error" | "conflict" | "off")[]) => ({ sync: all.map((syncStatus) => ({ provider: "google", linkId: "l", calendar: "c", enabled: true, home: false, syncStatus })) });

test("the worst of an event's copies is what one must know", () => {
  expect(syncState(copies("synced", "error", "pending"))).toBe("attention");
  expect(syncState(copies("synced", "conflict", "error"))).toBe("conflict");
  expect(syncState(copies("synced", "off"))).toBe("synced");
  expect(syncState(copies())).toBe("off");
});

test("a type is the same whether chosen or written", () => {
  expect(typeFrom("One-on-one")).toBe("one_on_one");
  expect(typeFrom("group CLASS")).toBe("group_class");
  expect(typeFrom(typeName("running_workshop"))).toBe("running_workshop");
  expect(typeFrom("  ")).toBeNull();
});

test("a type of one's own keeps its hue", () => {
  expect(typeHue("running_workshop")).toBe(typeHue("running_workshop"));
  expect(typeHue(null)).toBe("slate");
});
