/** What can be done to events, each as a change that shows at once. */
import { ask, type CalendarEvent, type ChangedEvent, type EventInput } from "@concord/client";
import type { QueryClient } from "@tanstack/react-query";
import { Temporal } from "temporal-polyfill";
import type { Change } from "../../data/change";
import { api, event as oneEvent } from "../../data/queries";
import { movedBy } from "./recurrence";
import { dayOf, fromWall, type Wall, wallIn } from "./when";

export type Scope = "this" | "following" | "all";

/** New times, in the form in which the API takes them. */
export interface Times {
  start: string;
  end: string;
  allDay: boolean;
  zone: string | null;
}

const lists = [["events"]];
const isList = (read: unknown): read is CalendarEvent[] => Array.isArray(read);

/** What the server answered last, so that an edit is made on the version that came of the one before it. */
const answered = new Map<string, number>();
const remember = (event: ChangedEvent) => {
  answered.set(event.id, Math.max(event.rev, answered.get(event.id) ?? 0));
  if (event.next) remember(event.next);
};

/** The newest revision of an event that this page has seen. */
export function newestRev(cache: QueryClient, id: string, least: number): number {
  let newest = Math.max(least, answered.get(id) ?? 0);
  for (const [, read] of cache.getQueriesData({ queryKey: ["events"] })) {
    const all: unknown[] = isList(read) ? read : [read];
    for (const one of all as Partial<CalendarEvent>[]) if (one?.id === id && typeof one.rev === "number") newest = Math.max(newest, one.rev);
  }
  return newest;
}

const inTurn = (id: string) => `event ${id}`;
const headers = (key: string, rev?: number) => ({ "Idempotency-Key": key, ...(rev !== undefined && { "If-Match": `"${rev}"` }) });
const pending = (event: CalendarEvent): CalendarEvent => ({
  ...event,
  sync: event.sync.map((one) => (one.syncStatus === "off" ? one : { ...one, syncStatus: "pending" })),
});

/** An event that is not there yet. */
export function create(input: EventInput, drawn: CalendarEvent): Change<ChangedEvent> {
  return {
    of: lists,
    inTurn: `new ${drawn.id}`,
    send: async (key) => {
      const made = await ask(api.POST("/calendar/events", { body: input, params: { header: headers(key) } }));
      remember(made);
      return made;
    },
    onto: (read) => (isList(read) ? [...read, drawn] : read),
    refused: `“${input.title}” was not created`,
  };
}

/** Shifts a time as another was shifted, on the wall of the event's zone. */
function shifted(text: string, allDay: boolean, zone: string, from: Wall, to: Wall): string {
  const by = from.until(to, { largestUnit: "day" });
  if (allDay) return dayOf(text).add(by.round({ smallestUnit: "day", relativeTo: from.toPlainDate() })).toString();
  return fromWall(wallIn(text, zone).add(by), /[Z]$|[+-]\d\d:\d\d$/.test(text) ? zone : null);
}

const wallOf = (text: string, allDay: boolean, zone: string): Wall => (allDay ? dayOf(text).toPlainDateTime() : wallIn(text, zone));

/**
 * The patch for the whole series that moves it as one of its occurrences was moved, and its rule along. Where a series
 * becomes of days or of hours, or changes its zone, its own first day takes the new times.
 */
export function onSeries(series: CalendarEvent, occurrence: CalendarEvent, times: Times, reader: string): EventInput {
  const zone = times.zone ?? occurrence.zone ?? reader;
  const from = wallOf(occurrence.start, occurrence.allDay, zone);
  const to = wallOf(times.start, times.allDay, zone);
  const until = wallOf(times.end, times.allDay, zone);
  const first = wallOf(series.start, series.allDay, zone);
  const start = first.add(from.until(to, { largestUnit: "day" }));
  const end = start.add(to.until(until, { largestUnit: "day" }));
  const form = (wall: Wall) => (times.allDay ? wall.toPlainDate().toString() : fromWall(wall, times.zone));
  const rules = series.recurrence?.rules?.map((rule) => movedBy(rule, first.toPlainDate(), start.toPlainDate()));
  return {
    start: form(start),
    end: form(end),
    allDay: times.allDay,
    zone: times.zone,
    ...(rules && JSON.stringify(rules) !== JSON.stringify(series.recurrence?.rules) && { recurrence: { ...series.recurrence, rules } }),
  };
}

/** How the events of a list look after an edit. */
export function edited(list: CalendarEvent[], of: CalendarEvent, fields: Partial<CalendarEvent>, times: Times | null, scope: Scope, reader: string): CalendarEvent[] {
  const zone = of.zone ?? reader;
  const whole = !of.recurring;
  return list.map((one) => {
    if (one.id !== of.id) return one;
    const same = one.occurrence === of.occurrence;
    const reached = whole || same || scope === "all" || (scope === "following" && (one.occurrence ?? "") >= (of.occurrence ?? ""));
    if (!reached || (scope === "this" && !same)) return one;
    const after = { ...one, ...fields };
    if (!times) return pending(after);
    if (same || whole) return pending({ ...after, ...times });
    if (one.allDay !== times.allDay) return pending(after);
    const move = (text: string, from: string, to: string) =>
      shifted(text, one.allDay, zone, wallOf(from, of.allDay, zone), wallOf(to, times.allDay, zone));
    return pending({ ...after, start: move(one.start, of.start, times.start), end: move(one.end, of.end, times.end), zone: times.zone });
  });
}

const emptyTexts = new Set(["description", "location", "notes", "conference"]);

interface Edit {
  cache: QueryClient;
  event: CalendarEvent;
  /** What changes beside the times, in the API's form. */
  patch: EventInput;
  /** How that looks on the event, where it differs from the patch. */
  drawn?: Partial<CalendarEvent>;
  times: Times | null;
  scope: Scope;
  reader: string;
  refused: string;
  done?: () => void;
}

