/** What comes, day by day: the view that fits a phone and reads aloud well. */
import type { CalendarEvent } from "@concord/client";
import { IconMapPin, IconRepeat, IconUser, IconVideo } from "@tabler/icons-react";
import { useMemo } from "react";
import { SyncDot } from "../../ui/SyncDot";
import { city, differ } from "../../ui/time";
import classes from "./Agenda.module.css";
import { isForeign, keyOf, syncState, typeHue, typeName } from "./look";
import { type Day, dayWords, days, instantOf, timesIn, today } from "./when";

/** The events of each day of a range, in their order; an event of several days stands on each. */
export function byDay(events: CalendarEvent[], from: Day, until: Day, zone: string): [Day, CalendarEvent[]][] {
  const all = new Map<string, CalendarEvent[]>();
  const sorted = [...events].sort((a, b) => Number(b.allDay) - Number(a.allDay) || instantOf(a.start, zone) - instantOf(b.start, zone) || a.title.localeCompare(b.title));
  for (const event of sorted) {
    const [first, last] = days(event, zone);
    for (let day = first.since(from).sign < 0 ? from : first; day.since(last).sign <= 0 && day.since(until).sign < 0; day = day.add({ days: 1 })) {
      const key = day.toString();
      all.set(key, [...(all.get(key) ?? []), event]);
    }
  }
  const filled: [Day, CalendarEvent[]][] = [];
  for (let day = from; day.since(until).sign < 0; day = day.add({ days: 1 })) {
    const there = all.get(day.toString());
    if (there) filled.push([day, there]);
  }
  return filled;
}

interface Props {
  events: CalendarEvent[];
  from: Day;
  until: Day;
  zone: string;
  open: (event: CalendarEvent) => void;
}

export function Agenda({ events, from, until, zone, open }: Props) {
  const list = useMemo(() => byDay(events, from, until, zone), [events, from, until, zone]);
  const now = today(zone);
  return (
    <div className={classes.agenda}>
      {list.map(([day, there]) => (
        <section key={day.toString()} className={classes.day} aria-labelledby={`day-${day}`} data-today={day.equals(now) || undefined}>
          <h2 id={`day-${day}`} className={classes.heading}>
            {dayWords(day)}
            {day.equals(now) && <span className={classes.today}>Today</span>}
          </h2>
          <ul className={classes.list}>
            {there.map((event) => (
              <li key={keyOf(event)}>
                <Row event={event} zone={zone} open={open} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Row({ event, zone, open }: { event: CalendarEvent; zone: string; open: (event: CalendarEvent) => void }) {
  const elsewhere = !event.allDay && event.zone && differ(event.zone, zone, event.start) ? event.zone : null;
  return (
    <button type="button" className={`${classes.row} hue-${isForeign(event) ? "slate" : typeHue(event.sessionType)}`} data-foreign={isForeign(event) || undefined} data-status={event.status} onClick={() => open(event)}>
      <span className={classes.time}>
        {timesIn(event, zone)}
        {elsewhere && <span className={classes.elsewhere}>{timesIn(event, elsewhere)} {city(elsewhere)}</span>}
      </span>
      <span className={classes.mark} aria-hidden />
      <span className={classes.what}>
        <span className={classes.title}>{event.title}</span>
        <span className={classes.more}>
          {event.sessionType && <span>{typeName(event.sessionType)}</span>}
          {event.status !== "confirmed" && <span>{event.status === "tentative" ? "Tentative" : "Cancelled"}</span>}
          {event.clients.length > 0 && <span><IconUser size={13} aria-hidden /> {event.clients.map(({ name }) => name).join(", ")}</span>}
          {event.location && <span><IconMapPin size={13} aria-hidden /> {event.location}</span>}
          {event.meetingUrl && <span><IconVideo size={13} aria-hidden /> Online</span>}
          {event.recurring && <span><IconRepeat size={13} aria-hidden /> Repeats</span>}
          {isForeign(event) && <span>From a calendar</span>}
        </span>
      </span>
      <SyncDot state={syncState(event)} size={15} />
    </button>
  );
}
