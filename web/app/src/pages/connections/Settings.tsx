/** The settings of one link: what syncs, which way, what may be seen there, and who wins. */
import { ask, type LinkSettings, type LinkStatus, type TableColumns } from "@concord/client";
import { Button, Group, MultiSelect, NumberInput, Radio, Select, Skeleton, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useChange } from "../../data/change";
import { api, clients, settings as readSettings, table } from "../../data/queries";
import { ButtonLink } from "../../shell/links";
import { Side } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { Note } from "../../ui/Note";
import { Trouble } from "../../ui/states";
import { done } from "../../ui/toasts";
import { Columns, Tried } from "./Columns";
import { broken } from "./columns";
import type { Leaving } from "./Disconnect";
import { directions, frequencies, frequency, save } from "./links";
import { Notices } from "./Notices";
import { Preview } from "./Samples";
import classes from "./Settings.module.css";

interface Props {
  linkId: string;
  link: LinkStatus | undefined;
  close: () => void;
  leave: (leaving: Leaving) => void;
}

export function Settings({ linkId, link, close, leave }: Props) {
  const { data, error, refetch } = useQuery(readSettings(linkId));
  return (
    <Side close={close} size={560} title={link ? `Settings of ${link.calendar}` : "Settings"} classNames={{ body: classes.body, content: classes.content }}>
      {error ? (
        <Trouble error={error} what="The settings" again={() => void refetch()} />
      ) : !link || !data ? (
        <Stack aria-busy><Skeleton height={90} /><Skeleton height={140} /><Skeleton height={140} /></Stack>
      ) : (
        <Form key={linkId} before={data} link={link} close={close} leave={leave} />
      )}
    </Side>
  );
}

const conflictPolicies: { value: LinkSettings["conflicts"]; label: string }[] = [
  { value: "last_write_wins", label: "The latest change wins" },
  { value: "keep_platform", label: "Concord wins" },
  { value: "keep_external", label: "The calendar wins" },
  { value: "ask", label: "Ask me" },
];
const deletionPolicies: { value: LinkSettings["deletion"]; label: string }[] = [
  { value: "delete", label: "Delete it here too" },
  { value: "restore", label: "Put it back there" },
  { value: "ask", label: "Ask me" },
];

