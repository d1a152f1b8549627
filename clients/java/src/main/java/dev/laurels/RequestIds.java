package dev.laurels;

import dev.laurels.v1.AdjustXpRequest;
import dev.laurels.v1.AwardXpRequest;
import dev.laurels.v1.BatchSubmitProgressRequest;
import dev.laurels.v1.ReverseXpEntryRequest;
import dev.laurels.v1.SubmitProgressRequest;
import java.util.List;
import java.util.UUID;

/**
 * Gives requests that count something their id, where the caller gave none. It is done once, before
 * the first attempt: retries send the very same bytes.
 */
final class RequestIds {
  private RequestIds() {}

  /** The request with its id, or ids. */
  static Object filled(Object request) {
    if (request instanceof SubmitProgressRequest sent && sent.getRequestId().isEmpty()) {
      return sent.toBuilder().setRequestId(made()).build();
    } else if (request instanceof AwardXpRequest sent && sent.getRequestId().isEmpty()) {
      return sent.toBuilder().setRequestId(made()).build();
    } else if (request instanceof AdjustXpRequest sent && sent.getRequestId().isEmpty()) {
      return sent.toBuilder().setRequestId(made()).build();
    } else if (request instanceof ReverseXpEntryRequest sent && sent.getRequestId().isEmpty()) {
      return sent.toBuilder().setRequestId(made()).build();
    } else if (request instanceof BatchSubmitProgressRequest sent) {
      BatchSubmitProgressRequest.Builder batch = sent.toBuilder();
      for (SubmitProgressRequest.Builder item : batch.getRequestsBuilderList()) {
        if (item.getRequestId().isEmpty()) {
          item.setRequestId(made());
        }
      }
      return batch.build();
    }
    return request;
  }

  /** The ids of a filled request: one for each attempt of a batch. */
  static List<String> of(Object request) {
    if (request instanceof SubmitProgressRequest sent) {
      return List.of(sent.getRequestId());
    } else if (request instanceof AwardXpRequest sent) {
      return List.of(sent.getRequestId());
    } else if (request instanceof AdjustXpRequest sent) {
      return List.of(sent.getRequestId());
    } else if (request instanceof ReverseXpEntryRequest sent) {
      return List.of(sent.getRequestId());
    } else if (request instanceof BatchSubmitProgressRequest sent) {
      return sent.getRequestsList().stream().map(SubmitProgressRequest::getRequestId).toList();
    }
    return List.of();
  }

  private static String made() {
    return UUID.randomUUID().toString();
  }
}
