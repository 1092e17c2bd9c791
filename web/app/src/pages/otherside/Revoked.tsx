/** Access that is taken back at the other side, and the way in again. */
import { Button, Code, Group, Text } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "../../data/change";
import { accounts } from "../../data/queries";
import { ButtonLink } from "../../shell/links";
import { passwords } from "./data";
import classes from "./Page.module.css";
import type { Side } from "./sides";

export function Revoked({ side }: { side: Side }) {
  const { data } = useQuery(accounts());
  const change = useChange();
  const own = data?.items.filter(({ provider }) => provider === side.id) ?? [];
  const out = own.find(({ state }) => state === "revoked");
  const { title, does, watch } = side.revoked;
  return (
    <li className={`card ${classes.trouble}`} data-on={!!out || undefined}>
      <h3><IconHandStop size={18} stroke={1.7} aria-hidden /> {title}</h3>
      <p>{does}</p>
      <p className="muted">{watch}</p>
      {side.id === "apple" && out ? (
        <NewPassword side={side} accountId={out.id} />
      ) : side.id === "notion" && out ? (
        <SameToken side={side} accountId={out.id} />
      ) : (
        <Group gap="sm" mt="auto" pt={8}>
          {out ? (
            <ButtonLink to="/connections" size="xs">Reconnect</ButtonLink>
          ) : (
            <Button
              size="xs" variant="default" disabled={!own.length} title={own.length ? undefined : "No account is connected"}
              onClick={() => change({ of: [["accounts"], ["status"], ["otherside"]], inTurn: "trouble", send: () => side.twin.revoke(), refused: "The access was not taken back" })}
            >
              Take it back
            </Button>
          )}
          {out && <Text size="sm" role="status" className={classes.on}>Concord is signed out</Text>}
        </Group>
      )}
    </li>
  );
}

/** Where programs sign in with a password, a new one has to be made there first. */
function NewPassword({ side, accountId }: { side: Side; accountId: string }) {
  const { data } = useQuery(passwords(side));
  const change = useChange();
  const login = data?.[side.user];
  return (
    <>
      {login?.password && <p role="status">The new password of <b>{login.username}</b> is <Code>{login.password}</Code></p>}
      <Group gap="sm" mt="auto" pt={8}>
        {login?.password ? (
          <ButtonLink to="/connections" search={{ connect: side.id, again: accountId }} size="xs">Reconnect</ButtonLink>
        ) : (
          <Button size="xs" disabled={!login} onClick={() => change({ of: [["otherside"]], inTurn: "trouble", send: () => side.twin.newPassword(), refused: "No password was made" })}>Make a new one there</Button>
        )}
        <Text size="sm" role="status" className={classes.on}>Concord is signed out</Text>
      </Group>
    </>
  );
}

/** Where a token was ended, it is made good again first. */
function SameToken({ side, accountId }: { side: Side; accountId: string }) {
  const change = useChange();
  const [good, setGood] = useState(false);
  return (
    <>
      {good && <p role="status">The token is good again: <Code>twin-{side.user}</Code></p>}
      <Group gap="sm" mt="auto" pt={8}>
        {good ? (
          <ButtonLink to="/connections" search={{ connect: side.id, again: accountId }} size="xs">Reconnect</ButtonLink>
        ) : (
          <Button size="xs" onClick={() => change({ of: [["otherside"]], inTurn: "trouble", send: () => side.twin.giveBack(), refused: "The token is still ended", done: () => setGood(true) })}>Make it good again</Button>
        )}
        <Text size="sm" role="status" className={classes.on}>Concord is signed out</Text>
      </Group>
    </>
  );
}
