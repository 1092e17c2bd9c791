/** The month, week and day grids: FullCalendar in our clothes. Dragging gives wall clocks of the reader's zone. */
import type { CalendarEvent } from "@concord/client";
import type { DayHeaderInfo, EventDisplayInfo } from "@fullcalendar/react";
import clsx from "clsx";
import { Temporal } from "temporal-polyfill";
import { useState } from "react";
import { Grid as AnyGrid, type Put, thingOf } from "../../ui/Grid";
import { SyncDot, syncWords } from "../../ui/SyncDot";
import { city, clock, differ, offset } from "../../ui/time";
import classes from "./Grid.module.css";
import { isForeign, keyOf, syncState, typeHue, typeName } from "./look";
import { type Day, timesIn, type Wall, wallNow } from "./when";

const kinds = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay" } as const;
export type GridView = keyof typeof kinds;

export interface Moved {
  event: CalendarEvent;
  start: Wall;
  end: Wall;
  allDay: boolean;
  /** Puts it back where it was. */
  revert: () => void;
}

interface Props {
  view: GridView;
  day: Day;
  zone: string;
  also: string | undefined;
  events: CalendarEvent[];
  narrow: boolean;
  busy: boolean;
  open: (event: CalendarEvent) => void;
  openDay: (day: string) => void;
  create: (begins: string, until: string) => void;
  moved: (moved: Moved) => void;
}

const wall = (text: string): Wall => Temporal.PlainDateTime.from(text.length === 10 ? `${text}T00:00` : text.replace(/(Z|[+-]\d\d:\d\d)$/, ""));
const minute = (at: Wall) => at.toString({ smallestUnit: "minute" });
/** An hour is what most sessions take; a click asks for one. */
const clicked = 30;

const draw = (event: CalendarEvent) => ({
  id: keyOf(event),
  title: event.title,
  start: event.start,
  end: event.end,
  allDay: event.allDay,
  editable: !event.readOnly && event.rev > 0,
  className: `hue-${isForeign(event) ? "slate" : typeHue(event.sessionType)}`,
});

export function Grid({ view, day, zone, also, events, narrow, busy, open, openDay, create, moved }: Props) {
  // What is about now is what one most likely looks for.
  const [first] = useState(() => `${String(Math.min(Math.max(wallNow(zone).hour - 3, 0), 14)).padStart(2, "0")}:30:00`);
  const date = day.toString();

  const asked = (put: Put) => {
    const start = wall(put.start);
    const end = wall(put.end);
    if (!put.allDay) {
      const minutes = start.until(end, { largestUnit: "minute" }).minutes;
      create(minute(start), minute(minutes <= clicked ? start.add({ hours: 1 }) : end));
    } else if (view === "month" && start.until(end, { largestUnit: "day" }).days <= 1) {
      // A click on a day: on a phone one looks at it first, elsewhere something of that day is meant.
      if (narrow) openDay(start.toPlainDate().toString());
      else create(minute(start.add({ hours: 9 })), minute(start.add({ hours: 10 })));
    } else create(start.toPlainDate().toString(), end.toPlainDate().toString());
  };

  return (
    <AnyGrid
      kind={view === "week" && narrow ? "threeDays" : kinds[view]}
      date={date}
      busy={busy}
      className={classes.grid}
      skin={classes.skin}
      timeZone={zone}
      navLinks={!narrow}
      navLinkDayClick={(_date, click) => {
        const cell = (click.target as HTMLElement).closest("[data-date]");
        if (cell) openDay(cell.getAttribute("data-date") ?? date);
      }}
      scrollTime={first}
      dayHeaderContent={view === "month" ? undefined : (info) => <Weekday info={info} narrow={narrow} />}
      eventShortHeight={44}
      eventResizableFromStart={!narrow}
      eventContent={(info) => <Content info={info} zone={zone} />}
      slotHeaderContent={also ? (info) => <TwoClocks at={info.date} zone={zone} also={also} text={info.text} /> : undefined}
      things={events}
      draw={draw}
      eventClass={eventClass}
      open={open}
      create={asked}
      move={(event, put, revert) => {
        const start = wall(put.start);
        const end = put.end ? wall(put.end) : put.allDay ? start.add({ days: 1 }) : start.add({ hours: 1 });
        moved({ event, start, end, allDay: put.allDay, revert });
      }}
    />
  );
}

function eventClass(event: CalendarEvent | undefined): string {
  if (!event) return clsx(classes.event, "hue-blue");
  return clsx(classes.event, {
    [classes.foreign ?? ""]: isForeign(event),
    [classes.tentative ?? ""]: event.status === "tentative",
    [classes.cancelled ?? ""]: event.status === "cancelled",
    [classes.unsaved ?? ""]: event.rev === 0,
  });
}

function Content({ info, zone }: { info: EventDisplayInfo; zone: string }) {
  const event = thingOf<CalendarEvent>(info.event);
  if (!event) return <span className={classes.content}>{info.timeText}</span>;
  const state = syncState(event);
  const elsewhere = !event.allDay && event.zone && differ(event.zone, zone, event.start) ? event.zone : null;
  const where = elsewhere ? `, ${timesIn(event, elsewhere)} in ${city(elsewhere)}` : "";
  const label = [
    event.title, timesIn(event, zone) + where, event.sessionType && typeName(event.sessionType), isForeign(event) && "from a calendar", event.status !== "confirmed" && event.status, syncWords(state),
  ].filter(Boolean).join(", ");
  return (
    <span
      className={classes.content}
      title={label}
      data-tall={(info.view.type !== "dayGridMonth" && !event.allDay && !info.isShort) || undefined}
      data-short={info.isShort || undefined}
      data-narrow={info.isNarrow || undefined}
      data-trouble={state === "conflict" || state === "attention" || undefined}
    >
      <span className="visually-hidden">{label}</span>
      <span className={classes.line} aria-hidden>
        {info.timeText && !info.isNarrow && <span className={classes.time}>{info.timeText}</span>}
        <span className={classes.title}>{event.title}</span>
      </span>
      {elsewhere && <span className={classes.elsewhere} aria-hidden>{clock(event.start, elsewhere)} {city(elsewhere)}</span>}
      <span className={classes.dot} aria-hidden><SyncDot state={state} size={12} silent /></span>
    </span>
  );
}

function Weekday({ info, narrow }: { info: DayHeaderInfo; narrow: boolean }) {
  return (
    <span className={classes.weekday} data-today={info.isToday || undefined} data-narrow={narrow || undefined}>
      <span>{info.weekdayText.slice(0, narrow ? 2 : 3)}</span>
      <span className={classes.date}>{info.dayNumberText}</span>
    </span>
  );
}

/** The hour in two zones. */
function TwoClocks({ at, zone, also, text }: { at: Date; zone: string; also: string; text: string }) {
  const other = new Date(at);
  return (
    <span className={classes.clocks}>
      <span title={`${city(also)}, ${offset(also, other)}`}>{clock(other, also)}</span>
      <span title={`${city(zone)}, ${offset(zone, other)}`}>{text}</span>
    </span>
  );
}
