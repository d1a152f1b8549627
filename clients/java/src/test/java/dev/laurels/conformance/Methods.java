package dev.laurels.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.laurels.Laurels;
import dev.laurels.v1.*;
import java.util.Map;
import java.util.function.BiFunction;

/** The RPCs of the scenario, by name: JSON in, JSON out, through the client as users have it. */
final class Methods {
  /** Carries out a step's call. */
  interface Method {
    JsonElement run(Laurels client, JsonElement request) throws InvalidProtocolBufferException;
  }

  static final Map<String, Method> BY_NAME =
      Map.ofEntries(
          call("ProgressService.SubmitProgress", SubmitProgressRequest.getDefaultInstance(), Laurels::submitProgress),
          call("ProgressService.BatchSubmitProgress", BatchSubmitProgressRequest.getDefaultInstance(), Laurels::batchSubmitProgress),
          call("ProgressService.GetSubmission", GetSubmissionRequest.getDefaultInstance(), Laurels::getSubmission),
          all("ProgressService.ListProgress", ListProgressRequest.getDefaultInstance(), Laurels::walkProgress),
          call("XpService.AwardXp", AwardXpRequest.getDefaultInstance(), Laurels::awardXp),
          call("XpService.AdjustXp", AdjustXpRequest.getDefaultInstance(), Laurels::adjustXp),
          call("XpService.ReverseXpEntry", ReverseXpEntryRequest.getDefaultInstance(), Laurels::reverseXpEntry),
          call("XpService.GetXpAccount", GetXpAccountRequest.getDefaultInstance(), Laurels::getXpAccount),
          all("XpService.ListXpEntries", ListXpEntriesRequest.getDefaultInstance(), Laurels::walkXpEntries),
          all("LeaderboardService.GetLeaderboard", GetLeaderboardRequest.getDefaultInstance(), Laurels::walkLeaderboard),
          call("LeaderboardService.GetStanding", GetStandingRequest.getDefaultInstance(), Laurels::getStanding),
          call("CatalogService.UpsertLevels", UpsertLevelsRequest.getDefaultInstance(), Laurels::upsertLevels),
          all("CatalogService.ListLevels", ListLevelsRequest.getDefaultInstance(), Laurels::walkLevels),
          call("UserService.UpsertUsers", UpsertUsersRequest.getDefaultInstance(), Laurels::upsertUsers),
          call("AuditService.AuditUser", AuditUserRequest.getDefaultInstance(), Laurels::auditUser),
          all(
              "AuditService.AuditAll",
              AuditAllRequest.getDefaultInstance(),
              (client, request) -> () -> client.auditAll(request)));

  private Methods() {}

  private static <Q extends Message, R extends Message> Map.Entry<String, Method> call(
      String name, Q type, BiFunction<Laurels, Q, R> method) {
    return Map.entry(
        name, (client, request) -> written(method.apply(client, read(type, request))));
  }

  private static <Q extends Message, R extends Message> Map.Entry<String, Method> all(
      String name, Q type, BiFunction<Laurels, Q, Iterable<R>> walk) {
    return Map.entry(
        name,
        (client, request) -> {
          JsonArray items = new JsonArray();
          for (R found : walk.apply(client, read(type, request))) {
            items.add(written(found));
          }
          JsonObject answer = new JsonObject();
          answer.add("items", items);
          return answer;
        });
  }

  @SuppressWarnings("unchecked")
  private static <Q extends Message> Q read(Q type, JsonElement request)
      throws InvalidProtocolBufferException {
    Message.Builder builder = type.newBuilderForType();
    JsonFormat.parser().merge(request.toString(), builder);
    return (Q) builder.build();
  }

  private static JsonElement written(Message reply) throws InvalidProtocolBufferException {
    return JsonParser.parseString(JsonFormat.printer().print(reply));
  }
}
