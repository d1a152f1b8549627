package dev.laurels;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.laurels.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Why a call failed, and what to do. */
public final class LaurelsException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final String DOMAIN = "laurels";

  /** These say that nobody can tell what became of the call. */
  private static final Set<ErrorReason> INDEFINITE =
      EnumSet.of(
          ErrorReason.ERROR_REASON_UNSPECIFIED,
          ErrorReason.ERROR_REASON_STORE_UNAVAILABLE,
          ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
          ErrorReason.ERROR_REASON_INTERNAL,
          // Of its subject: a call still on its way may yet be booked.
          ErrorReason.ERROR_REASON_SUBMISSION_NOT_FOUND);

  /**
   * These hold for every attempt of a call. The other definite ones speak for the last attempt only:
   * one before it, repeated by gRPC, may have been booked or may be yet.
   */
  private static final Set<ErrorReason> FOR_GOOD =
      EnumSet.of(
          ErrorReason.ERROR_REASON_MALFORMED_REQUEST,
          ErrorReason.ERROR_REASON_INVALID_PAGE_TOKEN,
          ErrorReason.ERROR_REASON_INVALID_CONSISTENCY_TOKEN,
          ErrorReason.ERROR_REASON_LEADERBOARD_NOT_FOUND,
          ErrorReason.ERROR_REASON_REQUEST_ID_REUSED,
          ErrorReason.ERROR_REASON_REFERENCE_ALREADY_AWARDED,
          ErrorReason.ERROR_REASON_ENTRY_NOT_REVERSIBLE);

  private final Status.Code code;
  private final ErrorReason reason;
  private final boolean definite;
  private final List<String> requestIds;
  private final Details details;

  /** What is told about the call that failed. */
  record FailedCall(String address, List<String> requestIds, int attempts) {}

  private record Details(
      ErrorInfo info, Duration retryAfter, List<FieldViolation> fieldViolations)
      implements Serializable {}

  static LaurelsException of(Status status, Metadata trailers, FailedCall call) {
    return new LaurelsException(status, readDetails(status, trailers), call);
  }

  private LaurelsException(Status status, Details details, FailedCall call) {
    super(
        details.info == null ? Advice.of(status, call.address()) : status.getDescription(),
        status.getCause());
    this.details = details;
    this.code = status.getCode();
    this.reason = details.info == null ? ErrorReason.ERROR_REASON_UNSPECIFIED : known(details.info);
    // As this side counts, and as the server was told.
    boolean repeated =
        call.attempts() > 1 || !metadata().getOrDefault("previous_attempts", "0").equals("0");
    this.definite =
        !INDEFINITE.contains(reason) && (!repeated || FOR_GOOD.contains(reason));
    this.requestIds = call.requestIds();
  }

  /** What a call of a generated stub on {@link Laurels#channel()} failed with. */
  public static Optional<LaurelsException> from(Throwable failure) {
    Status status = null;
    if (failure instanceof StatusRuntimeException thrown) {
      status = thrown.getStatus();
    } else if (failure instanceof StatusException thrown) {
      status = thrown.getStatus();
    }
    return status != null && status.getCause() instanceof LaurelsException ours
        ? Optional.of(ours)
        : Optional.empty();
  }

  /** The gRPC status code. */
  public Status.Code code() {
    return code;
  }

  /** Why the service refused; UNSPECIFIED where the connection failed. */
  public ErrorReason reason() {
    return reason;
  }

  /** True: the call changed nothing and will not. False: call again with the same request id. */
  public boolean definite() {
    return definite;
  }

  /** What it was sent under, made by the client or yours: one for each attempt of a batch. */
  public List<String> requestIds() {
    return requestIds;
  }

  /** The one id of a call that has one; else "". */
  public String requestId() {
    return requestIds.size() == 1 ? requestIds.get(0) : "";
  }

  /** How long the service asks to wait before the next try; zero where it does not. */
  public Duration retryAfter() {
    return details.retryAfter;
  }

  /** The fields at fault. */
  public List<FieldViolation> fieldViolations() {
    return details.fieldViolations;
  }

  /** Facts, documented with each ErrorReason. */
  public Map<String, String> metadata() {
    return details.info == null ? Map.of() : details.info.getMetadataMap();
  }

  private static ErrorReason known(ErrorInfo info) {
    try {
      return ErrorReason.valueOf("ERROR_REASON_" + info.getReason());
    } catch (IllegalArgumentException ofNewerServer) {
      return ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
  }

  private static Details readDetails(Status status, Metadata trailers) {
    ErrorInfo info = null;
    Duration retryAfter = Duration.ZERO;
    List<FieldViolation> fields = new ArrayList<>();
    try {
      for (Any detail : StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo found = detail.unpack(ErrorInfo.class);
          info = found.getDomain().equals(DOMAIN) ? found : info;
        } else if (detail.is(BadRequest.class)) {
          for (var at : detail.unpack(BadRequest.class).getFieldViolationsList()) {
            fields.add(new FieldViolation(at.getField(), at.getDescription()));
          }
        } else if (detail.is(RetryInfo.class)) {
          var delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryAfter = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException notOurs) {
      // What cannot be read tells nothing.
    }
    return new Details(info, retryAfter, List.copyOf(fields));
  }
}
