package dev.laurels;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What "host:port" names, or a target of gRPC such as "dns:///host:port". */
final class Address {
  private static final Pattern DNS = Pattern.compile("^dns:(//[^/]*/)?");
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:\\[[^\\[\\]]+]|[^\\s:/\\[\\]@]+):(\\d{1,5})");

  /** Targets of gRPC's resolvers, such as "unix:/run/laurels.sock" or "xds:///laurels". */
  private static final Pattern OF_A_RESOLVER =
      Pattern.compile("unix:.+|(?!https?:)[a-z][a-z0-9+.-]*://.+");

  private Address() {}

  /** Refuses what gRPC would look for in vain, or at a port that nobody meant. */
  static void check(String address) {
    if (address == null) {
      throw noAddress("null");
    }
    String place = DNS.matcher(address).replaceFirst("");
    if (place.equals(address) && OF_A_RESOLVER.matcher(address).matches()) {
      return;
    }
    Matcher found = HOST_PORT.matcher(place);
    int port = found.matches() ? Integer.parseInt(found.group(1)) : 0;
    if (port < 1 || port > 65_535) {
      throw noAddress(address);
    }
  }

  private static IllegalArgumentException noAddress(String given) {
    return new IllegalArgumentException(
        "\"" + given + "\" is no address: give host:port, for example 127.0.0.1:50051.");
  }

  /** Whether what is sent there stays on this machine. */
  static boolean isLoopback(String address) {
    String target = DNS.matcher(address).replaceFirst("");
    return target.startsWith("unix:")
        || target.matches("(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?");
  }
}
