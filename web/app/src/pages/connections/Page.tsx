/** The calendars that are connected, how it stands with each, and the way to more. */
import { ask, type Account, type LinkStatus, type Provider } from "@concord/client";
import { Button, Group, Menu, Skeleton, Text } from "@mantine/core";
import { IconArrowsLeftRight, IconArrowLeft, IconArrowRight, IconCalendarPlus, IconClock, IconDots, IconHistory, IconPlayerPause, IconPlayerPlay, IconPlugConnected, IconPlugX, IconRefresh, IconSettings, IconStethoscope } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useChange, useShown } from "../../data/change";
import { accounts, api, providers, settings, status, table, users } from "../../data/queries";
import { ProviderIcon, providerName } from "../../providers/ProviderIcon";
import { MenuLink, TextLink } from "../../shell/links";
import { useSession, useZone } from "../../shell/session";
import { Ago, useNow } from "../../ui/Ago";
import { IconButton } from "../../ui/IconButton";
import { Note } from "../../ui/Note";
import { Page } from "../../ui/Page";
import { Empty, Trouble } from "../../ui/states";
import { sentence } from "../../ui/sentence";
import { SyncDot } from "../../ui/SyncDot";
import { done, refused } from "../../ui/toasts";
import { Choose } from "./Choose";
import { broken, fate } from "./columns";
import { Connect } from "./Connect";
import { Disconnect, type Leaving } from "./Disconnect";
import { directionWords, frequency, isDirection, pause, resume, standing, syncNow } from "./links";
import { Feeds, Publish } from "./Feeds";
import { Letterbox } from "./Letterbox";
import { Silence } from "./Notices";
import classes from "./Page.module.css";
import { Review } from "./Review";
import { Settings } from "./Settings";

const route = getRouteApi("/inside/connections");

export default function Connections() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const links = useShown(status());
  const known = useQuery(accounts());
  const offered = useQuery(providers());
  const [leaving, setLeaving] = useState<Leaving | null>(null);
  const go = (next: Partial<typeof search>) => void navigate({ search: next });
  const { user } = useSession();
  const people = useQuery({ ...users(), enabled: user.role === "admin" });
  const again = known.data?.items.find(({ id }) => id === search.again);
  const account = search.account ?? search.connected;
  const chosen = known.data?.items.find(({ id }) => id === account);
  const ofChosen = offered.data?.items.find(({ id }) => id === chosen?.provider);
  const failed = links.error ?? known.error;
  const ready = links.data && known.data;

  return (
    <Page
      title="Connections"
      lead="The calendars that Concord keeps in agreement."
      actions={!!known.data?.items.length && <Button leftSection={<IconPlugConnected size={17} />} onClick={() => go({ connect: "yes" })}>Connect an account</Button>}
    >
      {search.problem && (
        <Note tone="error" role="alert" title="The account was not connected" mb={24} dismiss={() => go({})}>
          {search.problem} <Button variant="default" size="compact-sm" ml="xs" onClick={() => go({ connect: "yes" })}>Try again</Button>
        </Note>
      )}
      {!ready && failed ? (
        <Trouble error={failed} what="The connections" again={() => void Promise.all([links.refetch(), known.refetch()])} />
      ) : !ready ? (
        <div aria-busy><Skeleton height={150} mb="md" radius="lg" /><Skeleton height={150} radius="lg" /></div>
      ) : known.data.items.length === 0 ? (
        <Empty icon={<IconPlugConnected size={38} stroke={1.3} />} title="Connect your first calendar" action={<Button size="md" onClick={() => go({ connect: "yes" })}>Connect an account</Button>}>
          You choose which of your calendars take part, and see what would happen before anything does.
        </Empty>
      ) : (
        known.data.items.map((one) => (
          <AccountSection key={one.id} account={one} links={links.data.items.filter(({ accountId }) => accountId === one.id)} choose={() => go({ account: one.id })} owner={one.userId === user.id ? undefined : people.data?.items.find(({ id }) => id === one.userId)?.name} open={(linkId) => go({ settings: linkId })} leave={setLeaving}
            reconnect={() => go({ connect: one.provider, again: one.id })} provider={offered.data?.items.find(({ id }) => id === one.provider)} />
        ))
      )}
      {ready && <Feeds publish={() => go({ publish: "yes" })} />}
      {ready && <Letterbox />}
      <Offered providers={offered.data?.items ?? []} />

      {search.connect && (!search.again || known.data) && (
        <Connect providers={offered.data?.items ?? []} error={offered.error} chosen={search.connect} again={again} choose={(connect) => go({ connect })} connected={(id) => go(again ? {} : { connected: id })} close={() => go({})} />
      )}
      {account && known.data && <Choose key={account} accountId={account} provider={chosen?.provider ?? ""} fresh={!!search.connected} links={links.data?.items ?? []} makes={!!chosen?.server || !!ofChosen?.tables} tables={!!ofChosen?.tables} close={() => go({})} />}
      {search.publish && <Publish close={() => go({})} />}
      {search.settings && links.data && <Settings linkId={search.settings} link={links.data.items.find(({ linkId }) => linkId === search.settings)} close={() => go({})} leave={setLeaving} />}
      {leaving && <Disconnect leaving={leaving} close={() => setLeaving(null)} gone={() => go({})} />}
    </Page>
  );
}

