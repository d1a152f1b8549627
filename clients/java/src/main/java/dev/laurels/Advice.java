package dev.laurels;

import io.grpc.Status;
import java.util.regex.Pattern;

/** A sentence or two for a failure that the service itself did not explain. */
final class Advice {
  private static final String REPEAT =
      "Nobody can tell whether it counted: call again with the same request id.";

  private static final Pattern CERTIFICATE =
      Pattern.compile("PKIX|CertificateException|certification path|No subject alternative");
  private static final Pattern TLS = Pattern.compile("NotSslRecord|SSLHandshake|SSLException");
  private static final Pattern NAME = Pattern.compile("UnknownHost|Unable to resolve host");
  private static final Pattern NOBODY =
      Pattern.compile("ConnectException|refused|NoRouteToHost|unreachable|timed out");

  private static final Pattern CLOSED = Pattern.compile("Channel shutdown(Now)? invoked");
  private static final Pattern TOO_LARGE = Pattern.compile("larger than max|exceeds maximum size");

  private Advice() {}

  static String of(Status status, String address) {
    String details = status.getDescription() == null ? "" : " (" + status.getDescription() + ")";
    return switch (status.getCode()) {
      case UNAVAILABLE ->
          CLOSED.matcher(details).find()
              ? "The client was closed: connect anew. " + REPEAT
              : unreachable(address, chain(status)) + details;
      case DEADLINE_EXCEEDED -> address + " did not answer before the deadline. " + REPEAT;
      case RESOURCE_EXHAUSTED ->
          TOO_LARGE.matcher(details).find()
              ? "The message is too large: a request may have 4 MiB, an answer 16 MiB. Send fewer "
                  + "items or ask for smaller pages."
                  + details
              : address + " or a proxy before it is busy. " + REPEAT + details;
      case UNIMPLEMENTED ->
          address + " does not know this call: is it Laurels, and new enough?" + details;
      case CANCELLED -> "The call was cancelled. " + REPEAT + details;
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          address + " does not accept the token: check option token." + details;
      default -> "The call failed. " + REPEAT + details;
    };
  }

  private static String unreachable(String address, String chain) {
    if (CERTIFICATE.matcher(chain).find()) {
      return "The certificate of " + address + " is not trusted: give its authority as option tls.";
    }
    if (TLS.matcher(chain).find()) {
      return address + " does not speak TLS: connect without option tls.";
    }
    if (NAME.matcher(chain).find()) {
      return "The name in " + address + " is not known: check the address.";
    }
    if (NOBODY.matcher(chain).find()) {
      return "Nobody listens at "
          + address
          + ": check the address, and that the server runs.";
    }
    return address
        + " broke off: it is restarting (call again with the same request id), or it wants TLS "
        + "(connect with option tls).";
  }

  private static String chain(Status status) {
    StringBuilder text = new StringBuilder(String.valueOf(status.getDescription()));
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      text.append('\n').append(cause);
    }
    return text.toString();
  }
}
