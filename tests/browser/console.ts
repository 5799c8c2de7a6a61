/** What the tests do to the console again and again, by role and label as a person would. */

import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { Appliance } from "./appliance";

export { expect };

export const PASSPHRASE = "correct horse battery staple";

interface Fixtures {
  appliance: Appliance;
  /** Everything the browser complained of. A test that ends with any of it fails. */
  complaints: string[];
  /** A status that the test brings about on purpose: the browser logs it, and nobody minds. */
  expectStatus: (status: number) => void;
}

export const test = base.extend<Fixtures>({
  appliance: async ({}, use) => {
    const appliance = await Appliance.start();
    await use(appliance);
    await appliance.stop();
  },
  baseURL: async ({ appliance }, use) => use(appliance.consoleUrl),
  expectStatus: async ({ complaints }, use) => {
    const expected = new Set<number>();
    await use((status) => expected.add(status));
    const kept = complaints.filter(
      (complaint) =>
        ![...expected].some((status) => complaint.includes(`responded with a status of ${status}`)),
    );
    complaints.splice(0, complaints.length, ...kept);
  },
  complaints: [
    async ({ page, baseURL }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(`${baseURL}/`)) complaints.push(`outside request: ${request.url()}`);
      });
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
        });
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export async function setUp(page: Page, code: string): Promise<void> {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Set up Rollcall" })).toBeVisible();
  await page.getByLabel("Setup code").fill(code);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel("Repeat the passphrase").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
}

export async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Passphrase").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export type ScopeLabel =
  "Users: Read" | "Users: Create and modify" | "Teams: Read" | "Teams: Create and modify";

/** Makes an account by clicking and gives the Secret Token that its page shows. */
export async function makeAccount(page: Page, name: string, scopes: ScopeLabel[] = []): Promise<string> {
  await page.getByRole("link", { name: "Service accounts" }).first().click();
  await page.getByRole("link", { name: "New service account" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  if (scopes.length > 0) {
    await page.getByLabel("Scoped permissions").check();
    for (const scope of scopes) await page.getByRole("checkbox", { name: scope }).check();
  }
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  return shownSecret(page);
}

export async function shownSecret(page: Page): Promise<string> {
  const secret = await page.getByRole("status", { name: "Secret Token", exact: true }).textContent();
  expect(secret).toMatch(/^rc_[0-9A-Za-z]+_[0-9A-Za-z]+$/);
  return secret!;
}

/** No finding of axe on the page as it stands, in light and dark, at two widths. */
export async function expectNoFindings(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        .analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
      expect(found, `${page.url()} ${colorScheme} ${width}`).toEqual([]);
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(sideways, `${page.url()} scrolls sideways at ${width}`).toBe(0);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

export function user(userName: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName,
    active: true,
    emails: [{ value: userName, type: "work", primary: true }],
    ...more,
  };
}

/** Entra's Test Connection: a filter on the matching attribute that must find nothing. */
export function probe(): string {
  return `/Users?filter=${encodeURIComponent(`userName eq "${crypto.randomUUID()}"`)}`;
}
