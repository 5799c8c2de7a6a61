import { expect, test } from "vitest";
import type { Activity, LoggedRequest } from "../api/types";
import { connectionOf, newestFirst } from "./connection";

const nothing: Activity = {
  firstRequestAt: null,
  lastRequestAt: null,
  testConnectionAt: null,
  requests: [],
  tolerated: [],
};

function request(second: number, status: number): LoggedRequest {
  return { at: `2026-03-14T12:00:0${second}Z`, method: "GET", path: "/scim/v2/Users", status, detail: null };
}

function seen(...requests: LoggedRequest[]): Activity {
  return {
    ...nothing,
    firstRequestAt: "2026-03-14T12:00:00Z",
    lastRequestAt: "2026-03-14T12:00:09Z",
    requests,
  };
}

test("before the first request it waits", () => {
  expect(connectionOf(nothing)).toMatchObject({ stage: "waiting", reached: false });
});

test("a refused token has reached us and no more", () => {
  expect(connectionOf(seen(request(1, 403)))).toMatchObject({
    stage: "refused",
    reached: true,
    accepted: false,
  });
});

test("one accepted request is enough for the second light", () => {
  const connection = connectionOf(seen(request(1, 403), request(2, 404)));
  expect(connection).toMatchObject({ stage: "arriving", accepted: true, tested: false });
  expect(connection.last?.status).toBe(404);
});

test("Test Connection lights all three", () => {
  const activity = { ...seen(request(1, 200)), testConnectionAt: "2026-03-14T12:00:01Z" };
  expect(connectionOf(activity)).toMatchObject({
    stage: "connected",
    reached: true,
    accepted: true,
    tested: true,
  });
});

test("requests are shown newest first", () => {
  expect(
    newestFirst([request(1, 200), request(3, 200), request(2, 200)]).map(({ at }) => at.slice(17, 19)),
  ).toEqual(["03", "02", "01"]);
});
