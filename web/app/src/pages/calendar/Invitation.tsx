/** Somebody else's invitation that came by mail: what one answers, and who is told. Nobody is told without a word for it. */
import { ask, type CalendarEvent, type InvitationAnswer } from "@concord/client";
import { Button, Group, Radio, Skeleton, Stack, Text } from "@mantine/core";
import { IconCalendarX, IconMail } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useChange } from "../../data/change";
import { api, invitation } from "../../data/queries";
import { Note } from "../../ui/Note";
import { Trouble } from "../../ui/states";
import { sentence } from "../../ui/sentence";
import { done } from "../../ui/toasts";
import { remove } from "./edits";

type Given = keyof InvitationAnswer["consent"] & string;
const answers: { value: Given; label: string; tells: string }[] = [
  { value: "accepted", label: "I come", tells: "that you come" },
  { value: "tentative", label: "Perhaps", tells: "that you may come" },
  { value: "declined", label: "I do not come", tells: "that you do not come" },
];

export function Invitation({ event, gone }: { event: CalendarEvent; gone: () => void }) {
  const cache = useQueryClient();
  const change = useChange();
  // Of a series one answers for this occurrence or for all of them.
  const [all, setAll] = useState(!event.occurrence);
  const occurrence = all ? undefined : (event.occurrence ?? undefined);
  const { data, error, refetch } = useQuery(invitation(event.id, occurrence));
  const [wished, setWished] = useState<Given | null>(null);
  const take = (
    <Button variant="subtle" color="red" size="xs" leftSection={<IconCalendarX size={15} />} onClick={() => { change(remove(cache, event, "all")); gone(); }}>Take it out of my calendar</Button>
  );
  if (error) return <Trouble error={error} what="The invitation" again={() => void refetch()} />;
  if (!data) return <Skeleton height={120} aria-busy />;
  const organiser = data.organiser.name ? `${data.organiser.name} (${data.organiser.email})` : data.organiser.email;
  const title = `${data.organiser.name || data.organiser.email} invites you`;
  if (data.hindered) return <Note tone="info" icon={<IconMail size={18} stroke={1.8} />} title={title}>{sentence(data.hindered)}<div>{take}</div></Note>;

  const chosen = wished ?? answers.find(({ value }) => value === data.answer)?.value ?? null;
  const words = answers.find(({ value }) => value === chosen);
  const consent = chosen && data.consent?.[chosen];
  const give = (answer: Given, word: string | undefined) =>
    change({
      of: [["events"]],
      inTurn: `answer ${event.id}`,
      send: () => ask(api.POST("/calendar/events/{id}/answer", { params: { path: { id: event.id } }, body: { answer, ...(occurrence && { occurrence }), ...(word && { consent: word }) } })),
      refused: `The answer to “${event.title}” was not given`,
      done: () => done(word ? `${data.organiser.email} is told.` : "Your answer is noted here; nobody is told."),
    });
  return (
    <Note tone="info" icon={<IconMail size={18} stroke={1.8} />} title={title}>
      <Stack gap="xs" mt={6}>
        {event.occurrence && (
          <Radio.Group aria-label="Which ones" value={all ? "all" : "this"} onChange={(value) => { setAll(value === "all"); setWished(null); }}>
            <Group gap="md"><Radio value="this" label="This one" /><Radio value="all" label="The whole series" /></Group>
          </Radio.Group>
        )}
        <Radio.Group aria-label="Your answer" value={chosen} onChange={(value) => setWished(value as Given)}>
          <Group gap="md">{answers.map(({ value, label }) => <Radio key={value} value={value} label={label} />)}</Group>
        </Radio.Group>
        {words && consent ? (
          <Text size="sm">Told by e-mail, and nobody else: {organiser}, {words.tells}.</Text>
        ) : data.told && data.told === chosen ? (
          <Text size="sm" className="muted">{organiser} knows this.{data.letter?.state === "waiting" && " The letter is about to go out."}</Text>
        ) : (
          <Text size="sm" className="muted">Nobody is told before you say so.</Text>
        )}
        {data.letter?.note && <Text size="sm" c="var(--c-error)">{sentence(data.letter.note)}</Text>}
        <Group gap="xs">
          {chosen && consent && <Button size="xs" onClick={() => give(chosen, consent)}>Tell {data.organiser.name || "the organiser"}</Button>}
          {chosen && chosen !== data.answer && <Button size="xs" variant="default" onClick={() => give(chosen, undefined)}>Only note it here</Button>}
          {take}
        </Group>
      </Stack>
    </Note>
  );
}
