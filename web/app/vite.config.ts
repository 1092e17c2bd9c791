import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { fake } from "./dev/fake.ts";

// `npm run dev` talks to a server when CONCORD names one (http://127.0.0.1:8440), else to a small fake in memory.
const server = process.env.CONCORD;

export default defineConfig({
  plugins: [react(), ...(server ? [] : [fake()])],
  server: { proxy: server ? { "/api": server, "/demo": server } : {} },
  build: {
    target: "es2022",
    // The address of a file says what is in it, so browsers may keep it for ever; the size check reads the manifest.
    manifest: true,
    assetsInlineLimit: 0,
  },
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"], env: { TZ: "Africa/Johannesburg" } },
});
