package laurels

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// caller is what stands before every call.
type caller struct {
	address string
	token   string
	timeout time.Duration
}

func (c caller) unary(
	ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	if _, given := ctx.Deadline(); !given && c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	ctx, attempts := counting(c.authorized(ctx))
	request, requestIDs := withRequestIDs(request)
	err := invoke(ctx, method, request, reply, connection, options...)
	if unsendable := c.unsendable(err, request, requestIDs); unsendable != nil {
		return unsendable
	}
	return c.explain(err, requestIDs, attempts)
}

// stream sets no deadline: what is streamed takes as long as it takes.
func (c caller) stream(
	ctx context.Context, description *grpc.StreamDesc, connection *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	ctx, attempts := counting(c.authorized(ctx))
	opened, err := open(ctx, description, connection, method, options...)
	if err != nil {
		return nil, c.explain(err, nil, attempts)
	}
	return &stream{opened, c, attempts}, nil
}

func (c caller) authorized(ctx context.Context) context.Context {
	if c.token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.token)
}

// stream gives the errors of a stream their type.
type stream struct {
	grpc.ClientStream
	caller   caller
	attempts *atomic.Int32
}

func (s *stream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if errors.Is(err, io.EOF) {
		return err
	}
	return s.caller.explain(err, nil, s.attempts)
}
