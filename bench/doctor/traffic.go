package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"redisduel/bench/evidence"
	"redisduel/bench/quantity"
)

// calls is how often a command was called since the start.
func (l *look) calls(command string) int64 { return l.since.Commands[command].Calls }

// commands are all calls, and connections all that were accepted.
func (l *look) commands() int64    { return l.since.Counters["total_commands_processed"] }
func (l *look) connections() int64 { return l.since.Connections }

func connectionChurn(l *look) string {
	each := float64(l.commands()) / float64(l.connections())
	if l.connections() < fewCalls || each >= churn {
		return ""
	}
	return fmt.Sprintf("%s connections were opened for %s commands, %s commands a connection",
		quantity.Count(l.connections()), quantity.Count(l.commands()), quantity.Number(each))
}

func connectionsNearLimit(l *look) string {
	most, open := l.number("maxclients"), l.number("connected_clients")
	if n := l.since.Counters["rejected_connections"]; n > 0 {
		return fmt.Sprintf("%s connections were refused at the limit of %s", quantity.Count(n), quantity.Number(most))
	}
	if most == 0 || open <= crowded*most {
		return ""
	}
	return fmt.Sprintf("%s of at most %s connections are open", quantity.Number(open), quantity.Number(most))
}

func keysCommand(l *look) string {
	if l.calls("keys") == 0 {
		return ""
	}
	return fmt.Sprintf("KEYS was called %s and took %s on average; the server holds %s keys",
		times(l.calls("keys")), mean(l.since.Commands["keys"]), quantity.Count(l.keys))
}

// unbounded are commands that answer with all of a key, whatever its size.
var unbounded = []string{"smembers", "hgetall", "hkeys", "hvals", "sort", "sunion", "sinter"}

// ranged are commands that do if they are asked for all.
var ranged = []string{"zrange", "zrevrange", "lrange", "zrangebyscore", "zrevrangebyscore", "xrange"}

// unboundedRange looks at the slow log, where the arguments are, and at the time
// that such a command takes on average.
func unboundedRange(l *look) string {
	for _, e := range l.since.Slow {
		if wantsAll(e.Args) {
			return fmt.Sprintf("%s took %s", shortened(e.Args, 4), quantity.Span(e.Duration))
		}
	}
	for _, name := range slices.Concat(ranged, unbounded) {
		if c := l.since.Commands[name]; c.Calls > 0 && c.Time/time.Duration(c.Calls) >= longAnswer {
			return fmt.Sprintf("%s was called %s, %s each on average: some thousands of elements",
				strings.ToUpper(name), times(c.Calls), mean(c))
		}
	}
	return ""
}

// wantsAll reports whether a command asks for all of a key.
func wantsAll(args []string) bool {
	name := strings.ToLower(args[0])
	if slices.Contains(unbounded, name) {
		return true
	}
	if len(args) < 4 || bounded(args[4:]) {
		return false
	}
	bounds := strings.ToLower(args[2] + " " + args[3])
	everything := bounds == "0 -1" || bounds == "-inf +inf" || bounds == "+inf -inf" || bounds == "- +"
	return everything && slices.Contains(ranged, name)
}

// bounded reports whether the options of a range limit its answer.
func bounded(options []string) bool {
	return slices.ContainsFunc(options, func(o string) bool { return strings.EqualFold(o, "limit") || strings.EqualFold(o, "count") })
}

func slowCommands(l *look) string {
	n, longest := 0, evidence.Slow{}
	for _, e := range l.since.Slow {
		if e.Duration >= slowCommand {
			n++
		}
		if e.Duration > longest.Duration {
			longest = e
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("the slow log holds %s of %s or more; the longest, %s, took %s",
		counted(n, "command"), quantity.Span(slowCommand), shortened(longest.Args, 2), quantity.Span(longest.Duration))
}

func latencyEvents(l *look) string {
	name, longest := "", time.Duration(0)
	for event, took := range l.since.Latency {
		if took > longest || took == longest && event < name {
			name, longest = event, took
		}
	}
	if longest < slowEvent {
		return ""
	}
	return fmt.Sprintf("the latency monitor saw the event %q last %s", name, quantity.Span(longest))
}

func evals(l *look) string {
	eval, sha := l.calls("eval")+l.calls("eval_ro"), l.calls("evalsha")+l.calls("evalsha_ro")
	if eval < fewCalls || eval*10 < sha {
		return ""
	}
	return fmt.Sprintf("EVAL was called %s, EVALSHA %s", times(eval), times(sha))
}

// scriptCache counts the scripts that are there and those that are gone: Redis
// 7.4 and Valkey 8.0 began to drop what EVAL left but for the 500 used last.
func scriptCache(l *look) string {
	cached, dropped := l.number("number_of_cached_scripts"), l.since.Counters["evicted_scripts"]
	if cached+float64(dropped) < manyScripts {
		return ""
	}
	seen := fmt.Sprintf("%s scripts are cached, in %s", quantity.Number(cached), quantity.Bytes(l.number("used_memory_scripts")))
	if dropped > 0 {
		seen += fmt.Sprintf(", and %s were dropped for others", quantity.Count(dropped))
	}
	return seen
}

func unevenLoad(looks []*look) string {
	var busiest *look
	sum := 0.
	for _, l := range looks {
		sum += float64(l.commands())
		if busiest == nil || l.commands() > busiest.commands() {
			busiest = l
		}
	}
	mean := sum / float64(len(looks))
	if len(looks) < 2 || sum < fewCalls || float64(busiest.commands()) <= unevenNodes*mean {
		return ""
	}
	return fmt.Sprintf("%s ran %s commands, %s times the mean of %d nodes",
		busiest.name, quantity.Count(busiest.commands()), quantity.Number(float64(busiest.commands())/mean), len(looks))
}

func mean(c evidence.Command) string {
	return quantity.Span(c.Time / time.Duration(max(c.Calls, 1)))
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return quantity.Count(n) + " times"
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return quantity.Count(int64(n)) + " " + thing + "s"
}

// shortened is the beginning of a command, n words of it: what comes later may
// be a value, and private.
func shortened(args []string, n int) string {
	words := []string{strings.ToUpper(args[0])}
	for _, a := range args[1:min(len(args), n)] {
		if len(a) > 40 {
			a = a[:40] + "…"
		}
		words = append(words, a)
	}
	if len(args) > n {
		words = append(words, "…")
	}
	return strings.Join(words, " ")
}
