package dev.laurels.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.laurels.FieldViolation;
import dev.laurels.Laurels;
import dev.laurels.LaurelsException;
import dev.laurels.Options;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the scenario of conformance/ and prints a line a step. */
public final class Conformance {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(\\w+)}");

  private final JsonObject scenario;
  private final Map<String, String> places = new HashMap<>();
  private final Map<String, String> saved = new HashMap<>();
  private final Map<String, Laurels> clients = new HashMap<>();

  private Conformance(String[] arguments) throws IOException {
    scenario = JsonParser.parseString(Files.readString(Path.of(arguments[0]))).getAsJsonObject();
    for (int at = 1; at < arguments.length; at++) {
      String[] place = arguments[at].split("=", 2);
      places.put(place[0], place[1]);
    }
    saved.put("run", UUID.randomUUID().toString().substring(0, 6));
    saved.put("large", "x".repeat(5_000_000));
  }

  public static void main(String[] arguments) throws IOException {
    Conformance run = new Conformance(arguments);
    boolean allOk = true;
    for (JsonElement step : run.scenario.getAsJsonArray("steps")) {
      String detail = run.tried(step.getAsJsonObject());
      allOk &= detail.isEmpty();
      JsonObject line = new JsonObject();
      line.add("step", step.getAsJsonObject().get("name"));
      line.addProperty("ok", detail.isEmpty());
      line.addProperty("detail", detail);
      System.out.println(line);
    }
    run.clients.values().forEach(Laurels::close);
    System.exit(allOk ? 0 : 1);
  }

  private String tried(JsonObject step) {
    try {
      return carryOut(step);
    } catch (Exception defect) {
      return defect.toString();
    }
  }

  private String carryOut(JsonObject step) throws IOException {
    String on = step.has("on") ? step.get("on").getAsString() : "server";
    if (!clients.containsKey(on)) {
      clients.put(on, open(scenario.getAsJsonObject("connections").getAsJsonObject(on)));
    }
    String name = "";
    for (String kind : new String[] {"call", "walk", "stream"}) {
      name = step.has(kind) ? step.get(kind).getAsString() : name;
    }
    Methods.Method method = Methods.BY_NAME.get(name);
    if (method == null) {
      return "this runner does not know " + name;
    }
    String what = "reply";
    JsonElement answer;
    try {
      answer = method.run(clients.get(on), filled(step.get("request")));
    } catch (LaurelsException failure) {
      what = "error";
      answer = told(failure);
    }
    if (!step.has(what)) {
      return "not expected: " + what + " " + answer;
    }
    if (step.has("save")) {
      for (var entry : step.getAsJsonObject("save").entrySet()) {
        JsonElement part = answer;
        for (String member : entry.getValue().getAsString().split("\\.")) {
          part =
              part.isJsonArray()
                  ? part.getAsJsonArray().get(Integer.parseInt(member))
                  : part.getAsJsonObject().get(member);
        }
        saved.put(entry.getKey(), Matching.text(part));
      }
    }
    return Matching.difference(filled(step.get(what)), answer, what);
  }

  private Laurels open(JsonObject wanted) throws IOException {
    String address = places.get(wanted.get("address").getAsString());
    if (address == null) {
      throw new IOException("no place " + wanted.get("address") + " was given");
    }
    Options options = Options.DEFAULT;
    if (wanted.has("tls")) {
      options =
          wanted.get("tls").getAsString().equals("system")
              ? options.tls()
              : options.tls(new File(places.get("authority")));
    }
    if (wanted.has("token")) {
      options = options.token(wanted.get("token").getAsString());
    }
    if (wanted.has("timeoutMs")) {
      options = options.timeout(Duration.ofMillis(wanted.get("timeoutMs").getAsLong()));
    }
    if (wanted.has("retry") && !wanted.get("retry").getAsBoolean()) {
      options = options.withoutRetry();
    }
    return Laurels.connect(address, options);
  }

  private JsonElement filled(JsonElement value) {
    if (value.isJsonObject()) {
      JsonObject made = new JsonObject();
      for (var member : value.getAsJsonObject().entrySet()) {
        made.add(member.getKey(), filled(member.getValue()));
      }
      return made;
    } else if (value.isJsonArray()) {
      JsonArray made = new JsonArray();
      value.getAsJsonArray().forEach(item -> made.add(filled(item)));
      return made;
    } else if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
      return new JsonPrimitive(
          PLACEHOLDER
              .matcher(value.getAsString())
              .replaceAll(found -> Matcher.quoteReplacement(savedAs(found.group(1)))));
    }
    return value;
  }

  private String savedAs(String name) {
    String text = saved.get(name);
    if (text == null) {
      throw new IllegalStateException("nothing was saved as " + name);
    }
    return text;
  }

  private static JsonObject told(LaurelsException failure) {
    JsonObject said = new JsonObject();
    String reason = failure.reason().name().replaceFirst("^ERROR_REASON_", "");
    said.addProperty("code", failure.code().name());
    said.addProperty("reason", reason.equals("UNSPECIFIED") ? "" : reason);
    said.addProperty("definite", failure.definite());
    said.addProperty("message", failure.getMessage());
    said.addProperty("requestId", failure.requestId());
    JsonArray ids = new JsonArray();
    failure.requestIds().forEach(ids::add);
    said.add("requestIds", ids);
    said.addProperty("retryAfterMs", failure.retryAfter().toMillis());
    JsonArray fields = new JsonArray();
    failure.fieldViolations().stream().map(FieldViolation::field).forEach(fields::add);
    said.add("fields", fields);
    JsonObject metadata = new JsonObject();
    failure.metadata().forEach(metadata::addProperty);
    said.add("metadata", metadata);
    return said;
  }
}
