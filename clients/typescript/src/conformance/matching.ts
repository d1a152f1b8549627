/** Compares an answer with what the scenario expects; see conformance/README.md. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What differs, or "" where all is as expected. */
export function difference(expected: Json, actual: Json | undefined, path = "reply"): string {
  if (isObject(expected)) {
    if ("$set" in expected) return isDefault(actual) ? `${path} is not set` : "";
    if ("$has" in expected) return missingWord(expected["$has"] as string[], actual, path);
    if ("$includes" in expected) return missingItem(expected["$includes"] as Json[], actual, path);
    for (const [name, wanted] of Object.entries(expected)) {
      const found = isObject(actual) ? actual[name] : undefined;
      const wrong = difference(wanted, found, `${path}.${name}`);
      if (wrong) return wrong;
    }
    return "";
  }
  if (isDefault(expected) && isDefault(actual)) return "";
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    for (const [index, wanted] of expected.entries()) {
      const wrong = difference(wanted, actual[index], `${path}[${index}]`);
      if (wrong) return wrong;
    }
    return "";
  }
  if (!Array.isArray(expected) && String(expected) === String(actual)) return "";
  return `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
}

function missingWord(words: string[], actual: Json | undefined, path: string): string {
  const text = String(actual).toLowerCase();
  const missing = words.find((word) => !text.includes(word.toLowerCase()));
  return missing === undefined ? "" : `${path} does not say "${missing}": ${String(actual)}`;
}

function missingItem(items: Json[], actual: Json | undefined, path: string): string {
  const rest = Array.isArray(actual) ? [...actual] : [];
  for (const item of items) {
    while (rest.length > 0 && difference(item, rest[0]) !== "") rest.shift();
    if (rest.length === 0) return `${path} lacks, in this order, ${JSON.stringify(item)}`;
    // One item may be all that two ask for, so it is not used up.
  }
  return "";
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDefault(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === null || ["0", "", "false"].includes(String(value));
}
