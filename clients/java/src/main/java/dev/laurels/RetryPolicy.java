package dev.laurels;

import java.util.List;
import java.util.Map;

/** How calls are repeated, in gRPC's own terms: those that change nothing, or carry a request id. */
final class RetryPolicy {
  /**
   * These are made once. What they change has no request id, and a repeat could undo what somebody
   * else changed in between; or they are long work, which whoever asked for it may ask for again.
   */
  private static final List<?> ONCE =
      List.of(
          Map.of("service", "laurels.v1.CatalogService", "method", "UpsertLevels"),
          Map.of("service", "laurels.v1.CatalogService", "method", "RetireLevel"),
          Map.of("service", "laurels.v1.UserService", "method", "UpsertUsers"),
          Map.of("service", "laurels.v1.AuditService", "method", "AuditAll"),
          Map.of("service", "laurels.v1.AuditService", "method", "RebuildProjection"));

  /** The service config. Its numbers are doubles, as if read from JSON. */
  static final Map<String, ?> SERVICE_CONFIG =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(Map.of()),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts",
                      4.0,
                      // gRPC draws each pause between 0 and these: up to 0.4, 0.8 and 1.6 s, all
                      // within the default deadline.
                      "initialBackoff",
                      "0.4s",
                      "backoffMultiplier",
                      2.0,
                      "maxBackoff",
                      "1.6s",
                      "retryableStatusCodes",
                      List.of("UNAVAILABLE"))),
              Map.of("name", ONCE)),
          // When most calls fail, repeating them would only add to the load.
          "retryThrottling",
          Map.of("maxTokens", 100.0, "tokenRatio", 0.1));

  private RetryPolicy() {}
}
