package laurels

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const repeat = "Nobody can tell whether it counted: call again with the same request id."

// advice is a sentence or two for a failure that the service itself did not explain.
func (c caller) advice(failed *status.Status) string {
	details := failed.Message()
	switch failed.Code() {
	case codes.Unavailable:
		return fmt.Sprintf("%s (%s)", c.unreachable(details), details)
	case codes.DeadlineExceeded:
		return fmt.Sprintf("%s did not answer before the deadline. %s", c.address, repeat)
	case codes.ResourceExhausted:
		if !strings.Contains(details, "larger than max") {
			return fmt.Sprintf("%s or a proxy before it is busy. %s (%s)", c.address, repeat, details)
		}
		return "The message is too large: a request may have 4 MiB, an answer 16 MiB. Send fewer items or " +
			fmt.Sprintf("ask for smaller pages. (%s)", details)
	case codes.Unimplemented:
		return fmt.Sprintf("%s does not know this call: is it Laurels, and new enough? (%s)", c.address, details)
	case codes.Canceled:
		if strings.Contains(details, "client connection is closing") {
			return "The client was closed: connect anew. " + repeat
		}
		return "The call was cancelled. " + repeat
	case codes.Unauthenticated, codes.PermissionDenied:
		return fmt.Sprintf("%s does not accept the token: check WithToken. (%s)", c.address, details)
	}
	return fmt.Sprintf("The call failed. %s (%s)", repeat, details)
}

func (c caller) unreachable(details string) string {
	says := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(details, word) {
				return true
			}
		}
		return false
	}
	switch {
	case says("x509:", "certificate"):
		return fmt.Sprintf("The certificate of %s is not trusted: give its authority to WithTLS.", c.address)
	case says("tls:", "authentication handshake failed"):
		return fmt.Sprintf("%s does not speak TLS: connect without WithTLS.", c.address)
	case says("no such host", "produced zero addresses", "name resolver error"):
		return fmt.Sprintf("The name in %s is not known: check the address.", c.address)
	case says("connection refused", "no route to host", "network is unreachable", "i/o timeout"):
		return fmt.Sprintf("Nobody listens at %s: check the address, and that the server runs.", c.address)
	}
	return fmt.Sprintf("%s broke off: it is restarting (call again with the same request id), or it "+
		"wants TLS (connect WithTLS).", c.address)
}
