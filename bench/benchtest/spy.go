package benchtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/bench"
)

// A spy listens to all that clients ask of some servers, by MONITOR.
type spy struct {
	prefix  string
	nodes   []rueidis.Client
	lines   []chan string // of each node
	outside map[string]bool
}

func newSpy(t *testing.T, targets []bench.Target, nodes []rueidis.Client, prefix string) *spy {
	t.Helper()
	s := &spy{prefix: prefix, nodes: nodes, outside: map[string]bool{}}
	for _, target := range targets {
		conn, scanner := monitor(t, target)
		t.Cleanup(func() { _ = conn.Close() })
		lines := make(chan string, 4096)
		s.lines = append(s.lines, lines)
		go func() { // ends when the connection is closed
			defer close(lines)
			for scanner.Scan() {
				lines <- scanner.Text()
			}
		}()
	}
	return s
}

// seen returns the keys and key patterns named since the last call, each once.
func (s *spy) seen(t *testing.T) []string {
	const mark = "end-of-op"
	found := map[string]bool{}
	for i, node := range s.nodes {
		if err := node.Do(t.Context(), node.B().Echo().Message(mark).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		for line := range s.lines[i] {
			words := quoted(line)
			if len(words) == 2 && words[1] == mark {
				break
			}
			s.note(words, found)
		}
	}
	return slices.Collect(maps.Keys(found))
}

// note takes down the keys of a command.
func (s *spy) note(words []string, found map[string]bool) {
	for _, word := range words {
		if strings.HasPrefix(word, s.prefix) {
			found[word] = true
		}
	}
	if key, ok := firstKey(words); ok && !strings.HasPrefix(key, s.prefix) {
		s.outside[key] = true
	}
}

func (s *spy) strays() []string { return slices.Sorted(maps.Keys(s.outside)) }

// keyless are the commands whose first argument is not a key.
var keyless = []string{
	"HELLO", "AUTH", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "DISCARD", "EXEC", "FUNCTION", "INFO",
	"LATENCY", "MULTI", "PING", "ROLE", "SCAN", "SCRIPT", "SLOWLOG", "UNWATCH", "WAIT", "ECHO", "PUBLISH", "SUBSCRIBE",
}

// firstKey is the first key of a command, if it has one.
func firstKey(words []string) (string, bool) {
	if len(words) < 2 || slices.Contains(keyless, strings.ToUpper(words[0])) {
		return "", false
	}
	switch strings.ToUpper(words[0]) {
	case "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO": // script, number of keys, keys
		if len(words) < 4 || words[2] == "0" {
			return "", false
		}
		return words[3], true
	case "OBJECT", "MEMORY", "XINFO", "XGROUP": // subcommand, key
		if len(words) < 3 {
			return "", false
		}
		return words[2], true
	}
	return words[1], true
}

// quoted returns the words of a line of MONITOR, such as
//
//	1700000000.1 [0 127.0.0.1:1] "EVAL" "return \"a\"" "0"
//
// in which a quotation mark within a word is escaped.
func quoted(line string) (words []string) {
	var word strings.Builder
	inside := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inside && c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		case c == '"' && inside:
			words = append(words, word.String())
			word.Reset()
			inside = false
		case c == '"':
			inside = true
		case inside:
			word.WriteByte(c)
		}
	}
	return words
}
