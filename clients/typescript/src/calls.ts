import { type CallOptions as GrpcCallOptions, type Client, Metadata, type ServiceError } from "@grpc/grpc-js";
import { type FailedCall, LaurelsError, unsent } from "./errors.js";
import { fillRequestIds } from "./requestIds.js";

/** What may differ from call to call. */
export interface CallOptions {
  /** The deadline, in milliseconds, retries included; `Infinity` for none. */
  timeoutMs?: number;
  /** Gives up when it is aborted. */
  signal?: AbortSignal;
}

/** A request with the fields that you name; the others have their defaults. */
export type Fields<T> = T extends Date | Uint8Array
  ? T
  : T extends (infer U)[]
    ? readonly Fields<U>[]
    : T extends object
      ? { [K in keyof T]?: Fields<T[K]> | undefined }
      : T;

interface Method<Q, R> {
  path: string;
  responseStream: boolean;
  fromPartial(fields: any): Q;
  requestSerialize(value: Q): Buffer;
  responseDeserialize(value: Buffer): R;
}

/* The parts of a generated method that tell its types. */
type RequestOf<M> = M extends { requestSerialize(value: infer Q): Buffer } ? Q : never;
type ReplyOf<M> = M extends { responseDeserialize(value: Buffer): infer R } ? R : never;

/** The calls of a service: promises, or async iterables where it streams. */
export type Calls<S> = {
  readonly [M in keyof S]: (
    request: Fields<RequestOf<S[M]>>,
    options?: CallOptions,
  ) => S[M] extends { responseStream: true } ? AsyncIterable<ReplyOf<S[M]>> : Promise<ReplyOf<S[M]>>;
};

/** The request type of every method; incomplete ones do not compile. */
export type Requests<S> = {
  readonly [M in keyof S]: { fromPartial(fields: any): RequestOf<S[M]> };
};

/** In words, what `isTimeout` demands. */
export const TIMEOUT_RULE = "is a number of milliseconds above 0, at most 1e14, or Infinity";

/** Whether it is a deadline; gRPC ends the whole process over some that are none. */
export function isTimeout(timeoutMs: number): boolean {
  return timeoutMs > 0 && (timeoutMs <= 1e14 || timeoutMs === Infinity);
}

export interface Wire {
  client: Client;
  address: string;
  timeoutMs: number;
  token: string | undefined;
}

/** Makes the calls of a service from its generated definition. */
export function calls<S extends object>(wire: Wire, service: S, requests: Requests<S>): Calls<S> {
  const made: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(service)) {
    const { fromPartial } = requests[name as keyof S];
    const method: Method<unknown, unknown> = { ...(entry as Method<unknown, unknown>), fromPartial };
    const call = method.responseStream ? streaming : unary;
    made[name] = (fields: unknown, options: CallOptions = {}) => call(wire, method, fields, options);
  }
  return made as Calls<S>;
}

async function unary<Q, R>(
  wire: Wire, method: Method<Q, R>, fields: unknown, options: CallOptions,
): Promise<R> {
  const { request, metadata, limits, failed } = prepare(wire, method, fields, options, wire.timeoutMs);
  return new Promise((resolve, reject) => {
    const call = begun(failed, () =>
      wire.client.makeUnaryRequest(
        method.path, asIs, method.responseDeserialize, request, metadata, limits,
        (failure, reply) => {
          options.signal?.removeEventListener("abort", cancel);
          if (failure) reject(new LaurelsError(failure, failed));
          else resolve(reply as R);
        },
      ));
    const cancel = () => call.cancel();
    cancelOn(options.signal, cancel);
  });
}

async function* streaming<Q, R>(
  wire: Wire, method: Method<Q, R>, fields: unknown, options: CallOptions,
): AsyncGenerator<R> {
  // What is streamed takes as long as it takes: no deadline unless one is given.
  const { request, metadata, limits, failed } = prepare(wire, method, fields, options, Infinity);
  const call = begun(failed, () =>
    wire.client.makeServerStreamRequest(
      method.path, asIs, method.responseDeserialize, request, metadata, limits,
    ));
  const cancel = () => call.cancel();
  cancelOn(options.signal, cancel);
  try {
    yield* call as AsyncIterable<R>;
  } catch (failure) {
    throw new LaurelsError(failure as ServiceError, failed);
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    cancel();
  }
}

/** The request as it travels, made before the first attempt; what cannot travel is refused here. */
function prepare<Q, R>(
  wire: Wire, method: Method<Q, R>, fields: unknown, options: CallOptions, defaultMs: number,
) {
  const timeoutMs = options.timeoutMs ?? defaultMs;
  const failed: FailedCall = {
    address: wire.address,
    requestIds: [],
    timeoutMs: timeoutMs === Infinity ? undefined : timeoutMs,
  };
  if (!isTimeout(timeoutMs)) throw unsent(`timeoutMs ${TIMEOUT_RULE}, not ${timeoutMs}.`, failed);
  const metadata = new Metadata();
  if (wire.token !== undefined) metadata.set("authorization", `Bearer ${wire.token}`);
  const limits: GrpcCallOptions = { deadline: Date.now() + timeoutMs };
  try {
    const message = method.fromPartial(fields ?? {});
    failed.requestIds = fillRequestIds(method.path, message as object);
    return { request: method.requestSerialize(message), metadata, limits, failed };
  } catch (cause) {
    throw unsent(`The request cannot be sent, mend it: ${(cause as Error).message}.`, failed, cause);
  }
}

/** Begins a call; a client that is closed begins none. */
function begun<T>(failed: FailedCall, begin: () => T): T {
  try {
    return begin();
  } catch (cause) {
    throw unsent("The client is closed: connect anew.", failed, cause);
  }
}

function asIs(request: Buffer): Buffer {
  return request;
}

function cancelOn(signal: AbortSignal | undefined, cancel: () => void): void {
  if (signal?.aborted) cancel();
  else signal?.addEventListener("abort", cancel, { once: true });
}
