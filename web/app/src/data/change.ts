/**
 * The one way to change something. A change shows at once, is saved in the background, and when it is refused it is
 * taken back visibly, with a toast that offers to try again.
 *
 * What is shown is what the server last said with the changes on their way laid over it, so there is nothing to restore:
 * a change that fails is no longer laid over, and one that succeeds is replaced by the server's own answer. Changes made
 * offline wait and are sent, in order and once each, when the network is back (UI-8).
 */
import { Problem } from "@concord/client";
import {
  type QueryClient, type QueryKey, useMutationState, useQuery, useQueryClient, type UseQueryOptions, type UseQueryResult,
} from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { refused } from "../ui/toasts";

export interface Change<T = unknown> {
  /** The first words of the names of what it changes. */
  of: QueryKey[];
  /** Changes with the same name are sent one after the other. */
  inTurn: string;
  /** Sends it. The key is the same each time, so that what arrived already is not done twice. */
  send: (idempotencyKey: string) => Promise<T>;
  /** How a thing read looks with the change in it. */
  onto?: (shown: unknown, name: QueryKey) => unknown;
  /** What did not happen, should it be refused: “Coaching” was not moved. */
  refused: string;
  /** After the server took it. */
  done?: (answer: T) => void;
  /** Opens what was written again, to be mended: offered instead of another try when the server did not like it. */
  mend?: (problem: Problem) => void;
  /** After it was refused, beside the toast. True when the refusal is shown elsewhere, so that no toast is needed. */
  failed?: (problem: Problem) => boolean | undefined;
}

interface Sent extends Change {
  key: string;
}

export const changeKey = ["change"] as const;

const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "internal", error instanceof Error ? error.message : "Something unexpected happened in this page.");

/** Sends a change through the cache, which shows it at once. */
export function send<T>(cache: QueryClient, change: Change<T>): void {
  const again = () => send(cache, change);
  const whole = change as Change;
  const mutation = cache.getMutationCache().build<unknown, unknown, Sent, unknown>(cache, {
    mutationKey: changeKey,
    scope: { id: change.inTurn },
    mutationFn: (sent) => sent.send(sent.key),
    // A server that is away for a moment is no reason to bother anyone.
    retry: (count, error) => count < 2 && asProblem(error).passing,
    retryDelay: (count) => 400 * 2 ** count,
    onError: (error) => {
      const problem = asProblem(error);
      if (whole.failed?.(problem)) return;
      const { mend } = whole;
      if (mend && !problem.passing && problem.status !== 412) refused(whole.refused, problem, { label: "Open it again", act: () => mend(problem) });
      else refused(whole.refused, problem, { label: "Try again", act: again });
    },
    onSuccess: (answer) => whole.done?.(answer),
    // The change stays laid over until what it changed was read again; then the server's word takes its place.
    onSettled: () => Promise.all(whole.of.map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
  // What went wrong was said in onError; nobody waits for this promise.
  mutation.execute({ ...whole, key: crypto.randomUUID() }).catch(() => undefined);
}

/** Returns the function that makes changes. */
export function useChange(): <T>(change: Change<T>) => void {
  const cache = useQueryClient();
  return useCallback((change) => send(cache, change), [cache]);
}

/** The changes on their way, oldest first. */
export function useUnderWay(): Sent[] {
  return useMutationState({
    filters: { mutationKey: changeKey, status: "pending" },
    select: (mutation) => mutation.state.variables as Sent,
  });
}

const begins = (name: QueryKey, words: QueryKey) => words.every((word, i) => name[i] === word);

/** What is read, with the changes on their way laid over it. */
export function useShown<T, K extends QueryKey>(options: UseQueryOptions<T, Error, T, K>): UseQueryResult<T> {
  const read = useQuery(options);
  const underWay = useUnderWay();
  const name = options.queryKey;
  const data = useMemo(() => lay(read.data, name, underWay), [read.data, underWay, name]);
  return { ...read, data } as UseQueryResult<T>;
}

export function lay<T>(read: T | undefined, name: QueryKey, changes: Pick<Change, "of" | "onto">[]): T | undefined {
  if (read === undefined) return read;
  let shown: unknown = read;
  for (const { of, onto } of changes) {
    if (onto && of.some((words) => begins(name, words))) shown = onto(shown, name);
  }
  return shown as T;
}
