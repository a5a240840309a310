package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// The files of a self-test.
const (
	selfTestPage    = "selftest.md"
	selfTestResults = "selftest.json"
)

// reliably is the share of duels that must find a difference for it to count as
// found reliably.
const reliably = 0.9

// IsSelfTest reports whether a path is that of a self-test's results.
func IsSelfTest(path string) bool { return filepath.Base(path) == selfTestResults }

// RenderSelfTest makes the files of a self-test: its results and a page.
func RenderSelfTest(t *bench.SelfTest) (Files, error) {
	if err := validSelfTest(t); err != nil {
		return nil, fmt.Errorf("report: the self-test cannot be rendered: %w", err)
	}
	encoded, err := encode(t)
	if err != nil {
		return nil, err
	}
	page, err := selfTestText(t)
	if err != nil {
		return nil, err
	}
	return Files{{selfTestResults, encoded}, {selfTestPage, page}}, nil
}

// ReadSelfTest reads what RenderSelfTest wrote as selftest.json.
func ReadSelfTest(path string) (*bench.SelfTest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("report: cannot open the self-test: %w", err)
	}
	defer f.Close() // read only: nothing to lose
	data, err := atMost(largest, f, path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, new(outline)); err != nil { // which says where, when the text is cut
		return nil, locate(path, data, err)
	}
	t := new(bench.SelfTest)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(t); err != nil {
		return nil, locate(path, data, err)
	}
	if err := validSelfTest(t); err != nil {
		return nil, fmt.Errorf("report: %s cannot be used: %w", plain(path), err)
	}
	return t, nil
}

func validSelfTest(t *bench.SelfTest) error {
	if t.Schema != bench.Schema {
		return fmt.Errorf("its schema is %d and this redisduel reads %d; test again", t.Schema, bench.Schema)
	}
	for i, c := range t.Cases {
		if !(c.Share >= 0) || math.IsInf(c.Share, 0) || c.RTT < 0 {
			return fmt.Errorf("cases[%d] has the share %v and the round trip %v; neither is below 0 or without end", i, c.Share, c.RTT)
		}
	}
	return nil
}

func selfTestText(t *bench.SelfTest) ([]byte, error) {
	d := new(doc)
	d.heading(1, "Does the method find what is there, and nothing else?")
	if t.Partial != "" {
		d.para("> **Partial self-test.** %s The duels that were over count.", sentence(t.Partial))
	}
	for _, line := range selfTestFindings(t) {
		d.para("%s", sentence(line))
	}
	d.para("Each line below is of whole duels, fought and judged as `redisduel run` does, of %s of %s a side. "+
		"A side is one GET after the other by one worker; what decides is the median response time.",
		rounds(t.Settings), quantity.Asked(t.Settings.Duration))
	if t.Cores != nil {
		d.para("Without an emulated network the cores were divided: %s.", t.Cores)
	}
	d.heading(2, "Equal sides")
	d.para("The anti-pattern is the pattern. Any win is a false one. The interval of the share is Clopper and Pearson's.")
	d.table("l", []string{"round trip", "duels", "a side won", "share (95 % interval)", "intervals that held 1", "rounds, mean"}, equalRows(t))
	d.heading(2, "Known differences")
	d.para("Each op of the anti-pattern takes so much longer: when it has its answer, it keeps the processor until exactly the added " +
		"time has passed. That time is the exact part. The share is of the median response time that one duel measured beforehand, and " +
		"is as exact as that time stays the same.")
	d.table("lrr", []string{"round trip", "slower by", "added to each op", "duels", "found", "share (95 % interval)", "the other side won", "ratio, median", "rounds, mean"}, slowerRows(t))
	d.list([]string{
		"**On:** " + escape(server(&t.Server)) + "; " + date(t.Started) + ", in " + t.Elapsed.Round(time.Second).String(),
		"**With:** redisduel " + orUnknown(t.Version) + ", " + escape(host(&t.Host)),
	})
	d.code(commandLine(t.Args))
	d.para("Every duel is in [%s](%s); `redisduel report %s` writes this page again.", selfTestResults, selfTestResults, selfTestResults)
	return d.bytes()
}

// selfTestFindings are the error rate, and for each round trip the smallest
// difference that is found reliably.
func selfTestFindings(t *bench.SelfTest) []string {
	wins, duels := 0, 0
	for i := range t.Cases {
		if c := &t.Cases[i]; c.Share == 0 {
			wins, duels = wins+won(c), duels+len(c.Duels)
		}
	}
	lines := []string{fmt.Sprintf("Of %s of equal sides %d had a winner: %s", counted(duels, "duel"), wins, proportion(wins, duels))}
	var said []time.Duration
	for _, c := range t.Cases {
		if len(said) == 0 || said[len(said)-1] != c.RTT {
			said = append(said, c.RTT)
			lines = append(lines, found(t, c.RTT))
		}
	}
	return lines
}

