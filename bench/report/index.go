package report

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// index is the report's first page.
func index(r *bench.Result, picture bool) ([]byte, error) {
	d := new(doc)
	d.heading(1, "What each way of using Redis costs")
	if r.Partial != "" {
		d.para("> **Partial result.** %s The numbers below are of the rounds that finished.", sentence(r.Partial))
	}
	about(d, r)
	if picture {
		d.para("![%s](%s)", forestAlt(r.Duels), forestPath)
	}
	results(d, r)
	unshown(d, r)
	leftOut(d, r)
	howToRead(d)
	howToRepeat(d, r)
	return d.bytes()
}

// about says in three lines what was measured and on what.
func about(d *doc, r *bench.Result) {
	d.list([]string{
		"**What:** " + counted(len(r.Duels), "duel") + ", " + counted(r.Settings.Rounds, "round") + " of " +
			quantity.Asked(r.Settings.Duration) + " a side, seed " + strconv.FormatUint(r.Settings.Seed, 10) + ", " +
			date(r.Started) + ", in " + r.Elapsed.Round(time.Second).String() + quick(r.Settings),
		"**On:** " + escape(strings.Join(servers(r), "; ")) + "; " + roundTrips(r),
		"**With:** redisduel " + orUnknown(r.Version) + ", " + escape(host(&r.Host)),
	})
	mergedFrom(d, r)
}

// mergedFrom lists the runs that a merged result is from.
func mergedFrom(d *doc, r *bench.Result) {
	if len(r.Merged) == 0 {
		return
	}
	d.para("Merged from %s:", counted(len(r.Merged), "run"))
	sources := make([]string, len(r.Merged))
	for i, s := range r.Merged {
		sources[i] = escape(s)
	}
	d.list(sources)
}

func quick(s bench.Settings) string {
	if s.Quick {
		return " (a quick run: wide intervals)"
	}
	return ""
}

func servers(r *bench.Result) (all []string) {
	for i := range r.Duels {
		if s := server(&r.Duels[i].Server); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		all = []string{"no server"}
	}
	return all
}

func server(s *bench.Server) string {
	words := []string{s.Software, s.Version}
	if s.Mode == "cluster" {
		words = append(words, "cluster of", counted(s.Nodes, "node"))
	} else {
		words = append(words, s.Mode)
	}
	if s.Own {
		words = append(words, "started for the run")
	} else {
		words = append(words, "of the user")
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// roundTrips names the round trip that was asked for and the range of what
// was measured.
func roundTrips(r *bench.Result) string {
	text := "round trip " + quantity.Asked(r.Settings.RTT) + " asked for"
	if len(r.Duels) == 0 {
		return text
	}
	low, high := r.Duels[0].RTTMeasured, r.Duels[0].RTTMeasured
	for i := range r.Duels {
		low, high = min(low, r.Duels[i].RTTMeasured), max(high, r.Duels[i].RTTMeasured)
	}
	if quantity.Span(low) == quantity.Span(high) {
		return text + ", " + quantity.Span(low) + " measured"
	}
	return text + ", " + quantity.Span(low) + " to " + quantity.Span(high) + " measured"
}

func host(h *bench.Host) string {
	parts := []string{counted(h.Cores, "core")}
	if h.Several > 1 {
		parts[0] = counted(h.Several, "different host") + " with at least " + parts[0]
	}
	if h.CPU != "" {
		parts[0] += " of " + h.CPU
	}
	if h.MemoryBytes > 0 {
		parts = append(parts, quantity.Bytes(float64(h.MemoryBytes))+" of memory")
	}
	parts = append(parts, strings.TrimSpace(h.OS+"/"+h.Arch+" "+h.Kernel), h.Go)
	return strings.Join(parts, ", ")
}

// results writes the table with a row for each duel.
func results(d *doc, r *bench.Result) {
	var rows [][]string
	for i := range r.Duels {
		rows = append(rows, resultRow(d, &r.Duels[i]))
	}
	d.table("lrl", []string{"Finding", "Ratio (95 % interval)", "Verdict"}, rows)
}

func resultRow(d *doc, duel *bench.Duel) []string {
	link := "[" + escape(finding(duel)) + "](" + duel.Scenario + ".md)"
	if duel.Failed != "" {
		return []string{link + ": " + escape(duel.Failed), "–", "no result"}
	}
	return []string{
		link + d.alike(doubts(duel)),
		escape(effect(&duel.Comparison, duel.Primary.Unit)),
		escape(verdict(&duel.Comparison)),
	}
}

// doubts is what a reader has to know before believing the number.
func doubts(d *bench.Duel) []string {
	if d.Partial == "" {
		return d.Doubts
	}
	return append([]string{d.Scenario + " is partial: " + d.Partial}, d.Doubts...)
}

func howToRead(d *doc) {
	d.heading(2, "How to read this")
	d.para("A ratio above 1 says how many times worse the anti-pattern is than the pattern, by the metric that the duel " +
		"named before it ran; below 1 the anti-pattern is the better choice. The interval is over rounds, not over " +
		"operations. In each round the pattern runs a second time as a control: the band that this A/A comparison " +
		"gives is what the method would call a difference where there is none, and an effect whose interval overlaps " +
		"it is *no measurable difference*.")
}

func howToRepeat(d *doc, r *bench.Result) {
	d.heading(2, "How to repeat this")
	d.code(commandLine(r.Args))
	d.para("`%s` holds every trial with its histograms; `%s` is for benchstat: `benchstat -col /impl %s`.",
		resultsPath, benchPath, benchPath)
}

// commandLine quotes arguments for a shell.
func commandLine(args []string) string {
	words := []string{"redisduel"}
	for i, arg := range args {
		if i == 0 && path.Base(arg) == "redisduel" {
			continue
		}
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

var safe = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

func quoted(arg string) string {
	if safe.MatchString(arg) {
		return arg
	}
	return "'" + strings.ReplaceAll(line(arg, len(arg)), "'", `'\''`) + "'"
}

// counted formats a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return quantity.Count(int64(n)) + " " + thing + "s"
}

// date is the day and minute in UTC, so that it does not depend on the reader.
func date(t time.Time) string {
	if t.IsZero() {
		return "date unknown"
	}
	return t.UTC().Format("2 January 2006 15:04 MST")
}

func orUnknown(s string) string {
	if s == "" {
		return "of an unknown version"
	}
	return escape(s)
}

// sentence escapes text and ends it with a full stop.
func sentence(s string) string {
	s = escape(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}
