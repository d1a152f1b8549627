import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Metadata, status } from "@grpc/grpc-js";
import { LaurelsError } from "laurels";
import { Any } from "../dist/generated/google/protobuf/any.js";
import { ErrorInfo } from "../dist/generated/google/rpc/error_details.js";
import { Status } from "../dist/generated/google/rpc/status.js";

const reasons = JSON.parse(
  readFileSync(new URL("../../conformance/reasons.json", import.meta.url), "utf8"),
);
const call = { address: "127.0.0.1:50051", requestIds: ["try-1"], timeoutMs: 5000 };

function refused(code, reason, { attempts = 1, domain = "laurels", told = {} } = {}) {
  const info = ErrorInfo.encode(ErrorInfo.create({ reason, domain, metadata: told })).finish();
  const detail = Any.create({ typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: info });
  const metadata = new Metadata();
  metadata.set(
    "grpc-status-details-bin",
    Buffer.from(Status.encode(Status.create({ code, details: [detail] })).finish()),
  );
  if (attempts > 1) metadata.set("grpc-previous-rpc-attempts", String(attempts - 1));
  const failure = Object.assign(new Error(), { code, details: "why", metadata });
  return new LaurelsError(failure, call);
}

for (const [reason, { code, definite, forGood }] of Object.entries(reasons)) {
  test(`${reason} is ${definite ? "definite" : "indefinite"}`, () => {
    const error = refused(status[code], reason);
    assert.equal(error.reason, `ERROR_REASON_${reason}`);
    assert.equal(error.definite, definite);
    assert.equal(error.message, "why");
    assert.equal(refused(status[code], reason, { told: { previous_attempts: "0" } }).definite, definite);
  });

  test(`${reason} is ${forGood ? "definite" : "indefinite"} after an earlier attempt`, () => {
    assert.equal(refused(status[code], reason, { attempts: 2 }).definite, forGood);
    for (const count of ["1", "4294967295", "-1", "many", ""]) {
      const told = { previous_attempts: count };
      assert.equal(refused(status[code], reason, { told }).definite, forGood);
    }
  });
}

test("a reason of a newer server is indefinite", () => {
  assert.equal(refused(status.NOT_FOUND, "OF_TOMORROW").definite, false);
});

test("what another service refuses is indefinite", () => {
  assert.equal(refused(status.NOT_FOUND, "LEVEL_NOT_FOUND", { domain: "else" }).definite, false);
});

test("a failure without any details tells what it can", () => {
  const failure = Object.assign(new Error(), { code: status.UNAVAILABLE, details: "ECONNREFUSED" });
  const error = new LaurelsError(failure, call);
  assert.match(error.message, /^Nobody listens at 127\.0\.0\.1:50051: check the address/);
  assert.equal(error.reason, "ERROR_REASON_UNSPECIFIED");
});
