import { IconBrandApple, IconBrandGoogle, IconBrandNotion, IconBrandWindows, IconCalendar, IconRss } from "@tabler/icons-react";

const icons: Record<string, typeof IconCalendar> = {
  google: IconBrandGoogle,
  outlook: IconBrandWindows,
  microsoft: IconBrandWindows,
  apple: IconBrandApple,
  notion: IconBrandNotion,
  ics: IconRss,
};
const names: Record<string, string> = {
  google: "Google Calendar",
  outlook: "Outlook",
  microsoft: "Outlook",
  apple: "Apple Calendar",
  caldav: "CalDAV",
  notion: "Notion",
  ics: "Calendar feed",
};

/** A provider's name for people. */
export const providerName = (provider: string) => names[provider] ?? provider;

/** A provider's sign, beside its name. */
export function ProviderIcon({ provider, size = 18 }: { provider: string; size?: number }) {
  const Icon = icons[provider] ?? IconCalendar;
  return <Icon size={size} stroke={1.8} aria-hidden />;
}
