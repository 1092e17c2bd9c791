/** The fields of an event. */
import type { Attendee, Reminder } from "@concord/client";
import { Autocomplete, Button, Checkbox, Collapse, Group, MultiSelect, NumberInput, SegmentedControl, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { DatePickerInput, TimeInput } from "@mantine/dates";
import { IconCheck, IconHelpSmall, IconPlus, IconTrash, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { clients } from "../../data/queries";
import { IconButton } from "../../ui/IconButton";
import { city, differ, zones } from "../../ui/time";
import classes from "./EventForm.module.css";
import type { Form } from "./form";
import { timesOf } from "./form";
import { knownTypes, typeFrom, typeHue, typeName } from "./look";
import { RecurrenceField } from "./RecurrenceField";
import { timesIn } from "./when";

interface Props {
  form: Form;
  set: (change: Partial<Form>) => void;
  errors: Partial<Record<keyof Form, string>>;
  reader: string;
  types: string[];
  floating: boolean;
  /** Why the rule cannot be changed here. */
  ruleFixed?: string | undefined;
}

export function EventForm({ form, set, errors, reader, types, floating, ruleFixed }: Props) {
  const { data: people } = useQuery(clients());
  const all = useMemo(() => zones(), []);
  const [more, setMore] = useState(
    () => !!form.notes || form.status !== "confirmed" || form.availability !== "busy" || form.privacy !== "default" || !!form.conference || !form.usualReminders || form.attendees.length > 0,
  );
  const names = [...new Set([...knownTypes, ...types])].map(typeName);
  // A start that moves takes the end along, so that the length stays.
  const start = (change: Partial<Form>) => {
    const before = span(form);
    const after = { ...form, ...change };
    set({ ...change, ...(before !== null && endAfter(after, before)) });
  };
  const elsewhere = !form.allDay && !floating && form.startTime && form.endTime && form.startDay && form.endDay ? timesOf(form) : null;

  return (
    <Stack gap="md">
      <TextInput label="Title" data-autofocus value={form.title} error={errors.title} onChange={(event) => set({ title: event.currentTarget.value })} />
      <div>
        <Group justify="space-between" mb={6}>
          <Text size="sm" fw={500} id="when-label">When</Text>
          <Switch size="sm" label="All day" labelPosition="left" checked={form.allDay} onChange={(event) => set({ allDay: event.currentTarget.checked })} />
        </Group>
        <div className={classes.when} role="group" aria-labelledby="when-label" data-days={form.allDay || undefined}>
          <DatePickerInput className={classes.firstDay} aria-label="First day" firstDayOfWeek={1} valueFormat="ddd D MMM YYYY" value={form.startDay} error={errors.startDay} onChange={(day) => day && start({ startDay: day })} />
          {!form.allDay && <TimeInput className={classes.firstTime} aria-label="Start time" value={form.startTime} error={errors.startTime} onChange={(event) => start({ startTime: event.currentTarget.value })} />}
          <span className={classes.until} aria-hidden>–</span>
          {!form.allDay && <TimeInput className={classes.lastTime} aria-label="End time" value={form.endTime} error={errors.endTime} onChange={(event) => set({ endTime: event.currentTarget.value })} />}
          <DatePickerInput className={classes.lastDay} aria-label="Last day" firstDayOfWeek={1} valueFormat="ddd D MMM YYYY" value={form.endDay} minDate={form.startDay} error={errors.endDay} onChange={(day) => day && set({ endDay: day })} />
        </div>
        {!form.allDay && !floating && (
          <Select aria-label="Time zone" size="xs" mt={8} searchable allowDeselect={false} data={all} value={form.zone} onChange={(zone) => zone && set({ zone })} />
        )}
        {floating && <Text size="xs" className="muted" mt={6}>At this hour wherever one is.</Text>}
        {elsewhere && differ(form.zone, reader, elsewhere.start) && (
          <Text size="xs" className="muted" mt={6}>{timesIn(elsewhere, reader)} for you, in {city(reader)}</Text>
        )}
      </div>
      <RecurrenceField value={form.repeats} change={(repeats) => set({ repeats })} from={form.startDay} zone={form.zone} allDay={form.allDay} error={errors.repeats} disabled={ruleFixed} />
      <div className={classes.two}>
        <Autocomplete
          label="Session type"
          placeholder="None"
          data={names}
          value={form.type}
          onChange={(type) => set({ type })}
          leftSection={<span className={`${classes.swatch} hue-${typeHue(typeFrom(form.type))}`} aria-hidden />}
        />
        <MultiSelect label="Clients" placeholder={form.clients.length ? undefined : "Nobody"} searchable data={people?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []} value={form.clients} onChange={(ids) => set({ clients: ids })} nothingFoundMessage="Nobody of this name" />
      </div>
      <TextInput label="Place" value={form.location} onChange={(event) => set({ location: event.currentTarget.value })} />
      <Textarea label="Description" description="Goes to the calendars it is synced with" autosize minRows={2} maxRows={8} value={form.description} onChange={(event) => set({ description: event.currentTarget.value })} />
      <Button variant="subtle" size="compact-sm" className={classes.more} aria-expanded={more} onClick={() => setMore(!more)}>
        {more ? "Fewer fields" : "Link, notes, guests, reminders, privacy"}
      </Button>
      <Collapse expanded={more}>
        <Stack gap="md">
          <TextInput label="Link to join" type="url" placeholder="https://" value={form.conference} error={errors.conference} onChange={(event) => set({ conference: event.currentTarget.value })} />
          <Textarea label="Notes" description="Stay here unless a calendar is set to show them" autosize minRows={2} maxRows={8} value={form.notes} onChange={(event) => set({ notes: event.currentTarget.value })} />
          <Guests value={form.attendees} change={(attendees) => set({ attendees })} />
          <Reminders form={form} set={set} />
          <div className={classes.two}>
            <Select
              label="Privacy"
              allowDeselect={false}
              value={form.privacy}
              onChange={(privacy) => privacy && set({ privacy })}
              data={[{ value: "default", label: "As the calendar has it" }, { value: "public", label: "Public" }, { value: "private", label: "Private" }, { value: "confidential", label: "Confidential" }]}
            />
            <Select
              label="Status"
              allowDeselect={false}
              value={form.status}
              onChange={(status) => status && set({ status })}
              data={[{ value: "confirmed", label: "Confirmed" }, { value: "tentative", label: "Tentative" }, { value: "cancelled", label: "Cancelled" }]}
            />
          </div>
          <div>
            <Text size="sm" fw={500} mb={4} id="busy-label">Shows as</Text>
            <SegmentedControl size="xs" aria-labelledby="busy-label" value={form.availability} onChange={(value) => set({ availability: value })} data={[{ value: "busy", label: "Busy" }, { value: "free", label: "Free" }]} />
          </div>
        </Stack>
      </Collapse>
    </Stack>
  );
}

/** Minutes from start to end, or days. */
function span(form: Form): number | null {
  const minutes = Date.parse(`${form.endDay}T${form.allDay ? "00:00" : form.endTime}Z`) - Date.parse(`${form.startDay}T${form.allDay ? "00:00" : form.startTime}Z`);
  return Number.isNaN(minutes) || minutes < 0 ? null : minutes;
}

function endAfter(form: Form, ms: number): Partial<Form> {
  const start = Date.parse(`${form.startDay}T${form.allDay ? "00:00" : form.startTime}Z`);
  if (Number.isNaN(start)) return {};
  const end = new Date(start + ms).toISOString();
  return { endDay: end.slice(0, 10), ...(!form.allDay && { endTime: end.slice(11, 16) }) };
}

const awaited = { words: "No answer yet", icon: IconHelpSmall };
const answers: Record<string, typeof awaited> = {
  accepted: { words: "Comes", icon: IconCheck },
  declined: { words: "Does not come", icon: IconX },
  tentative: { words: "May come", icon: IconHelpSmall },
};

export function GuestLine({ guest }: { guest: Attendee }) {
  const { words, icon: Icon } = answers[guest.answer ?? ""] ?? awaited;
  return (
    <span className={classes.guest}>
      <span className={classes.answer} data-answer={guest.answer} title={words}><Icon size={14} aria-label={words} /></span>
      <span className={classes.name}>{guest.name || guest.email}{guest.name && <span className="muted"> {guest.email}</span>}</span>
    </span>
  );
}

function Guests({ value, change }: { value: Attendee[]; change: (value: Attendee[]) => void }) {
  const [email, setEmail] = useState("");
  const [error, setError] = useState<string | null>(null);
  const add = () => {
    const written = email.trim();
    if (!written) return;
    if (!/^\S+@\S+$/.test(written)) return setError("This is no e-mail address");
    if (!value.some((guest) => guest.email.toLowerCase() === written.toLowerCase())) change([...value, { email: written }]);
    setEmail("");
    setError(null);
  };
  return (
    <div role="group" aria-label="Guests">
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          label="Guests"
          description="Nobody is mailed unless a calendar is set to do so"
          type="email"
          placeholder="name@example.com"
          flex={1}
          value={email}
          error={error}
          onChange={(event) => setEmail(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              add();
            }
          }}
        />
        <Button variant="default" onClick={add} leftSection={<IconPlus size={15} />}>Add</Button>
      </Group>
      {value.length > 0 && (
        <ul className={classes.guests}>
          {value.map((guest) => (
            <li key={guest.email}>
              <GuestLine guest={guest} />
              <IconButton label={`Remove ${guest.name || guest.email}`} icon={<IconTrash size={15} />} size="md" onClick={() => change(value.filter((one) => one.email !== guest.email))} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Reminders({ form, set }: Pick<Props, "form" | "set">) {
  const [minutes, setMinutes] = useState<number | string>(30);
  const add = () => {
    if (typeof minutes === "number" && !form.reminders.some(({ minutesBefore }) => minutesBefore === minutes)) set({ reminders: [...form.reminders, { minutesBefore: minutes }] });
  };
  return (
    <div role="group" aria-label="Reminders">
      <Text size="sm" fw={500} mb={6}>Reminders</Text>
      <Checkbox label="As each calendar has it" checked={form.usualReminders} onChange={(event) => set({ usualReminders: event.currentTarget.checked })} />
      {!form.usualReminders && (
        <>
          <Group gap="xs" mt="xs">
            {form.reminders.map((one) => (
              <Button key={`${one.minutesBefore} ${one.by}`} variant="default" size="compact-sm" rightSection={<IconX size={12} aria-hidden />} aria-label={`Remove the reminder ${before(one)}`} onClick={() => set({ reminders: form.reminders.filter((other) => other !== one) })}>
                {before(one)}
              </Button>
            ))}
            {form.reminders.length === 0 && <Text size="sm" className="muted">None</Text>}
          </Group>
          <Group gap="xs" mt="xs">
            <NumberInput aria-label="Minutes before" size="xs" w={90} min={0} max={40_320} value={minutes} onChange={setMinutes} />
            <Text size="sm">minutes before</Text>
            <Button variant="default" size="xs" onClick={add}>Add</Button>
          </Group>
        </>
      )}
    </div>
  );
}

/** 30 min before, 2 h before, 1 d before by e-mail */
export function before({ minutesBefore: minutes, by }: Reminder): string {
  const when = minutes === 0 ? "at the start" : minutes % 1440 === 0 ? `${minutes / 1440} d before` : minutes % 60 === 0 ? `${minutes / 60} h before` : `${minutes} min before`;
  return by === "email" ? `${when} by e-mail` : when;
}
