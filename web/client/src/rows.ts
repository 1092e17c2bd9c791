/** Between what Notion's emulator tells a person, in Notion's words, and what the page of the other side shows of any. */
import type { TwinCalendar, TwinEvent, TwinFields, TwinTime, TwinTimeChange } from "./twin";

interface Text {
  plain_text?: string;
}

interface NotionDate {
  start: string;
  end?: string | null;
}

/** As far as it is shown. */
interface Cell {
  id: string;
  type: string;
  title?: Text[];
  rich_text?: Text[];
  date?: NotionDate | null;
  select?: { name: string } | null;
}

export interface NotionPage {
  id?: string;
  properties?: Record<string, Cell>;
}

interface Column {
  id: string;
  name: string;
  type: string;
  select?: { options: { name: string }[] };
}

export interface NotionTable {
  calendar: string;
  properties: Record<string, Column>;
  events: NotionPage[];
  trashed: NotionPage[];
}

/** Which of the table's columns the page of the other side shows. They are known by their ids, whatever they are called. */
export interface Shown {
  title: Column | undefined;
  date: Column | undefined;
  place: Column | undefined;
  status: Column | undefined;
}

export function columns({ properties }: Pick<NotionTable, "properties">): Shown {
  const all = Object.values(properties);
  const first = (type: string, ...names: string[]) => {
    const fit = all.filter((column) => column.type === type);
    return fit.find(({ name }) => names.includes(name)) ?? fit.find(({ name }) => name !== ours);
  };
  return { title: first("title"), date: first("date", "Date"), place: first("rich_text", "Location", "Place"), status: first("select", "Event status") };
}

/** The column that Concord keeps its notes in. */
const ours = "Concord";

const plain = (pieces: Text[] | undefined) => pieces?.map(({ plain_text }) => plain_text ?? "").join("") ?? "";

/** A row; one without a date, too, for a table has them. */
export function row(page: NotionPage, shown: Shown): TwinEvent[] {
  if (!page.id) return [];
  const cells = Object.entries(page.properties ?? {});
  const of = (column: Column | undefined) => cells.find(([, cell]) => cell.id === column?.id)?.[1];
  const date = of(shown.date)?.date;
  const [summary, location, status] = [plain(of(shown.title)?.title), plain(of(shown.place)?.rich_text), of(shown.status)?.select?.name];
  const note = plain(cells.find(([name]) => name === ours)?.[1].rich_text);
  return [
    {
      id: page.id,
      ...(summary && { summary }), ...(location && { location }), ...(status && { status }),
      ...(note && { properties: { "X-CONCORD": note } }),
      ...(date ? { start: time(date.start), end: ends(date) } : { start: {}, end: {} }),
    },
  ];
}

const time = (text: string): TwinTime => (text.length === 10 ? { date: text } : { dateTime: text });

/** In Notion the last day of a range is one of its days, and what has a time and no end says nothing of how long it lasts. */
function ends({ start, end }: NotionDate): TwinTime {
  const last = end ?? start;
  if (last.length === 10) return { date: new Date(Date.parse(`${last}T00:00:00Z`) + dayMs).toISOString().slice(0, 10) };
  return { dateTime: end ?? new Date(Date.parse(start) + dayMs / 24).toISOString() };
}

const dayMs = 86_400_000;

export const fromNotion = (table: NotionTable): TwinCalendar => {
  const shown = columns(table);
  return {
    calendar: table.calendar,
    events: table.events.flatMap((page) => row(page, shown)),
    trashed: table.trashed.flatMap((page) => row(page, shown)),
    columns: { title: shown.title?.name ?? "Name", date: shown.date?.name, place: shown.place?.name, status: shown.status?.name },
    statuses: shown.status?.select?.options.map(({ name }) => name) ?? [],
  };
};

/** What was changed, in Notion's words, by the ids of the columns. */
export function toNotion({ summary, location, start, end, status }: TwinFields, { title, date, place, status: state }: Shown): Record<string, unknown> {
  const text = (told: string) => [{ text: { content: told } }];
  const when = start && end && { date: span(start, end) };
  return {
    ...(title && summary !== undefined && { [title.id]: { title: text(summary) } }),
    ...(place && location !== undefined && { [place.id]: { rich_text: location ? text(location) : [] } }),
    ...(state && status !== undefined && { [state.id]: { select: status ? { name: status } : null } }),
    ...(date && when && { [date.id]: when }),
  };
}

function span(start: TwinTimeChange, end: TwinTimeChange) {
  if (start.date && end.date) {
    const last = new Date(Date.parse(`${end.date}T00:00:00Z`) - dayMs).toISOString().slice(0, 10);
    return { start: start.date, end: last > start.date ? last : null };
  }
  return { start: start.dateTime, end: end.dateTime, ...(start.timeZone && { time_zone: start.timeZone }) };
}
