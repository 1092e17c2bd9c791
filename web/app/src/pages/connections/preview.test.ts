import { expect, test } from "vitest";
import { type Sample, samples, shown } from "./preview";

const [session, , secret] = samples as [Sample, Sample, Sample];
const loose = { detail: "full", private: "exclude", clientNames: "shown", notes: true, contacts: false, guests: false } as const;

test("a name that is hidden stands in no line", () => {
  const seen = shown(session, { ...loose, clientNames: "hidden" });
  expect(seen?.title).toBe("Coaching with Client");
  expect(JSON.stringify(seen)).not.toContain("Thandi");
});

test("only busy shows nothing but that", () => {
  expect(shown(session, { ...loose, detail: "busy" })).toEqual({ title: "Busy", lines: [] });
});

test("a private event does not appear, or as busy, as one wishes", () => {
  expect(shown(secret, { ...loose, private: "exclude" })).toBeNull();
  expect(shown(secret, { ...loose, private: "busy" })).toEqual({ title: "Busy", lines: [] });
  expect(shown(secret, { ...loose, private: "show" })?.title).toBe("Dentist");
});
