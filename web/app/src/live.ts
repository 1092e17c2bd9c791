/**
 * The live stream. A message carries no truth: it says what may have changed, and what is shown of it is read again.
 * A lost message is therefore no harm, and after a gap everything is read again.
 */
import { type ChangeKind, streamPath } from "@concord/client";
import { onlineManager, type QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** What a message of each kind makes stale. */
const stale: Record<Exclude<ChangeKind, "everything">, string[]> = {
  event: ["events", "waiting"],
  link: ["links", "status", "waiting", "runs", "channels"],
  conflict: ["conflicts", "status", "events"],
  account: ["accounts", "status"],
  alert: ["alerts", "channels"],
};

export function staleAfter(data: string): string[] | "everything" {
  try {
    const { kind } = JSON.parse(data) as { kind?: ChangeKind };
    // A newer server may say more than this page knows.
    if (kind && kind in stale) return stale[kind as keyof typeof stale];
  } catch {
    // Not understood: then anything may have changed.
  }
  return "everything";
}

/** A storm of messages is one reading. */
const gather = 120;
const firstRetry = 1_000;
const longestRetry = 30_000;

let connected = true;
const listeners = new Set<() => void>();
function tell(now: boolean): void {
  if (connected === now) return;
  connected = now;
  for (const listener of listeners) listener();
}

/** Listens until the returned function is called. */
export function listen(cache: QueryClient): () => void {
  let source: EventSource | undefined;
  let retry = firstRetry;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let gatherTimer: ReturnType<typeof setTimeout> | undefined;
  let gone = false;
  const words = new Set<string>();

  const read = () => {
    gatherTimer = undefined;
    const all = words.has("everything");
    void cache.invalidateQueries(all ? {} : { predicate: ({ queryKey }) => words.has(String(queryKey[0])) });
    words.clear();
  };
  const mark = (which: string[] | "everything") => {
    for (const word of which === "everything" ? [which] : which) words.add(word);
    gatherTimer ??= setTimeout(read, gather);
  };
  // Where to go on after a stream that the browser gave up; it does so by itself after one that only broke.
  let heard = "";
  const open = () => {
    source = new EventSource(heard ? `${streamPath}?lastEventId=${encodeURIComponent(heard)}` : streamPath);
    source.onopen = () => {
      retry = firstRetry;
      // What was read before the stream was open may have changed in between, and no message told of it.
      if (gone) mark("everything");
      else mark(Object.values(stale).flat());
      gone = false;
      tell(true);
    };
    source.addEventListener("change", (message: MessageEvent<string>) => {
      heard = message.lastEventId;
      mark(staleAfter(message.data));
    });
    source.onerror = () => {
      gone = true;
      tell(false);
      // The browser tries again by itself unless the answer was not a stream at all.
      if (source?.readyState === EventSource.CLOSED) {
        retryTimer = setTimeout(open, retry);
        retry = Math.min(retry * 2, longestRetry);
      }
    };
  };
  open();
  return () => {
    source?.close();
    clearTimeout(retryTimer);
    clearTimeout(gatherTimer);
  };
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  const unsubscribe = onlineManager.subscribe(listener);
  return () => {
    listeners.delete(listener);
    unsubscribe();
  };
};

/** Whether the server can be heard. */
export const useConnected = () => useSyncExternalStore(subscribe, () => connected && onlineManager.isOnline());