// found says which is the smallest difference that is found reliably, and all
// larger ones that were tried, too.
func found(t *bench.SelfTest, rtt time.Duration) string {
	smallest, duels := math.Inf(1), 0
	for i := len(t.Cases) - 1; i >= 0; i-- { // their shares ascend
		c := &t.Cases[i]
		if c.RTT != rtt || c.Share == 0 {
			continue
		}
		if n := c.Count(stats.PatternWins); n == 0 || float64(n) < reliably*float64(len(c.Duels)) {
			break
		}
		smallest, duels = c.Share, len(c.Duels)
	}
	if math.IsInf(smallest, 1) {
		return fmt.Sprintf("%s, no difference that was tried was found in 90 %% of the duels", upper(atTrip(rtt)))
	}
	return fmt.Sprintf("%s, %s slower is the smallest difference that was found in 90 %% of the duels or more (%s)", upper(atTrip(rtt)), slower(smallest), counted(duels, "duel"))
}

func atTrip(rtt time.Duration) string {
	if rtt == 0 {
		return "without an emulated network"
	}
	return "at a round trip of " + quantity.Asked(rtt)
}

// trip is a round trip in a table.
func trip(rtt time.Duration) string {
	if rtt == 0 {
		return "none"
	}
	return quantity.Asked(rtt)
}

func won(c *bench.SelfTestCase) int {
	return c.Count(stats.PatternWins) + c.Count(stats.AntiPatternWins)
}

func proportion(k, n int) string {
	p := stats.Proportion(k, n)
	if n == 0 {
		return quantity.Missing
	}
	return fmt.Sprintf("%.1f %% (%.1f–%.1f)", 100*p.Estimate, 100*p.Low, 100*p.High)
}

func slower(share float64) string { return quantity.Number(100*share) + " %" }

func equalRows(t *bench.SelfTest) (rows [][]string) {
	for i := range t.Cases {
		if c := &t.Cases[i]; c.Share == 0 {
			held, with := 0, 0
			for _, d := range c.Duels {
				if quantity.Finite(float64(d.Effect.Low)) {
					with++
				}
				if d.Effect.Low <= 1 && d.Effect.High >= 1 {
					held++
				}
			}
			rows = append(rows, []string{trip(c.RTT), strconv.Itoa(len(c.Duels)), strconv.Itoa(won(c)), proportion(won(c), len(c.Duels)), fmt.Sprintf("%d of %d", held, with), meanRounds(c)})
		}
	}
	return rows
}

func slowerRows(t *bench.SelfTest) (rows [][]string) {
	for i := range t.Cases {
		if c := &t.Cases[i]; c.Share > 0 {
			n := c.Count(stats.PatternWins)
			rows = append(rows, []string{
				trip(c.RTT), slower(c.Share), quantity.Span(c.Added), strconv.Itoa(len(c.Duels)), strconv.Itoa(n),
				proportion(n, len(c.Duels)), strconv.Itoa(c.Count(stats.AntiPatternWins)), medianEffect(c), meanRounds(c),
			})
		}
	}
	return rows
}

func medianEffect(c *bench.SelfTestCase) string {
	var all []float64
	for _, d := range c.Duels {
		all = append(all, float64(d.Effect.Estimate))
	}
	if m := stats.Median(all); quantity.Finite(m) {
		return fmt.Sprintf("%.3f×", m)
	}
	return quantity.Missing
}

func meanRounds(c *bench.SelfTestCase) string {
	sum := 0
	for _, d := range c.Duels {
		sum += d.Rounds
	}
	if len(c.Duels) == 0 {
		return quantity.Missing
	}
	return fmt.Sprintf("%.1f", float64(sum)/float64(len(c.Duels)))
}

// SelfTestSummary writes what the self-test found, for a terminal of that many
// columns.
func SelfTestSummary(w io.Writer, t *bench.SelfTest, width int) error {
	rows := [][]string{{"round trip", "slower by", "duels", "a side won"}}
	for i := range t.Cases {
		c := &t.Cases[i]
		rows = append(rows, []string{trip(c.RTT), slower(c.Share), strconv.Itoa(len(c.Duels)), proportion(won(c), len(c.Duels))})
	}
	width = columns(width)
	err := grids(w, fitted(rows, width))
	if err == nil {
		err = paragraph(w, plain(strings.Join(selfTestFindings(t), ". ")+"."), width)
	}
	if err != nil {
		return fmt.Errorf("report: write the self-test: %w", err)
	}
	return nil
}
