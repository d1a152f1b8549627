import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, LaurelsError, status } from "laurels";

const attempt = { userId: "a", levelId: "l", totalQuestions: 5, correctAnswers: 5 };

function refused(message) {
  return (error) => {
    assert.ok(error instanceof LaurelsError);
    assert.match(error.message, message);
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.equal(error.definite, true);
    return true;
  };
}

for (const [name, value] of [["score", 2 ** 31], ["score", 1.5], ["timeSpentSeconds", NaN]]) {
  test(`${name} ${value} fits no message, and nothing is sent`, async (t) => {
    const laurels = connect("127.0.0.1:1");
    t.after(() => laurels.close());
    const call = laurels.progress.submitProgress({ ...attempt, [name]: value });
    await assert.rejects(call, refused(/^The request cannot be sent, mend it: invalid int32: /));
  });
}

test("a batch with a hole is not sent", async (t) => {
  const laurels = connect("127.0.0.1:1");
  t.after(() => laurels.close());
  const call = laurels.progress.batchSubmitProgress({ requests: [attempt, null] });
  await assert.rejects(call, refused(/^The request cannot be sent, mend it: /));
});

for (const timeoutMs of [0, -1, NaN, Number.MAX_SAFE_INTEGER, "soon"]) {
  test(`${timeoutMs} is no deadline`, async (t) => {
    const rule = /timeoutMs is a number of milliseconds above 0, at most 1e14, or Infinity, not /;
    assert.throws(() => connect("127.0.0.1:1", { timeoutMs }), rule);
    const laurels = connect("127.0.0.1:1");
    t.after(() => laurels.close());
    await assert.rejects(laurels.xp.awardXp({}, { timeoutMs }), refused(rule));
    await assert.rejects(laurels.audit.auditAll({}, { timeoutMs }).next(), refused(rule));
  });
}

test("a client that is closed says so", async () => {
  const laurels = connect("127.0.0.1:1");
  laurels.close();
  await assert.rejects(laurels.progress.submitProgress(attempt), refused(/^The client is closed: connect anew/));
  await assert.rejects(laurels.audit.auditAll({}).next(), refused(/^The client is closed: connect anew/));
});
