package dev.laurels.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;

/** Compares an answer with what the scenario expects; see conformance/README.md. */
final class Matching {
  private Matching() {}

  /** What differs, or "" where all is as expected. */
  static String difference(JsonElement expected, JsonElement actual, String path) {
    if (expected.isJsonObject()) {
      JsonObject wanted = expected.getAsJsonObject();
      if (wanted.has("$set")) {
        return isDefault(actual) ? path + " is not set" : "";
      } else if (wanted.has("$has")) {
        return missingWord(wanted.getAsJsonArray("$has"), actual, path);
      } else if (wanted.has("$includes")) {
        return missingItem(wanted.getAsJsonArray("$includes"), actual, path);
      }
      for (String name : wanted.keySet()) {
        JsonElement found = actual.isJsonObject() ? actual.getAsJsonObject().get(name) : null;
        String wrong =
            difference(
                wanted.get(name), found == null ? JsonNull.INSTANCE : found, path + "." + name);
        if (!wrong.isEmpty()) {
          return wrong;
        }
      }
      return "";
    }
    if (isDefault(expected) && isDefault(actual)) {
      return "";
    }
    if (expected.isJsonArray()
        && actual.isJsonArray()
        && expected.getAsJsonArray().size() == actual.getAsJsonArray().size()) {
      for (int index = 0; index < expected.getAsJsonArray().size(); index++) {
        String at = path + "[" + index + "]";
        String wrong =
            difference(expected.getAsJsonArray().get(index), actual.getAsJsonArray().get(index), at);
        if (!wrong.isEmpty()) {
          return wrong;
        }
      }
      return "";
    }
    if (!expected.isJsonArray() && text(expected).equals(text(actual))) {
      return "";
    }
    return path + " is " + actual + ", not " + expected;
  }

  private static String missingWord(JsonArray words, JsonElement actual, String path) {
    String said = text(actual).toLowerCase(Locale.ROOT);
    for (JsonElement word : words) {
      if (!said.contains(word.getAsString().toLowerCase(Locale.ROOT))) {
        return path + " does not say " + word + ": " + text(actual);
      }
    }
    return "";
  }

  private static String missingItem(JsonArray items, JsonElement actual, String path) {
    JsonArray found = actual.isJsonArray() ? actual.getAsJsonArray() : new JsonArray();
    int at = 0;
    for (JsonElement item : items) {
      while (at < found.size() && !difference(item, found.get(at), path).isEmpty()) {
        at++;
      }
      if (at == found.size()) {
        return path + " lacks, in this order, " + item;
      }
      // One item may be all that two ask for, so it is not used up.
    }
    return "";
  }

  private static boolean isDefault(JsonElement value) {
    if (value.isJsonArray()) {
      return value.getAsJsonArray().isEmpty();
    }
    return value.isJsonNull() || List.of("", "0", "false").contains(text(value));
  }

  /** The same for 5 and "5". */
  static String text(JsonElement value) {
    return value.isJsonPrimitive() ? value.getAsString() : value.toString();
  }
}
