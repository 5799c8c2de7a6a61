/** What an administrator looks after: deleted users, held changes, protection, streams, schemas, dialects. */

import { expect, expectNoFindings, makeAccount, setUp, test, user } from "./console";
import type { Appliance } from "./appliance";

const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";

async function created(appliance: Appliance, token: string, path: string, body: object): Promise<string> {
  const answer = await appliance.scim(token, "POST", path, body);
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

test("a user that was deleted by mistake is restored into its group", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  await page.getByRole("link", { name: "Recycle bin" }).click();
  await expect(page.getByRole("heading", { name: "The recycle bin is empty" })).toBeVisible();
  await expectNoFindings(page);

  const token = await makeAccount(page, "Loader");
  const ann = await created(appliance, token, "/Users", user("ann@example.com"));
  await created(appliance, token, "/Groups", {
    schemas: [GROUP],
    displayName: "Night shift",
    members: [{ value: ann }],
  });
  expect((await appliance.scim(token, "DELETE", `/Users/${ann}`)).status).toBe(204);

  await page.getByRole("link", { name: "Recycle bin" }).click();
  const rows = page.getByRole("table", { name: "Recycle bin" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("Loader");
  await expectNoFindings(page);
  await page.getByRole("button", { name: "Restore ann@example.com" }).click();
  await expect(page.getByText("is back, in 1 group.")).toBeVisible();
  await page.getByRole("link", { name: "ann@example.com" }).click();
  await expect(page.getByRole("link", { name: "Night shift" })).toBeVisible();
});

test("a name that was given away is not restored, and the page says who has it", async ({
  page,
  appliance,
  expectStatus,
}) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Loader");
  const first = await created(appliance, token, "/Users", user("bo@example.com"));
  expect((await appliance.scim(token, "DELETE", `/Users/${first}`)).status).toBe(204);
  const second = await created(appliance, token, "/Users", user("bo@example.com"));
  await page.getByRole("link", { name: "Recycle bin" }).click();
  expectStatus(409);
  await page.getByRole("button", { name: "Restore bo@example.com" }).click();
  await expect(page.getByRole("alert")).toContainText(second);
  await page.getByRole("button", { name: "Purge bo@example.com" }).click();
  await page.getByRole("button", { name: "Purge", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The recycle bin is empty" })).toBeVisible();
});

test("a large group is not emptied before the administrator agrees", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  await page.getByRole("link", { name: "Safety" }).click();
  await expect(page.getByRole("heading", { name: "Nothing is held" })).toBeVisible();
  await expectNoFindings(page);
  await page.getByLabel("More members than").fill("2");
  await page.getByLabel("What is younger than this many minutes does not count").fill("0");
  await page.getByRole("button", { name: "Save limits" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();

  const token = await makeAccount(page, "Mapper");
  const members = [];
  for (const name of ["a", "b", "c"]) {
    members.push({ value: await created(appliance, token, "/Users", user(`${name}@example.com`)) });
  }
  const group = await created(appliance, token, "/Groups", {
    schemas: [GROUP],
    displayName: "Everyone",
    members,
  });
  const empty = {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "remove", path: "members" }],
  };
  const refused = await appliance.scim(token, "PATCH", `/Groups/${group}`, empty);
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.status).toBeLessThan(500);

  await page.getByRole("link", { name: "Safety" }).click();
  await expect(page.getByRole("link", { name: "Mapper" })).toBeVisible();
  await expect(page.getByText("empty or delete a group of more than 2 members")).toBeVisible();
  await expectNoFindings(page);
  await page.getByRole("button", { name: "Allow what Mapper asked" }).click();
  await page.getByRole("button", { name: "Allow for one hour" }).click();
  await expect(page.getByText("Allowed for")).toBeVisible();
  expect((await appliance.scim(token, "PATCH", `/Groups/${group}`, empty)).status).toBe(204);
});

test("a protected user cannot be changed by a client", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Loader");
  const id = await created(appliance, token, "/Users", user("root@example.com"));
  await page.goto(`/users/${id}`);
  await page.getByRole("button", { name: "Protect", exact: true }).click();
  await expect(page.getByText("Protected: no identity provider can change or delete it.")).toBeVisible();
  await expectNoFindings(page);
  expect((await appliance.scim(token, "DELETE", `/Users/${id}`)).status).toBe(403);
  await page.getByRole("button", { name: "Lift protection" }).click();
  await expect(page.getByRole("button", { name: "Protect", exact: true })).toBeVisible();
  expect((await appliance.scim(token, "DELETE", `/Users/${id}`)).status).toBe(204);
});

