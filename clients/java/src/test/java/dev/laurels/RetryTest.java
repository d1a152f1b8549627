package dev.laurels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.laurels.v1.GetUserRequest;
import dev.laurels.v1.GetUserResponse;
import dev.laurels.v1.UserServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RetryTest {
  /** Fails every call, and counts them. */
  private static final class Failing extends UserServiceGrpc.UserServiceImplBase {
    final AtomicInteger calls = new AtomicInteger();

    @Override
    public void getUser(GetUserRequest request, StreamObserver<GetUserResponse> answer) {
      calls.incrementAndGet();
      answer.onError(Status.UNAVAILABLE.withDescription("away").asException());
    }
  }

  @Test
  void aServerThatOnlyFailsIsSoonAskedOnce() throws IOException, InterruptedException {
    int calls = 60;
    var service = new Failing();
    var server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(service)
            .build()
            .start();
    try (var laurels = Laurels.connect("127.0.0.1:" + server.getPort())) {
      Runnable call =
          () -> assertThrows(
              LaurelsException.class, () -> laurels.getUser(GetUserRequest.getDefaultInstance()));
      var threads = Executors.newFixedThreadPool(calls);
      for (int made = 0; made < calls; made++) {
        threads.execute(call);
      }
      threads.shutdown();
      assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
      int before = service.calls.get();
      assertTrue(before >= calls && before < 2 * calls, before + " attempts");
      call.run();
      assertEquals(before + 1, service.calls.get());
    } finally {
      server.shutdownNow();
    }
  }
}
