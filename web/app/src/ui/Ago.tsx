import { Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { ago, type Instant, moment } from "./time";

/** The time now, told anew every so often. */
export function useNow(every = 20_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** How long ago, and on demand when exactly. */
export function Ago({ at, zone }: { at: Instant; zone: string }) {
  const now = useNow();
  return (
    <Tooltip label={moment(at, zone)}>
      <time dateTime={new Date(at).toISOString()}>{ago(at, now)}</time>
    </Tooltip>
  );
}
