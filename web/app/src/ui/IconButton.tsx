import { ActionIcon, type ActionIconProps, Tooltip } from "@mantine/core";
import { type ComponentPropsWithRef, forwardRef, type ReactNode } from "react";

type Props = Omit<ActionIconProps, "children"> &
  Omit<ComponentPropsWithRef<"button">, keyof ActionIconProps | "children" | "aria-label"> & {
    /** What it does; it is its name for everyone, and its tip. */
    label: string;
    icon: ReactNode;
    /** The key that does the same. */
    hotkey?: string;
  };

const arrows: Record<string, string> = { ArrowLeft: "←", ArrowRight: "→" };

/** A button that is only a picture. Without a label it does not compile. */
export const IconButton = forwardRef<HTMLButtonElement, Props>(function IconButton({ label, icon, hotkey, ...rest }, ref) {
  return (
    <Tooltip disabled={rest["aria-expanded"] === true} label={hotkey ? `${label} (${arrows[hotkey] ?? hotkey})` : label}>
      <ActionIcon ref={ref} variant="subtle" color="gray" size="lg" aria-label={label} {...(hotkey && { "aria-keyshortcuts": hotkey })} {...rest}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
});
