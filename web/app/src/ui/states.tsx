/** What a page shows when it has nothing to show. */
import { Problem } from "@concord/client";
import { Button, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCloudOff } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";

interface Says {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: "alert";
  /** It is the whole page, so its title is the page's. */
  whole?: boolean;
}

/** Nothing is there: says so, and what to do next. */
export function Empty({ icon, title, children, action, role, whole }: Says) {
  return (
    <Stack align="center" gap="xs" py={56} px="md" role={role} ta="center">
      <span className="muted" aria-hidden>{icon}</span>
      <Title order={whole ? 1 : 2}>{title}</Title>
      {children && <Text className="muted" maw={460}>{children}</Text>}
      {action && <div style={{ marginTop: 8 }}>{action}</div>}
    </Stack>
  );
}

/** A server that is away is asked again this often. */
const tryEvery = 5_000;

/** Reading failed: what happened, and the way to try again. */
export function Trouble({ error, again, what, whole }: { error: Error; again: () => void; what: string; whole?: boolean }) {
  const away = error instanceof Problem && error.status === 0;
  const latest = useRef(again);
  useEffect(() => {
    latest.current = again;
  });
  useEffect(() => {
    if (!away) return;
    const timer = setInterval(() => latest.current(), tryEvery);
    return () => clearInterval(timer);
  }, [away]);
  return (
    <Empty
      role="alert"
      {...(whole && { whole })}
      icon={away ? <IconCloudOff size={32} stroke={1.5} /> : <IconAlertTriangle size={32} stroke={1.5} />}
      title={away ? "Concord cannot be reached" : `${what} could not be loaded`}
      action={<Button variant="default" onClick={again}>Try again</Button>}
    >
      {away ? "Nothing is lost: syncing goes on at the server. This page tries again by itself as soon as it can." : error.message}
      {error instanceof Problem && error.id && <Text component="span" size="xs" display="block" mt={4}>To quote: {error.id}</Text>}
    </Empty>
  );
}
