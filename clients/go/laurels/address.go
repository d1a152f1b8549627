package laurels

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
)

var (
	dnsTarget = regexp.MustCompile(`^dns:(//[^/]*/)?`)
	// ofAResolver are other targets of gRPC's, such as unix:/run/laurels.sock or xds:///laurels.
	ofAResolver = regexp.MustCompile(`^(unix|unix-abstract):|^[a-z][a-z0-9+.-]*://`)
	hostPort    = regexp.MustCompile(`^(?:\[[^\[\]]+\]|[^\s:/\[\]@]+):(\d{1,5})$`)
)

// checkAddress refuses what gRPC would look for in vain, or at a port that nobody meant.
func checkAddress(address string) error {
	place := dnsTarget.ReplaceAllString(address, "")
	isWeb := strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://")
	if place == address && ofAResolver.MatchString(address) && !isWeb {
		return nil
	}
	if found := hostPort.FindStringSubmatch(place); found != nil {
		if port, err := strconv.Atoi(found[1]); err == nil && 0 < port && port < 65_536 {
			return nil
		}
	}
	return fmt.Errorf("laurels: %q is no address: give host:port, for example 127.0.0.1:50051", address)
}

// isLoopback tells whether what is sent there stays on this machine.
func isLoopback(address string) bool {
	if strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "unix-abstract:") {
		return true
	}
	if rest, found := strings.CutPrefix(address, "passthrough:///"); found {
		address = rest
	} else if rest, found := strings.CutPrefix(address, "dns:///"); found {
		address = rest
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
