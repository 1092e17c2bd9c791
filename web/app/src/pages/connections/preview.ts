/**
 * How three sample events would look in a calendar with these settings. The server's lens decides what is really shown;
 * this is its picture, so that nobody has to guess what a switch does.
 */
import type { LinkSettings } from "@concord/client";

export interface Sample {
  what: string;
  title: string;
  client: string | null;
  location: string;
  notes: string;
  contact: string;
  guests: string;
  private: boolean;
}

export const samples: Sample[] = [
  { what: "A session", title: "Coaching with Thandi Nkosi", client: "Thandi Nkosi", location: "Studio A", notes: "Watch the left knee", contact: "+27 82 555 0101", guests: "thandi@example.com", private: false },
  { what: "A class", title: "Evening circuit", client: null, location: "Park", notes: "", contact: "", guests: "", private: false },
  { what: "A private event", title: "Dentist", client: null, location: "Long Street", notes: "", contact: "", guests: "", private: true },
];

export interface Shown {
  title: string;
  lines: string[];
}

export const initials = (name: string) => name.split(/\s+/).map((part) => `${part.charAt(0)}.`).join(" ");

/** The settings that decide what is seen. */
export type Sight = Pick<LinkSettings, "detail" | "private" | "clientNames" | "notes" | "contacts" | "guests">;

/** What that calendar shows of an event; null: it does not appear there. */
export function shown(event: Sample, settings: Sight): Shown | null {
  if (event.private && settings.private === "exclude") return null;
  const detail = event.private && settings.private === "busy" ? "busy" : settings.detail;
  if (detail === "busy") return { title: "Busy", lines: [] };
  const names: Record<string, string> = event.client ? { shown: event.client, initials: initials(event.client) } : {};
  const name = event.client && (names[settings.clientNames] ?? "Client");
  const title = event.client && name ? event.title.replace(event.client, name) : event.title;
  if (detail === "title") return { title, lines: [] };
  const lines = [event.location];
  if (settings.notes && event.notes) lines.push(`Notes: ${event.notes}`);
  if (settings.contacts && event.contact) lines.push(event.contact);
  if (settings.guests && event.guests) lines.push(`Guest: ${event.guests}`);
  return { title, lines };
}
