package laurels

import (
	"crypto/rand"
	"fmt"

	"google.golang.org/protobuf/proto"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

// withRequestIDs gives a request that counts something its id, where the caller gave none. It is
// done once, in a copy, before the first attempt: retries send the very same bytes. It also returns
// its id, or one for each attempt of a batch.
func withRequestIDs(request any) (any, []string) {
	switch sent := request.(type) {
	case *laurelsv1.SubmitProgressRequest:
		filled := copied(sent)
		return filled, []string{fill(&filled.RequestId)}
	case *laurelsv1.AwardXpRequest:
		filled := copied(sent)
		return filled, []string{fill(&filled.RequestId)}
	case *laurelsv1.AdjustXpRequest:
		filled := copied(sent)
		return filled, []string{fill(&filled.RequestId)}
	case *laurelsv1.ReverseXpEntryRequest:
		filled := copied(sent)
		return filled, []string{fill(&filled.RequestId)}
	case *laurelsv1.BatchSubmitProgressRequest:
		filled := copied(sent)
		ids := make([]string, len(filled.Requests))
		for index, item := range filled.Requests {
			ids[index] = fill(&item.RequestId)
		}
		return filled, ids
	}
	return request, nil
}

// copied is a request that may be changed; of nil, an empty one.
func copied[T any, M message[T]](request M) M {
	if request == nil {
		return new(T)
	}
	return proto.CloneOf(request)
}

type message[T any] interface {
	*T
	proto.Message
}

// fill makes an id where there is none.
func fill(id *string) string {
	if *id == "" {
		*id = newRequestID()
	}
	return *id
}

// newRequestID makes a random UUID.
func newRequestID() string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:]) // It never fails.
	bytes[6] = bytes[6]&0x0f | 0x40
	bytes[8] = bytes[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", bytes[:4], bytes[4:6], bytes[6:8], bytes[8:10], bytes[10:])
}
