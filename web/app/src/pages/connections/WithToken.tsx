/** Connecting by a token that somebody made there, or, where this server can send people there, by signing in. */
import type { Account, Provider } from "@concord/client";
import { Button, Divider, Group, Stack, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { wayTo } from "../../providers/known";
import { Note } from "../../ui/Note";
import { Password } from "../../ui/Password";
import { saidOf, sentence } from "../../ui/sentence";
import classes from "./Connect.module.css";
import { useConnect } from "./enter";

interface Props {
  provider: Provider;
  again: Account | undefined;
  connected: (accountId: string) => void;
  /** The way with a browser, where there is one. */
  signIn: { mutate: (provider: string) => void; isPending: boolean; error: Error | null } | undefined;
}

export function WithToken({ provider, again, connected, signIn }: Props) {
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<string>();
  const { begin, problem } = useConnect(provider.id, connected);
  const submit = (press: FormEvent) => {
    press.preventDefault();
    setFault(token.trim() ? undefined : "Please paste the token");
    if (token.trim()) begin.mutate({ password: token.trim() });
  };
  const { consent, steps, placeholder } = wayTo(provider.id).token;
  const refused = problem?.field === "password" ? saidOf(problem, "password") : undefined;
  return (
    <Stack>
      {signIn && (
        <>
          {signIn.error && <Note tone="error" role="alert" title="The sign-in could not be begun">{signIn.error.message}</Note>}
          <div>
            <Button rightSection={<IconArrowRight size={17} />} loading={signIn.isPending} data-autofocus onClick={() => signIn.mutate(provider.id)}>Sign in at {provider.name}</Button>
            {consent && <Text size="sm" className="muted" mt={6}>{consent}</Text>}
          </div>
          <Divider label="or with a connection of your own" />
        </>
      )}
      <form onSubmit={submit} noValidate>
        <Stack>
          {steps && <ol className={classes.guide}>{steps}</ol>}
          {problem && !refused && <Note tone="error" role="alert" title="The account was not connected">{sentence(problem.detail)}</Note>}
          <Password label="Token" placeholder={placeholder} autoComplete="off" data-autofocus={!signIn || undefined} value={token} error={fault ?? refused} onChange={(event) => setToken(event.currentTarget.value)} />
          <Group justify="space-between" gap="sm">
            <Text size="xs" className="muted" flex={1} miw={200}>The token is stored sealed, goes to {provider.name} alone, and is never shown again.</Text>
            <Button type="submit" variant={signIn ? "default" : "filled"} loading={begin.isPending} ml="auto">{again ? "Connect again" : "Connect"}</Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