test("a stream is made, shows its secret once, is paused and deleted", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  await page.getByRole("link", { name: "Event streams" }).click();
  await expect(page.getByRole("heading", { name: "No event streams yet" })).toBeVisible();
  await expectNoFindings(page);
  await page.getByRole("link", { name: "Make the first one" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Payroll");
  await page.getByRole("radio", { name: /^Poll/ }).check();
  await expectNoFindings(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status", { name: "Bearer token of the receiver" })).not.toBeEmpty();
  await expectNoFindings(page);
  await page.getByRole("link", { name: "Done" }).click();
  const card = page.getByRole("region", { name: "Payroll" });
  await expect(card).toContainText("Running");
  await page.getByRole("button", { name: "Pause Payroll" }).click();
  await expect(card).toContainText("Paused");
  await expectNoFindings(page);
  await page.getByRole("button", { name: "Resume Payroll" }).click();
  await expect(card).toContainText("Running");
  await page.getByRole("button", { name: "Delete Payroll" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No event streams yet" })).toBeVisible();
});

test("an extension is defined in the page, used by a client, and indexed", async ({ page, appliance }) => {
  const urn = "urn:example:params:scim:schemas:extension:badge:1.0:User";
  await setUp(page, appliance.setupCode);
  await page.getByRole("link", { name: "Schemas" }).click();
  await expect(page.getByRole("table", { name: "Resource types" })).toContainText("/Users");
  await expectNoFindings(page);
  await page.getByLabel("Definition").fill("{");
  await page.getByRole("button", { name: "Define" }).click();
  await expect(page.getByRole("alert")).toContainText("not JSON");
  await page.getByLabel("Definition").fill(
    JSON.stringify({
      id: urn,
      name: "Badge",
      description: "The badge of a person",
      attributes: [
        {
          name: "badgeNumber",
          type: "string",
          multiValued: false,
          description: "The number on it",
          required: false,
        },
      ],
    }),
  );
  await page.getByRole("button", { name: "Define" }).click();
  await expect(page.getByText(`${urn} is defined.`)).toBeVisible();
  await page.getByLabel("Definition").fill(
    JSON.stringify({
      name: "User",
      endpoint: "/Users",
      description: "User Account",
      schema: "urn:ietf:params:scim:schemas:core:2.0:User",
      schemaExtensions: [{ schema: urn, required: false }],
    }),
  );
  await page.getByRole("button", { name: "Define" }).click();
  await expect(page.getByText("User is defined.")).toBeVisible();

  await page.getByLabel("Attribute", { exact: true }).fill(`${urn}:badgeNumber`);
  await page.getByRole("button", { name: "Add index" }).click();
  const index = page.getByRole("table", { name: "Indexes" }).locator("tr", { hasText: "badgeNumber" });
  await expect(index).toContainText("Ready");
  await expectNoFindings(page);

  const token = await makeAccount(page, "Loader");
  const body = { ...user("badge@example.com"), [urn]: { badgeNumber: "B-7" } };
  await created(appliance, token, "/Users", {
    ...body,
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", urn],
  });
  const filter = encodeURIComponent(`${urn}:badgeNumber eq "B-7"`);
  const found = await appliance.scim(token, "GET", `/Users?filter=${filter}`);
  expect(found.body).toMatchObject({ totalResults: 1 });
});

test("an account gets the dialect of its client, and the page tells what was bent", async ({
  page,
  appliance,
}) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Entra");
  const id = await created(appliance, token, "/Users", { ...user("c@example.com"), active: "True" });
  const patched = await appliance.scim(token, "PATCH", `/Users/${id}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "Replace", path: "active", value: "False" }],
  });
  expect(patched.status).toBe(200);
  await page.reload();
  const bends = page.getByRole("table", { name: "What we bent for this client" });
  await expect(bends).toContainText("booleanText");
  await expect(bends).toContainText("opCase");
  await expectNoFindings(page);
  await page.getByText("Rename, edit or delete").click();
  await page.getByText("Advanced").click();
  await page.getByRole("radio", { name: /^Made for one client/ }).check();
  await page.getByLabel("Client", { exact: true }).selectOption("entra");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Dialect: Microsoft Entra ID")).toBeVisible();
  await expectNoFindings(page);
});
