/** One event in full: to read, to change, or to make. */
import type { CalendarEvent, Problem } from "@concord/client";
import { Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconLock, IconMapPin, IconRepeat, IconTrash, IconUser, IconVideo } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useChange } from "../../data/change";
import { clients } from "../../data/queries";
import { Dialog } from "../../ui/Dialog";
import { Note } from "../../ui/Note";
import { Trouble } from "../../ui/states";
import { city, differ } from "../../ui/time";
import { change as changed, create, drawn, remove, type Scope } from "./edits";
import classes from "./EventDialog.module.css";
import { before, EventForm, GuestLine } from "./EventForm";
import { difference, faults, type Form, input } from "./form";
import { Invitation } from "./Invitation";
import { typeName } from "./look";
import { inWords } from "./recurrence";
import { ScopeDialog } from "./ScopeDialog";
import { SyncPanel } from "./SyncPanel";
import { dayWords, days, ownZone, timesIn } from "./when";

/** What someone wrote and the server refused: kept, so that it can be mended. */
export interface Draft {
  form: Form;
  problem: Problem;
}

interface Common {
  reader: string;
  narrow: boolean;
  types: string[];
  owner: string;
  close: () => void;
  /** Opens the dialog again with what was refused. */
  reopen: (draft: Draft) => void;
  draft: Draft | null;
}

