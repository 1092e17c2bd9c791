import { IconAlertTriangle, IconCheck, IconInfoCircle, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { IconButton } from "./IconButton";
import classes from "./Note.module.css";

const icons = { info: IconInfoCircle, ok: IconCheck, attention: IconAlertTriangle, error: IconAlertTriangle } as const;

interface Props {
  tone: keyof typeof icons;
  title: string;
  children?: ReactNode;
  icon?: ReactNode;
  role?: "alert" | "status";
  dismiss?: () => void;
  mb?: number;
  mt?: number;
}

/** Something to know beside what one is doing: a title that says it, and what can be done. */
export function Note({ tone, title, children, icon, role, dismiss, mb, mt }: Props) {
  const Icon = icons[tone];
  return (
    <div className={classes.note} data-tone={tone} role={role} style={{ marginBottom: mb, marginTop: mt }}>
      <span className={classes.icon} aria-hidden>{icon ?? <Icon size={18} stroke={1.8} />}</span>
      <div className={classes.text}>
        <strong>{title}</strong>
        {children && <div>{children}</div>}
      </div>
      {dismiss && <IconButton label="Dismiss" icon={<IconX size={16} />} size="md" onClick={dismiss} />}
    </div>
  );
}
