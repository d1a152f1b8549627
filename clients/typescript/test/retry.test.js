import assert from "node:assert/strict";
import { test } from "node:test";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { connect } from "laurels";
import { UserServiceService } from "../dist/generated/laurels/v1/user_service.js";

/** A server that fails every call, and counts them. */
async function failing(t) {
  const server = new Server();
  const seen = { calls: 0 };
  const getUser = (_, answer) => {
    seen.calls += 1;
    answer({ code: status.UNAVAILABLE, details: "away" });
  };
  server.addService(UserServiceService, { getUser, upsertUsers: getUser });
  const credentials = ServerCredentials.createInsecure();
  const port = await new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound))));
  const laurels = connect(`127.0.0.1:${port}`);
  t.after(() => {
    laurels.close();
    server.forceShutdown();
  });
  return { laurels, seen };
}

test("a server that only fails is soon asked once", async (t) => {
  const { laurels, seen } = await failing(t);
  const call = () => assert.rejects(laurels.users.getUser({ userId: "a" }), { code: status.UNAVAILABLE });
  await Promise.all(Array.from({ length: 60 }, call));
  const before = seen.calls;
  assert.ok(before < 2 * 60, `${before} attempts of 60 calls`);
  await call();
  assert.equal(seen.calls, before + 1);
});
