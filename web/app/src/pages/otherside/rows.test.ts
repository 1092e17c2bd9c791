import { columns, fromNotion, type NotionTable, toNotion } from "@concord/client/rows";
import { expect, test } from "vitest";
import { isCopy } from "./data";

const text = (told: string) => [{ plain_text: told }];
const cell = (id: string, type: string, value: unknown) => ({ id, type, [type]: value });
const row = (id: string, title: string, date: unknown, more: object = {}) => ({ id, properties: { Name: cell("title", "title", text(title)), Date: cell("d", "date", date), ...more } });

const table: NotionTable = {
  calendar: "t1",
  properties: {
    Name: { id: "title", name: "Name", type: "title" },
    Concord: { id: "c", name: "Concord", type: "rich_text" },
    Date: { id: "d", name: "Date", type: "date" },
    Where: { id: "w", name: "Where", type: "rich_text" },
    "Event status": { id: "s", name: "Event status", type: "select", select: { options: [{ name: "Confirmed" }, { name: "Cancelled" }] } },
  },
  events: [
    row("1", "Choir", { start: "2026-11-24T18:00:00.000+02:00", end: "2026-11-24T19:00:00.000+02:00" }, { Where: cell("w", "rich_text", text("Nave")), "Event status": cell("s", "select", { name: "Confirmed" }) }),
    row("2", "Retreat", { start: "2026-11-24", end: "2026-11-26" }, { Concord: cell("c", "rich_text", text("concord1 …")) }),
    row("3", "Buy strings", null),
    row("4", "Call", { start: "2026-11-24T18:00:00.000Z", end: null }),
  ],
  trashed: [row("5", "Gone", { start: "2026-11-24", end: null })],
} as unknown as NotionTable;

test("a row is shown with what its table's columns hold, whatever they are called", () => {
  const { events, trashed, columns: names, statuses } = fromNotion(table);
  expect(events[0]).toEqual({ id: "1", summary: "Choir", location: "Nave", status: "Confirmed", start: { dateTime: "2026-11-24T18:00:00.000+02:00" }, end: { dateTime: "2026-11-24T19:00:00.000+02:00" } });
  expect(names).toEqual({ title: "Name", date: "Date", place: "Where", status: "Event status" });
  expect(statuses).toEqual(["Confirmed", "Cancelled"]);
  expect(trashed?.map(({ summary }) => summary)).toEqual(["Gone"]);
});

test("the last day of a range is one of its days, what has no end lasts an hour, and what has no date has none", () => {
  const [, retreat, strings, call] = fromNotion(table).events;
  expect([retreat?.start, retreat?.end]).toEqual([{ date: "2026-11-24" }, { date: "2026-11-27" }]);
  expect([strings?.start, strings?.end]).toEqual([{}, {}]);
  expect(call?.end).toEqual({ dateTime: "2026-11-24T19:00:00.000Z" });
});

test("what Concord made there is known by its note", () => {
  expect(fromNotion(table).events.map(isCopy)).toEqual([false, true, false, false]);
});

test("what was changed is said by the ids of the columns, and the last day as one of the days", () => {
  const shown = columns(table);
  const zone = "Africa/Johannesburg";
  expect(toNotion({ summary: "Choir, late", status: "" }, shown)).toEqual({ title: { title: [{ text: { content: "Choir, late" } }] }, s: { select: null } });
  expect(toNotion({ start: { date: "2026-11-24" }, end: { date: "2026-11-25" } }, shown)).toEqual({ d: { date: { start: "2026-11-24", end: null } } });
  expect(toNotion({ start: { date: "2026-11-24" }, end: { date: "2026-11-27" } }, shown)).toEqual({ d: { date: { start: "2026-11-24", end: "2026-11-26" } } });
  expect(toNotion({ start: { dateTime: "2026-11-24T18:00:00", timeZone: zone }, end: { dateTime: "2026-11-24T19:00:00", timeZone: zone } }, shown)).toEqual({
    d: { date: { start: "2026-11-24T18:00:00", end: "2026-11-24T19:00:00", time_zone: zone } },
  });
  expect(toNotion({ location: "Crypt", summary: "x" }, { ...shown, place: undefined })).toEqual({ title: { title: [{ text: { content: "x" } }] } });
});
