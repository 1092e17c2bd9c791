import type { LinkStatus, Status } from "@concord/client";
import { expect, test } from "vitest";
import { look } from "./SyncBadge";

const now = new Date("2026-11-20T12:00:00Z");
const link = (own: Partial<LinkStatus>) => ({ linkId: "l1", calendar: "Nomsa", conflicts: 0, pending: 0, ...own }) as LinkStatus;
const status = (state: Status["state"], ...items: LinkStatus[]): Status => ({ state, lastSyncAt: "2026-11-20T11:55:00Z", items });

test("a page that cannot hear the server says so, whatever was last heard", () => {
  expect(look(status("synced"), false, 0, now)).toMatchObject({ state: "offline", words: "Offline" });
});

test("changes that wait in the page are counted while it is offline", () => {
  expect(look(status("synced"), false, 2, now).detail).toBe("2 changes wait here and are sent when the connection is back.");
});

test("synced says when", () => {
  expect(look(status("synced", link({})), true, 0, now)).toEqual({ state: "synced", words: "Synced", detail: "Last sync 5 minutes ago." });
});

test("attention names the calendar and what is wrong with it", () => {
  expect(look(status("attention", link({}), link({ calendar: "Studio", error: "Google signed you out." })), true, 0, now).detail).toBe("Studio: Google signed you out.");
});

test("conflicts are counted over all calendars", () => {
  expect(look(status("conflict", link({ conflicts: 1 }), link({ conflicts: 2 })), true, 0, now).words).toBe("3 conflicts");
});

test("a change on its way to the server shows as saving", () => {
  expect(look(status("synced"), true, 1, now)).toMatchObject({ state: "syncing", words: "Saving" });
});
