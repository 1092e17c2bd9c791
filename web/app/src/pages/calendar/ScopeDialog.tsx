/** Which occurrences of a series are meant: asked before anything happens to it. */
import { Button, Group, Radio, Stack } from "@mantine/core";
import { Dialog } from "../../ui/Dialog";
import { useState } from "react";
import type { Scope } from "./edits";

interface Props {
  title: string;
  verb: string;
  danger?: boolean;
  /** Those that make sense here. */
  scopes: Scope[];
  choose: (scope: Scope) => void;
  cancel: () => void;
}

const words: Record<Scope, string> = { this: "Only this one", following: "This and all that follow", all: "The whole series" };

export function ScopeDialog({ title, verb, danger, scopes, choose, cancel }: Props) {
  const [scope, setScope] = useState<Scope>(scopes[0] ?? "all");
  return (
    <Dialog close={cancel} title={title} size="sm" zIndex={300}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          choose(scope);
        }}
      >
        <Radio.Group aria-label="Which occurrences" value={scope} onChange={(value) => setScope(value as Scope)}>
          <Stack gap="sm">
            {scopes.map((one, i) => <Radio key={one} value={one} label={words[one]} {...(i === 0 && { "data-autofocus": true })} />)}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={cancel}>Cancel</Button>
          <Button type="submit" {...(danger && { color: "red" })}>{verb}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
