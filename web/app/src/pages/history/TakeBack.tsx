/** What a run brought is taken back: first what that comes to, then, if one still wants it, it is done. */
import { ask, type Run, type TakenBack } from "@concord/client";
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useChange } from "../../data/change";
import { api } from "../../data/queries";
import { Dialog } from "../../ui/Dialog";
import { Trouble } from "../../ui/states";
import { done } from "../../ui/toasts";
import classes from "./RunDetail.module.css";

const words: Record<TakenBack["takenBack"][number]["did"], string> = {
  changed: "is again as it was before",
  restored: "is there again",
  removed: "leaves Concord, and stays in its calendar",
};

const undo = (run: Run, dryRun: boolean) => ask(api.POST("/schedule/sync/history/{id}/undo", { params: { path: { id: run.id } }, body: { dryRun } }));

export function TakeBack({ run, close }: { run: Run; close: () => void }) {
  const change = useChange();
  const { data, error, refetch } = useQuery({ queryKey: ["runs", "undo", run.id], queryFn: () => undo(run, true), gcTime: 0 });
  const act = () => {
    change({
      of: [["runs"], ["events"], ["status"], ["waiting"]],
      inTurn: `run ${run.id}`,
      send: () => undo(run, false),
      refused: "What this run brought was not taken back",
      done: ({ takenBack }) => done(takenBack.length === 1 ? "One event was taken back." : `${takenBack.length} events were taken back.`),
    });
    close();
  };
  return (
    <Dialog close={close} title="Take back what this run brought?" zIndex={300}>
      {error && !data ? (
        <Trouble error={error} what="What it would come to" again={() => void refetch()} />
      ) : !data ? (
        <Stack aria-busy><Skeleton height={24} /><Skeleton height={24} /></Stack>
      ) : (
        <Stack>
          {data.takenBack.length === 0 ? <Text size="sm">There is nothing left to take back.</Text> : (
            <ul className={classes.lines}>
              {data.takenBack.map(({ eventId, title, did }) => <li key={eventId} data-plain><span>“{title}” {words[did]}.</span></li>)}
            </ul>
          )}
          {data.left.length > 0 && (
            <section>
              <h3 className={classes.head}>Stays as it is</h3>
              <ul className={classes.lines}>
                {data.left.map(({ eventId, title, why }) => <li key={eventId} data-plain><span>“{title}”: {why}.</span></li>)}
              </ul>
            </section>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>{data.takenBack.length === 0 ? "Close" : "Leave it"}</Button>
            {data.takenBack.length > 0 && <Button onClick={act}>Take it back</Button>}
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
