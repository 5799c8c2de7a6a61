/** The main job seen from the browser: an account made by clicking provisions a user over TLS. */

import { expect, expectNoFindings, makeAccount, probe, setUp, shownSecret, test, user } from "./console";

test("an account made by clicking provisions a user who then shows in the list", async ({
  page,
  appliance,
}) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Microsoft Entra ID", ["Users: Read", "Users: Create and modify"]);
  await expect(page.getByRole("status", { name: "Tenant URL" })).toHaveText(appliance.ready.tenantUrl);
  await expect(page.getByRole("heading", { name: "Waiting for the first request…" })).toBeVisible();
  await expectNoFindings(page);

  const probed = await appliance.scim(token, "GET", probe());
  expect(probed.status).toBe(200);
  expect(probed.body).toMatchObject({ totalResults: 0 });
  await expect(page.getByRole("heading", { name: "Test Connection received" })).toBeVisible();
  await expect(page.getByText("Test Connection: yes")).toBeVisible();
  await expect(page.getByRole("table", { name: "Recent requests" })).toContainText("GET /scim/v2/Users");

  const created = await appliance.scim(
    token,
    "POST",
    "/Users",
    user("grace.hopper@example.com", {
      displayName: "Grace Hopper",
      name: { givenName: "Grace", familyName: "Hopper" },
    }),
  );
  expect(created.status).toBe(201);
  await appliance.scim(
    token,
    "POST",
    "/Users",
    user("ada.lovelace@example.com", { displayName: "Ada Lovelace" }),
  );

  await page.getByRole("link", { name: "Users", exact: true }).click();
  const rows = page.getByRole("table", { name: "Users" }).locator("tbody tr");
  await expect(rows).toHaveCount(2);
  await expectNoFindings(page);
  await page.getByRole("searchbox", { name: "Search users" }).fill("grace");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/\/users\?search=grace$/);
  await rows.getByRole("link", { name: "grace.hopper@example.com" }).click();

  await expect(page.getByRole("heading", { name: "Grace Hopper", level: 1 })).toBeVisible();
  await page.getByText("As SCIM gives it").click();
  await expect(page.getByRole("group", { name: "Raw JSON" })).toContainText('"familyName": "Hopper"');
  await expectNoFindings(page);

  await page.goBack();
  await expect(page.getByRole("searchbox", { name: "Search users" })).toHaveValue("grace");
  await expect(rows).toHaveCount(1);
  await page.goBack();
  await expect(page.getByRole("searchbox", { name: "Search users" })).toHaveValue("");
  await expect(rows).toHaveCount(2);
});

test("a token is rotated without a gap, and a revoked one is refused on the next request", async ({
  page,
  appliance,
}) => {
  await setUp(page, appliance.setupCode);
  const first = await makeAccount(page, "Okta");
  await page.getByRole("button", { name: "Rotate: create second token" }).click();
  const tokens = page.getByRole("table", { name: "Live Secret Tokens" }).locator("tbody tr");
  await expect(tokens).toHaveCount(2);
  const second = await shownSecret(page);
  expect(second).not.toBe(first);
  await expect(page.getByRole("button", { name: "Rotate: create second token" })).toBeDisabled();
  expect((await appliance.scim(first, "GET", probe())).status).toBe(200);
  expect((await appliance.scim(second, "GET", probe())).status).toBe(200);

  await tokens
    .first()
    .getByRole("button", { name: /^Revoke/ })
    .click();
  const question = page.getByRole("dialog", { name: /^Revoke/ });
  await expectNoFindings(page);
  await question.getByRole("button", { name: "Keep it" }).click();
  await expect(question).toBeHidden();
  expect((await appliance.scim(first, "GET", probe())).status).toBe(200);

  await tokens
    .first()
    .getByRole("button", { name: /^Revoke/ })
    .click();
  await question.getByRole("button", { name: "Revoke" }).click();
  await expect(tokens).toHaveCount(1);
  expect((await appliance.scim(first, "GET", probe())).status).toBe(401);
  expect((await appliance.scim(second, "GET", probe())).status).toBe(200);
});

test("a request that lacks a scope is shown with its reason", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Reader", ["Users: Read"]);
  expect((await appliance.scim(token, "POST", "/Users", user("nobody@example.com"))).status).toBe(403);
  await expect(page.getByRole("heading", { name: "A request was refused" })).toBeVisible();
  const refused = page.getByRole("table", { name: "Recent requests" }).locator("tbody tr").first();
  await expect(refused).toContainText("POST");
  await expect(refused).toContainText("403");
  await expectNoFindings(page);
});

test("what was bent for a client is listed", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Entra");
  const created = await appliance.scim(token, "POST", "/Users", user("bent@example.com", { active: "True" }));
  expect(created.status).toBe(201);
  const bent = page.getByRole("table", {
    name: "What we bent for this client",
  });
  await expect(bent).toContainText("were read as booleans");
  await expectNoFindings(page);
});
