/** Every page on its own: what it says when empty, when wrong, and what axe finds. */

import {
  expect,
  expectNoFindings,
  makeAccount,
  PASSPHRASE,
  probe,
  setUp,
  signIn,
  test,
  user,
} from "./console";

test("a wrong setup code and a short passphrase are refused in words", async ({
  page,
  appliance,
  expectStatus,
}) => {
  await page.goto("/users");
  await expect(page).toHaveURL(/\/setup$/);
  await expectNoFindings(page);
  await page.getByLabel("Setup code").fill("not-the-code");
  await page.getByLabel("Passphrase", { exact: true }).fill("short");
  await expect(page.getByText("7 more to go.")).toBeVisible();
  await page.getByLabel("Repeat the passphrase").fill("short");
  await page.getByRole("button", { name: "Set up" }).click();
  expect(
    await page
      .getByLabel("Passphrase", { exact: true })
      .evaluate((box: HTMLInputElement) => box.validationMessage),
  ).toBe("Use 12 characters or more.");
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel("Repeat the passphrase").fill(PASSPHRASE);
  const answered = page.waitForResponse("**/api/setup");
  await page.getByRole("button", { name: "Set up" }).click();
  expectStatus((await answered).status());
  await expect(page.getByRole("alert")).toContainText(/setup code/i);
  await expectNoFindings(page);
  await page.getByLabel("Setup code").fill(appliance.setupCode);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
});

