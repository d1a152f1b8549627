/** Runs the scenario of conformance/ and prints a line a step. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Laurels, LaurelsError, type Options, status } from "../index.js";
import { difference, type Json } from "./matching.js";
import { methods } from "./methods.js";

interface Step {
  name: string;
  call?: string;
  walk?: string;
  stream?: string;
  on?: string;
  request: Json;
  reply?: Json;
  error?: Json;
  save?: Record<string, string>;
}

interface Connection {
  address: string;
  tls?: "authority" | "system";
  token?: string;
  timeoutMs?: number;
  retry?: boolean;
}

interface Scenario {
  connections: Record<string, Connection>;
  steps: Step[];
}

type Named = Record<string, string>;

function filled(value: Json, saved: Named): Json {
  if (typeof value === "string") {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = saved[name];
      if (found === undefined) throw new Error(`nothing was saved as ${name}`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, saved));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, saved)]));
}

function open(connection: Connection, places: Named): Laurels {
  const address = places[connection.address];
  if (address === undefined) throw new Error(`no place ${connection.address} was given`);
  const options: Options = {};
  if (connection.tls === "system") options.tls = true;
  if (connection.tls === "authority") options.tls = readFileSync(places["authority"] ?? "");
  if (connection.token !== undefined) options.token = connection.token;
  if (connection.timeoutMs !== undefined) options.timeoutMs = connection.timeoutMs;
  if (connection.retry !== undefined) options.retry = connection.retry;
  return connect(address, options);
}

function told(error: LaurelsError): Json {
  const reason = error.reason.replace(/^ERROR_REASON_/, "");
  return {
    code: status[error.code] ?? "",
    reason: reason === "UNSPECIFIED" ? "" : reason,
    definite: error.definite,
    message: error.message,
    requestId: error.requestId,
    requestIds: [...error.requestIds],
    retryAfterMs: error.retryAfterMs ?? 0,
    fields: error.fieldViolations.map((violation) => violation.field),
    metadata: { ...error.metadata },
  };
}

async function carryOut(step: Step, client: Laurels, saved: Named): Promise<string> {
  const name = step.call ?? step.walk ?? step.stream ?? "";
  const method = methods[name];
  if (!method) return `this runner does not know ${name}`;
  let answer: Json;
  let wanted = step.reply;
  try {
    answer = await method(client, filled(step.request, saved));
    if (wanted === undefined) return `it succeeded: ${JSON.stringify(answer)}`;
  } catch (error) {
    if (!(error instanceof LaurelsError)) throw error;
    answer = told(error);
    wanted = step.error;
    if (wanted === undefined) return `it failed: ${JSON.stringify(answer)}`;
  }
  for (const [as, path] of Object.entries(step.save ?? {})) {
    const part = path.split(".").reduce<any>((value, key) => value?.[key], answer);
    saved[as] = String(part ?? "");
  }
  return difference(filled(wanted, saved), answer, step.error ? "error" : "reply");
}

async function main([file, ...given]: string[]): Promise<boolean> {
  const scenario = JSON.parse(readFileSync(file ?? "", "utf8")) as Scenario;
  const places: Named = Object.fromEntries(given.map((place) => place.split(/=(.*)/s).slice(0, 2)));
  const saved: Named = { run: randomBytes(3).toString("hex"), large: "x".repeat(5_000_000) };
  const clients = new Map<string, Laurels>();
  let allOk = true;
  for (const step of scenario.steps) {
    let detail: string;
    try {
      const on = step.on ?? "server";
      const client = clients.get(on) ?? open(scenario.connections[on] as Connection, places);
      clients.set(on, client);
      detail = await carryOut(step, client, saved);
    } catch (error) {
      detail = String(error);
    }
    allOk &&= detail === "";
    console.log(JSON.stringify({ step: step.name, ok: detail === "", detail }));
  }
  for (const client of clients.values()) client.close();
  return allOk;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
