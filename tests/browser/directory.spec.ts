/** Users and groups in number: pages by cursor, the address that holds them, and members. */

import { expect, expectNoFindings, makeAccount, setUp, test, user } from "./console";

const PEOPLE = 60;

test("a long list is paged, and the address and the back button keep the place", async ({
  page,
  appliance,
}) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Loader");
  for (let at = 0; at < PEOPLE; at += 1) {
    const name = `person${String(at).padStart(3, "0")}@example.com`;
    expect((await appliance.scim(token, "POST", "/Users", user(name))).status).toBe(201);
  }
  await page.getByRole("link", { name: "Users", exact: true }).click();
  const rows = page.getByRole("table", { name: "Users" }).locator("tbody tr");
  await expect(rows).toHaveCount(50);
  await expect(page.getByText(`${PEOPLE} users`)).toBeVisible();
  const firstPage = await rows.allInnerTexts();
  await page.getByRole("button", { name: "Next" }).click();
  await expect(rows).toHaveCount(PEOPLE - 50);
  await expect(page).toHaveURL(/cursor=/);
  const lastPage = await rows.allInnerTexts();
  expect(firstPage.filter((row) => lastPage.includes(row))).toEqual([]);
  await expectNoFindings(page);

  await page.reload();
  await expect(rows).toHaveCount(PEOPLE - 50);
  await page.getByRole("button", { name: "Previous" }).click();
  await expect(rows).toHaveCount(50);
  expect(await rows.allInnerTexts()).toEqual(firstPage);
  await page.goBack();
  await expect(rows).toHaveCount(PEOPLE - 50);

  await page.getByRole("searchbox", { name: "Search users" }).fill("person01");
  await expect(page).toHaveURL(/search=person01$/);
  await expect(rows.first()).toContainText("person01");
  await expect(rows).toHaveCount(10);
  await rows.first().getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^person01\d@example\.com$/);
  await page.goBack();
  await expect(rows).toHaveCount(10);
});

test("a group shows its members, and a member its group", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Loader");
  const ids: string[] = [];
  for (const name of ["ann", "bo"]) {
    const created = await appliance.scim(
      token,
      "POST",
      "/Users",
      user(`${name}@example.com`, { displayName: name }),
    );
    ids.push((created.body as { id: string }).id);
  }
  const grouped = await appliance.scim(token, "POST", "/Groups", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    displayName: "Night shift",
    members: ids.map((value) => ({ value })),
  });
  expect(grouped.status).toBe(201);

  await page.getByRole("link", { name: "Groups", exact: true }).click();
  await page.getByRole("searchbox", { name: "Search groups" }).fill("night");
  const groups = page.getByRole("table", { name: "Groups" }).locator("tbody tr");
  await expect(groups).toHaveCount(1);
  await expect(groups).toContainText("2");
  await expectNoFindings(page);
  await groups.getByRole("link", { name: "Night shift" }).click();
  const members = page.getByRole("table", { name: "Members" }).locator("tbody tr");
  await expect(members).toHaveCount(2);
  await expectNoFindings(page);
  await members.getByRole("link", { name: "ann" }).click();
  await expect(page.getByRole("heading", { name: "ann", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "Night shift" }).click();
  await expect(page.getByRole("heading", { name: "Night shift", level: 1 })).toBeVisible();
});
