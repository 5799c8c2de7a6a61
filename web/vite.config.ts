import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { mockApi } from "./dev/mock-plugin.js";

export default defineConfig({
  base: "/",
  plugins: [svelte(), mockApi()],
  build: {
    target: ["chrome111", "firefox114", "safari16.4"],
    // The Content-Security-Policy has no data: for scripts, styles or fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
