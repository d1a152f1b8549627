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

func refused(t *testing.T, code codes.Code, reason, domain string, attempts int32, told ...string) *Error {
	t.Helper()
	info := &errdetails.ErrorInfo{Reason: reason, Domain: domain}
	for _, before := range told {
		info.Metadata = map[string]string{"previous_attempts": before}
	}
	failed, err := status.New(code, "why").WithDetails(info)
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
		Code              string
		Definite, ForGood bool
	}
	if err := json.Unmarshal(read, &reasons); err != nil {
		t.Fatal(err)
	}
	for reason, documented := range reasons {
		is := codes.Code(code.Code_value[documented.Code])
		explained := refused(t, is, reason, "laurels", 1)
		if got := explained.Reason.String(); got != "ERROR_REASON_"+reason {
			t.Errorf("%s is told as %s", reason, got)
		}
		if explained.Definite != documented.Definite {
			t.Errorf("%s: definite is %v", reason, explained.Definite)
		}
		if explained.Message != "why" || explained.RequestID() != "try-1" {
			t.Errorf("%s: %+v", reason, explained)
		}
		if refused(t, is, reason, "laurels", 1, "0").Definite != documented.Definite {
			t.Errorf("%s: no attempt before is taken for one", reason)
		}
		if refused(t, is, reason, "laurels", 2).Definite != documented.ForGood {
			t.Errorf("%s: after an attempt that was counted, definite is %v", reason, !documented.ForGood)
		}
		for _, before := range []string{"1", "4294967295", "-1", "many", ""} {
			if refused(t, is, reason, "laurels", 1, before).Definite != documented.ForGood {
				t.Errorf("%s: after %q attempts, definite is %v", reason, before, !documented.ForGood)
			}
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
