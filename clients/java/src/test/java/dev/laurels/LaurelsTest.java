package dev.laurels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.laurels.v1.AwardXpRequest;
import dev.laurels.v1.GetXpAccountRequest;
import dev.laurels.v1.XpServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LaurelsTest {
  private static final Options TOKEN = Options.DEFAULT.token("t");

  @ParameterizedTest
  @ValueSource(strings = {"laurels.example:1", "127.0.0.1.example:1", "dns:///10.0.0.1:1"})
  void aTokenDoesNotLeaveTheMachineInTheClear(String address) {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> Laurels.connect(address, TOKEN));
    assertTrue(refused.getMessage().contains("in the clear"));
    Laurels.connect(address, TOKEN.tls()).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:1", "127.0.0.2:1", "[::1]:1", "dns:///localhost:1"})
  void aTokenMayGoToThisMachine(String address) {
    Laurels.connect(address, TOKEN).close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:abc", "a b:1", ":50051", "::1:1",
        "http://127.0.0.1:50051", "https://laurels.example", "dns:///127.0.0.1", "dns:laurels.example:"
      })
  void whatIsNoAddressIsRefused(String address) {
    var refused = assertThrows(IllegalArgumentException.class, () -> Laurels.connect(address));
    assertTrue(refused.getMessage().contains("is no address: give host:port"));
  }

  @Test
  void nullIsNoAddress() {
    var refused = assertThrows(IllegalArgumentException.class, () -> Laurels.connect(null));
    assertTrue(refused.getMessage().contains("\"null\" is no address: give host:port"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "line\nbreak", "ümlaut"})
  void whatIsNoTokenIsRefusedAndNotTold(String token) {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> Options.DEFAULT.token(token));
    assertEquals("The token must be printable ASCII without spaces.", refused.getMessage());
  }

  @Test
  void aTimeoutIsAboveZeroAndAsLongAsYouLike() {
    for (var limit : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
      assertThrows(IllegalArgumentException.class, () -> Options.DEFAULT.timeout(limit));
      try (var laurels = Laurels.connect("127.0.0.1:1")) {
        assertThrows(IllegalArgumentException.class, () -> laurels.withTimeout(limit));
      }
    }
    var forEver = Duration.ofDays(1_000_000);
    var options = Options.DEFAULT.withoutRetry().timeout(forEver);
    try (var laurels = Laurels.connect("127.0.0.1:1", options)) {
      var request = GetXpAccountRequest.newBuilder().setUserId("a").build();
      for (var client : List.of(laurels, laurels.withTimeout(forEver))) {
        var failure = assertThrows(LaurelsException.class, () -> client.getXpAccount(request));
        assertEquals(Status.Code.UNAVAILABLE, failure.code());
      }
    }
  }

  @Test
  void anAuthorityThatIsNoneIsRefused() throws IOException {
    var options = Options.DEFAULT.tls(new File("pom.xml"));
    var refused =
        assertThrows(IllegalArgumentException.class, () -> Laurels.connect("127.0.0.1:1", options));
    assertTrue(refused.getMessage().startsWith("The credentials of option tls cannot be used: "));
  }

  @Test
  void aClientThatIsClosedSaysSo() {
    var laurels = Laurels.connect("127.0.0.1:1");
    laurels.close();
    var request = GetXpAccountRequest.newBuilder().setUserId("a").build();
    var failure = assertThrows(LaurelsException.class, () -> laurels.getXpAccount(request));
    assertTrue(failure.getMessage().startsWith("The client was closed: connect anew."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"laurels.example:65535", "[2001:db8::1]:1", "dns:///a:1"})
  void anAddressIsTaken(String address) {
    Laurels.connect(address).close();
  }

  @Test
  void everyCallThatCountsHasAnIdOfItsOwnAndTheCallersLine() {
    try (var laurels = Laurels.connect("127.0.0.1:1", Options.DEFAULT.withoutRetry())) {
      var request = AwardXpRequest.newBuilder().setUserId("a").setAmount(1).build();
      var first = assertThrows(LaurelsException.class, () -> laurels.awardXp(request));
      var second = assertThrows(LaurelsException.class, () -> laurels.awardXp(request));
      assertEquals(36, first.requestId().length());
      assertNotEquals(first.requestId(), second.requestId());
      assertTrue(
          Arrays.stream(first.getStackTrace())
              .anyMatch(line -> line.getClassName().equals(LaurelsTest.class.getName())));
    }
  }

  @Test
  void otherStubsOnTheChannelAreExplainedToo() {
    try (var laurels = Laurels.connect("127.0.0.1:1", Options.DEFAULT.withoutRetry())) {
      var answer =
          XpServiceGrpc.newFutureStub(laurels.channel())
              .getXpAccount(GetXpAccountRequest.newBuilder().setUserId("a").build());
      var failure = assertThrows(ExecutionException.class, answer::get);
      var cause = (StatusRuntimeException) failure.getCause();
      assertEquals(
          Status.Code.UNAVAILABLE, LaurelsException.from(cause).orElseThrow().code());
    }
  }

  @Test
  void aWalkAsksForNoPageBeforeItIsNeededAndEndsWithTheLast() {
    var asked = new ArrayList<String>();
    var walk =
        new Walk<>(
            token -> {
              asked.add(token);
              return switch (token) {
                case "" -> new Walk.Page<>(List.of(1, 2), "empty");
                case "empty" -> new Walk.Page<Integer>(List.of(), "last");
                default -> new Walk.Page<>(List.of(3), "");
              };
            });
    Iterator<Integer> items = walk.iterator();
    assertEquals(List.of(), asked);
    items.next();
    items.next();
    assertEquals(List.of(""), asked);
    items.next();
    assertEquals(List.of("", "empty", "last"), asked);
    assertThrows(java.util.NoSuchElementException.class, items::next);
    assertEquals(3, asked.size());
  }
}