/** A change of an event, of an occurrence, of it and those that follow, or of the whole series. */
export function change({ cache, event, patch, drawn, times, scope, reader, refused, done }: Edit): Change<ChangedEvent> {
  // What is cleared is sent as null and shown as empty.
  const shown = Object.entries(patch).filter(([name]) => name !== "clients").map(([name, value]) => [name, value === null && emptyTexts.has(name) ? "" : value]);
  const fields = { ...(Object.fromEntries(shown) as Partial<CalendarEvent>), ...drawn };
  return {
    of: lists,
    inTurn: inTurn(event.id),
    send: async (key) => {
      let body: EventInput = { ...patch, ...times };
      if (times && event.recurring && scope !== "this") {
        const series = await cache.fetchQuery({ ...oneEvent(event.id), staleTime: 0 });
        // "Following" begins with this occurrence; the whole series begins with its own first.
        const begins = scope === "all" ? series : { ...series, start: event.start, end: event.end };
        body = { ...onSeries(begins, event, times, reader), ...patch };
      }
      const query = event.recurring ? { scope, ...(scope !== "all" && event.occurrence && { occurrence: event.occurrence }) } : {};
      const answer = await ask(
        api.PATCH("/calendar/events/{id}", {
          params: { path: { id: event.id }, query, header: headers(key, newestRev(cache, event.id, event.rev)) },
          body,
        }),
      );
      remember(answer);
      return answer;
    },
    onto: (read) => (isList(read) ? edited(read, event, fields, times, scope, reader) : read),
    refused,
    ...(done && { done }),
  };
}

export function remove(cache: QueryClient, event: CalendarEvent, scope: Scope): Change {
  const gone = (one: CalendarEvent) =>
    one.id === event.id &&
    (!event.recurring || scope === "all" || one.occurrence === event.occurrence || (scope === "following" && (one.occurrence ?? "") >= (event.occurrence ?? "")));
  return {
    of: lists,
    inTurn: inTurn(event.id),
    send: (key) =>
      ask(
        api.DELETE("/calendar/events/{id}", {
          params: {
            path: { id: event.id },
            query: event.recurring ? { scope, ...(scope !== "all" && event.occurrence && { occurrence: event.occurrence }) } : {},
            header: headers(key, newestRev(cache, event.id, event.rev)),
          },
        }),
      ),
    onto: (read) => (isList(read) ? read.filter((one) => !gone(one)) : read),
    refused: `“${event.title}” was not deleted`,
  };
}

/** This event in that calendar, or not. */
export function switchSync(event: CalendarEvent, linkId: string, calendar: string, enabled: boolean): Change<CalendarEvent> {
  return {
    of: lists,
    inTurn: inTurn(event.id),
    send: async () => {
      const answer = await ask(api.PUT("/calendar/events/{id}/sync", { params: { path: { id: event.id } }, body: { linkId, enabled } }));
      remember(answer);
      return answer;
    },
    onto: (read) => {
      const turn = (one: CalendarEvent): CalendarEvent =>
        one.id === event.id ? { ...one, sync: one.sync.map((copy) => (copy.linkId === linkId ? { ...copy, enabled, syncStatus: enabled ? "pending" : "off" } : copy)) } : one;
      return isList(read) ? read.map(turn) : typeof read === "object" && read !== null && "sync" in read ? turn(read as CalendarEvent) : read;
    },
    refused: enabled ? `“${event.title}” was not added to ${calendar}` : `“${event.title}” was not taken out of ${calendar}`,
  };
}

/** Back to what an event was in a revision. */
export function undo(event: CalendarEvent, rev: number): Change<CalendarEvent> {
  return {
    of: lists,
    inTurn: inTurn(event.id),
    send: async () => {
      const answer = await ask(api.POST("/calendar/events/{id}/undo", { params: { path: { id: event.id } }, body: { rev } }));
      remember(answer);
      return answer;
    },
    refused: `“${event.title}” stays as it is`,
  };
}

/** The times that a drag or a field gives an event: in its own zone, whatever zone they were shown in. */
export function timesFor(event: Pick<CalendarEvent, "zone" | "floating">, start: Wall, end: Wall, allDay: boolean, reader: string): Times {
  if (allDay) return { start: start.toPlainDate().toString(), end: end.toPlainDate().toString(), allDay, zone: null };
  if (event.floating) return { start: fromWall(start, null), end: fromWall(end, null), allDay, zone: null };
  const zone = event.zone ?? reader;
  const there = (wall: Wall) => wall.toZonedDateTime(reader).withTimeZone(zone).toPlainDateTime();
  return { start: fromWall(there(start), zone), end: fromWall(there(end), zone), allDay, zone };
}

/** A new event as the page draws it until the server answered. */
export function drawn(input: EventInput, id: string, clients: CalendarEvent["clients"], owner: string): CalendarEvent {
  const now = Temporal.Now.instant().toString();
  const said = Object.fromEntries(Object.entries(input).filter(([name, value]) => name !== "clients" && value !== null)) as Partial<CalendarEvent>;
  return {
    title: "", description: "", location: "", notes: "", conference: "", start: "", end: "", allDay: false, status: "confirmed", availability: "busy",
    privacy: "default", reminders: { useDefault: true }, attendees: [], attachments: [], participants: [], tags: [], extension: {}, ...said,
    id, rev: 0, uid: "", ownerId: owner, clients, floating: !input.allDay && input.zone === null, recurring: !!input.recurrence, isMeeting: false,
    origin: "platform", sync: [], createdAt: now, updatedAt: now,
  };
}
