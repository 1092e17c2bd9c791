/** A text as a sentence: with a capital at its beginning and a stop at its end. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return trimmed;
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

interface Refusal {
  field: string | null;
  detail: string;
}

/** What a refusal says of a field, to be shown at it; nothing where it is about another. The server names the field first. */
export function saidOf(refusal: Refusal | null, field: string): string | undefined {
  if (refusal?.field !== field) return undefined;
  const named = `${field}: `;
  return sentence(refusal.detail.startsWith(named) ? refusal.detail.slice(named.length) : refusal.detail);
}
