package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

type object = map[string]any

// difference compares an answer with what the scenario expects, as conformance/README.md says it.
// It is "" where all is as expected.
func difference(expected, actual any, path string) string {
	if wanted, ok := expected.(object); ok {
		if _, ok := wanted["$set"]; ok {
			if isDefault(actual) {
				return path + " is not set"
			}
			return ""
		}
		if words, ok := wanted["$has"].([]any); ok {
			return missingWord(words, actual, path)
		}
		if items, ok := wanted["$includes"].([]any); ok {
			return missingItem(items, actual, path)
		}
		found, _ := actual.(object)
		for _, name := range sortedNames(wanted) {
			if wrong := difference(wanted[name], found[name], path+"."+name); wrong != "" {
				return wrong
			}
		}
		return ""
	}
	if isDefault(expected) && isDefault(actual) {
		return ""
	}
	list, isList := expected.([]any)
	found, foundList := actual.([]any)
	if isList && foundList && len(list) == len(found) {
		for index, wanted := range list {
			if wrong := difference(wanted, found[index], fmt.Sprintf("%s[%d]", path, index)); wrong != "" {
				return wrong
			}
		}
		return ""
	}
	if !isList && text(expected) == text(actual) {
		return ""
	}
	return fmt.Sprintf("%s is %s, not %s", path, asJSON(actual), asJSON(expected))
}

func missingWord(words []any, actual any, path string) string {
	for _, word := range words {
		if !strings.Contains(strings.ToLower(text(actual)), strings.ToLower(text(word))) {
			return fmt.Sprintf("%s does not say %q: %s", path, word, text(actual))
		}
	}
	return ""
}

func missingItem(items []any, actual any, path string) string {
	rest, _ := actual.([]any)
	for _, item := range items {
		at := slices.IndexFunc(rest, func(found any) bool { return difference(item, found, "") == "" })
		if at < 0 {
			return fmt.Sprintf("%s lacks, in this order, %s", path, asJSON(item))
		}
		// One item may be all that two ask for, so it is not used up.
		rest = rest[at:]
	}
	return ""
}

func isDefault(value any) bool {
	if list, ok := value.([]any); ok {
		return len(list) == 0
	}
	return value == nil || slices.Contains([]string{"", "0", "false"}, text(value))
}

// text is the same for 5 and "5".
func text(value any) string {
	if said, ok := value.(string); ok {
		return said
	}
	return asJSON(value)
}

func asJSON(value any) string {
	said, _ := json.Marshal(value)
	return string(said)
}

func sortedNames(members object) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