/** The field of the form that a field of the API stands in: `attendees[2].email` in `attendees`. */
const errorsOf = (draft: Draft | null): Partial<Record<keyof Form, string>> => {
  if (!draft?.problem.field) return {};
  const [name = ""] = draft.problem.field.split(/[.[]/);
  const field = ({ start: "startTime", end: "endTime", recurrence: "repeats", sessionType: "type" } as Record<string, keyof Form>)[name] ?? name;
  return { [field]: draft.problem.detail };
};

interface FrameProps {
  title: string;
  close: () => void;
  narrow: boolean;
  children: React.ReactNode;
  side?: React.ReactNode;
  /** What stays in sight below what scrolls. */
  foot?: React.ReactNode;
}

function Frame({ title, close, narrow, children, side, foot }: FrameProps) {
  return (
    <Dialog
      close={close} title={title} size={side ? 880 : 620} fullScreen={narrow} closeButtonProps={{ "aria-label": "Close" }}
      classNames={{ title: classes.title, content: classes.frame, body: classes.body }}
    >
      <div className={classes.scroll}>
        <div className={classes.columns} data-side={!!side || undefined}>
          <div>{children}</div>
          {side && <div className={classes.side}>{side}</div>}
        </div>
      </div>
      {foot && <div className={classes.foot}>{foot}</div>}
    </Dialog>
  );
}

/** The form that the buttons of the foot belong to. */
const formId = "event";

/** A new event. */
export function NewEvent({ initial, reader, narrow, types, owner, close, reopen, draft }: Common & { initial: Form }) {
  const [form, setForm] = useState<Form>(draft?.form ?? initial);
  const [errors, setErrors] = useState(() => errorsOf(draft));
  const { data: people } = useQuery(clients());
  const change = useChange();
  const save = (event: FormEvent) => {
    event.preventDefault();
    const wrong = faults(form);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    const chosen = people?.items.filter(({ id }) => form.clients.includes(id)).map(({ id, name }) => ({ id, name })) ?? [];
    const sent = input(form);
    change({ ...create(sent, drawn(sent, `new-${crypto.randomUUID()}`, chosen, owner)), mend: (problem) => reopen({ form, problem }) });
    close();
  };
  return (
    <Frame
      title="New event" close={close} narrow={narrow}
      foot={
        <>
          <span />
          <Group gap="xs">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" form={formId}>Create</Button>
          </Group>
        </>
      }
    >
      <form id={formId} onSubmit={save} noValidate>
        {draft && <Refused draft={draft} />}
        <EventForm form={form} set={(part) => setForm((was) => ({ ...was, ...part }))} errors={errors} reader={reader} types={types} floating={false} />
      </form>
    </Frame>
  );
}

const Refused = ({ draft }: { draft: Draft }) => (
  <Note tone="error" role="alert" title="This was refused" mb={16}>{draft.problem.detail}</Note>
);

/** An event that is there. */
export function EditEvent({ event, initial, reader, narrow, types, close, reopen, draft }: Common & { event: CalendarEvent; initial: Form }) {
  const [form, setForm] = useState<Form>(draft?.form ?? initial);
  const [errors, setErrors] = useState(() => errorsOf(draft));
  const [asking, setAsking] = useState<"save" | "delete" | null>(null);
  const cache = useQueryClient();
  const change = useChange();
  const { data: people } = useQuery(clients());
  const { patch, times } = difference(initial, form, event);
  const touched = Object.keys(patch).length > 0 || times !== null;
  // A rule belongs to a series, never to one of its occurrences.
  const scopes: Scope[] = patch.recurrence !== undefined ? ["following", "all"] : ["this", "following", "all"];
  const asks = event.recurring && !!event.occurrence;

  const save = (scope: Scope) => {
    const chosen = patch.clients && people?.items.filter(({ id }) => form.clients.includes(id)).map(({ id, name }) => ({ id, name }));
    change({
      ...changed({ cache, event, patch, ...(chosen && { drawn: { clients: chosen } }), times, scope, reader, refused: `“${event.title}” was not changed` }),
      mend: (problem) => reopen({ form, problem }),
    });
    close();
  };
  const drop = (scope: Scope) => {
    change(remove(cache, event, scope));
    close();
  };
  const submit = (press: FormEvent) => {
    press.preventDefault();
    const wrong = faults(form);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    if (!touched) return close();
    if (asks) setAsking("save");
    else save("all");
  };

  return (
    <Frame
      title={event.title || "Event"} close={close} narrow={narrow} side={<SyncPanel event={event} zone={reader} />}
      foot={
        <>
          <Button variant="subtle" color="red" leftSection={<IconTrash size={16} />} onClick={() => setAsking("delete")}>Delete</Button>
          <Group gap="xs">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" form={formId}>Save</Button>
          </Group>
        </>
      }
    >
      <form id={formId} onSubmit={submit} noValidate>
        {draft && <Refused draft={draft} />}
        <EventForm form={form} set={(part) => setForm((was) => ({ ...was, ...part }))} errors={errors} reader={reader} types={types} floating={event.floating} />
      </form>
      {asking === "save" && <ScopeDialog title="Change which ones?" verb="Save" scopes={scopes} choose={save} cancel={() => setAsking(null)} />}
      {asking === "delete" && asks && <ScopeDialog title="Delete which ones?" verb="Delete" danger scopes={["this", "following", "all"]} choose={drop} cancel={() => setAsking(null)} />}
      {asking === "delete" && !asks && (
        <Dialog close={() => setAsking(null)} title="Delete this event?" size="sm" zIndex={300}>
          <Text size="sm">“{event.title}” is deleted here and in every calendar that it is synced with.</Text>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={() => setAsking(null)}>Keep it</Button>
            <Button color="red" onClick={() => drop("all")} data-autofocus>Delete</Button>
          </Group>
        </Dialog>
      )}
    </Frame>
  );
}

/** An event that may only be read, and why. */
export function ReadEvent({ event, reader, narrow, close }: Pick<Common, "reader" | "narrow" | "close"> & { event: CalendarEvent }) {
  const [first] = days(event, reader);
  const zone = ownZone(event, reader);
  return (
    <Frame title={event.title || "Event"} close={close} narrow={narrow} side={<SyncPanel event={event} zone={reader} />}>
      <Stack gap="sm">
        {event.origin === "mail" ? <Invitation event={event} gone={close} /> : <Note tone="info" icon={<IconLock size={18} stroke={1.8} />} title="Only to read">{event.readOnly}</Note>}
        <Text fw={550}>{dayWords(first)}, {timesIn(event, reader)}</Text>
        {!event.allDay && differ(zone, reader, event.start) && <Text size="sm" className="muted">{timesIn(event, zone)} in {city(zone)}</Text>}
        {event.recurrence && <Line icon={<IconRepeat size={16} />}>{inWords((event.recurrence.rules ?? []).join("\n"), zone)}</Line>}
        {event.location && <Line icon={<IconMapPin size={16} />}>{event.location}</Line>}
        {event.meetingUrl && <Line icon={<IconVideo size={16} />}><Anchor href={event.meetingUrl} target="_blank" rel="noreferrer">Join the meeting</Anchor></Line>}
        {event.sessionType && <Text size="sm">{typeName(event.sessionType)}</Text>}
        {event.clients.length > 0 && <Line icon={<IconUser size={16} />}>{event.clients.map(({ name }) => name).join(", ")}</Line>}
        {event.description && <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>{event.description}</Text>}
        {event.attendees.map((guest) => <GuestLine key={guest.email} guest={guest} />)}
        {!!event.reminders.own?.length && <Text size="sm" className="muted">Reminders {event.reminders.own.map(before).join(", ")}</Text>}
      </Stack>
    </Frame>
  );
}

const Line = ({ icon, children }: { icon: React.ReactNode; children: React.ReactNode }) => (
  <Group gap={8} wrap="nowrap"><span className="muted" aria-hidden>{icon}</span><Text size="sm">{children}</Text></Group>
);

/** While an event that an address names is being read, and when it cannot be. */
export function EventComing({ narrow, close, error, again }: { narrow: boolean; close: () => void; error: Error | null; again: () => void }) {
  return (
    <Frame title={error ? "This event cannot be shown" : "Event"} close={close} narrow={narrow}>
      {error ? <Trouble error={error} again={again} what="The event" /> : <Stack aria-busy><Skeleton height={36} /><Skeleton height={36} /><Skeleton height={120} /></Stack>}
    </Frame>
  );
}
