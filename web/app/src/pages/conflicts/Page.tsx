/** What both sides changed, one at a time: look, choose, go on. */
import type { Conflict } from "@concord/client";
import { Button, Checkbox, Group, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { IconArrowBackUp, IconArrowsDiff, IconChevronLeft, IconChevronRight, IconCircleCheck } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useChange, useShown } from "../../data/change";
import { conflicts } from "../../data/queries";
import { providerName } from "../../providers/ProviderIcon";
import { useKeys } from "../../shell/keys";
import { ButtonLink } from "../../shell/links";
import { useZone } from "../../shell/session";
import { Ago } from "../../ui/Ago";
import { IconButton } from "../../ui/IconButton";
import { Page } from "../../ui/Page";
import { Empty, Trouble } from "../../ui/states";
import { SyncDot } from "../../ui/SyncDot";
import { done } from "../../ui/toasts";
import { Compare } from "./Compare";
import classes from "./Page.module.css";
import { type Choice, complete, kindWords, perhapsTakenOver, resolutionWords, resolve, settledByItself, takeBack } from "./resolve";

const route = getRouteApi("/inside/conflicts");

export default function Conflicts() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const state = search.state ?? "open";
  const { data, error, refetch } = useShown(conflicts(state));
  const items = data?.items ?? [];
  const at = Math.max(0, items.findIndex(({ id }) => id === search.id));
  const now = items[at];
  const show = (id: string | undefined, replace = false) => void navigate({ search: { ...(search.state && { state: search.state }), ...(id && { id }) }, replace });
  const step = (by: number) => {
    const next = items[at + by];
    if (next) show(next.id);
  };
  useKeys({ ArrowLeft: () => step(-1), ArrowRight: () => step(1) });

  return (
    <Page
      wide
      title="Conflicts"
      lead="Where both sides changed the same thing and nobody but you can say which is right."
      actions={
        <SegmentedControl size="xs" aria-label="Which conflicts" value={state} onChange={(value) => void navigate({ search: value === "open" ? {} : { state: "resolved" } })} data={[{ value: "open", label: "Open" }, { value: "resolved", label: "Settled" }]} />
      }
    >
      {error && !data ? (
        <Trouble error={error} what="The conflicts" again={() => void refetch()} />
      ) : !data ? (
        <div aria-busy><Skeleton height={320} radius="lg" /></div>
      ) : !now ? (
        state === "open" ? (
          <Empty icon={<IconCircleCheck size={38} stroke={1.3} />} title="Everything agrees" action={<ButtonLink to="/calendar" variant="default">Go to the calendar</ButtonLink>}>
            When both sides change the same thing and the policy is to ask, it shows up here. Changes to different things merge by themselves.
          </Empty>
        ) : (
          <Empty icon={<IconArrowsDiff size={38} stroke={1.3} />} title="Nothing was settled yet">What you or a policy settles is kept here, with the value that lost.</Empty>
        )
      ) : (
        <div className={classes.columns}>
          <nav aria-label="Queue" className={classes.queue}>
            <ul>
              {items.map((conflict) => (
                <li key={conflict.id}>
                  <button type="button" className={classes.item} aria-current={conflict.id === now.id || undefined} onClick={() => show(conflict.id)}>
                    <SyncDot state={state === "open" ? "conflict" : "synced"} silent />
                    <span><b>{conflict.title}</b><span className="muted">{kindWords(conflict.kind).title}</span></span>
                  </button>
                </li>
              ))}
            </ul>
          </nav>
          <One key={now.id} conflict={now} at={at} of={data.total} step={step} last={at === items.length - 1} next={() => show(items[at + 1]?.id ?? items[at - 1]?.id, true)} />
        </div>
      )}
    </Page>
  );
}

interface OneProps {
  conflict: Conflict;
  at: number;
  of: number;
  last: boolean;
  step: (by: number) => void;
  /** Shows another one, because this one is settled. */
  next: () => void;
}

