package laurels

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

// losing fails its first call as a server does that is just going.
type losing struct {
	laurelsv1.UnimplementedProgressServiceServer
	calls atomic.Int32
}

func (l *losing) BatchSubmitProgress(
	context.Context, *laurelsv1.BatchSubmitProgressRequest,
) (*laurelsv1.BatchSubmitProgressResponse, error) {
	if l.calls.Add(1) == 1 {
		return nil, status.Error(codes.Unavailable, "going")
	}
	return &laurelsv1.BatchSubmitProgressResponse{}, nil
}

func TestABatchBeyondWhatGRPCKeepsByItselfIsRepeated(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, service := grpc.NewServer(), &losing{}
	laurelsv1.RegisterProgressServiceServer(server, service)
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	client, err := Connect(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

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
