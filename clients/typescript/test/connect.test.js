import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { connect, LaurelsError, status } from "laurels";

for (const address of ["laurels.example:50051", "127.0.0.1.example:1", "dns:///10.0.0.1:50051"]) {
  test(`a token does not go to ${address} in the clear`, () => {
    assert.throws(() => connect(address, { token: "t" }), /in the clear/);
    connect(address, { token: "t", tls: true }).close();
  });
}

for (const address of ["localhost:50051", "127.0.0.2:1", "[::1]:1", "dns:///localhost:1", "unix:/x"]) {
  test(`a token may go to ${address}`, () => connect(address, { token: "t" }).close());
}

for (const address of [
  "", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:abc", "a b:1", ":50051", "::1:1",
  "http://127.0.0.1:50051", "https://laurels.example", "dns:///127.0.0.1", "dns:laurels.example:",
]) {
  test(`"${address}" is no address`, () => {
    assert.throws(() => connect(address), /is no address: give host:port/);
  });
}

for (const address of ["laurels.example:65535", "[2001:db8::1]:1", "dns:///a:1", "ipv4:127.0.0.1:1"]) {
  test(`${address} is an address`, () => connect(address).close());
}

for (const address of [undefined, null, 50051]) {
  test(`${address} is no address`, () => {
    assert.throws(() => connect(address), new Error(
      `"${address}" is no address: give host:port, for example 127.0.0.1:50051.`,
    ));
  });
}

for (const token of ["", "two words", "line\nbreak", "ümlaut"]) {
  test(`${JSON.stringify(token)} is no token, and is not told`, () => {
    assert.throws(() => connect("127.0.0.1:1", { token }), {
      message: "Option token must be printable ASCII without spaces.",
    });
  });
}

test("a request is left as it is, whatever id its call was given", async () => {
  const laurels = connect("127.0.0.1:1", { retry: false });
  const request = { userId: "a", amount: 1, source: "s" };
  const ids = [];
  for (const _ of [1, 2]) {
    await assert.rejects(laurels.xp.awardXp(request), (error) => {
      assert.ok(error instanceof LaurelsError);
      ids.push(error.requestId);
      return true;
    });
  }
  laurels.close();
  assert.deepEqual(request, { userId: "a", amount: 1, source: "s" });
  assert.match(ids[0], /^[0-9a-f-]{36}$/);
  assert.notEqual(ids[0], ids[1]);
});

test("a signal gives a call up", async () => {
  const laurels = connect("127.0.0.1:1");
  const signal = AbortSignal.timeout(50);
  const call = laurels.xp.getXpAccount({ userId: "a" }, { signal });
  await assert.rejects(call, { code: status.CANCELLED });
  laurels.close();
});

test("it can be required, too", () => {
  assert.equal(createRequire(import.meta.url)("laurels").connect, connect);
});
