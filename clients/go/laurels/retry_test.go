package laurels

import (
	"context"
	"strings"
	"sync"
	"testing"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

func TestABatchBeyondWhatGRPCKeepsByItselfIsRepeated(t *testing.T) {
	service := &losing{}
	client := served(t, service)
	batch := &laurelsv1.BatchSubmitProgressRequest{}
	for range 1000 {
		id := strings.Repeat("x", 128)
		batch.Requests = append(batch.Requests, &laurelsv1.SubmitProgressRequest{RequestId: id, UserId: id, LevelId: id})
	}
	if _, err := client.Progress.BatchSubmitProgress(context.Background(), batch); err != nil {
		t.Fatal(err)
	}
	if calls := service.calls.Load(); calls != 2 {
		t.Errorf("it was called %d times", calls)
	}
}

func TestAServerThatOnlyFailsIsSoonAskedOnce(t *testing.T) {
	const calls = 60
	service := &unavailable{}
	client := served(t, service)
	call := func() {
		if _, err := client.Progress.SubmitProgress(context.Background(), &laurelsv1.SubmitProgressRequest{}); err == nil {
			t.Error("it succeeded")
		}
	}
	var all sync.WaitGroup
	for range calls {
		all.Go(call)
	}
	all.Wait()
	before := service.calls.Load()
	if before >= 2*calls {
		t.Errorf("%d attempts of %d calls", before, calls)
	}
	call()
	if again := service.calls.Load() - before; again != 1 {
		t.Errorf("%d attempts of one more", again)
	}
}
