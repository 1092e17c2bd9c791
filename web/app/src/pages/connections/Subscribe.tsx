/** Subscribing to a feed: an address is all there is, and it is only read. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Note } from "../../ui/Note";
import { saidOf, sentence } from "../../ui/sentence";
import { useConnect } from "./enter";

export function Subscribe({ provider, connected }: { provider: string; connected: (accountId: string) => void }) {
  const [url, setUrl] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const { begin, problem } = useConnect(provider, connected);
  const submit = (press: FormEvent) => {
    press.preventDefault();
    if (!url.trim()) return setFault("Please give the address of the feed");
    setFault(null);
    begin.mutate({ url: url.trim() });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">A feed is a calendar that somebody publishes: school holidays, fixtures, the calendar of another program. Concord reads it and shows what is in it as busy time; it never writes into it.</Text>
        {problem && problem.field !== "url" && <Note tone="error" role="alert" title="The feed was not subscribed to">{sentence(problem.detail)}</Note>}
        <TextInput
          label="Address of the feed" description="It begins with https:// or webcal:// and mostly ends with .ics" placeholder="https://example.org/calendar.ics" inputMode="url" autoComplete="off" autoCapitalize="none" spellCheck={false} data-autofocus
          value={url} error={fault ?? saidOf(problem, "url")} onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <Group justify="space-between" gap="sm">
          <Text size="xs" className="muted" flex={1} miw={200}>Whoever knows such an address can read the feed, so it is stored sealed, like a password.</Text>
          <Button type="submit" loading={begin.isPending} ml="auto">Subscribe</Button>
        </Group>
      </Stack>
    </form>
  );
}