interface SectionProps {
  account: Account;
  provider: Provider | undefined;
  /** Whose it is, if it is not the reader's: an administrator sees everybody's. */
  owner: string | undefined;
  links: LinkStatus[];
  choose: () => void;
  open: (linkId: string) => void;
  leave: (leaving: Leaving) => void;
  /** Opens the form of those that sign in with a password. */
  reconnect: () => void;
}

function AccountSection({ account, provider, owner, links, choose, open, leave, reconnect }: SectionProps) {
  const change = useChange();
  const test = () =>
    change({
      of: [["accounts"]],
      inTurn: `test ${account.id}`,
      send: () => ask(api.POST("/schedule/sync/test", { body: { accountId: account.id } })),
      refused: `“${account.name}” does not answer`,
      done: ({ ok, message }) => (ok ? done(sentence(message)) : refused(`“${account.name}” does not work`, { detail: sentence(message) })),
    });
  const waiting = links.reduce((sum, link) => sum + link.pending, 0);
  return (
    <section className={classes.account} aria-labelledby={`account-${account.id} whose-${account.id}`}>
      <header className={classes.head}>
        <ProviderIcon provider={account.provider} size={20} />
        <h2 id={`account-${account.id}`} className={classes.name}>{account.name}</h2>
        <span id={`whose-${account.id}`} className="muted">{providerName(account.provider)}{owner && `, ${owner}’s`}</span>
        <span className={classes.space} />
        <Button variant="subtle" size="compact-sm" leftSection={<IconCalendarPlus size={16} />} onClick={choose}>Choose calendars</Button>
        <Menu position="bottom-end">
          <Menu.Target><IconButton label={`More about the account ${account.name}`} icon={<IconDots size={18} />} /></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconStethoscope size={16} />} onClick={test}>Test the connection</Menu.Item>
            <Menu.Divider />
            <Menu.Item c="var(--c-error)" leftSection={<IconPlugX size={16} />} onClick={() => leave({ accountId: account.id, name: account.name, links: links.length })}>Disconnect this account…</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      {account.server && account.server.found.length > 0 && <Server found={account.server.found} />}
      {account.state === "revoked" && <Revoked account={account} waiting={waiting} {...(provider && (provider.signIn !== "oauth" || provider.takesToken) && { reconnect, secret: provider.takesToken ? "token" : "password" })} />}
      {links.length === 0 ? (
        <div className={`card ${classes.none}`}>
          <Text size="sm" className="muted">No calendar of this account takes part yet.</Text>
          <Button size="xs" onClick={choose}>Choose calendars</Button>
        </div>
      ) : (
        <ul className={classes.links}>
          {links.map((link) => <li key={link.linkId}><LinkCard link={link} table={!!provider?.tables} open={() => open(link.linkId)} leave={leave} /></li>)}
        </ul>
      )}
    </section>
  );
}

/** What the server was found to be able to do, and how Concord goes about it. */
function Server({ found }: { found: string[] }) {
  return (
    <details className={classes.server}>
      <summary>What its server can do</summary>
      <ul>
        {found.map((one) => <li key={one}>{sentence(one)}</li>)}
      </ul>
      <p className="muted">This was tried when the account was connected. “Test the connection” looks again.</p>
    </details>
  );
}

