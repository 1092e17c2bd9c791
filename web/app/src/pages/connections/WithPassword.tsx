/** Connecting with a name and a password: a service that is in one place, with the way to the password that it wants, and every calendar server. */
import type { Account, Problem, Provider } from "@concord/client";
import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
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
}

/** The fields of the request, under the names that a refusal uses. */
type Faults = Partial<Record<"serverUrl" | "username" | "password", string>>;

export function WithPassword({ provider, again, connected }: Props) {
  return provider.asksAddress ? <AnyServer provider={provider} again={again} connected={connected} /> : <OneService provider={provider} again={again} connected={connected} />;
}

function OneService({ provider, again, connected }: Props) {
  const { guide, username: name, password: secret, elsewhere } = wayTo(provider.id).login;
  const [username, setUsername] = useState(again?.server?.username ?? "");
  const [password, setPassword] = useState("");
  const [isElsewhere, setElsewhere] = useState(!!elsewhere && again?.server?.url === `${elsewhere.at}/`);
  const [faults, setFaults] = useState<Faults>({});
  const { begin, problem } = useConnect(provider.id, connected);
  const submit = (press: FormEvent) => {
    press.preventDefault();
    const missing: Faults = {
      ...(!(name.isMail ? username.includes("@") : username.trim()) && { username: name.missing }),
      ...(!password && { password: secret.missing }),
    };
    setFaults(missing);
    if (Object.keys(missing).length === 0) begin.mutate({ username: username.trim(), password: secret.meant(password), ...(elsewhere && isElsewhere && { serverUrl: elsewhere.at }) });
  };
  const refused = problem?.field === "password";
  const doubt = refused ? secret.doubt?.(begin.variables?.password ?? "") : undefined;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {guide && (
          <div>
            <Text size="sm" mb={8}>{guide.why}</Text>
            <ol className={classes.guide}>{guide.steps}</ol>
          </div>
        )}
        <Refused problem={problem} known={["username", "password"]} />
        <TextInput label={name.label} description={name.description} type={name.isMail ? "email" : "text"} autoComplete="username" value={username} data-autofocus={!username || undefined} readOnly={!!again} error={faults.username ?? saidOf(problem, "username")} onChange={(event) => setUsername(event.currentTarget.value)} />
        <Password
          label={secret.label} placeholder={secret.placeholder} autoComplete="off" value={password} data-autofocus={!!username || undefined}
          error={faults.password ?? (refused ? secret.refused : undefined)} onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {doubt && (doubt.title ? <Note tone="attention" role="status" title={doubt.title}>{doubt.says}</Note> : <Text size="sm" className="muted">{doubt.says}</Text>)}
        {!again && elsewhere && <Checkbox size="sm" label={elsewhere.label} checked={isElsewhere} onChange={(event) => setElsewhere(event.currentTarget.checked)} />}
        <Foot busy={begin.isPending} label={again ? "Connect again" : "Connect"} />
      </Stack>
    </form>
  );
}

function AnyServer({ provider, again, connected }: Props) {
  const { address: hint, known } = wayTo(provider.id).servers;
  const [server, setServer] = useState(known[0]);
  const [serverUrl, setServerUrl] = useState(again?.server?.url ?? "");
  const [username, setUsername] = useState(again?.server?.username ?? "");
  const [password, setPassword] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const { begin, problem } = useConnect(provider.id, connected);
  const { at, looksLike, password: wants } = server;
  const submit = (press: FormEvent) => {
    press.preventDefault();
    const address = at ?? (looksLike ? serverUrl.trim() : "");
    // Who gives a mail address as the address, and no name, means that one.
    const name = username.trim() || (address.includes("@") && !address.includes("://") ? address : "");
    const missing: Faults = {
      ...(!name && { username: "Please give the name that you sign in with" }),
      ...(!address && !name.includes("@") && (looksLike ? { serverUrl: "Please give the address of the server, or sign in with a mail address" } : { username: "Please give your mail address" })),
      ...(!password && { password: "Please give the password" }),
    };
    setFaults(missing);
    if (Object.keys(missing).length === 0) begin.mutate({ username: name, password, ...(address && { serverUrl: address }) });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {!again && known.length > 1 && <Select label="Service" allowDeselect={false} value={server.id} onChange={(value) => setServer((was) => known.find(({ id }) => id === value) ?? was)} data={known.map(({ id, name }) => ({ value: id, label: name }))} />}
        <Refused problem={problem} known={["username", "password", ...(looksLike ? ["serverUrl"] : [])]} />
        {looksLike && (
          <TextInput
            label="Server or mail address" description={hint} placeholder={looksLike} inputMode="url" data-autofocus={!again || undefined} autoComplete="off" autoCapitalize="none" spellCheck={false}
            value={serverUrl} readOnly={!!again} error={faults.serverUrl ?? saidOf(problem, "serverUrl")} onChange={(event) => setServerUrl(event.currentTarget.value)}
          />
        )}
        <TextInput label="User name" description={looksLike ? "Mostly the mail address" : "Your mail address there"} autoComplete="username" autoCapitalize="none" spellCheck={false} value={username} readOnly={!!again} error={faults.username ?? saidOf(problem, "username")} onChange={(event) => setUsername(event.currentTarget.value)} />
        <Password label="Password" description={wants} autoComplete="off" value={password} data-autofocus={!!again || undefined} error={faults.password ?? (problem?.field === "password" ? "The server does not let Concord in with this name and this password." : undefined)} onChange={(event) => setPassword(event.currentTarget.value)} />
        <Foot busy={begin.isPending} label={again ? "Connect again" : "Connect"} />
      </Stack>
    </form>
  );
}

/** What stood in the way, where no field of the form is meant. */
function Refused({ problem, known }: { problem: Problem | null; known: string[] }) {
  if (!problem || known.includes(problem.field ?? "")) return null;
  return <Note tone="error" role="alert" title="The account was not connected">{sentence(problem.detail)}</Note>;
}

function Foot({ busy, label }: { busy: boolean; label: string }) {
  return (
    <Group justify="space-between" gap="sm">
      <Text size="xs" className="muted" flex={1} miw={200}>The password is stored sealed, goes to this service alone, and is never shown again.</Text>
      <Button type="submit" loading={busy} ml="auto">{label}</Button>
    </Group>
  );
}
