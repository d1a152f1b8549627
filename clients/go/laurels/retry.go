package laurels

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// serviceConfig says how calls are repeated, in gRPC's own terms: those that change nothing, or
// carry a request id. The others, named, are made once. What they change has no request id, and a
// repeat could undo what somebody else changed in between; or they are long work, which whoever
// asked for it may ask for again.
//
// 0.2 + 0.6 + 1.8 s are long enough for a server to be replaced by the next one. When most calls
// fail, repeating them would only add to the load: that is the throttling.
const serviceConfig = `{
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.2s",
      "backoffMultiplier": 3,
      "maxBackoff": "2s",
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }, {
    "name": [
      {"service": "laurels.v1.CatalogService", "method": "UpsertLevels"},
      {"service": "laurels.v1.CatalogService", "method": "RetireLevel"},
      {"service": "laurels.v1.UserService", "method": "UpsertUsers"},
      {"service": "laurels.v1.AuditService", "method": "AuditAll"},
      {"service": "laurels.v1.AuditService", "method": "RebuildProjection"}
    ]
  }],
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
}`

type attemptsKey struct{}

// counting returns a context in which the attempts of a call are counted.
func counting(ctx context.Context) (context.Context, *atomic.Int32) {
	attempts := new(atomic.Int32)
	return context.WithValue(ctx, attemptsKey{}, attempts), attempts
}

// attemptCounter counts the attempts that a server may have taken up: gRPC retries below us, and
// what the last attempt says need not hold for those before it.
type attemptCounter struct{}

func (attemptCounter) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (attemptCounter) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if begin, ok := event.(*stats.Begin); ok && !begin.IsTransparentRetryAttempt {
		if attempts, ok := ctx.Value(attemptsKey{}).(*atomic.Int32); ok {
			attempts.Add(1)
		}
	}
}

func (attemptCounter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (attemptCounter) HandleConn(context.Context, stats.ConnStats) {}
