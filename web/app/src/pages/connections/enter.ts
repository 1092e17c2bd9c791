/** Connecting with what a person hands over: a name and a password, or an address. */
import { ask, type ConnectWanted, Problem } from "@concord/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../data/queries";

export function useConnect(provider: string, connected: (accountId: string) => void) {
  const cache = useQueryClient();
  const begin = useMutation({
    mutationFn: (wanted: Omit<ConnectWanted, "provider">) => ask(api.POST("/schedule/sync/connect", { body: { provider, ...wanted } })),
    onSuccess: async (begun) => {
      if (!("account" in begun)) return;
      await Promise.all([["accounts"], ["status"], ["links"]].map((queryKey) => cache.invalidateQueries({ queryKey })));
      connected(begun.account.id);
    },
  });
  return { begin, problem: begin.error instanceof Problem ? begin.error : null };
}
