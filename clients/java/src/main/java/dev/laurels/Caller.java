package dev.laurels;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before every call: its deadline, its token, its request id, and its error. */
final class Caller implements ClientInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Reconnecting reconnecting;
  private final String address;
  private final String token;
  private final Duration timeout;

  Caller(Reconnecting reconnecting, String address, String token, Duration timeout) {
    this.reconnecting = reconnecting;
    this.address = address;
    this.token = token;
    this.timeout = timeout;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions given, Channel next) {
    AttemptCounter attempts = new AttemptCounter(reconnecting);
    CallOptions options = given.withStreamTracerFactory(attempts);
    // What is streamed takes as long as it takes: no deadline unless one is given.
    if (options.getDeadline() == null && method.getType() == MethodDescriptor.MethodType.UNARY) {
      options = options.withDeadlineAfter(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }
    return new Call<>(next.newCall(method, options), attempts);
  }

  private final class Call<Q, R> extends SimpleForwardingClientCall<Q, R> {
    private final AttemptCounter attempts;
    private volatile List<String> requestIds = List.of();

    Call(ClientCall<Q, R> call, AttemptCounter attempts) {
      super(call);
      this.attempts = attempts;
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      if (token != null) {
        headers.put(AUTHORIZATION, "Bearer " + token);
      }
      super.start(
          new SimpleForwardingClientCallListener<>(listener) {
            @Override
            public void onClose(Status status, Metadata trailers) {
              super.onClose(status.isOk() ? status : explained(status, trailers), trailers);
            }
          },
          headers);
    }

    @Override
    @SuppressWarnings("unchecked")
    public void sendMessage(Q message) {
      Object filled = RequestIds.filled(message);
      requestIds = RequestIds.of(filled);
      super.sendMessage((Q) filled);
    }

    private Status explained(Status status, Metadata trailers) {
      var call = new LaurelsException.FailedCall(address, requestIds, attempts.count.get());
      return status.withCause(LaurelsException.of(status, trailers, call));
    }
  }

  /**
   * Counts the attempts that a server may have taken up: gRPC retries below us, and what the last
   * attempt says need not hold for those before it.
   */
  private static final class AttemptCounter extends ClientStreamTracer.Factory {
    final AtomicInteger count = new AtomicInteger();
    private final Reconnecting reconnecting;

    AttemptCounter(Reconnecting reconnecting) {
      this.reconnecting = reconnecting;
    }

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      if (!info.isTransparentRetry()) {
        count.incrementAndGet();
      }
      reconnecting.attempted();
      return new ClientStreamTracer() {};
    }
  }
}
