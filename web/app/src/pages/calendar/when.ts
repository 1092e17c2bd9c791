/**
 * Times of events: from the API's form to wall clocks and back. A wall clock means something only in its zone, so each
 * function is told the zone; nothing here knows the machine's.
 */
import type { CalendarEvent } from "@concord/client";
import { Temporal } from "temporal-polyfill";
import type { View } from "../../search";
import { clock } from "../../ui/time";

export type Wall = Temporal.PlainDateTime;
export type Day = Temporal.PlainDate;

export const dayOf = (text: string): Day => Temporal.PlainDate.from(text.slice(0, 10));
export const today = (zone: string): Day => Temporal.Now.plainDateISO(zone);
export const wallNow = (zone: string): Wall => Temporal.Now.plainDateTimeISO(zone);
const hasOffset = (text: string) => /(Z|[+-]\d\d:\d\d)$/.test(text);

/** What the clock on a wall in `zone` shows at this time of the API's. A floating time shows the same everywhere. */
export function wallIn(text: string, zone: string): Wall {
  if (!hasOffset(text)) return Temporal.PlainDateTime.from(text);
  return Temporal.Instant.from(text).toZonedDateTimeISO(zone).toPlainDateTime();
}

/** The API's form of a wall clock in a zone, or of a floating time where there is none. */
export function fromWall(wall: Wall, zone: string | null): string {
  if (zone === null) return wall.toString({ smallestUnit: "second" });
  // In a gap the later offset applies, in a fold the first: as RFC 5545 has it, and the server.
  return wall.toZonedDateTime(zone, { disambiguation: "compatible" }).toString({ timeZoneName: "never", smallestUnit: "second" });
}

/** When a day begins in a zone, as an instant with Z. */
export const beginOf = (day: Day, zone: string): string => day.toZonedDateTime(zone).toInstant().toString({ smallestUnit: "second" });

/** Minutes since an origin that all times share, to order events by. */
export const instantOf = (text: string, zone: string): number =>
  hasOffset(text) ? Temporal.Instant.from(text).epochMilliseconds : (text.length === 10 ? dayOf(text).toPlainDateTime() : Temporal.PlainDateTime.from(text)).toZonedDateTime(zone).epochMilliseconds;

/** The zone in which an event is meant: its own, or the reader's where it floats or is of days. */
export const ownZone = (event: Pick<CalendarEvent, "zone">, reader: string): string => event.zone ?? reader;

/** The first and the last day (inclusive) that an event touches for a reader in `zone`. */
export function days(event: Pick<CalendarEvent, "start" | "end" | "allDay">, zone: string): [Day, Day] {
  if (event.allDay) {
    const first = dayOf(event.start);
    const last = dayOf(event.end).subtract({ days: 1 });
    return [first, Temporal.PlainDate.compare(last, first) < 0 ? first : last];
  }
  const start = wallIn(event.start, zone);
  const end = wallIn(event.end, zone);
  // What ends at midnight does not touch the next day.
  const ends = Temporal.PlainDateTime.compare(end, start) > 0 ? end.subtract({ seconds: 1 }) : end;
  return [start.toPlainDate(), ends.toPlainDate()];
}

export const weekStart = (day: Day): Day => day.subtract({ days: day.dayOfWeek - 1 });

const agendaDays = 30;

/** The days of a week that fit a narrow page: of seven, two events at once would be too thin for a finger. */
const fewDays = 3;

/** What a view shows: from a day up to another (exclusive). */
export function shownDays(view: View, day: Day, narrow: boolean): [Day, Day] {
  switch (view) {
    case "month": {
      const first = weekStart(day.with({ day: 1 }));
      return [first, first.add({ days: 42 })];
    }
    case "week": {
      const first = narrow ? day : weekStart(day);
      return [first, first.add({ days: narrow ? fewDays : 7 })];
    }
    case "day":
      return [day, day.add({ days: 1 })];
    case "agenda":
      return [day, day.add({ days: agendaDays })];
  }
}

/** The day to look at after a step to later (1) or earlier (-1). */
export function step(view: View, day: Day, by: 1 | -1, narrow: boolean): Day {
  switch (view) {
    case "month":
      return day.with({ day: 1 }).add({ months: by });
    case "week":
      return day.add({ days: (narrow ? fewDays : 7) * by });
    case "day":
      return day.add({ days: by });
    case "agenda":
      return day.add({ days: agendaDays * by });
  }
}

const plain = (day: Day, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(new Date(`${day.toString()}T00:00:00Z`));

export const dayWords = (day: Day) => plain(day, { weekday: "long", day: "numeric", month: "long" });
export const shortDay = (day: Day) => plain(day, { weekday: "short", day: "numeric", month: "short" });
export const yearDay = (day: Day) => plain(day, { day: "numeric", month: "short", year: "numeric" });

/** November 2026; 16 – 22 Nov 2026; Friday 20 November 2026 */
export function heading(view: View, day: Day, narrow: boolean): string {
  switch (view) {
    case "month":
      return plain(day, { month: "long", year: "numeric" });
    case "day":
      return plain(day, narrow ? { weekday: "short", day: "numeric", month: "short", year: "numeric" } : { weekday: "long", day: "numeric", month: "long", year: "numeric" });
    case "week":
    case "agenda": {
      const [from, until] = shownDays(view, day, narrow);
      const last = until.subtract({ days: 1 });
      const first = plain(from, from.month === last.month ? { day: "numeric" } : { day: "numeric", month: "short", ...(from.year !== last.year && { year: "numeric" }) });
      return `${first} – ${yearDay(last)}`;
    }
  }
}

const hm = (wall: Wall) => clock(`${wall.toString({ smallestUnit: "minute" })}Z`, "UTC");

/** 09:00 – 10:00; all day; Fri 20 Nov 22:00 – Sat 21 Nov 02:00 */
export function timesIn(event: Pick<CalendarEvent, "start" | "end" | "allDay">, zone: string): string {
  const [first, last] = days(event, zone);
  const same = first.equals(last);
  if (event.allDay) return same ? "All day" : `${shortDay(first)} – ${shortDay(last)}`;
  const start = wallIn(event.start, zone);
  const end = wallIn(event.end, zone);
  return same ? `${hm(start)} – ${hm(end)}` : `${shortDay(first)} ${hm(start)} – ${shortDay(end.toPlainDate())} ${hm(end)}`;
}
