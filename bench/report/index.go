package report

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// indexTitle is how a report's README.md is known from another's.
const indexTitle = "What each way of using Redis costs"

// index is the report's first page.
func index(r *bench.Result, picture bool) ([]byte, error) {
	d := new(doc)
	d.heading(1, indexTitle)
	if r.Partial != "" {
		d.para("> **Partial result.** %s The numbers below are of the rounds that finished.", sentence(r.Partial))
	}
	about(d, r)
	if picture {
		d.para("![%s](%s)", forestAlt(r.Duels), forestPath)
	}
	results(d, r)
	if r.Claims != nil {
		d.para("What circulates about Redis, held against these duels: [%s](%s).", escape(tally(r.Claims)), claimsPath)
	}
	for _, own := range aboutTheHarness {
		if slices.Contains(r.Beside, own.page) {
			d.para("%s: [%s](%s).", own.of, own.title, own.page)
		}
	}
	unshown(d, r)
	leftOut(d, r)
	howToRead(d, r)
	howToRepeat(d, r)
	return d.bytes()
}

// aboutTheHarness are pages of other commands about the harness itself.
var aboutTheHarness = []struct{ page, of, title string }{
	{selfTestPage, "How often the method is wrong, and how small a difference it finds, in duels whose outcome is known", "the self-test"},
	{peersPath, "How exact the emulated network is, and what the load generator costs, held against other programs of their kind and against theory", "redisduel against its peers"},
}

// Beside are the pages about the harness itself that lie in a directory.
func Beside(dir string) (pages []string) {
	for _, own := range aboutTheHarness {
		if _, err := os.Stat(filepath.Join(dir, own.page)); err == nil {
			pages = append(pages, own.page)
		}
	}
	return pages
}

// about says in three lines what was measured and on what.
func about(d *doc, r *bench.Result) {
	d.list([]string{
		"**What:** " + counted(len(r.Duels), "duel") + ", " + rounds(r.Settings) + " of " +
			quantity.Asked(r.Settings.Duration) + " a side, seed " + strconv.FormatUint(r.Settings.Seed, 10) + ", " +
			date(r.Started) + ", in " + r.Elapsed.Round(time.Second).String() + quick(r.Settings),
		"**On:** " + escape(strings.Join(servers(r), "; ")) + "; " + roundTrips(r),
		"**With:** redisduel " + orUnknown(r.Version) + ", " + escape(host(&r.Host)),
		harness(r),
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

// rounds is how many there were, or might have been.
func rounds(s bench.Settings) string {
	if s.Early {
		return "up to " + counted(s.Rounds, "round")
	}
	return counted(s.Rounds, "round")
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
	var all []time.Duration
	for i := range r.Duels {
		all = append(all, r.Duels[i].RTTMeasured)
	}
	return text + ", " + fromTo(all) + " measured"
}

// fromTo is the shortest to the longest of some times, at least one.
func fromTo(all []time.Duration) string {
	low, high := quantity.Span(slices.Min(all)), quantity.Span(slices.Max(all))
	if low == high {
		return low
	}
	return low + " to " + high
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

// results writes the table with a row for each duel, and below it what a reader
// has to know before believing the numbers.
func results(d *doc, r *bench.Result) {
	var rows [][]string
	for i := range r.Duels {
		rows = append(rows, resultRow(d, &r.Duels[i]))
	}
	d.table("llrl", []string{"Scenario", "Finding", "Ratio (95 % interval)", "Verdict"}, rows)
	d.footnotes()
}

func resultRow(d *doc, duel *bench.Duel) []string {
	found, size, outcome := Cells(duel)
	if duel.Failed == "" {
		outcome += d.alike(doubts(duel))
	}
	return []string{pageLink(duel), found, size, outcome}
}

// Cells are a duel in three cells of a Markdown table: the finding, the effect
// with its interval, and the verdict in words. A duel that failed has its reason
// for a finding.
func Cells(d *bench.Duel) (found, size, outcome string) {
	if d.Failed != "" {
		return escape(finding(d) + ": " + plain(d.Failed)), "–", "no result"
	}
	return escape(finding(d)), unbroken(escape(effect(&d.Comparison, d.Primary.Unit))), escape(verdict(&d.Comparison))
}

// unbroken lets a narrow cell break an effect before its interval and nowhere
// else.
func unbroken(effect string) string {
	estimate, interval, found := strings.Cut(effect, " (")
	whole := strings.NewReplacer(" ", "\u00a0")
	if !found {
		return whole.Replace(estimate)
	}
	return whole.Replace(estimate) + " (" + whole.Replace(interval)
}

// pageLink is the duel's name, linked to its page.
func pageLink(d *bench.Duel) string { return "[" + d.Scenario + "](" + d.Scenario + ".md)" }

// doubts is what a reader has to know before believing the number.
func doubts(d *bench.Duel) []string {
	if d.Partial == "" {
		return d.Doubts
	}
	return append([]string{d.Scenario + " is partial: " + d.Partial}, d.Doubts...)
}

func howToRead(d *doc, r *bench.Result) {
	d.heading(2, "How to read this")
	d.para("A ratio above 1 says how many times worse the anti-pattern is than the pattern, by the metric that the duel " +
		"named before it ran; below 1 the anti-pattern is the better choice. The interval is over rounds, not over " +
		"operations. In each round the pattern runs a second time as a control: the band that this A/A comparison " +
		"gives is how far two equal sides came apart in the same rounds; a side wins only if the whole interval lies " +
		"outside of it.")
	if r.Settings.Early {
		d.para("How many rounds a duel has is a rule that was fixed beforehand: after every fourth, it ends if a side wins and " +
			"the effect is known to within a factor of 1.5. The intervals are wide enough for all of these looks together: " +
			"they hold the true value with 95 %% confidence wherever the rounds ended.")
	}
	d.para("The verdict is *pattern wins*, *anti-pattern wins*, *no measurable difference* (whatever the truth, it is small), " +
		"*inconclusive* (too noisy, or too few rounds), *saturated* (a side could not keep up with the load) or " +
		"*not demonstrable on this host*.")
}

func howToRepeat(d *doc, r *bench.Result) {
	d.heading(2, "How to reproduce this")
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