test("pages of an empty server tell the next step, and axe finds nothing", async ({
  page,
  appliance,
  expectStatus,
}) => {
  await setUp(page, appliance.setupCode);
  await expect(page.getByRole("status", { name: "Tenant URL" })).toHaveText(appliance.ready.tenantUrl);
  await expect(page.getByRole("heading", { name: "What to do next" })).toBeVisible();
  await expect(page.getByRole("definition").first()).toHaveText(/^([0-9A-F]{2}:){7}[0-9A-F]{2}/);
  await expectNoFindings(page);

  await page.getByRole("link", { name: "Users", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No users yet" })).toBeVisible();
  await expectNoFindings(page);
  await page.goto("/users?search=nobody");
  await expect(page.getByRole("heading", { name: /^No (match|users yet)$/ })).toBeVisible();

  await page.getByRole("link", { name: "Groups", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No groups yet" })).toBeVisible();
  await expectNoFindings(page);

  await page.getByRole("link", { name: "Service accounts" }).first().click();
  await expect(page.getByRole("heading", { name: "Service accounts", level: 1 })).toBeVisible();
  await expectNoFindings(page);
  await page.getByRole("link", { name: "New service account" }).click();
  await expectNoFindings(page);
  await page.getByLabel("Scoped permissions").check();
  await page.getByText("Advanced").click();
  await expect(
    page.getByText("Microsoft Entra ID needs Read together with Create and modify."),
  ).toBeVisible();
  await page.getByRole("checkbox", { name: "Users: Create and modify" }).check();
  await expect(page.getByText("Add Users: Read, or Test Connection will fail.")).toBeVisible();
  await expectNoFindings(page);

  await page.goto("/nowhere/at/all");
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await expectNoFindings(page);

  expectStatus(404);
  await page.goto("/users/00000000-0000-7000-8000-000000000000");
  await expect(page.getByRole("heading", { name: "No such user" })).toBeVisible();
  await expectNoFindings(page);
  await page.goto("/groups/00000000-0000-7000-8000-000000000000");
  await expect(page.getByRole("heading", { name: "No such group" })).toBeVisible();
  await page.goto("/accounts/nothing");
  await expect(page.getByRole("heading", { name: "No such service account" })).toBeVisible();
  await expectNoFindings(page);
});

test("the CA certificate is downloaded as a file", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CA certificate" }).click();
  expect((await download).suggestedFilename()).toBe("rollcall-ca.pem");
});

test("sign out, a wrong passphrase, and back to the page asked for", async ({
  page,
  appliance,
  expectStatus,
}) => {
  await setUp(page, appliance.setupCode);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expectNoFindings(page);
  await page.getByRole("link", { name: "Passphrase lost?" }).click();
  await expect(page.getByRole("heading", { name: "Set a new passphrase" })).toBeVisible();
  await expectNoFindings(page);
  await page.getByRole("link", { name: "Sign in instead" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/groups?search=crew");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByLabel("Passphrase").fill("not the passphrase");
  const answered = page.waitForResponse("**/api/session");
  await page.getByRole("button", { name: "Sign in" }).click();
  expectStatus((await answered).status());
  await expect(page.getByRole("alert")).toBeVisible();
  await expectNoFindings(page);
  await signIn(page);
  await expect(page).toHaveURL(/\/groups\?search=crew$/);
  await expect(page.getByRole("heading", { name: "Groups", level: 1 })).toBeVisible();
});

test("an ended session asks for the passphrase and comes back", async ({
  page,
  appliance,
  context,
  expectStatus,
}) => {
  await setUp(page, appliance.setupCode);
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await expect(page.getByRole("heading", { name: "No users yet" })).toBeVisible();
  await context.clearCookies();
  expectStatus(401);
  await page.getByRole("link", { name: "Service accounts" }).first().click();
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Service accounts", level: 1 })).toBeVisible();
});

test("a service account is renamed, and a taken name is refused at its field", async ({
  page,
  appliance,
  expectStatus,
}) => {
  await setUp(page, appliance.setupCode);
  await makeAccount(page, "First");
  await page.getByText("Rename, edit or delete").click();
  await page.getByLabel("Name", { exact: true }).fill("Renamed");
  await page.getByLabel("Scoped permissions").check();
  await page.getByRole("checkbox", { name: "Teams: Read" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Renamed", level: 1 })).toBeVisible();
  await expect(page.getByRole("list", { name: "Permissions" })).toHaveText("Teams: Read");
  await expectNoFindings(page);

  expectStatus(409);
  await page.getByRole("link", { name: "Service accounts" }).first().click();
  await page.getByRole("link", { name: "New service account" }).click();
  await page.getByLabel("Name", { exact: true }).fill("RENAMED");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
  await expectNoFindings(page);
});

test("unsaved changes are not lost without a question", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  await page.getByRole("link", { name: "Service accounts" }).first().click();
  await page.getByRole("link", { name: "New service account" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Half typed");
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Half typed");
  await page.goBack();
  await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await expect(page).toHaveURL(/\/accounts\/new$/);
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { name: "Users", level: 1 })).toBeVisible();
});

test("a service account is deleted after a question, and its token with it", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, "Short lived");
  await page.getByText("Rename, edit or delete").click();
  await page.getByRole("button", { name: "Delete service account" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "Service accounts", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "Short lived" })).toHaveCount(0);
  expect((await appliance.scim(token, "GET", probe())).status).toBe(401);
});

test("a service account is made with the keyboard alone", async ({ page, appliance }) => {
  await setUp(page, appliance.setupCode);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  const reach = async (name: string): Promise<void> => {
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press("Tab");
      const reached = await page.evaluate(() => {
        const at = document.activeElement;
        if (at === null) return "";
        const labels =
          at instanceof HTMLInputElement
            ? [...(at.labels ?? [])].map((label) => label.innerText).join(" ")
            : "";
        return at.getAttribute("aria-label") ?? (labels || (at instanceof HTMLElement ? at.innerText : ""));
      });
      if (reached.trim().startsWith(name)) return;
    }
    throw new Error(`no Tab leads to ${name}`);
  };
  await reach("Skip to content");
  await reach("Service accounts");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Service accounts", level: 1 })).toBeFocused();
  await reach("New service account");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "New service account" })).toBeFocused();
  await reach("Name");
  await page.keyboard.type("By keyboard");
  await reach("Full permissions");
  await page.keyboard.press("ArrowDown");
  await reach("Users: Read");
  await page.keyboard.press("Space");
  await reach("Save");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "By keyboard", level: 1 })).toBeFocused();
  await expect(page.getByRole("list", { name: "Permissions" })).toHaveText("Users: Read");
  await reach("Copy Tenant URL");
  await reach("Copy Secret Token");
});

test("text from outside stays text", async ({ page, appliance }) => {
  const payload = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>"'{{7*7}}`;
  await setUp(page, appliance.setupCode);
  const token = await makeAccount(page, payload);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(payload);
  const created = await appliance.scim(
    token,
    "POST",
    "/Users",
    user("hostile@example.com", { displayName: payload, title: payload }),
  );
  expect(created.status).toBe(201);
  await appliance.scim(
    token,
    "GET",
    `/Users?filter=${encodeURIComponent(`userName eq "<img src=x onerror=alert(1)>"`)}`,
  );
  await expect(page.getByRole("table", { name: "Recent requests" })).toContainText("POST");
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await expect(page.getByRole("cell", { name: payload })).toBeVisible();
  await page.getByRole("link", { name: "hostile@example.com" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(payload);
  await page.getByText("As SCIM gives it").click();
  await expectNoFindings(page);
  await page.goto(`/users?search=${encodeURIComponent(payload)}`);
  await expect(page.getByRole("searchbox", { name: "Search users" })).toHaveValue(payload);
  expect(await page.title()).not.toContain("taken");
  expect(await page.locator("main img, main script").count()).toBe(0);
});
