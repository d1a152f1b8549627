package dev.laurels;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.time.Duration;

/** How to connect. Each method answers changed options and leaves these as they are. */
public final class Options {
  /** Plaintext, no token, 5 seconds, with retries. */
  public static final Options DEFAULT = new Options(null, null, Duration.ofSeconds(5), true);

  private final ChannelCredentials credentials;
  final String token;
  final Duration timeout;
  final boolean retry;

  private Options(ChannelCredentials credentials, String token, Duration timeout, boolean retry) {
    this.credentials = credentials;
    this.token = token;
    this.timeout = timeout;
    this.retry = retry;
  }

  /** TLS that trusts the authorities that Java trusts. */
  public Options tls() {
    return tls(TlsChannelCredentials.create());
  }

  /** TLS that trusts the authorities of a PEM file. */
  public Options tls(File authorities) throws IOException {
    return tls(TlsChannelCredentials.newBuilder().trustManager(authorities).build());
  }

  /** TLS with credentials of gRPC's own. */
  public Options tls(ChannelCredentials other) {
    return new Options(other, token, timeout, retry);
  }

  /**
   * Sent with every call as a bearer token, never in the clear to another machine.
   *
   * @throws IllegalArgumentException where it is not printable ASCII without spaces
   */
  public Options token(String sent) {
    if (!sent.matches("[!-~]+")) {
      // The token itself is never told: messages end up in logs.
      throw new IllegalArgumentException("The token must be printable ASCII without spaces.");
    }
    return new Options(credentials, sent, timeout, retry);
  }

  /**
   * The deadline of unary calls that have none.
   *
   * @throws IllegalArgumentException where it is not above 0
   */
  public Options timeout(Duration limit) {
    return new Options(credentials, token, checked(limit), retry);
  }

  static Duration checked(Duration limit) {
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("A timeout is above 0, not " + limit + ".");
    }
    return limit;
  }

  /** Leaves it to you to repeat calls that met no server. */
  public Options withoutRetry() {
    return new Options(credentials, token, timeout, false);
  }

  ChannelCredentials credentialsFor(String address) {
    if (credentials != null) {
      return credentials;
    }
    if (token != null && !Address.isLoopback(address)) {
      throw new IllegalArgumentException(
          "A token would go to " + address + " in the clear: connect with option tls.");
    }
    return InsecureChannelCredentials.create();
  }
}
