/** What goes wrong while somebody looks is told as it happens; what was wrong before stands at the calendar that it is about. */
import type { Alert } from "@concord/client";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { alerts } from "../data/queries";
import { refused } from "../ui/toasts";

/** Which of these alerts are to be told, when those were known. */
export const fresh = (known: ReadonlySet<string> | undefined, now: readonly Alert[]) =>
  known ? now.filter(({ id, resolvedAt }) => !resolvedAt && !known.has(id)) : [];

export function useAlerts(userId: string, look: () => void): void {
  const { data } = useQuery(alerts(userId));
  const known = useRef<Set<string>>(undefined);
  useEffect(() => {
    if (!data) return;
    for (const { message } of fresh(known.current, data.items)) {
      refused("Changes in a calendar come in late", { detail: message }, { label: "Look at it", act: look });
    }
    known.current = new Set(data.items.map(({ id }) => id));
  }, [data, look]);
}
