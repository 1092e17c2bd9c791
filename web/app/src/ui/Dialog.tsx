/** Windows over the page. They are there while they are drawn; when they go, the focus is back where it was. */
import { Drawer, type DrawerProps, Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

type Own<P> = Omit<P, "opened" | "onClose" | "returnFocus"> & { close: () => void };

/** Gives the focus back to what had it, or to the page when that is gone. */
function useReturnFocus(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the window is out of the page, and unless another one took its place.
      setTimeout(() => {
        if (document.querySelector("[role=dialog]") ?? (document.activeElement && document.activeElement !== document.body)) return;
        const back = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.getElementById("main");
        back?.focus({ preventScroll: true });
      });
    },
    [before],
  );
}

export function Dialog({ close, ...rest }: Own<ModalProps>) {
  useReturnFocus();
  return <Modal opened onClose={close} returnFocus={false} {...rest} />;
}

export function Side({ close, ...rest }: Own<DrawerProps>) {
  useReturnFocus();
  return <Drawer opened onClose={close} returnFocus={false} position="right" {...rest} />;
}
