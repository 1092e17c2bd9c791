/**
 * Keys that do something at once. Those without a modifier can be switched off (WCAG 2.1.4): someone who speaks to their
 * machine would press them without meaning to.
 */
import { type HotkeyItem, useHotkeys, useLocalStorage } from "@mantine/hooks";

export interface Shortcut {
  keys: string[];
  says: string;
}

export const shortcuts: { where: string; list: Shortcut[] }[] = [
  {
    where: "Everywhere",
    list: [
      { keys: ["C"], says: "Create an event" },
      { keys: ["G"], says: "Go to the calendar" },
      { keys: ["/"], says: "Search" },
      { keys: ["?"], says: "Show this help" },
      { keys: ["Esc"], says: "Close what is open" },
    ],
  },
  {
    where: "Calendar",
    list: [
      { keys: ["T"], says: "Go to today" },
      { keys: ["M"], says: "Month" },
      { keys: ["W"], says: "Week" },
      { keys: ["D"], says: "Day" },
      { keys: ["A"], says: "Agenda" },
      { keys: ["←", "→"], says: "Earlier, later" },
    ],
  },
  {
    where: "Conflicts",
    list: [{ keys: ["←", "→"], says: "Previous, next conflict" }],
  },
];

export const useKeysOn = () => useLocalStorage<"on" | "off">({ key: "concord.keys", defaultValue: "on", getInitialValueInEffect: false });

/** Binds keys while nothing is open over the page. */
export function useKeys(keys: Record<string, () => void>): void {
  const [on] = useKeysOn();
  const items: HotkeyItem[] = Object.entries(keys).map(([key, act]) => [
    key,
    (event) => {
      const target = event.target as HTMLElement | null;
      // Arrows belong to a list or menu that has the focus.
      if (target?.closest("[role=dialog], [role=menu], [role=listbox], [role=radiogroup], [role=tablist]") || document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      act();
    },
    { preventDefault: false, usePhysicalKeys: false },
  ]);
  useHotkeys(on === "on" ? items : []);
}
