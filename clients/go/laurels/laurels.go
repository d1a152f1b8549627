// Package laurels connects to Laurels, the service that books learners' XP exactly once and ranks
// them. It adds to the generated clients what every caller needs: deadlines, retries that count
// once, typed errors and walks over pages.
package laurels

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

// Client holds the generated clients of all services over one connection. It is made at the first
// call, kept, and made again when it breaks. Safe for concurrent use.
//
// Every error of a call is an *Error.
type Client struct {
	Progress    laurelsv1.ProgressServiceClient
	Xp          laurelsv1.XpServiceClient
	Leaderboard laurelsv1.LeaderboardServiceClient
	Catalog     laurelsv1.CatalogServiceClient
	Users       laurelsv1.UserServiceClient
	Audit       laurelsv1.AuditServiceClient

	connection *grpc.ClientConn
}

type settings struct {
	tls     *tls.Config
	token   string
	timeout time.Duration
	retry   bool
	more    []grpc.DialOption
}

// Option changes how Connect connects.
type Option func(*settings)

// WithTLS encrypts the connection; nil trusts the authorities that the system trusts.
func WithTLS(config *tls.Config) Option {
	if config == nil {
		config = &tls.Config{}
	}
	return func(s *settings) { s.tls = config }
}

// WithToken sends a bearer token with every call, never in the clear to another machine.
func WithToken(token string) Option {
	return func(s *settings) { s.token = token }
}

// WithTimeout sets the deadline of unary calls whose context has none; 5 seconds without it, none
// where it is 0.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithoutRetry leaves it to you to repeat calls that met no server.
func WithoutRetry() Option {
	return func(s *settings) { s.retry = false }
}

// WithDialOptions adds options of gRPC's own.
func WithDialOptions(more ...grpc.DialOption) Option {
	return func(s *settings) { s.more = append(s.more, more...) }
}

// Connect prepares a connection to address, "host:port". It fails where address is none, where a token
// is none or would travel in the clear, and where gRPC does not take what it was given.
func Connect(address string, options ...Option) (*Client, error) {
	chosen := settings{timeout: 5 * time.Second, retry: true}
	for _, option := range options {
		option(&chosen)
	}
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(chosen.token, func(sign rune) bool { return sign < '!' || sign > '~' }) {
		// The token itself is never told: messages end up in logs.
		return nil, errors.New("laurels: the token must be printable ASCII without spaces")
	}
	if chosen.token != "" && chosen.tls == nil && !isLoopback(address) {
		return nil, fmt.Errorf("laurels: a token would go to %s in the clear: connect WithTLS", address)
	}
	connection, err := grpc.NewClient(address, chosen.dialOptions(address)...)
	if err != nil {
		return nil, fmt.Errorf("laurels: no connection to %s: %w", address, err)
	}
	return &Client{
		Progress:    laurelsv1.NewProgressServiceClient(connection),
		Xp:          laurelsv1.NewXpServiceClient(connection),
		Leaderboard: laurelsv1.NewLeaderboardServiceClient(connection),
		Catalog:     laurelsv1.NewCatalogServiceClient(connection),
		Users:       laurelsv1.NewUserServiceClient(connection),
		Audit:       laurelsv1.NewAuditServiceClient(connection),
		connection:  connection,
	}, nil
}

// Close ends the connection. Calls under way fail.
func (c *Client) Close() error {
	return c.connection.Close()
}

func (s *settings) dialOptions(address string) []grpc.DialOption {
	calls := caller{address: address, token: s.token, timeout: s.timeout}
	transport := insecure.NewCredentials()
	if s.tls != nil {
		transport = credentials.NewTLS(s.tls)
	}
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay = 200 * time.Millisecond
	// gRPC by itself comes to wait 2 minutes; a server that is back shall be found in seconds.
	reconnect.MaxDelay = 5 * time.Second
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: 5 * time.Second}),
		// A connection that died in silence is noticed; the server allows pings from 10 s on.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithDefaultCallOptions(
			// An upsert of 4 MiB answers a little more, and is booked by then.
			grpc.MaxCallRecvMsgSize(16<<20),
			// gRPC keeps 256 KiB for a repeat and gives up on larger calls: a batch of 1000 may be one.
			grpc.MaxRetryRPCBufferSize(8<<20),
		),
		grpc.WithStatsHandler(attemptCounter{}),
		grpc.WithChainUnaryInterceptor(calls.unary),
		grpc.WithChainStreamInterceptor(calls.stream),
		// The policy is ours; nothing is to be looked up in DNS.
		grpc.WithDisableServiceConfig(),
	}
	if s.retry {
		options = append(options, grpc.WithDefaultServiceConfig(serviceConfig))
	} else {
		options = append(options, grpc.WithDisableRetry())
	}
	return append(options, s.more...)
}
