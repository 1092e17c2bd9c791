/** The table of the small server for `npm run dev`: its columns, one of which is gone, and what a choice would come to. */
import type { CalendarTable, ColumnsTried, ExternalCalendar, TableColumns } from "@concord/client";

const text: CalendarTable["columns"][number]["holds"] = ["clock", "location", "description"];
const both = (id: string, name: string) => ({ id, name, way: "both" }) as const;

export const chosen: TableColumns = { time: both("d", "Date"), end: null, clock: null, location: both("old", "Room"), description: both("n", "Notes"), conference: null, status: both("s", "Event status") };

const columns: CalendarTable["columns"] = [
  { id: "title", name: "Name", kind: "title", holds: [] },
  { id: "d", name: "Date", kind: "date", holds: ["time", "end"] },
  { id: "h", name: "Hall", kind: "rich_text", holds: text },
  { id: "n", name: "Notes", kind: "rich_text", holds: text },
  { id: "s", name: "Event status", kind: "select", holds: ["status"] },
  { id: "p", name: "Price", kind: "number", holds: [] },
];

export const table = (linked: boolean): CalendarTable => ({
  columns,
  guess: { ...chosen, location: null },
  changed: linked ? [{ holds: "location", column: both("old", "Room"), now: "gone", instead: both("h", "Hall") }] : [],
});

export const tables: ExternalCalendar[] = [
  { id: "t1", name: "Bookings", primary: false, writable: true, zone: null, linked: "l4" },
  { id: "t2", name: "Rehearsals", primary: false, writable: true, zone: null, linked: null },
];

export const tried = (): ColumnsTried => ({
  rows: [
    { title: "Piano lesson, Zanele", dated: true, event: { start: "2026-11-26T10:00:00+02:00", end: "2026-11-26T11:00:00+02:00", allDay: false, location: "Hall B", description: "Bring the Bach", conference: "", status: "confirmed" } },
    { title: "Open day", dated: true, event: { start: "2026-11-28", end: "2026-11-30", allDay: true, location: "", description: "", conference: "", status: "tentative" } },
    { title: "Duet", dated: true, event: null, why: "its time \"after lunch\" cannot be read" },
    { title: "Buy strings", dated: false, event: null, why: "it has no date" },
  ],
  events: [{ cells: [{ column: "Name", value: "Mobility, Marc" }, { column: "Date", value: "2026-11-23 09:00 → 2026-11-23 10:00" }, { column: "Notes", value: "Bring the band." }, { column: "Event status", value: "Confirmed" }] }],
});
