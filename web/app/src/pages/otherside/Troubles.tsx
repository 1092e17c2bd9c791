/** Trouble, made on purpose: what each does, what to watch for, and the way to end it. */
import { ask, type CalendarEvent } from "@concord/client";
import type { TwinEvent, TwinRule } from "@concord/client/twin";
import { Button, Group, Text } from "@mantine/core";
import { IconArrowsDiff, IconCloudOff, IconHourglass, IconMailOff, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Temporal } from "temporal-polyfill";
import { useChange } from "../../data/change";
import { api } from "../../data/queries";
import { TextLink } from "../../shell/links";
import { done } from "../../ui/toasts";
import { begin, end, faults, formOf, inForce, only, timesOf } from "./data";
import classes from "./Page.module.css";
import { Revoked } from "./Revoked";
import type { Lasting, Side } from "./sides";

const lasting: { which: Lasting; icon: Icon; title: string; watch: string }[] = [
  {
    which: "rate", icon: IconHourglass, title: "Too many requests",
    watch: "Concord waits as long as it was asked to. Edit something meanwhile: it is kept and goes out when this ends.",
  },
  {
    which: "outage", icon: IconCloudOff, title: "Outage",
    watch: "The badge says what is wrong, tries come at growing distances, and after the end everything agrees again without your help.",
  },
  {
    which: "lost", icon: IconMailOff, title: "Lost answers",
    watch: "Create an event here: it appears there once, not twice, for Concord asks before it writes again.",
  },
];

interface Props {
  side: Side;
  ours: CalendarEvent[];
  theirs: TwinEvent[];
  calendar: string;
  zone: string;
}

export function Troubles({ side, ours, theirs, calendar, zone }: Props) {
  const { data } = useQuery(faults(side));
  const change = useChange();
  const rules = data?.rules ?? [];
  return (
    <section aria-labelledby="trouble">
      <h2 id="trouble" className={classes.heading}>Make trouble</h2>
      <ul className={classes.troubles}>
        {lasting.map(({ which, icon: Sign, title, watch }) => {
          const rule = inForce(side, which, rules);
          return (
            <li key={which} className={`card ${classes.trouble}`} data-on={!!rule || undefined}>
              <h3><Sign size={18} stroke={1.7} aria-hidden /> {title}</h3>
              <p>{side.trouble[which].does}</p>
              <p className="muted">{watch}</p>
              <Foot rule={rule}>
                {rule ? (
                  <Button size="xs" aria-label={`End: ${title}`} onClick={() => change(end(side, rule))}>End it</Button>
                ) : (
                  <Button size="xs" variant="default" aria-label={`Begin: ${title}`} disabled={!data} onClick={() => change(begin(side, which))}>Begin</Button>
                )}
              </Foot>
            </li>
          );
        })}
        <Revoked side={side} />
        <Both side={side} ours={ours} theirs={theirs} calendar={calendar} zone={zone} />
      </ul>
    </section>
  );
}

function Foot({ rule, children }: { rule: TwinRule | undefined; children: React.ReactNode }) {
  return (
    <Group gap="sm" mt="auto" pt={8}>
      {children}
      {rule && <Text size="sm" role="status" className={`tabular ${classes.on}`}>On; struck {rule.hits === 1 ? "once" : `${rule.hits} times`}</Text>}
    </Group>
  );
}

/** The next single event that both sides hold. */
export function shared(ours: CalendarEvent[], theirs: TwinEvent[], now: Temporal.Instant): { here: CalendarEvent; there: TwinEvent } | null {
  const upcoming = ours
    .filter((event) => !event.allDay && !event.recurring && !event.readOnly && event.status !== "cancelled" && Temporal.Instant.compare(event.start, now) > 0 && event.sync.every(({ syncStatus }) => syncStatus === "synced"))
    .sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  // A booking's time is asked about; of another event the newer change may win.
  const ordered = [...upcoming.filter(({ sessionType }) => sessionType), ...upcoming.filter(({ sessionType }) => !sessionType)];
  for (const here of ordered) {
    const there = theirs.find(({ id }) => here.sync.some(({ externalId }) => externalId === id));
    if (there) return { here, there };
  }
  return null;
}

function Both({ side, ours, theirs, calendar, zone }: Props) {
  const change = useChange();
  const pair = shared(ours, theirs, Temporal.Now.instant());
  const act = (same: boolean) => {
    if (!pair) return;
    const { here, there } = pair;
    const own = here.zone ?? zone;
    const shift = (text: string, hours: number) => Temporal.Instant.from(text).toZonedDateTimeISO(own).add({ hours }).toString({ timeZoneName: "never", smallestUnit: "second" });
    const form = formOf(there, zone);
    const later = (clock: string) => Temporal.PlainTime.from(clock).add({ hours: 2 }).toString({ smallestUnit: "minute" });
    const fields = same ? timesOf({ ...form, from: later(form.from), until: later(form.until) }) : { location: "Studio 5" };
    const body = same ? { start: shift(here.start, 1), end: shift(here.end, 1) } : { title: `${here.title.replace(/ \(renamed here\)$/, "")} (renamed here)` };
    change({
      of: [["events"], ["otherside"], ["conflicts"], ["status"]],
      inTurn: "both",
      send: () =>
        Promise.all([
          side.twin.act(calendar, { do: "change", ...only(there), fields }),
          ask(api.PATCH("/calendar/events/{id}", { params: { path: { id: here.id }, header: { "If-Match": `"${here.rev}"` } }, body })),
        ]),
      refused: `“${here.title}” was not changed on both sides`,
      done: () => done(same ? `“${here.title}” was moved on both sides.` : `“${here.title}” was renamed here and given a place there.`),
    });
  };
  const none = pair ? undefined : "There is no coming event in these days that both sides hold";
  return (
    <li className={`card ${classes.trouble}`}>
      <h3><IconArrowsDiff size={18} stroke={1.7} aria-hidden /> Both sides at once</h3>
      <p>{pair ? <>Changes “{pair.here.title}” here and there in the same moment.</> : "Changes one event here and there in the same moment."}</p>
      <p className="muted">Different fields merge. A time that both move is asked about in <TextLink to="/conflicts">Conflicts</TextLink>.</p>
      <Group gap="xs" mt="auto" pt={8}>
        <Button size="xs" variant="default" disabled={!pair} title={none} onClick={() => act(false)}>Different fields</Button>
        <Button size="xs" variant="default" disabled={!pair} title={none} onClick={() => act(true)}>The same field</Button>
      </Group>
    </li>
  );
}