function Revoked({ account, waiting, reconnect, secret }: { account: Account; waiting: number; reconnect?: () => void; secret?: string }) {
  const change = useChange();
  const again = () =>
    change({
      of: [],
      inTurn: "connect",
      send: () => ask(api.POST("/schedule/sync/connect", { body: { provider: account.provider } })),
      refused: "The sign-in could not be begun",
      done: (begun) => "authUrl" in begun && window.location.assign(begun.authUrl),
    });
  return (
    <Note tone="attention" mb={12} title={reconnect ? `${providerName(account.provider)} no longer takes Concord’s ${secret}` : `${providerName(account.provider)} signed you out of Concord`}>
      {account.note ? sentence(account.note) : "Reconnect to go on syncing."} {waiting > 0 && `${waiting} ${waiting === 1 ? "change is" : "changes are"} waiting; nothing is lost.`}
      <div><Button size="xs" mt="xs" onClick={reconnect ?? again}>Reconnect</Button></div>
    </Note>
  );
}

const arrows = { both: IconArrowsLeftRight, push: IconArrowRight, pull: IconArrowLeft } as const;

function LinkCard({ link, table: isTable, open, leave }: { link: LinkStatus; table: boolean; open: () => void; leave: (leaving: Leaving) => void }) {
  const zone = useZone();
  const change = useChange();
  const { data: set } = useQuery(settings(link.linkId));
  const { state, words } = standing(link);
  const now = useNow();
  const [reviewing, setReviewing] = useState(false);
  // Where a table is in trouble, a column may be gone.
  const { data: there } = useQuery({ ...table({ accountId: link.accountId, calendarId: link.calendarId }), enabled: isTable && !!link.error });
  const gone = link.error ? broken(there, set?.columns) : [];
  const Arrow = arrows[isDirection(link.syncDirection) ? link.syncDirection : "both"];
  const paused = link.state === "paused";
  const test = () =>
    change({
      of: [],
      inTurn: `test ${link.linkId}`,
      send: () => ask(api.POST("/schedule/sync/test", { body: { linkId: link.linkId } })),
      refused: `“${link.calendar}” does not answer`,
      done: ({ ok, message }) => (ok ? done(sentence(message)) : refused(`“${link.calendar}” does not work`, { detail: sentence(message) })),
    });
  return (
    <article className={`card ${classes.card}`} data-state={state} aria-label={link.calendar}>
      <div className={classes.top}>
        <div className={classes.title}>
          <h3>{link.calendar}</h3>
          <span className={classes.state} data-state={state}><SyncDot state={state} silent size={15} /> {words}</span>
        </div>
        <Group gap={4} wrap="nowrap">
          {paused ? (
            <Button size="xs" variant="default" leftSection={<IconPlayerPlay size={15} />} onClick={() => change(resume(link))}>Resume</Button>
          ) : (
            <Button size="xs" variant="default" leftSection={<IconRefresh size={15} />} disabled={link.state !== "active"} title={link.state === "active" ? undefined : `${words}, so nothing is synced`} onClick={() => change(syncNow(link))}>Sync now</Button>
          )}
          <IconButton label={`Settings of ${link.calendar}`} icon={<IconSettings size={18} stroke={1.7} />} onClick={open} />
          <Menu position="bottom-end" width={210}>
            <Menu.Target><IconButton label={`More about ${link.calendar}`} icon={<IconDots size={18} />} /></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconStethoscope size={16} />} onClick={test}>Test the connection</Menu.Item>
              {paused ? (
                <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => change(resume(link))}>Resume</Menu.Item>
              ) : (
                <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={() => change(pause(link))}>Pause</Menu.Item>
              )}
              <MenuLink leftSection={<IconHistory size={16} />} to="/history" search={{ linkId: link.linkId }}>History</MenuLink>
              <Menu.Divider />
              <Menu.Item c="var(--c-error)" leftSection={<IconPlugX size={16} />} onClick={() => leave({ linkId: link.linkId, name: link.calendar, links: 1 })}>Disconnect…</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </div>
      <ul className={classes.facts}>
        <li><Arrow size={15} aria-hidden /> {directionWords(link.syncDirection)}</li>
        {set && <li><IconClock size={15} aria-hidden /> {frequency(set.syncFrequencyMinutes)}</li>}
        <li>{link.lastSyncAt ? <>Last sync <Ago at={link.lastSyncAt} zone={zone} /></> : "Not synced yet"}</li>
        {link.nextSyncAt && link.state === "active" && <li>{new Date(link.nextSyncAt) > now ? <>Next <Ago at={link.nextSyncAt} zone={zone} /></> : "Next at any moment"}</li>}
        <li><b className="tabular">{link.itemsSynced}</b> {link.itemsSynced === 1 ? "event" : "events"} in agreement</li>
        {link.pending > 0 && <li><TextLink to="/history" search={{ tab: "waiting" }}>{link.pending} waiting</TextLink></li>}
        {link.conflicts > 0 && <li><TextLink to="/conflicts">Settle {link.conflicts === 1 ? "1 conflict" : `${link.conflicts} conflicts`}</TextLink></li>}
      </ul>
      {link.plan ? (
        <Note tone="attention" title="Concord stopped before a large change" mt={14}>
          {[link.note, link.plan.summary].filter((said) => !!said).map((said) => sentence(said ?? "")).join(" ")}
          <Group gap="xs" mt="xs">
            <Button size="xs" onClick={() => setReviewing(true)}>Review and decide</Button>
            <Button size="xs" variant="default" onClick={open}>Change the settings first</Button>
            <Button size="xs" variant="subtle" color="gray" onClick={() => change(pause(link))}>Leave it paused</Button>
          </Group>
        </Note>
      ) : gone.length > 0 ? (
        <Note tone="attention" mt={14} title={gone.length === 1 ? "A column of the table is missing" : "Columns of the table are missing"}>
          {gone.map(fate).join(" ")} Nothing is synced until another holds it; nothing is lost meanwhile.
          <div><Button size="xs" mt="xs" onClick={open}>Choose another column</Button></div>
        </Note>
      ) : (
        (link.error ?? link.note) && (
          <Note tone={link.error ? "error" : "info"} mt={14} title={link.error ? "The last sync did not go through" : "To know"}>
            {sentence(link.error ?? link.note ?? "")}
          </Note>
        )
      )}
      <Silence link={link} />
      {link.errors.length > 0 && <Refused errors={link.errors} zone={zone} />}
      {reviewing && <Review link={link} close={() => setReviewing(false)} />}
    </article>
  );
}

