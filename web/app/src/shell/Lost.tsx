/** Where there is nothing, and where something broke. */
import { Button, Code, Group } from "@mantine/core";
import { IconMapQuestion, IconMoodSad } from "@tabler/icons-react";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { Problem } from "@concord/client";
import { Empty, Trouble } from "../ui/states";
import { ButtonLink } from "./links";

export function NotFound() {
  return (
    <main>
      <Empty whole icon={<IconMapQuestion size={36} stroke={1.4} />} title="There is no such page" action={<ButtonLink to="/calendar">Go to the calendar</ButtonLink>}>
        The address may be mistyped, or what it pointed to is gone.
      </Empty>
    </main>
  );
}

export function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  if (error instanceof Problem) return <main><Trouble error={error} again={again} what="This page" whole /></main>;
  return (
    <main>
      <Empty
        whole
        role="alert"
        icon={<IconMoodSad size={36} stroke={1.4} />}
        title="This page broke"
        action={
          <Group justify="center">
            <Button onClick={again}>Try again</Button>
            <Button variant="default" onClick={() => window.location.reload()}>Reload</Button>
          </Group>
        }
      >
        Your calendars are not affected: only this page stumbled. <Code>{error instanceof Error ? error.message : String(error)}</Code>
      </Empty>
    </main>
  );
}
