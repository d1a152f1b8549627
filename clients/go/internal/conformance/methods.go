package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"laurels.dev/go/laurels"
	laurelsv1 "laurels.dev/go/laurels/v1"
)

// A method carries out a step's call: JSON in, JSON out, through the client as users have it.
type method func(ctx context.Context, client *laurels.Client, request []byte) (any, error)

type message[T any] interface {
	*T
	proto.Message
}

// call is an RPC with one answer.
func call[S, T any, Q message[T], R proto.Message](
	service func(*laurels.Client) S, of func(S, context.Context, Q, ...grpc.CallOption) (R, error),
) method {
	return func(ctx context.Context, client *laurels.Client, request []byte) (any, error) {
		parsed := Q(new(T))
		if err := protojson.Unmarshal(request, parsed); err != nil {
			return nil, err
		}
		reply, err := of(service(client), ctx, parsed)
		if err != nil {
			return nil, err
		}
		return decoded(reply)
	}
}

// all is an RPC whose answers, or whose pages' items, are gathered.
func all[T any, Q message[T], R proto.Message](
	of func(*laurels.Client, context.Context, Q) iter.Seq2[R, error],
) method {
	return func(ctx context.Context, client *laurels.Client, request []byte) (any, error) {
		parsed := Q(new(T))
		if err := protojson.Unmarshal(request, parsed); err != nil {
			return nil, err
		}
		items := []any{}
		for found, err := range of(client, ctx, parsed) {
			if err != nil {
				return nil, err
			}
			item, err := decoded(found)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return object{"items": items}, nil
	}
}

func decoded(reply proto.Message) (any, error) {
	said, err := protojson.Marshal(reply)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(said, &value)
	return value, err
}

func auditAll(
	client *laurels.Client, ctx context.Context, request *laurelsv1.AuditAllRequest,
) iter.Seq2[*laurelsv1.AuditAllResponse, error] {
	return func(yield func(*laurelsv1.AuditAllResponse, error) bool) {
		stream, err := client.Audit.AuditAll(ctx, request)
		for err == nil {
			var event *laurelsv1.AuditAllResponse
			if event, err = stream.Recv(); err == nil && !yield(event, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(nil, err)
		}
	}
}

func progress(c *laurels.Client) laurelsv1.ProgressServiceClient { return c.Progress }

func xp(c *laurels.Client) laurelsv1.XpServiceClient { return c.Xp }

func leaderboard(c *laurels.Client) laurelsv1.LeaderboardServiceClient { return c.Leaderboard }

func catalog(c *laurels.Client) laurelsv1.CatalogServiceClient { return c.Catalog }

func users(c *laurels.Client) laurelsv1.UserServiceClient { return c.Users }

func audit(c *laurels.Client) laurelsv1.AuditServiceClient { return c.Audit }

var methods = map[string]method{
	"ProgressService.SubmitProgress":      call(progress, laurelsv1.ProgressServiceClient.SubmitProgress),
	"ProgressService.BatchSubmitProgress": call(progress, laurelsv1.ProgressServiceClient.BatchSubmitProgress),
	"ProgressService.GetSubmission":       call(progress, laurelsv1.ProgressServiceClient.GetSubmission),
	"ProgressService.ListProgress":        all((*laurels.Client).WalkProgress),
	"XpService.AwardXp":                   call(xp, laurelsv1.XpServiceClient.AwardXp),
	"XpService.AdjustXp":                  call(xp, laurelsv1.XpServiceClient.AdjustXp),
	"XpService.ReverseXpEntry":            call(xp, laurelsv1.XpServiceClient.ReverseXpEntry),
	"XpService.GetXpAccount":              call(xp, laurelsv1.XpServiceClient.GetXpAccount),
	"XpService.ListXpEntries":             all((*laurels.Client).WalkXpEntries),
	"LeaderboardService.GetLeaderboard":   all((*laurels.Client).WalkLeaderboard),
	"LeaderboardService.GetStanding":      call(leaderboard, laurelsv1.LeaderboardServiceClient.GetStanding),
	"CatalogService.UpsertLevels":         call(catalog, laurelsv1.CatalogServiceClient.UpsertLevels),
	"CatalogService.ListLevels":           all((*laurels.Client).WalkLevels),
	"UserService.UpsertUsers":             call(users, laurelsv1.UserServiceClient.UpsertUsers),
	"AuditService.AuditUser":              call(audit, laurelsv1.AuditServiceClient.AuditUser),
	"AuditService.AuditAll":               all(auditAll),
}
