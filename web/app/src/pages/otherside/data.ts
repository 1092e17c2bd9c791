/** What is read from the other side, how it looks in a form, and how a form is said there. */
import type { TwinAct, TwinEvent, TwinFields, TwinRule, TwinTarget, TwinTime } from "@concord/client/twin";
import { queryOptions } from "@tanstack/react-query";
import { Temporal } from "temporal-polyfill";
import type { Change } from "../../data/change";
import type { Lasting, Side } from "./sides";

/** Nobody tells us when something changes there, so it is looked at this often. */
const every = 1_000;

export const theirs = (side: Side, calendar: string, from: string, until: string) =>
  queryOptions({
    queryKey: ["otherside", side.id, "events", calendar, from, until],
    queryFn: ({ signal }) => side.twin.calendar(calendar, from, until, signal),
    refetchInterval: every,
    // Other days of the same side may stand there until these are read; another side's may not.
    placeholderData: (before, query) => (query?.queryKey[1] === side.id ? before : undefined),
    retry: false,
  });

export const faults = (side: Side) => queryOptions({ queryKey: ["otherside", side.id, "faults"], queryFn: () => side.twin.faults(), refetchInterval: every, retry: false });

export const calls = (side: Side) => queryOptions({ queryKey: ["otherside", side.id, "calls"], queryFn: () => side.twin.calls(12), refetchInterval: every, retry: false });

export const passwords = (side: Side) => queryOptions({ queryKey: ["otherside", side.id, "passwords"], queryFn: () => side.twin.passwords(), refetchInterval: every, retry: false });

/** What an act is about: of a series, the one occurrence that is shown. */
export const only = ({ id, occurrence }: TwinEvent): TwinTarget => ({ id, ...(occurrence && { occurrence }) });

/** The series of an occurrence; none of what does not repeat. */
export const series = ({ id, occurrence, recurringEventId }: TwinEvent): TwinTarget | null =>
  recurringEventId ? { id: recurringEventId } : occurrence ? { id } : null;

/** Concord leaves a note on what it made. */
export const isCopy = ({ extendedProperties, properties, transactionId }: TwinEvent) => !!extendedProperties?.private?.concord || !!properties?.["X-CONCORD"] || !!transactionId;

export type Day = Temporal.PlainDate;
export type OtherView = "month" | "week";

/** The days that are shown, from one up to another (exclusive). On a phone a week is three days. */
export function shown(view: OtherView, day: Day, narrow: boolean): [Day, Day] {
  if (view === "week") {
    const first = narrow ? day : day.subtract({ days: day.dayOfWeek - 1 });
    return [first, first.add({ days: narrow ? 3 : 7 })];
  }
  const first = day.with({ day: 1 });
  const from = first.subtract({ days: first.dayOfWeek - 1 });
  return [from, from.add({ days: 42 })];
}

export const steps = (view: OtherView, day: Day, by: 1 | -1, narrow: boolean): Day =>
  view === "week" ? day.add({ days: (narrow ? 3 : 7) * by }) : day.with({ day: 1 }).add({ months: by });

export const instant = (day: Day, zone: string): string => day.toZonedDateTime(zone).toInstant().toString({ smallestUnit: "second" });

/** What is under the finger in the little form; times are wall clocks of the event's zone there. */
export interface Form {
  title: string;
  place: string;
  allDay: boolean;
  day: string;
  from: string;
  until: string;
  /** The last day, of whole days. */
  last: string;
  zone: string;
}

/** A wall clock of the grid, which may come with an offset. */
const wallIn = (text: string, zone: string) =>
  /(Z|[+-]\d\d:\d\d)$/.test(text) ? Temporal.Instant.from(text).toZonedDateTimeISO(zone).toPlainDateTime() : Temporal.PlainDateTime.from(text.length === 10 ? `${text}T00:00` : text);

/** A form for what is to begin at a place. */
export function formAt(place: { start: string; end: string; allDay: boolean }, zone: string): Form {
  const start = wallIn(place.start, zone);
  const end = wallIn(place.end, zone);
  const last = place.allDay ? end.toPlainDate().subtract({ days: 1 }).toString() : end.toPlainDate().toString();
  const whole = place.allDay && last > start.toPlainDate().toString();
  return {
    title: "", place: "", allDay: whole, day: start.toPlainDate().toString(), last, zone,
    // A click on a day means something at some hour of it; several days are whole ones.
    from: place.allDay ? "09:00" : hm(start), until: place.allDay ? "10:00" : hm(end),
  };
}

