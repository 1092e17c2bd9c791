/** Whether a calendar tells of changes at once; a test of that from end to end; and what mends it. */
import { ask, type LinkStatus } from "@concord/client";
import { Button, Group, Skeleton, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { alerts, api, channel } from "../../data/queries";
import { Note } from "../../ui/Note";
import { sentence } from "../../ui/sentence";
import { Trouble } from "../../ui/states";

const of = ({ userId, linkId }: LinkStatus) => ({ params: { path: { user_id: userId }, query: { linkId } } });

/** What is wrong is found and mended, and both are said. */
const useMend = (link: LinkStatus) => {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => (await ask(api.POST("/calendar/webhook/auto-fix/{user_id}", of(link)))).items[0],
    onSettled: () => cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "channels" || queryKey[0] === "alerts" }),
  });
};

function Mended({ mend }: { mend: ReturnType<typeof useMend> }) {
  const { data, error } = mend;
  if (error) return <Note tone="error" role="status" title="It could not be looked at">{error.message}</Note>;
  if (!data) return null;
  const well = data.now.status === "open" || data.now.status === "polled";
  const said = [...data.found, ...data.done, ...(data.now.error ? [data.now.error] : [])];
  return (
    <Note tone={well && !data.now.error ? "ok" : "error"} role="status" title={data.found.length === 0 ? "Nothing is wrong" : data.done.length === 0 ? "There is nothing to mend" : well ? "It is mended" : "It is not mended yet"}>
      {said.map(sentence).join(" ")}
    </Note>
  );
}

export function Notices({ link }: { link: LinkStatus }) {
  const { data, error, refetch } = useQuery(channel(link.userId, link.linkId));
  const test = useMutation({ mutationFn: async () => (await ask(api.POST("/calendar/webhook/test/{user_id}", of(link)))).items[0] });
  const mend = useMend(link);
  const one = data?.items[0];
  if (error) return <Trouble error={error} what="The state of notices" again={() => void refetch()} />;
  if (!data) return <Skeleton height={60} />;
  if (!one) return null;
  const result = test.data?.result;
  const took = test.data?.latencyMs == null ? "" : test.data.latencyMs < 1_000 ? " It took less than a second." : ` It took ${Math.round(test.data.latencyMs / 1000)} seconds.`;
  return (
    <>
      <Text size="sm">{sentence(one.detail)}</Text>
      <Group gap="xs">
        <Button variant="default" size="xs" loading={test.isPending} disabled={one.status === "polled"} onClick={() => { mend.reset(); test.mutate(); }}>Test notices</Button>
        <Button variant="default" size="xs" loading={mend.isPending} onClick={() => { test.reset(); mend.mutate(); }}>Find and mend what is wrong</Button>
      </Group>
      {test.isPending && <Text size="xs" className="muted" role="status">An event of ours is being made there, and goes again when its notice has come. That can take half a minute.</Text>}
      {(test.data ?? test.error) && (
        <Note tone={result === "passed" ? "ok" : "error"} role="status" title={result === "passed" ? "Notices come" : result === "untested" ? "It could not be tested" : "No notice came"}>
          {test.data ? sentence(test.data.detail) + took : test.error?.message}
        </Note>
      )}
      <Mended mend={mend} />
    </>
  );
}

/** What is wrong with a calendar's notices, if a person was told of something, with what mends it. */
export function Silence({ link }: { link: LinkStatus }) {
  const { data } = useQuery(alerts(link.userId));
  const mend = useMend(link);
  const alert = data?.items.find(({ linkId, resolvedAt }) => linkId === link.linkId && !resolvedAt);
  if (!alert) return null;
  return (
    <Note tone="attention" mt={14} title="Changes there come in late">
      {alert.message}
      <Group gap="xs" mt="xs"><Button size="xs" loading={mend.isPending} onClick={() => mend.mutate()}>Find and mend what is wrong</Button></Group>
      <Mended mend={mend} />
    </Note>
  );
}
