/** Where an event is synced, how it stands with each copy, and why; whose hand changed it, and the way back. */
import type { CalendarEvent } from "@concord/client";
import { Button, Skeleton, Switch, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "../../data/change";
import { status, versions, why } from "../../data/queries";
import { ProviderIcon, providerName } from "../../providers/ProviderIcon";
import { Ago } from "../../ui/Ago";
import { Outside } from "../../ui/Outside";
import { sentence } from "../../ui/sentence";
import { SyncDot, syncWords } from "../../ui/SyncDot";
import { switchSync, undo } from "./edits";
import { copyState } from "./look";
import classes from "./SyncPanel.module.css";

export function SyncPanel({ event, zone }: { event: CalendarEvent; zone: string }) {
  const { data: links } = useQuery(status());
  const change = useChange();
  const known = links?.items ?? [];
  // An administrator sees everybody's calendars; an event goes into those of its own people.
  const people = [event.ownerId, ...event.participants];
  const copies = [
    ...event.sync,
    ...known
      .filter((link) => people.includes(link.userId) && !event.sync.some((one) => one.linkId === link.linkId))
      .map((link) => ({ provider: link.provider, linkId: link.linkId, calendar: link.calendar, syncStatus: "off" as const, enabled: false, home: false, url: null, lastSyncedAt: null, error: null })),
  ];

  return (
    <section aria-labelledby="synced-to" className={classes.panel}>
      <h3 id="synced-to" className={classes.head}>Where it is synced</h3>
      {copies.length === 0 && <Text size="sm" className="muted">In no calendar yet: none is connected.</Text>}
      <ul className={classes.list}>
        {copies.map((copy) => {
          const link = known.find(({ linkId }) => linkId === copy.linkId);
          const fixed = copy.home ? "It comes from this calendar" : link?.syncDirection === "pull" ? "Concord only reads this calendar" : event.origin === "mail" ? null : event.readOnly;
          return (
            <li key={copy.linkId} className={classes.copy}>
              <span className={classes.icon} title={providerName(copy.provider)}><ProviderIcon provider={copy.provider} size={17} /></span>
              <span className={classes.what}>
                <span className={classes.name}>{copy.calendar}</span>
                <span className={classes.state}>
                  <SyncDot state={copyState(copy.syncStatus)} size={13} silent />
                  {copy.syncStatus === "error" ? (copy.error ?? "Refused there") : syncWords(copyState(copy.syncStatus))}
                  {copy.syncStatus === "synced" && copy.lastSyncedAt && <>, <Ago at={copy.lastSyncedAt} zone={zone} /></>}
                </span>
                {copy.syncStatus !== "error" && copy.error && <span className={classes.state}>{copy.error}</span>}
                {copy.url && <span className={classes.open}><Outside to={copy.url}>Open it there<span className="visually-hidden">, in {providerName(copy.provider)}</span></Outside></span>}
              </span>
              <Tooltip label={fixed ?? ""} disabled={!fixed}>
                <div>
                  <Switch
                    size="sm"
                    aria-label={`In ${copy.calendar}`}
                    description={undefined}
                    checked={copy.enabled || copy.home}
                    disabled={!!fixed}
                    onChange={(press) => change(switchSync(event, copy.linkId, copy.calendar, press.currentTarget.checked))}
                  />
                </div>
              </Tooltip>
            </li>
          );
        })}
      </ul>
      {event.recurring && copies.length > 0 && <Text size="xs" className="muted">For the whole series.</Text>}
      <Fold title="Why?">
        <Why id={event.id} />
      </Fold>
      <Fold title="What changed">
        <Versions event={event} zone={zone} />
      </Fold>
    </section>
  );
}

function Fold({ title, children }: { title: string; children: React.ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={classes.fold} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {open && children}
    </details>
  );
}

const Failed = () => <Text size="sm" className="muted">This could not be read just now.</Text>;

function Why({ id }: { id: string }) {
  const { data, error } = useQuery(why(id));
  if (error) return <Failed />;
  if (!data) return <Skeleton height={60} />;
  if (data.items.length === 0) return <Text size="sm" className="muted">No calendar is connected, so it is nowhere but here.</Text>;
  return (
    <div className={classes.why}>
      {data.items.map((link) => (
        <div key={link.linkId}>
          <strong>{link.calendar}</strong>
          <p>{sentence(link.because)}</p>
          {link.masked.length > 0 && <p>Not shown there: {link.masked.join(", ")}.</p>}
          {link.rewritten.length > 0 && <p>Kept there in another form: {link.rewritten.join(", ")}.</p>}
          {link.error && <p>{sentence(link.error)}</p>}
          <p>{sentence(link.next)}</p>
        </div>
      ))}
    </div>
  );
}

function Versions({ event, zone }: { event: CalendarEvent; zone: string }) {
  const { data, error } = useQuery(versions(event.id));
  const change = useChange();
  if (error) return <Failed />;
  if (!data) return <Skeleton height={60} />;
  if (data.items.length === 0) return <Text size="sm" className="muted">Nothing since it was made.</Text>;
  const newest = Math.max(...data.items.map(({ rev }) => rev));
  return (
    <ol className={classes.versions}>
      {data.items.map((version) => (
        <li key={version.rev}>
          <span>
            {sentence(version.changed)}
            <span className={classes.state}>{version.by}, <Ago at={version.at} zone={zone} /></span>
          </span>
          {version.rev !== newest && !event.readOnly && (
            <Button variant="default" size="compact-xs" aria-label={`Bring back: ${sentence(version.changed)}`} onClick={() => change(undo(event, version.rev))}>Bring back</Button>
          )}
        </li>
      ))}
    </ol>
  );
}
