/** The providers that have words of their own. */
import { apple } from "./apple";
import { caldav } from "./caldav";
import { notion } from "./notion";
import { plain, type Way } from "./way";

const known: Record<string, Partial<Way>> = { apple, caldav, notion };

export const wayTo = (provider: string): Way => ({ ...plain, ...known[provider] });
