import { Anchor } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** A link that leads away from Concord, into a tab of its own. */
export function Outside({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Anchor href={to} target="_blank" rel="noreferrer" fz="inherit" underline="always">
      {children}&nbsp;<IconExternalLink size={13} aria-hidden style={{ verticalAlign: -1 }} />
      <span className="visually-hidden"> (opens in a new tab)</span>
    </Anchor>
  );
}
