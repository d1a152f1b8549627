package laurels

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

func TestATokenDoesNotLeaveTheMachineInTheClear(t *testing.T) {
	for _, address := range []string{"laurels.example:50051", "127.0.0.1.example:1", "dns:///10.0.0.1:50051"} {
		if _, err := Connect(address, WithToken("t")); err == nil || !strings.Contains(err.Error(), "in the clear") {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := Connect(address, WithToken("t"), WithTLS(nil)); err != nil {
			t.Errorf("%s with TLS: %v", address, err)
		}
	}
	for _, address := range []string{"localhost:1", "127.0.0.2:1", "[::1]:1", "dns:///localhost:1", "unix:/x"} {
		if _, err := Connect(address, WithToken("t")); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestARequestIsLeftAsItIsWhateverIDItsCallWasGiven(t *testing.T) {
	client, err := Connect("127.0.0.1:1", WithoutRetry())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	request := &laurelsv1.AwardXpRequest{UserId: "a", Amount: 1, Source: "s"}
	before := proto.CloneOf(request)
	ids := map[string]bool{}
	for range 2 {
		_, err := client.Xp.AwardXp(context.Background(), request)
		failure, ok := errors.AsType[*Error](err)
		if !ok || len(failure.RequestID()) != 36 {
			t.Fatalf("%#v", err)
		}
		ids[failure.RequestID()] = true
	}
	if len(ids) != 2 || !proto.Equal(request, before) {
		t.Errorf("%v, %v", ids, request)
	}
}
