/** The ways in: which calendars can be connected, and the step that each begins with. */
import { type Account, ask, type Provider } from "@concord/client";
import { Anchor, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconShieldCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api } from "../../data/queries";
import { wayTo } from "../../providers/known";
import { ProviderIcon } from "../../providers/ProviderIcon";
import { Dialog } from "../../ui/Dialog";
import { Note } from "../../ui/Note";
import classes from "./Connect.module.css";
import { Subscribe } from "./Subscribe";
import { WithPassword } from "./WithPassword";
import { WithToken } from "./WithToken";

interface Props {
  providers: Provider[];
  error: Error | null;
  /** The provider that was chosen, if one was. */
  chosen: string;
  /** The account that is connected once more. */
  again: Account | undefined;
  choose: (provider: string) => void;
  connected: (accountId: string) => void;
  close: () => void;
}

const ways: Provider["signIn"][] = ["oauth", "token", "password", "address"];
/** Whether something is asked for here before anybody is sent away. */
const asks = ({ signIn, takesToken }: Provider) => signIn !== "oauth" || takesToken;
const hints: Record<Provider["signIn"], string> = {
  oauth: "You sign in there, and say what Concord may do",
  token: "With a token that you make there",
  password: "With your name and a password",
  address: "A calendar that somebody publishes, only to read",
};
const title = ({ name, signIn, asksAddress }: Provider) => (signIn === "address" ? "Subscribe to a feed" : asksAddress ? "Connect a calendar server" : `Connect ${name}`);

export function Connect({ providers, error, chosen, again, choose, connected, close }: Props) {
  // The one that every other server goes by comes after those with a name.
  const ready = providers.filter(({ configured }) => configured).sort((a, b) => ways.indexOf(a.signIn) - ways.indexOf(b.signIn) || Number(a.asksAddress) - Number(b.asksAddress));
  const begin = useMutation({
    mutationFn: (provider: string) => ask(api.POST("/schedule/sync/connect", { body: { provider } })),
    onSuccess: (begun) => "authUrl" in begun && window.location.assign(begun.authUrl),
  });
  const asked = ready.find((provider) => provider.id === chosen && asks(provider));
  if (asked) {
    return (
      <Dialog key={asked.id} close={close} title={again ? `Connect ${again.name} again` : title(asked)} size="lg">
        {!again && <Anchor component="button" type="button" size="sm" className={classes.back} onClick={() => choose("yes")}><IconArrowLeft size={15} aria-hidden /> All ways to connect</Anchor>}
        {asked.signIn === "address" ? (
          <Subscribe provider={asked.id} connected={connected} />
        ) : asked.takesToken ? (
          <WithToken provider={asked} again={again} connected={connected} signIn={asked.signIn === "oauth" ? begin : undefined} />
        ) : (
          <WithPassword provider={asked} again={again} connected={connected} />
        )}
      </Dialog>
    );
  }
  const trouble = begin.error ?? error;
  return (
    <Dialog key="all" close={close} title="Connect an account">
      <Stack>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <IconShieldCheck size={22} stroke={1.6} style={{ flex: "none" }} aria-hidden />
          <div>
            <Text size="sm">Whatever you connect, Concord may then</Text>
            <List size="sm" my={6}>
              <List.Item>see the list of your calendars, so that you can choose</List.Item>
              <List.Item>see and change events in those that you choose</List.Item>
            </List>
            <Text size="sm" className="muted">It touches no calendar before you chose it, and mails nobody. You can take the consent back at any time, here or there.</Text>
          </div>
        </Group>
        {trouble && <Note tone="error" role="alert" title="The sign-in could not be begun">{trouble.message}</Note>}
        <ul className={classes.ways}>
          {ready.map((provider) => (
            <li key={provider.id}>
              <Button
                fullWidth size="md" h="auto" py={10} variant="default" justify="space-between" leftSection={<ProviderIcon provider={provider.id} size={20} />} rightSection={<IconArrowRight size={17} />} classNames={{ label: classes.label }}
                aria-label={provider.name} aria-describedby={`way-${provider.id}`} loading={begin.isPending && begin.variables === provider.id}
                onClick={() => (asks(provider) ? choose(provider.id) : begin.mutate(provider.id))}
              >
                <span>{provider.name}</span>
                <span id={`way-${provider.id}`} className={classes.hint}>{wayTo(provider.id).hint ?? hints[provider.signIn]}</span>
              </Button>
            </li>
          ))}
        </ul>
        {ready.length === 0 && !error && <Note tone="info" title="No provider is set up yet">Whoever runs this server has to add a provider’s credentials first. The guide in “docs” says how, from zero to the first synced event.</Note>}
      </Stack>
    </Dialog>
  );
}