/** Events that a calendar did not take. */
function Refused({ errors, zone }: { errors: LinkStatus["errors"]; zone: string }) {
  return (
    <ul className={classes.errors}>
      {errors.slice(0, shownErrors).map((error) => (
        <li key={`${error.eventId} ${error.title} ${error.code}`}>
          <b>{error.eventId ? <TextLink to="/calendar" search={{ event: error.eventId }} c="inherit" underline="hover">{error.title}</TextLink> : error.title}</b> {sentence(error.error)}
          {error.retryAt && <span className="muted"> Next try <Ago at={error.retryAt} zone={zone} />.</span>}
        </li>
      ))}
      {errors.length > shownErrors && <li><TextLink to="/history" search={{ tab: "waiting" }}>All that waits</TextLink></li>}
    </ul>
  );
}
const shownErrors = 3;

/** Providers that this server could connect, did it have the credentials. */
function Offered({ providers }: { providers: Provider[] }) {
  const missing = providers.filter(({ configured }) => !configured);
  if (missing.length === 0) return null;
  return (
    <section className={classes.account} aria-labelledby="not-set-up">
      <h2 id="not-set-up" className={classes.name}>Not set up on this server</h2>
      <ul className={classes.links}>
        {missing.map((provider) => (
          <li key={provider.id} className={`card ${classes.none}`}>
            <Group gap="sm" wrap="nowrap"><ProviderIcon provider={provider.id} size={20} /><div><Text fw={550}>{provider.name}</Text><Text size="sm" className="muted">{provider.missing ?? "Whoever runs this server has to add its credentials first."}</Text></div></Group>
          </li>
        ))}
      </ul>
    </section>
  );
}
