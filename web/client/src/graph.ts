/** Between what Microsoft's emulator tells a person, in Graph's words, and what the page of the other side shows of any. */
import type { TwinCalendar, TwinEvent, TwinFields, TwinTime, TwinTimeChange } from "./twin";

interface GraphTime {
  dateTime: string;
  timeZone: string;
}

/** As far as it is shown. Nothing but an id comes of what was deleted. */
export interface GraphEvent {
  id?: string;
  subject?: string | null;
  location?: { displayName?: string } | null;
  isAllDay?: boolean;
  /** In UTC, with seven digits behind the second and no offset. */
  start?: GraphTime;
  end?: GraphTime;
  seriesMasterId?: string | null;
  transactionId?: string;
}

export interface GraphCalendar {
  calendar: string;
  timeZone: string;
  events: GraphEvent[];
}

/** Times stand on the clock of the mailbox: in which zone an event was meant, Graph tells by the names of Windows only. */
export const fromGraph = ({ calendar, timeZone, events }: GraphCalendar): TwinCalendar => ({
  calendar,
  timeZone,
  events: events.flatMap((event) => shown(event, timeZone)),
});

function shown({ id, subject, location, isAllDay, start, end, seriesMasterId, transactionId }: GraphEvent, zone: string): TwinEvent[] {
  if (!id || !start || !end) return [];
  const time = ({ dateTime }: GraphTime): TwinTime => (isAllDay ? { date: dateTime.slice(0, 10) } : { dateTime: `${dateTime.slice(0, 19)}Z`, timeZone: zone });
  return [
    {
      id, start: time(start), end: time(end),
      ...(subject && { summary: subject }),
      ...(location?.displayName && { location: location.displayName }),
      ...(seriesMasterId && { recurringEventId: seriesMasterId }),
      ...(transactionId && { transactionId }),
    },
  ];
}

/** What was changed, in Graph's words. Whole days are midnights of one zone. */
export function toGraph({ summary, location, start, end }: TwinFields) {
  const said = ({ date, dateTime, timeZone }: TwinTimeChange) => (date ? { dateTime: `${date}T00:00:00`, timeZone: "UTC" } : { dateTime, timeZone });
  return {
    ...(summary !== undefined && { subject: summary }),
    ...(location !== undefined && { location: { displayName: location } }),
    ...(start && end && { start: said(start), end: said(end), isAllDay: !!start.date }),
  };
}
