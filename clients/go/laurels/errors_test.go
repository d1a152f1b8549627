package laurels

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var here = caller{address: "127.0.0.1:50051"}

func refused(t *testing.T, code codes.Code, reason, domain string, attempts int32) *Error {
	t.Helper()
	failed, err := status.New(code, "why").WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	counted := new(atomic.Int32)
	counted.Store(attempts)
	explained, ok := errors.AsType[*Error](here.explain(failed.Err(), []string{"try-1"}, counted))
	if !ok {
		t.Fatal("it is no *Error")
	}
	return explained
}

func TestEveryReasonIsAsDefiniteAsTheProtosSay(t *testing.T) {
	read, err := os.ReadFile("../../conformance/reasons.json")
	if err != nil {
		t.Fatal(err)
	}
	var reasons map[string]struct {
		Code     string
		Definite bool
	}
	if err := json.Unmarshal(read, &reasons); err != nil {
		t.Fatal(err)
	}
	for reason, documented := range reasons {
		explained := refused(t, codes.Code(code.Code_value[documented.Code]), reason, "laurels", 1)
		if got := explained.Reason.String(); got != "ERROR_REASON_"+reason {
			t.Errorf("%s is told as %s", reason, got)
		}
		if explained.Definite != documented.Definite {
			t.Errorf("%s: definite is %v", reason, explained.Definite)
		}
		if explained.Message != "why" || explained.RequestID() != "try-1" {
			t.Errorf("%s: %+v", reason, explained)
		}
	}
}

func TestWhatNobodyOfOursSaidIsIndefinite(t *testing.T) {
	if refused(t, codes.NotFound, "OF_TOMORROW", "laurels", 1).Definite {
		t.Error("a reason of a newer server")
	}
	if refused(t, codes.NotFound, "LEVEL_NOT_FOUND", "else", 1).Definite {
		t.Error("what another service refuses")
	}
}

func TestTurnedAwayUnreadAfterAnEarlierAttemptIsIndefinite(t *testing.T) {
	if refused(t, codes.Unavailable, "SHUTTING_DOWN", "laurels", 2).Definite {
		t.Error("SHUTTING_DOWN tells of the first attempt")
	}
	if !refused(t, codes.NotFound, "LEVEL_NOT_FOUND", "laurels", 2).Definite {
		t.Error("LEVEL_NOT_FOUND does not hold for both")
	}
}

func TestAnErrorIsStillThatOfTheContextAndOfGRPC(t *testing.T) {
	err := here.explain(status.FromContextError(context.DeadlineExceeded).Err(), nil, new(atomic.Int32))
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if status.Code(err) != codes.DeadlineExceeded {
		t.Error(status.Code(err))
	}
	if !strings.Contains(err.Error(), "same request id") {
		t.Error(err)
	}
}
