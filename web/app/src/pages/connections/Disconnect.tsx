/** The way out, with the choice of what becomes of the copies. */
import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../../data/change";
import { Dialog } from "../../ui/Dialog";
import { done } from "../../ui/toasts";
import { disconnect } from "./links";

export type Leaving = ({ linkId: string } | { accountId: string }) & { name: string; links: number };

export function Disconnect({ leaving, close, gone }: { leaving: Leaving; close: () => void; gone: () => void }) {
  const [copies, setCopies] = useState<"keep" | "remove">("keep");
  const change = useChange();
  const act = () => {
    const what = "linkId" in leaving ? { linkId: leaving.linkId } : { accountId: leaving.accountId };
    change(disconnect(what, leaving.name, copies === "remove", () => done(`“${leaving.name}” is disconnected.`)));
    close();
    gone();
  };
  return (
    <Dialog close={close} title={`Disconnect ${leaving.name}?`} zIndex={300}>
      <Stack>
        <Text size="sm">Syncing with it ends. What was made in it stays there, and you can connect it again at any time without getting things twice.</Text>
        <Radio.Group label="The copies that Concord made there" value={copies} onChange={(value) => setCopies(value as typeof copies)}>
          <Stack gap="xs" mt={6}>
            <Radio value="keep" label="Keep them" description="They stay as they are and no longer change." data-autofocus />
            <Radio value="remove" label="Remove them" description="Only what Concord made; never what came from that calendar." />
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button color="red" onClick={act}>Disconnect</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
