/** The tokens in Mantine's words, and as variables for our own styles. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";
import { accent, dark, hues, light, motion, radius, red, type Scheme, space, type } from "./tokens";

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function variables(scheme: Scheme, which: "light" | "dark"): Record<string, string> {
  const own = Object.entries(scheme).map(([name, value]) => [`--c-${kebab(name)}`, value]);
  const hue = Object.entries(hues).map(([name, pair]) => [`--hue-${name}`, pair[which]]);
  return Object.fromEntries([...own, ...hue]) as Record<string, string>;
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { "--motion": `${motion}ms` },
  light: {
    ...variables(light, "light"),
    "--mantine-color-body": light.surface,
    "--mantine-color-text": light.text,
    "--mantine-color-dimmed": light.muted,
    "--mantine-color-placeholder": light.muted,
    "--mantine-color-default-border": light.lineStrong,
    "--mantine-color-error": light.error,
    "--mantine-color-anchor": light.accentText,
    "--mantine-color-accent-light-color": light.accentText,
    "--mantine-color-red-light-color": light.error,
  },
  dark: {
    ...variables(dark, "dark"),
    "--mantine-color-body": dark.raised,
    "--mantine-color-text": dark.text,
    "--mantine-color-dimmed": dark.muted,
    "--mantine-color-placeholder": dark.muted,
    "--mantine-color-default": dark.raised,
    "--mantine-color-default-hover": dark.hover,
    "--mantine-color-default-border": dark.lineStrong,
    "--mantine-color-error": dark.error,
    "--mantine-color-anchor": dark.accentText,
    "--mantine-color-accent-light-color": dark.accentText,
    "--mantine-color-red-light-color": dark.error,
  },
});

// Mantine's dark greys, so that its fields and menus stand on our surfaces.
const greys: MantineColorsTuple = [
  dark.text, "#cfd4dc", dark.muted, "#7f8998", dark.lineStrong, dark.line, dark.surface, dark.page, "#0c0e12", "#090b0e",
];

const title = { title: { fontWeight: 640, fontSize: "1.0625rem" } };
const quick = { transitionProps: { duration: motion } };

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 7 },
  colors: { accent: [...accent] as unknown as MantineColorsTuple, red: [...red] as unknown as MantineColorsTuple, dark: greys },
  fontFamily: type.family,
  fontFamilyMonospace: type.mono,
  fontSizes: type.sizes,
  spacing: space,
  radius,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.375rem", lineHeight: "1.3" }, h2: { fontSize: "1.0625rem", lineHeight: "1.4" }, h3: { fontSize: "0.9375rem", lineHeight: "1.4" } } },
  // By name: to import a component for its defaults would load it with the first page.
  components: {
    Button: { defaultProps: { size: "sm" }, styles: { label: { fontWeight: 550 } } },
    Modal: { styles: title, defaultProps: { centered: false, yOffset: "6vh", closeButtonProps: { "aria-label": "Close" }, overlayProps: { backgroundOpacity: 0.4 }, ...quick } },
    Drawer: { styles: title, defaultProps: { closeButtonProps: { "aria-label": "Close" }, overlayProps: { backgroundOpacity: 0.4 }, ...quick } },
    Popover: { defaultProps: quick },
    Menu: { defaultProps: { ...quick, shadow: "md", withInitialFocusPlaceholder: false } },
    Tooltip: { defaultProps: { ...quick, openDelay: 300, withArrow: false, multiline: true, events: { hover: true, focus: true, touch: false } } },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", comboboxProps: quick } },
    MultiSelect: { defaultProps: { size: "sm", comboboxProps: quick } },
    TagsInput: { defaultProps: { size: "sm", comboboxProps: quick } },
  },
});
