import type { ChannelOptions } from "@grpc/grpc-js";

/**
 * These are made once. What they change has no request id, and a repeat could undo what somebody
 * else changed in between; or they are long work, which whoever asked for it may ask for again.
 */
const once = [
  { service: "laurels.v1.CatalogService", method: "UpsertLevels" },
  { service: "laurels.v1.CatalogService", method: "RetireLevel" },
  { service: "laurels.v1.UserService", method: "UpsertUsers" },
  { service: "laurels.v1.AuditService", method: "AuditAll" },
  { service: "laurels.v1.AuditService", method: "RebuildProjection" },
];

/**
 * How all others are repeated, in gRPC's own terms: they change nothing, or carry a request id.
 */
const serviceConfig = JSON.stringify({
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        // 0.2 + 0.6 + 1.8 s: long enough for a server to be replaced by the next one.
        initialBackoff: "0.2s",
        backoffMultiplier: 3,
        maxBackoff: "2s",
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
    { name: once },
  ],
  // When most calls fail, repeating them would only add to the load.
  retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
});

/** The options of a connection, with retries or without. */
export function channelOptions(retry: boolean): ChannelOptions {
  return {
    ...(retry && { "grpc.service_config": serviceConfig }),
    "grpc.enable_retries": retry ? 1 : 0,
    // An upsert of 4 MiB answers a little more, and is booked by then.
    "grpc.max_receive_message_length": 16 * 1024 * 1024,
    // gRPC by itself comes to wait 2 minutes; a server that is back shall be found in seconds.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 5_000,
    // A connection that died in silence is noticed; the server allows pings from 10 s on.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
  };
}
