package laurels

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

func nowhere(t *testing.T) *Client {
	t.Helper()
	client, err := Connect("127.0.0.1:1", WithoutRetry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestTextThatIsNoUTF8IsNotSent(t *testing.T) {
	service := &unavailable{}
	request := &laurelsv1.SubmitProgressRequest{UserId: "\xff"}
	_, err := served(t, service).Progress.SubmitProgress(context.Background(), request)
	failed, ok := errors.AsType[*Error](err)
	if !ok || !failed.Definite || failed.Code != codes.InvalidArgument {
		t.Fatalf("%#v", err)
	}
	if !strings.HasPrefix(failed.Message, "The request cannot be sent, mend it: ") {
		t.Error(failed.Message)
	}
	if calls := service.calls.Load(); calls != 0 {
		t.Errorf("it was sent %d times", calls)
	}
}

func TestNilIsAnEmptyRequest(t *testing.T) {
	client, ctx := nowhere(t), context.Background()
	calls := map[string]func() error{
		"SubmitProgress":      func() error { _, err := client.Progress.SubmitProgress(ctx, nil); return err },
		"BatchSubmitProgress": func() error { _, err := client.Progress.BatchSubmitProgress(ctx, nil); return err },
		"AwardXp":             func() error { _, err := client.Xp.AwardXp(ctx, nil); return err },
		"AdjustXp":            func() error { _, err := client.Xp.AdjustXp(ctx, nil); return err },
		"ReverseXpEntry":      func() error { _, err := client.Xp.ReverseXpEntry(ctx, nil); return err },
	}
	for name, call := range calls {
		if failed, ok := errors.AsType[*Error](call()); !ok || failed.Code != codes.Unavailable {
			t.Errorf("%s: %v", name, failed)
		}
	}
}

func TestAWalkOfNilGoesOnToTheSecondPage(t *testing.T) {
	service := &paging{}
	seen := 0
	for _, err := range served(t, service).WalkLeaderboard(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
	}
	if seen != 2 {
		t.Errorf("%d entries", seen)
	}
}

func TestAClientThatIsClosedSaysSo(t *testing.T) {
	client := nowhere(t)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	_, unary := client.Xp.GetXpAccount(context.Background(), &laurelsv1.GetXpAccountRequest{UserId: "a"})
	_, stream := client.Audit.AuditAll(context.Background(), &laurelsv1.AuditAllRequest{})
	for _, err := range []error{unary, stream} {
		failed, ok := errors.AsType[*Error](err)
		if !ok || !strings.HasPrefix(failed.Message, "The client was closed: connect anew.") {
			t.Errorf("%v", err)
		}
	}
}
