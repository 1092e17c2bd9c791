import type { LinkStatus } from "@concord/client";
import { expect, test } from "vitest";
import { differing, frequency, standing } from "./links";

const link = (own: Partial<LinkStatus>) => ({ state: "active", syncing: false, conflicts: 0, lastSyncAt: "2026-11-20T12:00:00Z", lastSyncStatus: "success", ...own }) as LinkStatus;

test.each<[Partial<LinkStatus>, string, string]>([
  [{}, "synced", "Synced"],
  [{ syncing: true, error: "x" }, "syncing", "Syncing"],
  [{ error: "Google signed you out." }, "attention", "Needs attention"],
  [{ conflicts: 2 }, "conflict", "2 conflicts"],
  [{ state: "paused", error: "x" }, "off", "Paused"],
  [{ state: "braked" }, "attention", "Waits for your consent"],
  [{ lastSyncAt: null }, "syncing", "First sync"],
])("%o is shown as %s, “%s”", (own, state, words) => expect(standing(link(own))).toEqual({ state, words }));

test("a frequency that is in no list still has words", () => {
  expect(frequency(0)).toBe("At once");
  expect(frequency(7)).toBe("Every 7 minutes");
});

test("only what was changed of the settings is sent", () => {
  const before = { detail: "full", notes: true, window: { backDays: 7, aheadDays: 365 }, filters: { clientIds: ["c1"], onlyConfirmed: false } };
  expect(differing(before, { ...before, notes: false, window: { backDays: 7, aheadDays: 90 } })).toEqual({ notes: false, window: { aheadDays: 90 } });
  expect(differing(before, { ...before, filters: { ...before.filters, clientIds: [] } })).toEqual({ filters: { clientIds: [] } });
  expect(differing(before, before)).toEqual({});
});
