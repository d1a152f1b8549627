import dev.laurels.Laurels;
import dev.laurels.LaurelsException;
import dev.laurels.v1.ErrorReason;
import dev.laurels.v1.GetLeaderboardRequest;
import dev.laurels.v1.SubmitProgressRequest;

/** Books an attempt, shows the leaderboard, and is refused once. */
public final class First {
  public static void main(String[] arguments) {
    String address = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    try (Laurels laurels = Laurels.connect(address)) {
      var answer =
          laurels.submitProgress(
              SubmitProgressRequest.newBuilder()
                  .setRequestId("try-java")
                  .setUserId("scout-006")
                  .setLevelId("puk_u1_l1")
                  .setScore(100)
                  .setTotalQuestions(5)
                  .setCorrectAnswers(5)
                  .build());
      System.out.printf("%d XP earned, %d in all%n", answer.getXpEarned(), answer.getTotalXp());

      var board =
          GetLeaderboardRequest.newBuilder()
              .setConsistencyToken(answer.getConsistencyToken())
              .build();
      for (var entry : laurels.walkLeaderboard(board)) {
        System.out.printf(
            "%d. %s: %d XP%n", entry.getPosition(), entry.getDisplayName(), entry.getXp());
      }

      laurels.submitProgress(
          SubmitProgressRequest.newBuilder()
              .setUserId("scout-004")
              .setLevelId("puk_u1_l2")
              .setTotalQuestions(5)
              .setCorrectAnswers(5)
              .build());
    } catch (LaurelsException refused) {
      if (refused.reason() != ErrorReason.ERROR_REASON_LEVEL_LOCKED) {
        throw refused;
      }
      System.out.println("Refused: " + refused.getMessage());
    }
  }
}
