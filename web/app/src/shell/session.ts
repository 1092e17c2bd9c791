import type { Session } from "@concord/client";
import { useSuspenseQuery } from "@tanstack/react-query";
import { session } from "../data/queries";

/** Who is signed in. Only below the shell, which lets nobody else in. */
export const useSession = (): Session => useSuspenseQuery(session()).data;

/** The zone in which this person reads times. */
export const useZone = (): string => useSession().user.zone;
