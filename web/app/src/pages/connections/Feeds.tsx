/** Feeds: calendars that others subscribe to by a secret address, and what each of them shows. */
import { ask, type Feed, Problem } from "@concord/client";
import { Button, CopyButton, Group, Radio, Select, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconRss } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useChange } from "../../data/change";
import { api, feeds, users } from "../../data/queries";
import { useSession, useZone } from "../../shell/session";
import { Ago } from "../../ui/Ago";
import { Dialog } from "../../ui/Dialog";
import { Note } from "../../ui/Note";
import { saidOf, sentence } from "../../ui/sentence";
import { done } from "../../ui/toasts";
import { Preview } from "./Samples";
import classes from "./Feeds.module.css";

const details: Record<Feed["settings"]["detail"], string> = { full: "Everything", title: "Title and time", busy: "Only that the time is taken" };

/** What there is, and the way to one more. */
export function Feeds({ publish }: { publish: () => void }) {
  const zone = useZone();
  const { user } = useSession();
  const { data } = useQuery(feeds());
  const people = useQuery({ ...users(), enabled: user.role === "admin" });
  const [ending, setEnding] = useState<Feed | null>(null);
  const living = data?.items.filter(({ revokedAt }) => !revokedAt) ?? [];
  if (!data) return null;
  return (
    <section className={classes.feeds} aria-labelledby="feeds">
      <header className={classes.head}>
        <div>
          <h2 id="feeds">Published feeds</h2>
          <p className="muted">Calendars of yours that others can subscribe to, with a secret address and only what you let them see.</p>
        </div>
        <Button variant="default" size="xs" leftSection={<IconRss size={15} />} onClick={publish}>Publish a feed</Button>
      </header>
      {living.length > 0 && (
        <ul className={classes.list}>
          {living.map((feed) => {
            const owner = feed.userId === user.id ? undefined : people.data?.items.find(({ id }) => id === feed.userId)?.name;
            return (
              <li key={feed.id} className={`card ${classes.feed}`}>
                <div>
                  <h3>{feed.name}</h3>
                  <p className="muted">
                    {details[feed.settings.detail]}{owner && ` of ${owner}`}. {feed.usedAt ? <>Last fetched <Ago at={feed.usedAt} zone={zone} />.</> : "Nobody has fetched it yet."}
                  </p>
                </div>
                <Button variant="default" size="xs" c="var(--c-error)" aria-label={`Revoke ${feed.name}`} onClick={() => setEnding(feed)}>Revoke…</Button>
              </li>
            );
          })}
        </ul>
      )}
      {ending && <Revoke feed={ending} close={() => setEnding(null)} />}
    </section>
  );
}

function Revoke({ feed, close }: { feed: Feed; close: () => void }) {
  const change = useChange();
  const act = () => {
    change({
      of: [["feeds"]],
      inTurn: `feed ${feed.id}`,
      send: () => ask(api.DELETE("/feeds/{id}", { params: { path: { id: feed.id } } })),
      refused: `“${feed.name}” was not revoked`,
      done: () => done(`“${feed.name}” is revoked; its address leads nowhere.`),
    });
    close();
  };
  return (
    <Dialog close={close} title={`Revoke ${feed.name}?`}>
      <Text size="sm">Whoever subscribed to it gets nothing any more. The address does not come back; you can publish another.</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={close}>Cancel</Button>
        <Button color="red" onClick={act} data-autofocus>Revoke</Button>
      </Group>
    </Dialog>
  );
}

type Sight = Pick<Feed["settings"], "detail" | "private" | "clientNames" | "notes" | "contacts" | "guests">;

/** A new feed; and its address, this once. */
export function Publish({ close }: { close: () => void }) {
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [types, setTypes] = useState<string[]>([]);
  // Others read it: less is shown than in a calendar of one's own, until somebody says otherwise.
  const [sight, setSight] = useState<Sight>({ detail: "busy", private: "exclude", clientNames: "hidden", notes: false, contacts: false, guests: false });
  const [fault, setFault] = useState<string | null>(null);
  const set = (part: Partial<Sight>) => setSight((was) => ({ ...was, ...part }));
  const make = useMutation({
    mutationFn: () => ask(api.POST("/feeds", { body: { name: name.trim(), settings: { ...sight, ...(types.length && { filters: { appointmentTypes: types } }) } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: feeds().queryKey }),
  });
  const submit = (press: FormEvent) => {
    press.preventDefault();
    if (!name.trim()) return setFault("Please give it a name");
    make.mutate();
  };
  if (make.data) return <Address key="address" name={make.data.name} url={make.data.url} close={close} />;
  const problem = make.error instanceof Problem ? make.error : null;
  return (
    <Dialog key="form" close={close} title="Publish a feed" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack>
          {make.error && problem?.field !== "name" && <Note tone="error" role="alert" title="The feed was not published">{sentence(make.error.message)}</Note>}
          <TextInput label="Name" description="Subscribers see it as the name of the calendar" data-autofocus value={name} error={fault ?? saidOf(problem, "name")} onChange={(event) => { setName(event.currentTarget.value); setFault(null); }} />
          <Radio.Group label="What subscribers see" value={sight.detail} onChange={(detail) => set({ detail: detail as Sight["detail"] })}>
            <Stack gap="xs" mt={6}>
              {(["busy", "title", "full"] as const).map((value) => <Radio key={value} value={value} label={details[value]} />)}
            </Stack>
          </Radio.Group>
          <Preview settings={sight} where="How it will look to subscribers" />
          {sight.detail !== "busy" && <Select label="Clients’ names" allowDeselect={false} value={sight.clientNames} onChange={(value) => value && set({ clientNames: value })} data={[{ value: "shown", label: "In full" }, { value: "initials", label: "As initials" }, { value: "hidden", label: "As “Client”" }]} />}
          <Select label="Private events" allowDeselect={false} value={sight.private} onChange={(value) => value && set({ private: value })} data={[{ value: "exclude", label: "Do not appear" }, { value: "busy", label: "Appear as busy" }, { value: "show", label: "Appear as they are" }]} />
          {sight.detail === "full" && <Switch label="Notes" checked={sight.notes} onChange={(event) => set({ notes: event.currentTarget.checked })} />}
          <TagsInput label="Only these session types" placeholder={types.length ? undefined : "All events"} data={["one_on_one", "group_class", "assessment"]} value={types} onChange={setTypes} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={make.isPending}>Publish</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Address({ name, url, close }: { name: string; url: string; close: () => void }) {
  return (
    <Dialog close={close} title={`“${name}” is published`} size="lg">
      <Stack>
        <Note tone="attention" title="Copy the address now">It is shown this once. Whoever knows it can read the feed, so give it only to those who may; you can revoke it at any time.</Note>
        <TextInput label="Address" readOnly value={url} data-autofocus onFocus={(event) => event.currentTarget.select()} />
        <Group justify="space-between">
          <CopyButton value={url} timeout={3_000}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}><span aria-live="polite">{copied ? "Copied" : "Copy the address"}</span></Button>
            )}
          </CopyButton>
          <Button onClick={close}>Done</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
