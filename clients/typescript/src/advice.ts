import { type ServiceError, status } from "@grpc/grpc-js";
import type { FailedCall } from "./errors.js";

const REPEAT = "Nobody can tell whether it counted: call again with the same request id.";

/** One sentence or two for a failure that the service itself did not explain. */
export function advice(failure: ServiceError, call: FailedCall): string {
  const { address } = call;
  const details = failure.details;
  switch (failure.code) {
    case status.UNAVAILABLE:
      return `${unreachable(address, details)} (${details})`;
    case status.DEADLINE_EXCEEDED: {
      const limit = call.timeoutMs === undefined ? "its deadline" : `${call.timeoutMs} ms`;
      return `${address} did not answer within ${limit}. ${REPEAT}`;
    }
    case status.RESOURCE_EXHAUSTED:
      if (!/larger than/i.test(details)) {
        return `${address} or a proxy before it is busy. ${REPEAT} (${details})`;
      }
      return (
        "The message is too large: a request may have 4 MiB, an answer 16 MiB. Send fewer items or " +
        `ask for smaller pages. (${details})`
      );
    case status.UNIMPLEMENTED:
      return `${address} does not know this call: is it Laurels, and new enough? (${details})`;
    case status.CANCELLED:
      return `The call was cancelled. ${REPEAT}`;
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return `${address} does not accept the token: check option token. (${details})`;
    default:
      return `The call failed. ${REPEAT} (${details})`;
  }
}

function unreachable(address: string, details: string): string {
  if (/certificate|altname|self.signed/i.test(details)) {
    return `The certificate of ${address} is not trusted: give its authority as option tls.`;
  }
  if (/SSL|wrong version number|EPROTO|TLS/.test(details)) {
    return `${address} does not speak TLS: connect without option tls.`;
  }
  if (/name resolution/i.test(details)) {
    return `The name in ${address} is not known: check the address.`;
  }
  if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(details)) {
    return `Nobody listens at ${address}: check the address, and that the server runs.`;
  }
  return (
    `${address} broke off: it is restarting (call again with the same request id), or it wants TLS ` +
    "(connect with option tls)."
  );
}
