import { connect, ErrorReason, LaurelsError, walkLeaderboard } from "laurels";

const laurels = connect(process.argv[2] ?? "127.0.0.1:50051");
try {
  const answer = await laurels.progress.submitProgress({
    requestId: "try-typescript",
    userId: "scout-003",
    levelId: "puk_u1_l1",
    score: 100,
    totalQuestions: 5,
    correctAnswers: 5,
  });
  console.log(`${answer.xpEarned} XP earned, ${answer.totalXp} in all`);
  for await (const entry of walkLeaderboard(laurels, { consistencyToken: answer.consistencyToken })) {
    console.log(`${entry.position}. ${entry.displayName}: ${entry.xp} XP`);
  }
  await laurels.progress.submitProgress({
    userId: "scout-004", levelId: "puk_u1_l2", totalQuestions: 5, correctAnswers: 5,
  });
} catch (error) {
  if (!(error instanceof LaurelsError)) throw error;
  if (error.reason !== ErrorReason.ERROR_REASON_LEVEL_LOCKED) throw error;
  console.log(`Refused: ${error.message}`);
} finally {
  laurels.close();
}
