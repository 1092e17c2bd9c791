/** Short words at the edge of the page: what was refused, with "try again", and what was done. */
import type { Problem } from "@concord/client";
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";

/** Says that something did not happen, why, and what one can do: mostly to try again. */
export function refused(what: string, problem: Pick<Problem, "detail"> & Partial<Pick<Problem, "id">>, then?: { label: string; act: () => void }): void {
  const id = crypto.randomUUID();
  notifications.show({
    id,
    title: what,
    color: "red",
    withBorder: true,
    autoClose: then ? 20_000 : 10_000,
    role: "alert",
    closeButtonProps: { "aria-label": "Dismiss" },
    message: (
      <>
        <Text size="sm">{problem.detail}</Text>
        {problem.id && <Text size="xs" c="dimmed" mt={2}>To quote: {problem.id}</Text>}
        {then && (
          <Group mt="xs">
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                notifications.hide(id);
                then.act();
              }}
            >
              {then.label}
            </Button>
          </Group>
        )}
      </>
    ),
  });
}

/** Says that something was done. */
export function done(message: string, undo?: { label: string; act: () => void }): void {
  const id = crypto.randomUUID();
  notifications.show({
    id,
    color: "accent",
    withBorder: true,
    autoClose: undo ? 12_000 : 5_000,
    role: "status",
    closeButtonProps: { "aria-label": "Dismiss" },
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        {undo && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              notifications.hide(id);
              undo.act();
            }}
          >
            {undo.label}
          </Button>
        )}
      </Group>
    ),
  });
}
