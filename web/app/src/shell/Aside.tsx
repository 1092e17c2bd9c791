/** The place beside a page's content, below the navigation, which a page may fill. On a phone there is none. */
import { createContext, type ReactNode, useContext } from "react";
import { createPortal } from "react-dom";

export const AsideSlot = createContext<HTMLElement | null>(null);

export function Aside({ children }: { children: ReactNode }) {
  const slot = useContext(AsideSlot);
  return slot && createPortal(children, slot);
}