function Form({ before, link, close, leave }: { before: LinkSettings; link: LinkStatus; close: () => void; leave: (leaving: Leaving) => void }) {
  const [now, setNow] = useState(before);
  const change = useChange();
  const set = (part: Partial<LinkSettings>) => setNow((was) => ({ ...was, ...part }));
  const filter = (part: Partial<LinkSettings["filters"]>) => setNow((was) => ({ ...was, filters: { ...was.filters, ...part } }));
  const touched = JSON.stringify(now) !== JSON.stringify(before);
  const automatic = now.conflicts !== "ask";
  const pull = now.syncDirection === "pull";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (touched) change(save(before, now, link.calendar, () => done(`The settings of “${link.calendar}” are saved.`)));
    close();
  };
  const known = frequencies.some(({ value }) => value === String(now.syncFrequencyMinutes));

  return (
    <form onSubmit={submit} className={classes.form}>
      <div className={classes.scroll}>
        {now.columns && <Table link={link} chosen={now.columns} set={(columns) => set({ columns })} />}

        <Part title="Direction and frequency">
          <Radio.Group aria-label="Direction" value={now.syncDirection} onChange={(syncDirection) => set({ syncDirection })}>
            <Stack gap="xs">
              {(["both", "push", "pull"] as const).map((value) => <Radio key={value} value={value} label={directions[value].words} description={link.writable || value === "pull" ? directions[value].says : "This calendar cannot be written to."} disabled={!link.writable && value !== "pull"} />)}
            </Stack>
          </Radio.Group>
          <Select
            label="How often" allowDeselect={false} value={String(now.syncFrequencyMinutes)} onChange={(value) => value && set({ syncFrequencyMinutes: Number(value) })}
            data={known ? frequencies : [...frequencies, { value: String(now.syncFrequencyMinutes), label: frequency(now.syncFrequencyMinutes) }]}
          />
        </Part>

        <Part title="What syncs">
          <Switch label="Every event" description="Off: only those that fit below" checked={now.syncAll} onChange={(event) => set({ syncAll: event.currentTarget.checked })} />
          {!now.syncAll && <Filters filters={now.filters} set={filter} />}
          <Group grow align="flex-start">
            <NumberInput label="Days back" description="New to sync" min={0} max={365} value={now.window.backDays} onChange={(days) => set({ window: { ...now.window, backDays: Number(days) || 0 } })} />
            <NumberInput label="Days ahead" description="New to sync" min={1} max={1825} value={now.window.aheadDays} onChange={(days) => set({ window: { ...now.window, aheadDays: Number(days) || 1 } })} />
          </Group>
          <Text size="xs" className="muted">What drops out of this time stays as it is. What no longer fits a filter is taken out of that calendar, never from here.</Text>
        </Part>

        {!pull && (
          <Part title="What this calendar may see">
            <Preview settings={now} where="How it will look in that calendar" />
            <Radio.Group aria-label="Detail" value={now.detail} onChange={(value) => set({ detail: value })}>
              <Stack gap="xs">
                <Radio value="full" label="Everything" />
                <Radio value="title" label="Title and time" />
                <Radio value="busy" label="Only that the time is taken" />
              </Stack>
            </Radio.Group>
            <Select label="Private events" allowDeselect={false} value={now.private} onChange={(value) => value && set({ private: value })} data={[{ value: "exclude", label: "Do not appear" }, { value: "busy", label: "Appear as busy" }, { value: "show", label: "Appear as they are" }]} />
            <Select label="Clients’ names" allowDeselect={false} value={now.clientNames} onChange={(value) => value && set({ clientNames: value })} data={[{ value: "shown", label: "In full" }, { value: "initials", label: "As initials" }, { value: "hidden", label: "As “Client”" }]} />
            <Switch label="Notes" checked={now.notes} onChange={(event) => set({ notes: event.currentTarget.checked })} />
            <Switch label="Clients’ contact details" checked={now.contacts} onChange={(event) => set({ contacts: event.currentTarget.checked })} />
            <Switch label="Guests" checked={now.guests} onChange={(event) => set({ guests: event.currentTarget.checked, ...(!event.currentTarget.checked && { mailGuests: false }) })} />
            <Switch
              label="Let the provider mail guests" description={now.guests ? "Invitations and changes are sent to them by the calendar" : "Guests are not shown there, so nobody can be mailed"} disabled={!now.guests}
              checked={now.mailGuests} onChange={(event) => set({ mailGuests: event.currentTarget.checked })}
            />
          </Part>
        )}

        <Part title="When both sides changed the same thing">
          <Switch label="Handle conflicts automatically" description={automatic ? `${conflictPolicies.find(({ value }) => value === now.conflicts)?.label}; the other value is kept` : "You are asked each time"} checked={automatic} onChange={(event) => set({ conflicts: event.currentTarget.checked ? "last_write_wins" : "ask" })} />
          {automatic && <Select label="Who wins" allowDeselect={false} value={now.conflicts} onChange={(value) => value && set({ conflicts: value })} data={conflictPolicies.filter(({ value }) => value !== "ask")} />}
          <Select label="The time of a booking" description="Moved on both sides" allowDeselect={false} value={now.bookingTime} onChange={(value) => value && set({ bookingTime: value })} data={conflictPolicies} />
          <NumberInput label="Days to answer" description="Then Concord’s value stays" min={1} max={90} value={now.answerDays} onChange={(days) => set({ answerDays: Number(days) || 1 })} />
        </Part>

        <Part title="When something is deleted there">
          <Select label="An event" allowDeselect={false} value={now.deletion} onChange={(value) => value && set({ deletion: value })} data={deletionPolicies} />
          <Select label="A booking with a client" allowDeselect={false} value={now.bookingDeletion} onChange={(value) => value && set({ bookingDeletion: value })} data={deletionPolicies} />
        </Part>

        <Part title="Before a large change">
          <Text size="sm" className="muted">A sync that would delete or rewrite more than this stops, and asks you first.</Text>
          <Group grow align="flex-start">
            <NumberInput label="Share of the calendar" suffix=" %" min={1} max={100} value={now.brake.percent} onChange={(percent) => set({ brake: { ...now.brake, percent: Number(percent) || 1 } })} />
            <NumberInput label="Never below" suffix=" events" min={0} max={10_000} value={now.brake.atLeast} onChange={(atLeast) => set({ brake: { ...now.brake, atLeast: Number(atLeast) || 0 } })} />
          </Group>
        </Part>

        <Part title="Notices">
          <Notices link={link} />
        </Part>

        <Part title="Connection">
          <Test linkId={link.linkId} />
          <Group gap="xs">
            <ButtonLink to="/history" search={{ linkId: link.linkId }} variant="default" size="xs">History</ButtonLink>
            <Button variant="default" size="xs" color="red" c="var(--c-error)" onClick={() => leave({ linkId: link.linkId, name: link.calendar, links: 1 })}>Disconnect…</Button>
          </Group>
        </Part>
      </div>
      <div className={classes.foot}>
        <Button variant="default" onClick={close}>Cancel</Button>
        <Button type="submit" disabled={!touched}>Save</Button>
      </div>
    </form>
  );
}

