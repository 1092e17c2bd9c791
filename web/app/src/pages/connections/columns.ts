/** Which column of a table holds what: in words, and as a choice that can be made. */
import type { CalendarTable, ColumnChanged, ColumnHolds, ColumnsWanted, TableColumn, TableColumns } from "@concord/client";

export interface Slot {
  holds: ColumnHolds;
  label: string;
  says?: string;
  /** Whether it has to go both ways: a time that is only read, or only written, would be none. */
  both?: boolean;
}

export const slots: Slot[] = [
  { holds: "time", label: "Date", says: "When it is: rows without it are no events", both: true },
  { holds: "end", label: "End date", says: "Only where the end has a column of its own", both: true },
  { holds: "clock", label: "Time of day", says: "Only where the time stands beside the date, as text", both: true },
  { holds: "location", label: "Place" },
  { holds: "description", label: "Description" },
  { holds: "conference", label: "Meeting link" },
  { holds: "status", label: "Status", says: "Whether it takes place: confirmed, tentative or cancelled" },
];

export const labelOf = (holds: ColumnHolds) => slots.find((slot) => slot.holds === holds)?.label ?? holds;

export const ways = [
  { value: "both", label: "Both ways" },
  { value: "in", label: "Only read" },
  { value: "out", label: "Only written" },
] as const;
export type Way = (typeof ways)[number]["value"];

/** The columns that can hold something and hold nothing else yet. */
export const fitting = (table: CalendarTable, chosen: TableColumns, holds: ColumnHolds) =>
  table.columns.filter((column) => column.holds.includes(holds) && !slots.some((slot) => slot.holds !== holds && chosen[slot.holds]?.id === column.id));

/** What is worth asking about: what is chosen, and what some column could hold that holds nothing else. */
export const asked = (table: CalendarTable, chosen: TableColumns) => slots.filter(({ holds }) => chosen[holds] ?? fitting(table, chosen, holds).length > 0);

/** The choice with another column for something; none takes it away. */
export function choose(table: CalendarTable, chosen: TableColumns, holds: ColumnHolds, id: string | null): TableColumns {
  const there = table.columns.find((column) => column.id === id);
  return { ...chosen, [holds]: there ? { way: "both", ...chosen[holds], id: there.id, name: there.name } : null };
}

export const turn = (chosen: TableColumns, holds: ColumnHolds, way: Way): TableColumns => {
  const column = chosen[holds];
  return column ? { ...chosen, [holds]: { ...column, way } } : chosen;
};

/** A choice as it is sent: whole, so that what was taken away is said, too. */
export const wanted = (chosen: TableColumns): ColumnsWanted =>
  Object.fromEntries(slots.map(({ holds }) => [holds, said(chosen[holds])]));

const said = (column: TableColumn | null | undefined) => (column ? { id: column.id, way: column.way, ...(column.zone && { zone: column.zone }) } : null);

/** Columns without which nothing syncs, each until something else is chosen for what it held. */
export const broken = (table: CalendarTable | undefined, chosen: TableColumns | null | undefined): ColumnChanged[] =>
  table?.changed.filter(({ holds, now, column }) => now !== "renamed" && chosen?.[holds]?.id === column.id) ?? [];

/** What became of a column, for a person. */
export function fate({ column, now, holds }: ColumnChanged): string {
  const held = labelOf(holds).toLowerCase();
  return now === "gone" ? `“${column.name}”, which held the ${held}, is gone from the table.` : `“${column.name}” is of another kind now, and cannot hold the ${held} any more.`;
}

/** What takes a broken column's place: the one that could, or none. */
export const mended = (table: CalendarTable, chosen: TableColumns, changed: ColumnChanged): TableColumns =>
  choose(table, chosen, changed.holds, changed.instead?.id ?? null);
