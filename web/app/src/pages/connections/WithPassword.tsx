/** Connecting with a name and a password: Apple, with the way to the password that it wants, and every calendar server. */
import type { Account, Problem, Provider } from "@concord/client";
import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Note } from "../../ui/Note";
import { Outside } from "../../ui/Outside";
import { Password } from "../../ui/Password";
import { saidOf, sentence } from "../../ui/sentence";
import classes from "./Connect.module.css";
import { useConnect } from "./enter";
import { asAppleSays, isAppSpecific, service, services } from "./services";

interface Props {
  provider: Provider;
  again: Account | undefined;
  connected: (accountId: string) => void;
}

/** The fields of the request, under the names that a refusal uses. */
type Faults = Partial<Record<"serverUrl" | "username" | "password", string>>;

const inChina = "https://caldav.icloud.com.cn";

export function WithPassword({ provider, again, connected }: Props) {
  return provider.asksAddress ? <AnyServer provider={provider} again={again} connected={connected} /> : <Apple provider={provider} again={again} connected={connected} />;
}

function Apple({ provider, again, connected }: Props) {
  const [username, setUsername] = useState(again?.server?.username ?? "");
  const [password, setPassword] = useState("");
  const [china, setChina] = useState(again?.server?.url === `${inChina}/`);
  const [faults, setFaults] = useState<Faults>({});
  const { begin, problem } = useConnect(provider.id, connected);
  const submit = (press: FormEvent) => {
    press.preventDefault();
    const missing: Faults = {
      ...(!username.includes("@") && { username: "Please give the mail address of your Apple Account" }),
      ...(!password && { password: "Please give the app-specific password" }),
    };
    setFaults(missing);
    if (Object.keys(missing).length === 0) begin.mutate({ username: username.trim(), password: asAppleSays(password), ...(china && { serverUrl: inChina }) });
  };
  const refused = problem?.field === "password";
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <div>
          <Text size="sm" mb={8}>Apple lets no other program in with the password of your Apple Account. Make one for Concord alone:</Text>
          <ol className={classes.guide}>
            <li>Open <Outside to="https://account.apple.com">account.apple.com</Outside> and sign in. Two-factor authentication has to be on; it is, if Apple ever asked you for a six-digit code.</li>
            <li>Choose <b>Sign-In and Security</b>, then <b>App-Specific Passwords</b>.</li>
            <li>Make one, call it <b>Concord</b>, and copy it: four groups of four letters. It is shown once.</li>
          </ol>
        </div>
        <Refused problem={problem} known={["username", "password"]} />
        <TextInput label="Apple Account" description="The mail address that you sign in with at Apple" type="email" autoComplete="username" value={username} data-autofocus={!username || undefined} readOnly={!!again} error={faults.username ?? saidOf(problem, "username")} onChange={(event) => setUsername(event.currentTarget.value)} />
        <Password
          label="App-specific password" placeholder="xxxx-xxxx-xxxx-xxxx" autoComplete="off" value={password} data-autofocus={!!username || undefined}
          error={faults.password ?? (refused ? "Apple does not let Concord in with this address and this password." : undefined)} onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {refused && !isAppSpecific(begin.variables?.password ?? "") && (
          <Note tone="attention" role="status" title="Is that the ordinary password?">
            It does not look like one that Apple made for a program: those are four groups of four letters. The ordinary password of an Apple Account is always refused here.
          </Note>
        )}
        {refused && isAppSpecific(begin.variables?.password ?? "") && (
          <Text size="sm" className="muted">App-specific passwords end when the password of the Apple Account changes. If you changed it, make a new one.</Text>
        )}
        {!again && <Checkbox size="sm" label="My account is in mainland China" checked={china} onChange={(event) => setChina(event.currentTarget.checked)} />}
        <Foot busy={begin.isPending} label={again ? "Connect again" : "Connect"} />
      </Stack>
    </form>
  );
}

function AnyServer({ provider, again, connected }: Props) {
  const [chosen, setChosen] = useState("other");
  const [serverUrl, setServerUrl] = useState(again?.server?.url ?? "");
  const [username, setUsername] = useState(again?.server?.username ?? "");
  const [password, setPassword] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const { begin, problem } = useConnect(provider.id, connected);
  const { at, looksLike, password: wants } = service(chosen);
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
        {!again && <Select label="Service" allowDeselect={false} value={chosen} onChange={(value) => value && setChosen(value)} data={services.map(({ id, name }) => ({ value: id, label: name }))} />}
        <Refused problem={problem} known={["username", "password", ...(looksLike ? ["serverUrl"] : [])]} />
        {looksLike && (
          <TextInput
            label="Server or mail address" description="What your service calls its CalDAV address, its name, or your mail address there: the rest is found" placeholder={looksLike} inputMode="url" data-autofocus={!again || undefined} autoComplete="off" autoCapitalize="none" spellCheck={false}
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
