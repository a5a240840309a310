package scenarios

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
)

// bareSockets makes an op that reads its key over a socket of its own.
func bareSockets(_ context.Context, env *bench.Env) (load.Op, error) {
	option := env.Option()
	return func(ctx context.Context, i int) error {
		n := i % env.Data.Keys
		got, err := bareGet(ctx, &option, env.Key(n))
		if err == nil && got != env.Data.Value(n) {
			return fmt.Errorf("%w: got %q, want %q", load.ErrWrongAnswer, got, env.Data.Value(n))
		}
		return err
	}, nil
}

// bareGet connects, sends all that it has to say at once, and closes.
func bareGet(ctx context.Context, option *rueidis.ClientOption, key string) (string, error) {
	conn, err := option.DialCtxFn(ctx, option.InitAddress[0], &option.Dialer, option.TLSConfig)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return "", err
		}
	}
	request, greetings := bareRequest(option, key)
	if _, err := conn.Write(request); err != nil {
		return "", err
	}
	answers := bufio.NewReader(conn)
	for range greetings {
		if _, err := answerLine(answers, '+'); err != nil {
			return "", err
		}
	}
	return answerBulk(answers)
}

// bareRequest is a GET and, before it, what the server has to be told, with the
// number of answers that come before that of the GET.
func bareRequest(option *rueidis.ClientOption, key string) (request []byte, greetings int) {
	var b bytes.Buffer
	if option.Password != "" {
		user := option.Username
		if user == "" {
			user = "default"
		}
		writeCommand(&b, "AUTH", user, option.Password)
		greetings++
	}
	if option.SelectDB != 0 {
		writeCommand(&b, "SELECT", strconv.Itoa(option.SelectDB))
		greetings++
	}
	writeCommand(&b, "GET", key)
	return b.Bytes(), greetings
}

func writeCommand(b *bytes.Buffer, words ...string) {
	fmt.Fprintf(b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(b, "$%d\r\n%s\r\n", len(w), w)
	}
}

// answerLine reads a line of RESP of a kind, without the sign of its kind.
func answerLine(r *bufio.Reader, kind byte) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	if line[0] != kind {
		return "", fmt.Errorf("%w: %q is no answer that begins with %q", load.ErrWrongAnswer, line, kind)
	}
	return strings.TrimRight(line[1:], "\r\n"), nil
}

// answerBulk reads a string of at most a kilobyte, which is more than the keys of
// the scenario hold.
func answerBulk(r *bufio.Reader) (string, error) {
	length, err := answerLine(r, '$')
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > 1<<10 {
		return "", fmt.Errorf("%w: a string of %s bytes", load.ErrWrongAnswer, length)
	}
	text := make([]byte, n)
	_, err = io.ReadFull(r, text)
	return string(text), err
}
