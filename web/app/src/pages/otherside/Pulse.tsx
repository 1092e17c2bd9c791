/** Whether it works, in one line: the badge's state in words, what the last run did, and what the other side was asked last. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useUnderWay } from "../../data/change";
import { runs, status } from "../../data/queries";
import { useConnected } from "../../live";
import { TextLink } from "../../shell/links";
import { look } from "../../shell/SyncBadge";
import { Ago, useNow } from "../../ui/Ago";
import { SyncDot } from "../../ui/SyncDot";
import { clock } from "../../ui/time";
import { calls } from "./data";
import classes from "./Page.module.css";
import type { Side } from "./sides";

export function Pulse({ zone }: { zone: string }) {
  const { data } = useQuery(status());
  const { data: history } = useInfiniteQuery(runs({}));
  const now = useNow(1_000);
  const shown = look(data, useConnected(), useUnderWay().length, now);
  const last = history?.pages[0]?.items[0];
  return (
    <section className={`card ${classes.pulse}`} data-state={shown.state} aria-label="How Concord is">
      <p className={classes.state} role="status"><SyncDot state={shown.state} silent size={17} /> <strong>{shown.words}</strong></p>
      <p className={classes.detail}>{shown.detail}</p>
      <p className={classes.detail}>
        {last ? <>Last run: <TextLink to="/history" search={{ run: last.id }}>{last.summary || "under way"}</TextLink> <span className="muted"><Ago at={last.startedAt} zone={zone} /></span></> : "Nothing has run yet."}
      </p>
    </section>
  );
}

const shownCalls = 6;

/** The last calls that reached the other side, with what became of them. */
export function Calls({ side, zone }: { side: Side; zone: string }) {
  const { data } = useQuery(calls(side));
  const all = data?.calls.filter(side.asked).slice(-shownCalls).reverse() ?? [];
  return (
    <section className={`card ${classes.calls}`} aria-labelledby="asked">
      <h2 id="asked">What {side.name} was asked last</h2>
      {all.length === 0 ? (
        <p className="muted">Nothing yet.</p>
      ) : (
        <ol>
          {all.map((call) => (
            <li key={call.n} data-bad={call.status === 0 || call.status >= 400 || !!call.fault || undefined}>
              <span className="tabular muted">{clock(call.at, zone)}</span>
              <code>{call.method} {side.short(call.path)}</code>
              <span className={classes.answer}>{call.fault === "drop_after" || call.status === 0 ? "done, answer lost" : call.status}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
