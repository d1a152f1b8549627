// Command conformance runs the scenario of conformance/ and prints a line a step.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"

	"laurels.dev/go/laurels"
)

type scenario struct {
	Connections map[string]connection
	Steps       []step
}

type connection struct {
	Address, TLS, Token string
	TimeoutMs           int
	Retry               *bool
}

type step struct {
	Name, Call, Walk, Stream, On string
	Request, Reply, Error        any
	Save                         map[string]string
}

var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

func filled(value any, saved map[string]string) (any, error) {
	said, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var missing error
	said = placeholder.ReplaceAllFunc(said, func(found []byte) []byte {
		name := string(found[2 : len(found)-1])
		text, ok := saved[name]
		if !ok {
			missing = fmt.Errorf("nothing was saved as %s", name)
		}
		return []byte(strings.Trim(asJSON(text), `"`))
	})
	var replaced any
	return replaced, errors.Join(missing, json.Unmarshal(said, &replaced))
}

func open(wanted connection, places map[string]string) (*laurels.Client, error) {
	address, ok := places[wanted.Address]
	if !ok {
		return nil, fmt.Errorf("no place %q was given", wanted.Address)
	}
	var options []laurels.Option
	switch wanted.TLS {
	case "system":
		options = append(options, laurels.WithTLS(nil))
	case "authority":
		pem, err := os.ReadFile(places["authority"])
		if err != nil {
			return nil, err
		}
		authorities := x509.NewCertPool()
		authorities.AppendCertsFromPEM(pem)
		options = append(options, laurels.WithTLS(&tls.Config{RootCAs: authorities}))
	}
	if wanted.Token != "" {
		options = append(options, laurels.WithToken(wanted.Token))
	}
	if wanted.TimeoutMs != 0 {
		options = append(options, laurels.WithTimeout(time.Duration(wanted.TimeoutMs)*time.Millisecond))
	}
	if wanted.Retry != nil && !*wanted.Retry {
		options = append(options, laurels.WithoutRetry())
	}
	return laurels.Connect(address, options...)
}

func told(failure *laurels.Error) any {
	reason := strings.TrimPrefix(failure.Reason.String(), "ERROR_REASON_")
	if reason == "UNSPECIFIED" {
		reason = ""
	}
	fields := []any{}
	for _, violation := range failure.FieldViolations {
		fields = append(fields, violation.Field)
	}
	ids := []any{}
	for _, id := range failure.RequestIDs {
		ids = append(ids, id)
	}
	metadata := object{}
	for name, text := range failure.Metadata {
		metadata[name] = text
	}
	return object{
		"code": code.Code(failure.Code).String(), "reason": reason, "definite": failure.Definite,
		"message": failure.Message, "requestId": failure.RequestID(),
		"requestIds": ids, "retryAfterMs": failure.RetryAfter.Milliseconds(), "fields": fields, "metadata": metadata,
	}
}

func carryOut(wanted step, client *laurels.Client, saved map[string]string) error {
	name := wanted.Call + wanted.Walk + wanted.Stream
	run, ok := methods[name]
	if !ok {
		return fmt.Errorf("this runner does not know %s", name)
	}
	request, err := filled(wanted.Request, saved)
	if err != nil {
		return err
	}
	answer, err := run(context.Background(), client, []byte(asJSON(request)))
	expected, what := wanted.Reply, "reply"
	if err != nil {
		failure, ok := errors.AsType[*laurels.Error](err)
		if !ok {
			return err
		}
		answer, expected, what = told(failure), wanted.Error, "error"
	}
	if expected == nil {
		return fmt.Errorf("not expected: %s %s", what, asJSON(answer))
	}
	for as, path := range wanted.Save {
		part := answer
		for _, name := range strings.Split(path, ".") {
			if items, ok := part.([]any); ok {
				index, _ := strconv.Atoi(name)
				part = items[index]
				continue
			}
			members, _ := part.(object)
			part = members[name]
		}
		saved[as] = text(part)
	}
	if expected, err = filled(expected, saved); err != nil {
		return err
	}
	if wrong := difference(expected, answer, what); wrong != "" {
		return errors.New(wrong)
	}
	return nil
}

func run(file string, given []string) (bool, error) {
	read, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var plan scenario
	if err := json.Unmarshal(read, &plan); err != nil {
		return false, err
	}
	places := map[string]string{}
	for _, place := range given {
		name, where, _ := strings.Cut(place, "=")
		places[name] = where
	}
	var word [3]byte
	_, _ = rand.Read(word[:]) // It never fails.
	saved := map[string]string{"run": hex.EncodeToString(word[:]), "large": strings.Repeat("x", 5_000_000)}
	clients := map[string]*laurels.Client{}
	allOk := true
	for _, next := range plan.Steps {
		if next.On == "" {
			next.On = "server"
		}
		err := error(nil)
		client, ok := clients[next.On]
		if !ok {
			if client, err = open(plan.Connections[next.On], places); err == nil {
				defer client.Close()
				clients[next.On] = client
			}
		}
		if err == nil {
			err = carryOut(next, client, saved)
		}
		detail := ""
		if err != nil {
			detail = err.Error()
			allOk = false
		}
		fmt.Println(asJSON(object{"step": next.Name, "ok": err == nil, "detail": detail}))
	}
	return allOk, nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: conformance scenario.json name=host:port...")
		os.Exit(2)
	}
	allOk, err := run(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if !allOk {
		os.Exit(1)
	}
}