const wall = (time: TwinTime, zone: string) => wallIn(time.dateTime ?? "", zone);
const hm = (at: Temporal.PlainDateTime) => at.toString({ smallestUnit: "minute" }).slice(11);

export function formOf(event: TwinEvent, zone: string): Form {
  const words = { title: event.summary ?? "", place: event.location ?? "" };
  if (event.start.date && event.end.date) {
    const last = Temporal.PlainDate.from(event.end.date).subtract({ days: 1 }).toString();
    return { ...words, allDay: true, day: event.start.date, last, from: "09:00", until: "10:00", zone };
  }
  const own = event.start.timeZone ?? zone;
  const start = wall(event.start, own);
  const end = wall(event.end, own);
  return { ...words, allDay: false, day: start.toPlainDate().toString(), last: end.toPlainDate().toString(), from: hm(start), until: hm(end), zone: own };
}

/** Times as a form says them; what ends before it begins ends on the next day. */
export function timesOf(form: Form): { start: TwinTime; end: TwinTime } {
  if (form.allDay) {
    const last = form.last < form.day ? form.day : form.last;
    return { start: { date: form.day }, end: { date: Temporal.PlainDate.from(last).add({ days: 1 }).toString() } };
  }
  const start = Temporal.PlainDateTime.from(`${form.day}T${form.from}`);
  const sameDay = Temporal.PlainDateTime.from(`${form.last < form.day ? form.day : form.last}T${form.until}`);
  const end = Temporal.PlainDateTime.compare(sameDay, start) > 0 ? sameDay : start.toPlainDate().add({ days: 1 }).toPlainDateTime(form.until);
  const said = (at: Temporal.PlainDateTime) => ({ dateTime: at.toString({ smallestUnit: "second" }), timeZone: form.zone });
  return { start: said(start), end: said(end) };
}

/** Where an event was dragged to, on the clock of its own zone. A patch must take away what the other form has. */
export function placed(event: TwinEvent, place: { start: string; end: string; allDay: boolean }, zone: string): TwinFields {
  if (place.allDay) {
    const last = place.end > place.start ? place.end : Temporal.PlainDate.from(place.start.slice(0, 10)).add({ days: 1 }).toString();
    const said = (text: string) => ({ date: text.slice(0, 10), dateTime: null, timeZone: null });
    return { start: said(place.start), end: said(last) };
  }
  const own = event.start.timeZone ?? zone;
  const said = (text: string) => ({ dateTime: wallIn(text, zone).toZonedDateTime(zone).withTimeZone(own).toPlainDateTime().toString({ smallestUnit: "second" }), timeZone: own, date: null });
  const end = place.end > place.start ? place.end : wallIn(place.start, zone).add({ hours: 1 }).toString();
  return { start: said(place.start), end: said(end) };
}

/** What a form says differently from another. */
export function changed(before: Form, after: Form): TwinFields {
  const times = timesOf(after);
  return {
    ...(after.title !== before.title && { summary: after.title }),
    ...(after.place !== before.place && { location: after.place }),
    ...(JSON.stringify(times) !== JSON.stringify(timesOf(before)) && times),
  };
}

export const fieldsOf = (form: Form): TwinFields => ({ summary: form.title, ...(form.place && { location: form.place }), ...timesOf(form) });

const reads = [["otherside"]];

export const act = (side: Side, calendar: string, what: TwinAct, refused: string): Change => ({
  of: reads, inTurn: `otherside ${side.id}`, send: () => side.twin.act(calendar, what), refused,
});

/** The rule by which a trouble is in force. */
export const inForce = (side: Side, which: Lasting, all: TwinRule[]): TwinRule | undefined => {
  const { rule } = side.trouble[which];
  return all.find((one) => one.kind === rule.kind && (one.status ?? undefined) === rule.status);
};

export const begin = (side: Side, which: Lasting): Change => ({ of: reads, inTurn: "trouble", send: () => side.twin.addFault(side.trouble[which].rule), refused: "The trouble did not begin" });

export const end = (side: Side, rule: TwinRule): Change => ({ of: reads, inTurn: "trouble", send: () => side.twin.endFault(rule.id), refused: "The trouble did not end" });
