#!/usr/bin/env node
/**
 * The mock dressed as the real binary: `rollcall-mock.js dev --data DIR --port N --output json` serves the built console
 * over TLS under the same Content-Security-Policy, so that the browser tests run against it unchanged.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Mock } from "./mock-api.js";

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "rollcall-dev" },
    port: { type: "string", default: "0" },
    output: { type: "string", default: "text" },
    people: { type: "string", default: "0" },
  },
});

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const dist = process.env["CONSOLE_DIST"] ?? fileURLToPath(new URL("../dist", import.meta.url));
const { key, cert, caFile } = certificate(values.data);
let port = Number(values.port);
const setupCode = "MOCK-SETUP-CODE";
const mock = new Mock({
  tenantUrl: () => `https://localhost:${port}/scim/v2`,
  setupCode,
  people: Number(values.people),
  caPem: cert,
});

const server = createServer({ key, cert }, (request, response) => {
  const path = new URL(request.url ?? "/", "https://localhost").pathname;
  if (/^\/(api|scim)\//.test(path)) {
    void mock.handle(request, response);
    return;
  }
  const asset = path.startsWith("/assets/") ? normalize(path) : "/index.html";
  response.setHeader("Content-Security-Policy", CSP);
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader(
    "Content-Type",
    TYPES[/** @type {keyof typeof TYPES} */ (extname(asset))] ?? "application/octet-stream",
  );
  try {
    response.end(readFileSync(join(dist, asset)));
  } catch {
    response.writeHead(404).end();
  }
});

server.listen(port, "127.0.0.1", () => {
  port = /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  const consoleUrl = `https://localhost:${port}/`;
  process.stdout.write(
    `${JSON.stringify({ tenantUrl: `https://localhost:${port}/scim/v2`, secretToken: "", caFile, consoleUrl, setupCode })}\n`,
  );
});

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => process.exit(0));

/** @param {string} folder */
function certificate(folder) {
  mkdirSync(folder, { recursive: true });
  const keyFile = join(folder, "mock-key.pem");
  const certFile = join(folder, "mock-ca.pem");
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout",
      keyFile,
      "-out",
      certFile,
    ],
    { stdio: "ignore" },
  );
  return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8"), caFile: certFile };
}
