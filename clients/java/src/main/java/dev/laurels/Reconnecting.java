package dev.laurels;

import io.grpc.ManagedChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has a broken connection made again as soon as a call wants it. gRPC's own pauses begin at 1 s and
 * come to 2 minutes, and cannot be set; a server that is back shall be found in seconds.
 */
final class Reconnecting {
  private static final long SELDOM_NS = 200_000_000;

  private final ManagedChannel connection;
  private final AtomicLong last = new AtomicLong(System.nanoTime());

  Reconnecting(ManagedChannel connection) {
    this.connection = connection;
  }

  /** An attempt begins. Does nothing to a connection that works. */
  void attempted() {
    long before = last.get();
    long now = System.nanoTime();
    if (now - before >= SELDOM_NS && last.compareAndSet(before, now)) {
      connection.resetConnectBackoff();
    }
  }
}