/** Which columns of a table hold what; first of all, for without them nothing syncs. */
function Table({ link, chosen, set }: { link: LinkStatus; chosen: TableColumns; set: (columns: TableColumns) => void }) {
  const of = { accountId: link.accountId, calendarId: link.calendarId };
  const { data, error, refetch } = useQuery(table(of));
  return (
    <Part title="Columns">
      {error ? (
        <Trouble error={error} what="The table" again={() => void refetch()} />
      ) : !data ? (
        <Stack aria-busy><Skeleton height={54} /><Skeleton height={54} /></Stack>
      ) : (
        <>
          <Columns table={data} chosen={chosen} set={set} />
          {broken(data, chosen).length === 0 && <Tried of={of} chosen={chosen} place={link.calendar} />}
        </>
      )}
    </Part>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className={classes.part}>
      <h3>{title}</h3>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}

function Filters({ filters, set }: { filters: LinkSettings["filters"]; set: (part: Partial<LinkSettings["filters"]>) => void }) {
  const { data: people } = useQuery(clients());
  return (
    <Stack gap="sm" className={classes.inner}>
      <TagsInput label="Session types" placeholder={filters.appointmentTypes.length ? undefined : "Any"} data={["one_on_one", "group_class", "assessment"]} value={filters.appointmentTypes} onChange={(appointmentTypes) => set({ appointmentTypes })} />
      <MultiSelect label="Clients" placeholder={filters.clientIds.length ? undefined : "Anyone"} searchable data={people?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []} value={filters.clientIds} onChange={(clientIds) => set({ clientIds })} />
      <Group grow align="flex-start">
        <DatePickerInput label="From" placeholder="Always" clearable clearButtonProps={{ "aria-label": "Clear the first day" }} valueFormat="D MMM YYYY" firstDayOfWeek={1} value={filters.dateRange.from ?? null} onChange={(from) => set({ dateRange: { ...filters.dateRange, from } })} />
        <DatePickerInput label="Until" placeholder="Always" clearable clearButtonProps={{ "aria-label": "Clear the last day" }} valueFormat="D MMM YYYY" firstDayOfWeek={1} value={filters.dateRange.until ?? null} onChange={(until) => set({ dateRange: { ...filters.dateRange, until } })} />
      </Group>
      <Switch label="Only confirmed ones" checked={filters.onlyConfirmed} onChange={(event) => set({ onlyConfirmed: event.currentTarget.checked })} />
      <div role="group" aria-label="Own rules">
        <Text size="sm" fw={500} mb={6}>Own rules</Text>
        {filters.rules.map((rule, i) => (
          <Group key={i} gap="xs" mb={6} wrap="nowrap">
            <Select aria-label="Keep or leave out" size="xs" w={110} allowDeselect={false} value={rule.keep ?? "matching"} onChange={(keep) => keep && set({ rules: filters.rules.map((one, at) => (at === i ? { ...one, keep } : one)) })} data={[{ value: "matching", label: "Only if" }, { value: "others", label: "Not if" }]} />
            <Select aria-label="Field" size="xs" w={120} allowDeselect={false} value={rule.field} onChange={(field) => field && set({ rules: filters.rules.map((one, at) => (at === i ? { ...one, field } : one)) })} data={ruleFields} />
            <TextInput aria-label="Contains" size="xs" flex={1} placeholder="text, * for anything" value={rule.pattern} onChange={(event) => { const pattern = event.currentTarget.value; set({ rules: filters.rules.map((one, at) => (at === i ? { ...one, pattern } : one)) }); }} />
            <IconButton label="Remove this rule" icon={<IconTrash size={15} />} size="md" onClick={() => set({ rules: filters.rules.filter((_, at) => at !== i) })} />
          </Group>
        ))}
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => set({ rules: [...filters.rules, { field: "title", pattern: "", keep: "matching" }] })}>Add a rule</Button>
      </div>
    </Stack>
  );
}

const ruleFields: { value: LinkSettings["filters"]["rules"][number]["field"]; label: string }[] = [
  { value: "title", label: "Title" },
  { value: "location", label: "Place" },
  { value: "description", label: "Description" },
  { value: "sessionType", label: "Session type" },
  { value: "tag", label: "Tag" },
];

function Test({ linkId }: { linkId: string }) {
  const test = useMutation({ mutationFn: () => ask(api.POST("/schedule/sync/test", { body: { linkId } })) });
  const ok = test.data?.ok;
  return (
    <>
      <Group gap="xs"><Button variant="default" size="xs" loading={test.isPending} onClick={() => test.mutate()}>Test the connection</Button></Group>
      {(test.data ?? test.error) && (
        <Note tone={ok ? "ok" : "error"} role="status" title={ok ? "It works" : "It does not work"}>
          {test.data?.message ?? test.error?.message}
        </Note>
      )}
    </>
  );
}
