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

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	for _, address := range []string{
		"", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:abc", "a b:1", ":50051", "::1:1",
		"http://127.0.0.1:50051", "https://laurels.example", "dns:///127.0.0.1", "dns:laurels.example:",
	} {
		if _, err := Connect(address); err == nil || !strings.Contains(err.Error(), "is no address: give host:port") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, address := range []string{"laurels.example:65535", "[2001:db8::1]:1", "dns:///a:1", "passthrough:///x"} {
		if _, err := Connect(address); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestWhatIsNoTokenIsRefusedAndNotTold(t *testing.T) {
	for _, token := range []string{"two words", "line\nbreak", "ümlaut", "\x00secret"} {
		_, err := Connect("127.0.0.1:1", WithToken(token))
		if err == nil || err.Error() != "laurels: the token must be printable ASCII without spaces" {
			t.Errorf("%q: %v", token, err)
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
