import hooks from "eslint-plugin-react-hooks";
import a11y from "eslint-plugin-jsx-a11y";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist"] },
  ...ts.configs.strict,
  a11y.flatConfigs.recommended,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // Pages are loaded by their default export; nothing else has one.
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      "no-restricted-globals": ["error", { name: "fetch", message: "only client/ talks HTTP" }],
      // An icon button is made by ui/IconButton, which demands a label.
      "no-restricted-imports": ["error", { paths: [{ name: "@mantine/core", importNames: ["ActionIcon"], message: "use ui/IconButton" }] }],
    },
  },
  { files: ["src/ui/IconButton.tsx"], rules: { "no-restricted-imports": "off" } },
  // Scenarios stand outside of the page.
  { files: ["e2e/**"], rules: { "no-restricted-globals": "off" } },
  { files: ["src/pages/*/Page.tsx", "*.config.*", "dev/**"], rules: { "no-restricted-exports": "off" } },
);
