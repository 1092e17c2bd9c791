/** What a large change would do, step by step, before it is done; consent is to exactly this (BE-4). */
import type { LinkStatus } from "@concord/client";
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useChange } from "../../data/change";
import { plan } from "../../data/queries";
import { useZone } from "../../shell/session";
import { Ago } from "../../ui/Ago";
import { Dialog } from "../../ui/Dialog";
import { sentence } from "../../ui/sentence";
import { Empty, Trouble } from "../../ui/states";
import { approve } from "./links";
import classes from "./Review.module.css";

export function Review({ link, close }: { link: LinkStatus; close: () => void }) {
  const { data, error, refetch } = useQuery(plan(link.linkId));
  const zone = useZone();
  const change = useChange();
  const waiting = data?.items.find(({ approvedAt }) => !approvedAt);
  return (
    <Dialog close={close} title={`What would be done in ${link.calendar}`} size="lg">
      {error ? (
        <Trouble error={error} what="The plan" again={() => void refetch()} />
      ) : !data ? (
        <Stack aria-busy><Skeleton height={40} /><Skeleton height={40} /><Skeleton height={40} /></Stack>
      ) : !waiting ? (
        <Empty title="Nothing waits any more">What was planned is done already, or no longer needed.</Empty>
      ) : (
        <>
          <Text size="sm">{sentence(waiting.summary)} {waiting.mails === 0 ? "Nobody would be mailed." : waiting.mails === 1 ? "One guest would be mailed." : `${waiting.mails} guests would be mailed.`}</Text>
          <ol className={classes.steps}>
            {waiting.steps.map((step, i) => (
              <li key={`${step.eventId} ${i}`}>
                <span className={classes.what}>{step.what}</span>
                <span>
                  <b>{step.title}</b> <span className="muted">{step.when}</span>
                  <span className={classes.why}>{[step.fields, step.why].filter(Boolean).map(sentence).join(" ")}</span>
                </span>
              </li>
            ))}
          </ol>
          {waiting.total > waiting.steps.length && <Text size="sm" className="muted">And {waiting.total - waiting.steps.length} more.</Text>}
          <Group justify="space-between" mt="md">
            <Text size="xs" className="muted">Your consent is to exactly this, until it lapses <Ago at={waiting.expiresAt} zone={zone} />.</Text>
            <Group gap="xs">
              <Button variant="default" onClick={close}>Not now</Button>
              <Button
                onClick={() => {
                  change(approve(link, waiting.hash));
                  close();
                }}
              >
                Do exactly this
              </Button>
            </Group>
          </Group>
        </>
      )}
    </Dialog>
  );
}
