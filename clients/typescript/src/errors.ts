import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { advice } from "./advice.js";
import { BadRequest, ErrorInfo, RetryInfo } from "./generated/google/rpc/error_details.js";
import { Status } from "./generated/google/rpc/status.js";
import { ErrorReason, errorReasonFromJSON } from "./generated/laurels/v1/error_reason.js";

const DOMAIN = "laurels";

/** These say that nobody can tell what became of the call. */
const indefinite: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.ERROR_REASON_STORE_UNAVAILABLE,
  ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
  ErrorReason.ERROR_REASON_INTERNAL,
  // Of its subject: a call still on its way may yet be booked.
  ErrorReason.ERROR_REASON_SUBMISSION_NOT_FOUND,
  ErrorReason.ERROR_REASON_UNSPECIFIED,
  ErrorReason.UNRECOGNIZED,
]);

/**
 * These hold for every attempt of a call. The other definite ones speak for the last attempt only:
 * one before it, repeated by gRPC, may have been booked or may be yet.
 */
const forGood: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.ERROR_REASON_MALFORMED_REQUEST,
  ErrorReason.ERROR_REASON_INVALID_PAGE_TOKEN,
  ErrorReason.ERROR_REASON_INVALID_CONSISTENCY_TOKEN,
  ErrorReason.ERROR_REASON_LEADERBOARD_NOT_FOUND,
  ErrorReason.ERROR_REASON_REQUEST_ID_REUSED,
  ErrorReason.ERROR_REASON_REFERENCE_ALREADY_AWARDED,
  ErrorReason.ERROR_REASON_ENTRY_NOT_REVERSIBLE,
]);

/** A field of the request that breaks its limits. */
export interface FieldViolation {
  field: string;
  description: string;
}

/** The call that failed. */
export interface FailedCall {
  address: string;
  requestIds: readonly string[];
  /** The deadline it had, in milliseconds; undefined where it had none. */
  timeoutMs?: number | undefined;
  /** Why it was never sent. */
  unsent?: string;
}

/** Why a call failed, and what to do. */
export class LaurelsError extends Error {
  override readonly name = "LaurelsError";
  /** The gRPC status code. */
  readonly code: status;
  /** Why the service refused; `ERROR_REASON_UNSPECIFIED` where the connection failed. */
  readonly reason: ErrorReason;
  /** True: the call changed nothing and will not. False: call again with the same request id. */
  readonly definite: boolean;
  /** What it was sent under, made by the client or yours: one for each attempt of a batch. */
  readonly requestIds: readonly string[];
  /** The one id of a call that has one; else "". */
  readonly requestId: string;
  /** How long the service asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;
  readonly fieldViolations: readonly FieldViolation[];
  /** Facts, documented with each ErrorReason. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(failure: ServiceError, call: FailedCall) {
    const details = readDetails(failure.metadata);
    const info = details.info;
    super(call.unsent ?? (info ? failure.details : advice(failure, call)), { cause: failure });
    this.code = failure.code;
    this.reason = info
      ? errorReasonFromJSON(`ERROR_REASON_${info.reason}`)
      : ErrorReason.ERROR_REASON_UNSPECIFIED;
    // As this side counts, and as the server was told.
    const before = [
      ...(failure.metadata?.get("grpc-previous-rpc-attempts") ?? []),
      info?.metadata.previous_attempts ?? "0",
    ];
    const repeated = before.some((count) => String(count) !== "0");
    this.definite =
      call.unsent !== undefined ||
      (!indefinite.has(this.reason) && (!repeated || forGood.has(this.reason)));
    this.requestIds = call.requestIds;
    this.requestId = call.requestIds.length === 1 ? (call.requestIds[0] ?? "") : "";
    this.retryAfterMs = details.retryAfterMs;
    this.fieldViolations = details.fieldViolations;
    this.metadata = info?.metadata ?? {};
  }
}

/** The error of a call that was not begun: nothing was changed. */
export function unsent(why: string, call: FailedCall, cause?: unknown): LaurelsError {
  const metadata = new Metadata();
  const failure = { code: status.INVALID_ARGUMENT, details: why, metadata };
  return new LaurelsError(Object.assign(new Error(why, { cause }), failure), { ...call, unsent: why });
}

interface Details {
  info?: ErrorInfo;
  retryAfterMs?: number;
  fieldViolations: FieldViolation[];
}

function readDetails(trailers: Metadata | undefined): Details {
  const found: Details = { fieldViolations: [] };
  const packed = trailers?.get("grpc-status-details-bin")[0];
  if (!(packed instanceof Buffer)) return found;
  for (const { typeUrl, value } of Status.decode(packed).details) {
    if (typeUrl.endsWith("/google.rpc.ErrorInfo")) {
      const info = ErrorInfo.decode(value);
      if (info.domain === DOMAIN) found.info = info;
    } else if (typeUrl.endsWith("/google.rpc.BadRequest")) {
      for (const { field, description } of BadRequest.decode(value).fieldViolations) {
        found.fieldViolations.push({ field, description });
      }
    } else if (typeUrl.endsWith("/google.rpc.RetryInfo")) {
      const delay = RetryInfo.decode(value).retryDelay;
      if (delay) found.retryAfterMs = delay.seconds * 1_000 + delay.nanos / 1e6;
    }
  }
  return found;
}
