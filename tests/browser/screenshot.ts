/** Makes the README's picture: the page of a service account whose Test Connection has just arrived. */

import { fileURLToPath } from "node:url";
import { expect, makeAccount, probe, setUp, test, user } from "./console";

const PICTURE =
  process.env["PICTURE"] ?? fileURLToPath(new URL("../../web/docs/console.png", import.meta.url));

test.use({
  viewport: { width: 1280, height: 860 },
  deviceScaleFactor: 2,
  colorScheme: "light",
});

test("the page of a service account", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Microsoft Entra ID", [
    "Users: Read",
    "Users: Create and modify",
    "Teams: Read",
    "Teams: Create and modify",
  ]);
  await appliance.scim(token, "GET", probe());
  await appliance.scim(
    token,
    "POST",
    "/Users",
    user("grace.hopper@example.com", { displayName: "Grace Hopper" }),
  );
  await appliance.scim(
    token,
    "GET",
    `/Users?filter=${encodeURIComponent('userName eq "grace.hopper@example.com"')}`,
  );
  await expect(page.getByRole("heading", { name: "Test Connection received" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Recent requests" }).locator("tbody tr")).toHaveCount(3);
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.screenshot({ path: PICTURE, animations: "disabled" });
});
