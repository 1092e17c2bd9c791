import type { ReactNode } from "react";
import { Title } from "@mantine/core";
import { Brand } from "./Brand";
import classes from "./Entrance.module.css";

/** The frame of the pages before one is inside. */
export function Entrance({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <main className={classes.frame}>
      <div className={classes.box}>
        <Brand size={34} />
        <Title order={1} mt={28}>{title}</Title>
        {lead && <p className={classes.lead}>{lead}</p>}
        {children}
      </div>
    </main>
  );
}
