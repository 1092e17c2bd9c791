/** Invitations by mail: the secret address to which one has them sent or forwarded. */
import { ask } from "@concord/client";
import { Button, CopyButton, Group, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconMail } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "../../data/change";
import { api, mailAddress } from "../../data/queries";
import { useZone } from "../../shell/session";
import { Ago } from "../../ui/Ago";
import { Dialog } from "../../ui/Dialog";
import { done } from "../../ui/toasts";
import classes from "./Feeds.module.css";

/** Nothing where mail is not set up: whoever only uses this server can do nothing about that. */
export function Letterbox() {
  const zone = useZone();
  const change = useChange();
  const { data } = useQuery(mailAddress());
  const [asking, setAsking] = useState<"new" | "revoke" | null>(null);
  if (!data || data.hindered) return null;
  const { address } = data;
  const make = () =>
    change({
      of: [["mail"]],
      inTurn: "mail address",
      send: () => ask(api.POST("/mail/address")),
      refused: "No address was made",
      done: () => done(address ? "You have a new address; the one before takes in nothing any more." : "You have an address for invitations."),
    });
  const revoke = () =>
    change({
      of: [["mail"]],
      inTurn: "mail address",
      send: () => ask(api.DELETE("/mail/address")),
      refused: "The address was not revoked",
      done: () => done("The address takes in nothing any more. What came by it stays."),
    });
  return (
    <section className={classes.feeds} aria-labelledby="letterbox">
      <header className={classes.head}>
        <div>
          <h2 id="letterbox">Invitations by mail</h2>
          <p className="muted">Have invitations sent or forwarded to a secret address of yours, and they are in your calendars. You decide on each answer.</p>
        </div>
        {!address && <Button variant="default" size="xs" leftSection={<IconMail size={15} />} onClick={make}>Make an address</Button>}
      </header>
      {address && (
        <div className={`card ${classes.letterbox}`}>
          <TextInput label="Your address for invitations" description="Whoever knows it can put invitations into your calendar" readOnly value={address} onFocus={(event) => event.currentTarget.select()} />
          <p className="muted">{data.usedAt ? <>A letter last came <Ago at={data.usedAt} zone={zone} />.</> : "No letter has come to it yet."}</p>
          <Group gap="xs">
            <CopyButton value={address} timeout={3_000}>
              {({ copied, copy }) => (
                <Button variant="default" size="xs" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}><span aria-live="polite">{copied ? "Copied" : "Copy the address"}</span></Button>
              )}
            </CopyButton>
            <Button variant="default" size="xs" onClick={() => setAsking("new")}>Make a new one…</Button>
            <Button variant="default" size="xs" c="var(--c-error)" aria-label="Revoke the address for invitations" onClick={() => setAsking("revoke")}>Revoke…</Button>
          </Group>
        </div>
      )}
      {asking && (
        <Dialog close={() => setAsking(null)} title={asking === "new" ? "Make a new address?" : "Revoke the address?"} size="sm">
          <Text size="sm">What is sent to this one is not taken in any more, changes of invitations that came by it among it. What is in your calendar stays.</Text>
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={() => setAsking(null)}>Cancel</Button>
            <Button {...(asking === "revoke" && { color: "red" })} data-autofocus onClick={() => { (asking === "new" ? make : revoke)(); setAsking(null); }}>{asking === "new" ? "Make a new one" : "Revoke"}</Button>
          </Group>
        </Dialog>
      )}
    </section>
  );
}
