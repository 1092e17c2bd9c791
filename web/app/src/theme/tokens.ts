/**
 * Colour, type and space: the one place where they are said. `theme.ts` hands them to Mantine and to CSS as `--c-…`.
 *
 * One accent. Every other colour means something: a session type or a state. Text on its surface has a contrast of at
 * least 4.5 to 1 in both schemes; the check of pages in `e2e` keeps that true.
 */
export const accent = [
  "#eef0fd", "#dcdff9", "#b9bff2", "#949dea", "#7580e3", "#5f6bdc", "#4f5bd5", "#4650c9", "#3a43ad", "#2d3588",
] as const;

/** For what takes something away. White text on the seventh has a contrast of 5.4 to 1. */
export const red = [
  "#fdeeee", "#f9d6d6", "#f2b3b3", "#ea8d8d", "#e16a6a", "#f37b7b", "#c62f2f", "#c62f2f", "#a82727", "#8c2020",
] as const;

export interface Scheme {
  page: string;
  surface: string;
  raised: string;
  sunken: string;
  hover: string;
  line: string;
  lineStrong: string;
  text: string;
  muted: string;
  accent: string;
  /** A ground for white text. */
  accentFill: string;
  accentText: string;
  accentSoft: string;
  ok: string;
  attention: string;
  error: string;
  conflict: string;
  idle: string;
}

export const light: Scheme = {
  page: "#f6f7f9",
  surface: "#ffffff",
  raised: "#ffffff",
  sunken: "#f1f2f5",
  hover: "#eceef2",
  line: "#e3e6eb",
  lineStrong: "#cbd0d8",
  text: "#171a21",
  muted: "#596273",
  accent: "#4650c9",
  accentFill: "#4650c9",
  accentText: "#3a43ad",
  accentSoft: "#eef0fd",
  ok: "#15803d",
  attention: "#a45c05",
  error: "#c62f2f",
  conflict: "#9333a8",
  idle: "#6b7483",
};

export const dark: Scheme = {
  page: "#0f1115",
  surface: "#16191f",
  raised: "#1c2028",
  sunken: "#12151a",
  hover: "#232833",
  line: "#272c36",
  lineStrong: "#3b4250",
  text: "#e8eaef",
  muted: "#a0a9b8",
  accent: "#7580e3",
  accentFill: "#4f5bd5",
  accentText: "#aab2f5",
  accentSoft: "#23284a",
  ok: "#4ac27a",
  attention: "#e8a84a",
  error: "#f37b7b",
  conflict: "#d48be6",
  idle: "#8d97a6",
};

/** Hues for session types: the mark of an event. Its ground and its text are mixed from it in `theme.css`. */
export const hues = {
  blue: { light: "#2f6fdf", dark: "#6ea3ff" },
  teal: { light: "#0f8a83", dark: "#3fc5bb" },
  amber: { light: "#bd7406", dark: "#edb04e" },
  rose: { light: "#cf3f6e", dark: "#f57fa4" },
  violet: { light: "#8148d6", dark: "#b48af5" },
  green: { light: "#3f8a2f", dark: "#7fcb6c" },
  cyan: { light: "#0b83a8", dark: "#4fbfe3" },
  slate: { light: "#66707f", dark: "#97a1b1" },
} as const;

export type Hue = keyof typeof hues;

export const type = {
  family: '"Inter Variable", Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  mono: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace',
  sizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
} as const;

export const space = { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" } as const;
export const radius = { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "16px" } as const;
/** No motion is longer. */
export const motion = 160;