function One({ conflict, at, of, last, step, next }: OneProps) {
  const zone = useZone();
  const change = useChange();
  const [choice, setChoice] = useState<Choice>(() => settledByItself(conflict));
  const [all, setAll] = useState(false);
  const open = conflict.state === "open";
  const there = providerName(conflict.provider);

  const settle = (resolution: "keep_local" | "keep_external" | "keep_latest" | "keep_both" | "merge") => {
    const everything = all && resolution !== "merge" && resolution !== "keep_both";
    change(
      resolve(conflict, { resolution, ...(resolution === "merge" && { fields: choice }) }, everything, (resolved) =>
        done(resolved === 1 ? `“${conflict.title}” is settled.` : `${resolved} conflicts are settled.`),
      ),
    );
    next();
  };

  return (
    <article className={`card ${classes.one}`} aria-labelledby="conflict-title">
      <header className={classes.head}>
        <div>
          <h2 id="conflict-title" className={classes.title}>{conflict.title}</h2>
          <p className={classes.says}>
            {kindWords(conflict.kind).says} In “{conflict.calendar}”, seen <Ago at={conflict.detectedAt} zone={zone} />.
            {open && conflict.expiresAt && <> An answer is due <Ago at={conflict.expiresAt} zone={zone} />; then Concord’s version stands.</>}
          </p>
        </div>
        <Group gap={2} wrap="nowrap" className={classes.steps}>
          <IconButton label="Previous conflict" hotkey="ArrowLeft" icon={<IconChevronLeft size={18} />} disabled={at === 0} onClick={() => step(-1)} />
          <span className="tabular muted">{at + 1} of {of}</span>
          <IconButton label="Next conflict" hotkey="ArrowRight" icon={<IconChevronRight size={18} />} disabled={last} onClick={() => step(1)} />
        </Group>
      </header>

      <Compare conflict={conflict} there={there} choice={choice} choose={open && conflict.byField ? (field, side) => setChoice({ ...choice, [field]: side }) : null} />

      {open ? (
        <footer className={classes.foot}>
          <Group gap="xs">
            <Button variant="default" onClick={() => settle("keep_local")}>Keep Concord’s</Button>
            <Button variant="default" onClick={() => settle("keep_external")}>Keep {there}’s</Button>
            <Button variant="default" onClick={() => settle("keep_latest")}>Keep the latest</Button>
            {conflict.kind === "created_externally" && <Button variant="default" onClick={() => settle("keep_both")}>They are two: keep both</Button>}
            {conflict.byField && (
              <Button disabled={!complete(conflict, choice)} onClick={() => settle("merge")} title={complete(conflict, choice) ? undefined : "Choose a side for each differing field first"}>
                Keep the result
              </Button>
            )}
          </Group>
          {of > 1 && <Checkbox label={`The same for all ${of} open conflicts`} description="For Concord’s, the calendar’s and the latest" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />}
        </footer>
      ) : (
        <footer className={classes.foot}>
          <Text size="sm">
            {resolutionWords(conflict.resolution)}
            {conflict.resolvedBy && <>, by {conflict.resolvedBy}</>}
            {conflict.resolvedAt && <>, <Ago at={conflict.resolvedAt} zone={zone} /></>}.{conflict.state === "answered" && " The next sync carries it out."}
          </Text>
          <Group gap="xs">
            {perhapsTakenOver(conflict) && (
              <Button variant="default" size="xs" leftSection={<IconArrowBackUp size={15} />} onClick={() => change(takeBack(conflict, () => done(`“${conflict.title}” is as it was before, here and in its calendars.`)))}>
                Take it back
              </Button>
            )}
            {conflict.eventId && <ButtonLink to="/calendar" search={{ event: conflict.eventId }} variant="default" size="xs">Open the event</ButtonLink>}
          </Group>
        </footer>
      )}
    </article>
  );
}
