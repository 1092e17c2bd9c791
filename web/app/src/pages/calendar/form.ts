/** The event dialog's form: what stands in it, and what it means for the API. */
import type { Attendee, CalendarEvent, EventInput, Reminder } from "@concord/client";
import { Temporal } from "temporal-polyfill";
import { typeFrom, typeName } from "./look";
import { read, type Rule, write } from "./recurrence";
import { dayOf, fromWall, type Wall, wallIn } from "./when";
import type { Times } from "./edits";

export interface Form {
  title: string;
  allDay: boolean;
  startDay: string;
  startTime: string;
  /** Inclusive, as people say it. */
  endDay: string;
  endTime: string;
  zone: string;
  /** Null: it does not repeat. A text: what the editor cannot show (a rule to a line), kept as it is. */
  repeats: Rule | string | null;
  type: string;
  clients: string[];
  location: string;
  conference: string;
  description: string;
  notes: string;
  status: CalendarEvent["status"];
  availability: CalendarEvent["availability"];
  privacy: CalendarEvent["privacy"];
  attendees: Attendee[];
  usualReminders: boolean;
  reminders: Reminder[];
}

export const time = (wall: Wall) => wall.toString({ smallestUnit: "minute" }).slice(11);

/** The form of an event that is there. */
export function fromEvent(event: CalendarEvent, reader: string): Form {
  const zone = event.zone ?? reader;
  const start = event.allDay ? dayOf(event.start).toPlainDateTime() : wallIn(event.start, zone);
  const end = event.allDay ? dayOf(event.end).subtract({ days: 1 }).toPlainDateTime() : wallIn(event.end, zone);
  const rules = event.recurrence?.rules ?? [];
  const only = rules.length === 1 ? rules[0] : undefined;
  return {
    title: event.title,
    allDay: event.allDay,
    startDay: start.toPlainDate().toString(),
    startTime: event.allDay ? "09:00" : time(start),
    endDay: end.toPlainDate().toString(),
    endTime: event.allDay ? "10:00" : time(end),
    zone,
    repeats: event.recurrence ? ((only && read(only, zone)) ?? rules.join("\n")) : null,
    type: event.sessionType ? typeName(event.sessionType) : "",
    clients: event.clients.map(({ id }) => id),
    location: event.location,
    conference: event.conference,
    description: event.description,
    notes: event.notes,
    status: event.status,
    availability: event.availability,
    privacy: event.privacy,
    attendees: event.attendees,
    usualReminders: event.reminders.useDefault ?? !event.reminders.own,
    reminders: event.reminders.own ?? [],
  };
}

/** The form of a new event that begins here. A text without a time is a day. */
export function blank(begins: string, until: string | undefined, zone: string): Form {
  const allDay = begins.length === 10;
  const start = Temporal.PlainDateTime.from(begins);
  const end = until ? Temporal.PlainDateTime.from(until) : allDay ? start.add({ days: 1 }) : start.add({ hours: 1 });
  const last = allDay ? end.subtract({ days: 1 }) : end;
  return {
    title: "", allDay, startDay: start.toPlainDate().toString(), startTime: allDay ? "09:00" : time(start), endDay: last.toPlainDate().toString(),
    endTime: allDay ? "10:00" : time(end), zone, repeats: null, type: "", clients: [], location: "", conference: "", description: "", notes: "", status: "confirmed",
    availability: "busy", privacy: "default", attendees: [], usualReminders: true, reminders: [],
  };
}

const walls = (form: Form): [Wall, Wall] =>
  form.allDay
    ? [dayOf(form.startDay).toPlainDateTime(), dayOf(form.endDay).add({ days: 1 }).toPlainDateTime()]
    : [Temporal.PlainDateTime.from(`${form.startDay}T${form.startTime}`), Temporal.PlainDateTime.from(`${form.endDay}T${form.endTime}`)];

/** What is wrong, by field. */
export function faults(form: Form): Partial<Record<keyof Form, string>> {
  const wrong: Partial<Record<keyof Form, string>> = {};
  if (!form.title.trim()) wrong.title = "Please give it a title";
  if (!form.startDay) wrong.startDay = "Please choose a day";
  if (!form.endDay) wrong.endDay = "Please choose a day";
  if (!form.allDay && !/^\d\d:\d\d/.test(form.startTime)) wrong.startTime = "Please give a time";
  if (!form.allDay && !/^\d\d:\d\d/.test(form.endTime)) wrong.endTime = "Please give a time";
  if (Object.keys(wrong).every((field) => field === "title")) {
    const [start, end] = walls(form);
    if (Temporal.PlainDateTime.compare(end, start) < 0) wrong[form.allDay ? "endDay" : "endTime"] = "It ends before it begins";
  }
  const { repeats } = form;
  if (repeats && typeof repeats === "object") {
    if (!(repeats.every >= 1)) wrong.repeats = "Please say every how many";
    else if (repeats.ends.kind === "until" && repeats.ends.on < form.startDay) wrong.repeats = "The last day is before the first";
  }
  return wrong;
}

export function timesOf(form: Form, floating = false): Times {
  const [start, end] = walls(form);
  if (form.allDay) return { start: start.toPlainDate().toString(), end: end.toPlainDate().toString(), allDay: true, zone: null };
  const zone = floating ? null : form.zone;
  return { start: fromWall(start, zone), end: fromWall(end, zone), allDay: false, zone };
}

const orNull = (text: string) => text.trim() || null;
const rulesOf = (form: Form, floating: boolean): string[] | null =>
  form.repeats === null ? null : typeof form.repeats === "string" ? form.repeats.split("\n").filter(Boolean) : [write(form.repeats, floating ? null : form.zone, form.allDay)];

function fields(form: Form, floating: boolean, dates: string[]) {
  const rules = rulesOf(form, floating);
  return {
    title: form.title.trim(),
    recurrence: rules && { rules, dates },
    sessionType: typeFrom(form.type),
    clients: form.clients,
    location: orNull(form.location),
    conference: orNull(form.conference),
    description: orNull(form.description),
    notes: orNull(form.notes),
    status: form.status,
    availability: form.availability,
    privacy: form.privacy,
    attendees: form.attendees,
    reminders: form.usualReminders ? { useDefault: true } : { useDefault: false, own: [...form.reminders].sort((a, b) => a.minutesBefore - b.minutesBefore) },
  };
}

/** A new event. */
export const input = (form: Form): EventInput => ({ ...fields(form, false, []), ...timesOf(form) });

/** What the form changes of an event: only fields that differ, and the times when one of them does. */
export function difference(before: Form, after: Form, event: Pick<CalendarEvent, "floating" | "recurrence">): { patch: EventInput; times: Times | null } {
  const dates = event.recurrence?.dates ?? [];
  const was = fields(before, event.floating, dates);
  const is = fields(after, event.floating, dates);
  const patch = Object.fromEntries(Object.entries(is).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name as keyof typeof was]))) as EventInput;
  const then = timesOf(before, event.floating);
  const now = timesOf(after, event.floating);
  return { patch, times: JSON.stringify(then) === JSON.stringify(now) ? null : now };
}
