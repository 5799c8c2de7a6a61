/** Starts the real binary for a test, in a folder of its own, and ends it by its own process id. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What `rollcall dev --output json` prints once it is ready. */
interface Ready {
  tenantUrl: string;
  secretToken: string;
  caFile: string;
  consoleUrl: string;
  setupCode: string | null;
}

export interface ScimAnswer {
  status: number;
  body: unknown;
}

const BINARY =
  process.env["ROLLCALL_BIN"] || fileURLToPath(new URL("../../target/release/rollcall", import.meta.url));
const START_MS = 30_000;
const STOP_MS = 10_000;

export class Appliance {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly ready: Ready,
  ) {}

  static async start(): Promise<Appliance> {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-browser-"));
    const child = spawn(BINARY, ["dev", "--data", folder, "--port", "0", "--output", "json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let told = "";
    child.stderr?.on("data", (chunk: Buffer) => (told += chunk.toString()));
    const line = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`${BINARY} was not ready within ${START_MS} ms:\n${told}`));
      }, START_MS);
      const failed = (why: string): void => {
        clearTimeout(late);
        reject(new Error(`${BINARY} ${why}:\n${told}`));
      };
      child.once("error", (error) => failed(error.message));
      child.once("exit", (code) => failed(`ended with ${code}`));
      createInterface({ input: child.stdout! }).once("line", (text) => {
        clearTimeout(late);
        resolve(text);
      });
    }).catch((failed: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw failed;
    });
    return new Appliance(child, folder, JSON.parse(line) as Ready);
  }

  get consoleUrl(): string {
    return this.ready.consoleUrl.replace(/\/$/, "");
  }

  get setupCode(): string {
    if (this.ready.setupCode === null) throw new Error("a new folder has a setup code");
    return this.ready.setupCode;
  }

  /** One SCIM request over TLS, the certificate checked against the CA file that the server named. */
  scim(token: string, method: string, path: string, body?: unknown): Promise<ScimAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.ready.tenantUrl}${path}`,
        {
          method,
          ca: readFileSync(this.ready.caFile),
          agent: false,
          headers: {
            Authorization: `Bearer ${token}`,
            Accept: "application/scim+json",
            ...(text === undefined
              ? {}
              : {
                  "Content-Type": "application/scim+json",
                  "Content-Length": Buffer.byteLength(text),
                }),
          },
        },
        (answer) => {
          let received = "";
          answer.setEncoding("utf8");
          answer.on("data", (chunk: string) => (received += chunk));
          answer.on("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              body: received === "" ? null : JSON.parse(received),
            }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(text);
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = new Promise<void>((resolve) => this.process.once("exit", () => resolve()));
      this.process.kill("SIGTERM");
      const late = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
