package laurels

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

const domain = "laurels"

// Error tells why a call failed, and what to do. Get it by errors.As.
type Error struct {
	Code codes.Code
	// Reason is why the service refused; UNSPECIFIED where the connection failed.
	Reason laurelsv1.ErrorReason
	// Definite: the call changed nothing and will not. Otherwise nobody can tell: call again with
	// the same request id.
	Definite bool
	Message  string
	// RequestIDs are what the call was sent under, made by the client or yours: one for each attempt
	// of a batch.
	RequestIDs []string
	// RetryAfter is how long the service asks to wait before the next try; 0 where it does not.
	RetryAfter      time.Duration
	FieldViolations []FieldViolation
	// Metadata are facts, documented with each ErrorReason.
	Metadata map[string]string

	status *status.Status
}

// FieldViolation is a field of the request that breaks its limits.
type FieldViolation struct {
	Field       string
	Description string
}

// RequestID is the one id of a call that has one; else "".
func (e *Error) RequestID() string {
	if len(e.RequestIDs) == 1 {
		return e.RequestIDs[0]
	}
	return ""
}

// Error says it in a sentence or two.
func (e *Error) Error() string {
	return "laurels: " + e.Message
}

// GRPCStatus is the status as it came.
func (e *Error) GRPCStatus() *status.Status {
	return e.status
}

// Is lets errors.Is find the context's errors.
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded ||
		target == context.Canceled && e.Code == codes.Canceled
}

// explain gives a call's error its type.
func (c caller) explain(err error, requestIDs []string, attempts *atomic.Int32) error {
	if err == nil {
		return nil
	}
	failed := status.Convert(err)
	explained := &Error{Code: failed.Code(), RequestIDs: requestIDs, status: failed}
	known := false
	for _, detail := range failed.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain == domain {
				known = true
				explained.Reason = laurelsv1.ErrorReason(laurelsv1.ErrorReason_value["ERROR_REASON_"+detail.Reason])
				explained.Metadata = detail.Metadata
			}
		case *errdetails.BadRequest:
			for _, field := range detail.FieldViolations {
				violation := FieldViolation{field.Field, field.Description}
				explained.FieldViolations = append(explained.FieldViolations, violation)
			}
		case *errdetails.RetryInfo:
			explained.RetryAfter = detail.RetryDelay.AsDuration()
		}
	}
	before, told := explained.Metadata["previous_attempts"]
	// As this side counts, and as the server was told.
	repeated := attempts.Load() > 1 || told && before != "0"
	explained.Definite = isDefinite(explained.Reason, repeated)
	explained.Message = failed.Message()
	if !known {
		explained.Message = c.advice(failed)
	}
	return explained
}

// unsendable is the error of a call whose request fits no message, such as text that is no UTF-8. A
// server may fail alike with its answer: so the request itself is asked.
func (c caller) unsendable(err error, request any, requestIDs []string) error {
	sent, ok := request.(proto.Message)
	if err == nil || !ok {
		return nil
	}
	_, broken := proto.Marshal(sent)
	if broken == nil {
		return nil
	}
	message := fmt.Sprintf("The request cannot be sent, mend it: %v.", broken)
	return &Error{
		Code: codes.InvalidArgument, Definite: true, Message: message, RequestIDs: requestIDs,
		status: status.New(codes.InvalidArgument, message),
	}
}

func isDefinite(reason laurelsv1.ErrorReason, repeated bool) bool {
	switch reason {
	case laurelsv1.ErrorReason_ERROR_REASON_UNSPECIFIED,
		laurelsv1.ErrorReason_ERROR_REASON_STORE_UNAVAILABLE,
		laurelsv1.ErrorReason_ERROR_REASON_DEADLINE_EXCEEDED,
		laurelsv1.ErrorReason_ERROR_REASON_INTERNAL,
		// Of its subject: a call still on its way may yet be booked.
		laurelsv1.ErrorReason_ERROR_REASON_SUBMISSION_NOT_FOUND:
		return false
	case laurelsv1.ErrorReason_ERROR_REASON_MALFORMED_REQUEST,
		laurelsv1.ErrorReason_ERROR_REASON_INVALID_PAGE_TOKEN,
		laurelsv1.ErrorReason_ERROR_REASON_INVALID_CONSISTENCY_TOKEN,
		laurelsv1.ErrorReason_ERROR_REASON_LEADERBOARD_NOT_FOUND,
		laurelsv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED,
		laurelsv1.ErrorReason_ERROR_REASON_REFERENCE_ALREADY_AWARDED,
		laurelsv1.ErrorReason_ERROR_REASON_ENTRY_NOT_REVERSIBLE:
		// These hold for every attempt of a call.
		return true
	}
	// The others speak for the last attempt only: one before it, repeated by gRPC, may have been
	// booked or may be yet.
	return !repeated
}
