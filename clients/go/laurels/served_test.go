package laurels

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

// served is a client of a server with one service.
func served(t *testing.T, service any) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	switch service := service.(type) {
	case laurelsv1.ProgressServiceServer:
		laurelsv1.RegisterProgressServiceServer(server, service)
	case laurelsv1.LeaderboardServiceServer:
		laurelsv1.RegisterLeaderboardServiceServer(server, service)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := Connect(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

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

// unavailable fails every call, and counts them.
type unavailable struct {
	laurelsv1.UnimplementedProgressServiceServer
	calls atomic.Int32
}

func (u *unavailable) SubmitProgress(
	context.Context, *laurelsv1.SubmitProgressRequest,
) (*laurelsv1.SubmitProgressResponse, error) {
	u.calls.Add(1)
	return nil, status.Error(codes.Unavailable, "away")
}

// paging has a leaderboard of two pages.
type paging struct {
	laurelsv1.UnimplementedLeaderboardServiceServer
}

func (*paging) GetLeaderboard(
	_ context.Context, request *laurelsv1.GetLeaderboardRequest,
) (*laurelsv1.GetLeaderboardResponse, error) {
	page := &laurelsv1.GetLeaderboardResponse{Entries: []*laurelsv1.LeaderboardEntry{{}}}
	if request.PageToken == "" {
		page.NextPageToken = "second"
	}
	return page, nil
}
