/** Our events of the same days, in short: what arrives from the other side shows up here by itself. */
import type { CalendarEvent } from "@concord/client";
import { Skeleton, Text } from "@mantine/core";
import { TextLink } from "../../shell/links";
import { SyncDot, type SyncState } from "../../ui/SyncDot";
import { clock, day as dayWords } from "../../ui/time";
import classes from "./Page.module.css";

const worst: [CalendarEvent["sync"][number]["syncStatus"], SyncState][] = [["conflict", "conflict"], ["error", "attention"], ["pending", "syncing"], ["synced", "synced"]];
const stateOf = (event: CalendarEvent): SyncState => worst.find(([status]) => event.sync.some((one) => one.syncStatus === status))?.[1] ?? "off";

/** Its first day as this reader has it. */
const dayKey = (event: CalendarEvent, zone: string) => (event.allDay ? event.start : new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(event.start)));

export function Ours({ events, zone }: { events: CalendarEvent[] | undefined; zone: string }) {
  if (!events) return <div aria-busy className={classes.list}><Skeleton height={18} width="40%" mb={10} /><Skeleton height={36} mb={8} /><Skeleton height={36} mb={8} /><Skeleton height={36} /></div>;
  const days = new Map<string, CalendarEvent[]>();
  for (const event of [...events].sort((a, b) => Number(b.allDay) - Number(a.allDay) || Date.parse(a.start) - Date.parse(b.start))) {
    const key = dayKey(event, zone).slice(0, 10);
    days.set(key, [...(days.get(key) ?? []), event]);
  }
  if (days.size === 0) return <Text size="sm" className={`muted ${classes.list}`}>Nothing in these days. Create something there, and it shows up here.</Text>;
  return (
    <div className={classes.list}>
      {[...days].sort(([a], [b]) => a.localeCompare(b)).map(([key, there]) => (
        <section key={key} aria-label={dayWords(`${key}T12:00:00Z`, "UTC")}>
          <h3 className={classes.day}>{dayWords(`${key}T12:00:00Z`, "UTC")}</h3>
          <ul>
            {there.map((event) => (
              <li key={`${event.id} ${event.occurrence ?? ""}`} className={classes.one}>
                <span className={`tabular muted ${classes.hour}`}>{event.allDay ? "All day" : clock(event.start, zone)}</span>
                <TextLink underline="hover" c="inherit" to="/calendar" search={{ event: event.id, ...(event.occurrence && { occurrence: event.occurrence }) }} className={classes.name}>
                  {event.title}
                </TextLink>
                <SyncDot state={stateOf(event)} size={13} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
