package dev.laurels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.laurels.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LaurelsExceptionTest {
  private static LaurelsException refused(
      String code, String reason, String domain, int attempts, String... told) {
    var info = ErrorInfo.newBuilder().setReason(reason).setDomain(domain);
    for (String before : told) {
      info.putMetadata("previous_attempts", before);
    }
    var status =
        com.google.rpc.Status.newBuilder()
            .setCode(Code.valueOf(code).getNumber())
            .setMessage("why")
            .addDetails(Any.pack(info.build()))
            .build();
    var thrown = StatusProto.toStatusRuntimeException(status);
    var call = new LaurelsException.FailedCall("127.0.0.1:50051", List.of("try-1"), attempts);
    return LaurelsException.of(thrown.getStatus(), thrown.getTrailers(), call);
  }

  @Test
  void everyReasonIsAsDefiniteAsTheProtosSay() throws IOException {
    String read = Files.readString(Path.of("../conformance/reasons.json"));
    var reasons = JsonParser.parseString(read).getAsJsonObject();
    assertEquals(ErrorReason.values().length - 2, reasons.size());
    for (String reason : reasons.keySet()) {
      var documented = reasons.getAsJsonObject(reason);
      String code = documented.get("code").getAsString();
      boolean forGood = documented.get("forGood").getAsBoolean();
      var explained = refused(code, reason, "laurels", 1);
      assertEquals("ERROR_REASON_" + reason, explained.reason().name());
      assertEquals(documented.get("definite").getAsBoolean(), explained.definite(), reason);
      assertEquals("why", explained.getMessage());
      assertEquals("try-1", explained.requestId());
      assertEquals(explained.definite(), refused(code, reason, "laurels", 1, "0").definite());
      assertEquals(forGood, refused(code, reason, "laurels", 2).definite(), reason);
      for (String before : List.of("1", "4294967295", "-1", "many", "")) {
        assertEquals(forGood, refused(code, reason, "laurels", 1, before).definite(), reason);
      }
    }
  }

  @Test
  void whatNobodyOfOursSaidIsIndefinite() {
    assertFalse(refused("NOT_FOUND", "OF_TOMORROW", "laurels", 1).definite());
    assertFalse(refused("NOT_FOUND", "LEVEL_NOT_FOUND", "else", 1).definite());
  }

  @Test
  void itCrossesToAnotherProcessWhole() throws IOException, ClassNotFoundException {
    var here = refused("FAILED_PRECONDITION", "LEVEL_LOCKED", "laurels", 1, "0");
    var bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(here);
    var there =
        (LaurelsException)
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    assertEquals(here.getMessage(), there.getMessage());
    assertEquals(here.reason(), there.reason());
    assertEquals("try-1", there.requestId());
    assertEquals(here.metadata(), there.metadata());
    assertEquals(here.retryAfter(), there.retryAfter());
    assertEquals(here.fieldViolations(), there.fieldViolations());
  }

  @Test
  void aFailureWithoutDetailsTellsWhatItCan() {
    var status = Status.UNAVAILABLE.withCause(new ConnectException("Connection refused"));
    var call = new LaurelsException.FailedCall("127.0.0.1:50051", List.of(), 1);
    var explained = LaurelsException.of(status, new Metadata(), call);
    assertTrue(explained.getMessage().startsWith("Nobody listens at 127.0.0.1:50051: check"));
    assertEquals(ErrorReason.ERROR_REASON_UNSPECIFIED, explained.reason());
  }
}
