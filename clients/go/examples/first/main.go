// Command first books an attempt, shows the leaderboard, and is refused once.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"laurels.dev/go/laurels"
	laurelsv1 "laurels.dev/go/laurels/v1"
)

func main() {
	address := "127.0.0.1:50051"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := first(context.Background(), address); err != nil {
		log.Fatal(err)
	}
}

func first(ctx context.Context, address string) error {
	client, err := laurels.Connect(address)
	if err != nil {
		return err
	}
	defer client.Close()

	answer, err := client.Progress.SubmitProgress(ctx, &laurelsv1.SubmitProgressRequest{
		RequestId: "try-go", UserId: "scout-005", LevelId: "puk_u1_l1",
		Score: 100, TotalQuestions: 5, CorrectAnswers: 5,
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d XP earned, %d in all\n", answer.XpEarned, answer.TotalXp)

	board := &laurelsv1.GetLeaderboardRequest{ConsistencyToken: answer.ConsistencyToken}
	for entry, err := range client.WalkLeaderboard(ctx, board) {
		if err != nil {
			return err
		}
		fmt.Printf("%d. %s: %d XP\n", entry.Position, entry.DisplayName, entry.Xp)
	}

	_, err = client.Progress.SubmitProgress(ctx, &laurelsv1.SubmitProgressRequest{
		UserId: "scout-004", LevelId: "puk_u1_l2", TotalQuestions: 5, CorrectAnswers: 5,
	})
	var refused *laurels.Error
	if errors.As(err, &refused) && refused.Reason == laurelsv1.ErrorReason_ERROR_REASON_LEVEL_LOCKED {
		fmt.Println("Refused:", refused.Message)
		return nil
	}
	return err
}
