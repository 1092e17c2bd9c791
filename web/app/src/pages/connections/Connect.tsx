/** Before the way to a provider's own page: what it will ask, and why. */
import { ask, type Provider } from "@concord/client";
import { Button, Group, List, Stack, Text } from "@mantine/core";
import { IconArrowRight, IconShieldCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api } from "../../data/queries";
import { Dialog } from "../../ui/Dialog";
import { Note } from "../../ui/Note";
import { ProviderIcon } from "../../ui/ProviderIcon";

export function Connect({ providers, error, close }: { providers: Provider[]; error: Error | null; close: () => void }) {
  const ready = providers.filter(({ configured, signIn }) => configured && signIn === "oauth");
  const begin = useMutation({
    mutationFn: (provider: string) => ask(api.POST("/schedule/sync/connect", { body: { provider } })),
    onSuccess: (begun) => "authUrl" in begun && window.location.assign(begun.authUrl),
  });
  return (
    <Dialog close={close} title="Connect an account">
      <Stack>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <IconShieldCheck size={22} stroke={1.6} style={{ flex: "none" }} aria-hidden />
          <div>
            <Text size="sm">You sign in at your provider, not here. It then asks you whether Concord may</Text>
            <List size="sm" my={6}>
              <List.Item>see the list of your calendars, so that you can choose</List.Item>
              <List.Item>see and change events in those that you choose</List.Item>
            </List>
            <Text size="sm" className="muted">Concord touches no calendar before you chose it, and mails nobody. You can take the consent back at any time, here or there.</Text>
          </div>
        </Group>
        {(begin.error ?? error) && <Note tone="error" role="alert" title="The sign-in could not be begun">{(begin.error ?? error)?.message}</Note>}
        {ready.map((provider) => (
          <Button key={provider.id} size="md" variant="default" justify="space-between" leftSection={<ProviderIcon provider={provider.id} size={20} />} rightSection={<IconArrowRight size={17} />} loading={begin.isPending && begin.variables === provider.id} onClick={() => begin.mutate(provider.id)}>
            {provider.name}
          </Button>
        ))}
        {ready.length === 0 && !error && <Note tone="info" title="No provider is set up yet">Whoever runs this server has to add a provider’s credentials first. The guide in “docs” says how, from zero to the first synced event.</Note>}
      </Stack>
    </Dialog>
  );
}
