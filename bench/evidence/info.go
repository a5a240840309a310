package evidence

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// infoSection is every section but those of modules. Naming sections one by
// one would ask for what an older server does not have.
const infoSection = "all"

// info is one parsed reply to INFO.
type info struct {
	at       time.Time // when the reply came
	size     int       // of the reply's text on the wire, in bytes
	fields   map[string]string
	stats    map[string]int64 // section Stats, and errorstat_X
	commands map[string]Command
	// execution is as in Delta, of all commands.
	execution map[string]Execution
}

// parseInfo reads what it can and passes over the rest: lines without a colon,
// unknown sections, numbers that are none. The first of two fields of the same
// name counts.
func parseInfo(text string) info {
	in := info{
		size:     len(text),
		fields:   map[string]string{},
		stats:    map[string]int64{},
		commands: map[string]Command{},

		execution: map[string]Execution{},
	}
	section := ""
	text = strings.TrimPrefix(text, "txt:") // rueidis keeps what RESP3 puts before a verbatim string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if title, ok := strings.CutPrefix(line, "#"); ok {
			section = strings.ToLower(strings.TrimSpace(title))
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			in.add(section, name, value)
		}
	}
	return in
}

func (in info) add(section, name, value string) {
	if command, ok := strings.CutPrefix(name, "cmdstat_"); ok {
		first(in.commands, strings.ToLower(command), parseCommand(value))
		return
	}
	if command, ok := strings.CutPrefix(name, "latency_percentiles_usec_"); ok {
		first(in.execution, strings.ToLower(command), parseExecution(value))
		return
	}
	first(in.fields, name, value)
	if strings.HasPrefix(name, "errorstat_") {
		first(in.stats, name, parsePairs(value)["count"])
		return
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && section == "stats" && !strings.HasPrefix(name, "instantaneous_") {
		first(in.stats, name, n)
	}
}

// first sets a key that is not set yet.
func first[V any](m map[string]V, key string, value V) {
	if _, taken := m[key]; !taken {
		m[key] = value
	}
}

// parseCommand reads "calls=1,usec=16,rejected_calls=0,failed_calls=0".
func parseCommand(value string) Command {
	pairs := parsePairs(value)
	return Command{
		Calls:    pairs["calls"],
		Time:     time.Duration(min(pairs["usec"], math.MaxInt64/1000)) * time.Microsecond,
		Rejected: pairs["rejected_calls"],
		Failed:   pairs["failed_calls"],
	}
}

// parseExecution reads "p50=1.003,p99=2.007,p99.9=2.007", in microseconds. A
// server may be configured for other percentiles; what it lacks is 0.
func parseExecution(value string) Execution {
	took := map[string]time.Duration{}
	for pair := range strings.SplitSeq(value, ",") {
		name, number, _ := strings.Cut(pair, "=")
		if us, err := strconv.ParseFloat(number, 64); err == nil && us >= 0 && us < 1e12 {
			first(took, name, time.Duration(math.Round(us*1000)))
		}
	}
	return Execution{P50: took["p50"], P99: took["p99"], P999: took["p99.9"]}
}

// parsePairs reads the counts among "a=1,b=2.5,c=x". A count is never negative.
func parsePairs(value string) map[string]int64 {
	pairs := map[string]int64{}
	for pair := range strings.SplitSeq(value, ",") {
		name, number, _ := strings.Cut(pair, "=")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil && n >= 0 {
			first(pairs, name, n)
		}
	}
	return pairs
}

// count is a field that is a whole number and not negative, else 0.
func (in info) count(name string) int64 {
	n, err := strconv.ParseInt(in.fields[name], 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// seconds is a field in seconds with decimals, else 0.
func (in info) seconds(name string) time.Duration {
	s, err := strconv.ParseFloat(in.fields[name], 64)
	if err != nil || math.IsNaN(s) || s < 0 || s > 1e9 {
		return 0
	}
	return time.Duration(math.Round(s*1e6)) * time.Microsecond // as exact as the server states it
}

// cpu is the processor time of the server's own process.
func (in info) cpu() time.Duration { return in.seconds("used_cpu_sys") + in.seconds("used_cpu_user") }
