package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

const claimsPath = claimsName + ".md"

// RenderClaims makes the page of a ledger that has no report of its duels beside
// it. [Render] makes that of a result's ledger.
func RenderClaims(l *bench.Ledger) (Files, error) {
	if err := validClaims(l); err != nil {
		return nil, fmt.Errorf("report: the claims cannot be rendered: %w", err)
	}
	return appendClaims(nil, l, nil)
}

// appendClaims adds the page of the claims, which links to pages of the files.
func appendClaims(files Files, l *bench.Ledger, r *bench.Result) (Files, error) {
	if l == nil {
		return files, nil
	}
	p := &claimsText{ledger: l, result: r, files: files}
	text, err := p.render()
	if err != nil {
		return nil, fmt.Errorf("report: claims: %w", err)
	}
	return append(files, File{claimsPath, text}), nil
}

// claimsText is the page of the claims.
type claimsText struct {
	doc
	ledger *bench.Ledger
	result *bench.Result // nil if there is none of the main run
	files  Files
}

func (p *claimsText) render() ([]byte, error) {
	p.heading(1, upper(tally(p.ledger)))
	p.para("These statements circulate about Redis, in such words. Each is held against the duels: the verdict is computed from what was measured, by thresholds that were declared before.")
	p.list(p.judgedBy())
	rows := make([][]string, len(p.ledger.Claims))
	for i, c := range p.ledger.Claims {
		rows[i] = []string{fmt.Sprint(i + 1), escape(c.Says), escape(string(c.Verdict))}
	}
	p.table("rll", []string{"", "claim", "verdict"}, rows)
	for i, c := range p.ledger.Claims {
		p.claim(i+1, c)
	}
	return p.bytes()
}

// judgedBy names the runs.
func (p *claimsText) judgedBy() (lines []string) {
	if r := p.result; r != nil {
		lines = append(lines, "**By:** ["+counted(len(r.Duels), "duel")+"]("+indexPath+") of "+date(r.Started)+", "+roundTrips(r))
	}
	if d := p.ledger.Distant; d != nil {
		text := "**And by:** [those at " + escape(quantity.Asked(d.RTT)) + "](" + d.Dir + "/" + indexPath + ") of " + date(d.Started)
		if p.result != nil && d.Host != p.result.Host {
			text += ", on another host: " + escape(host(&d.Host))
		}
		lines = append(lines, text)
	}
	return lines
}

func (p *claimsText) claim(n int, c bench.Claim) {
	p.heading(2, fmt.Sprintf("%d. “%s”", n, escape(c.Says)))
	p.para("**%s.** %s", upper(escape(string(c.Verdict))), sentence(c.Finding))
	if c.Measure != "" {
		p.para("To measure it: `%s`", strings.ReplaceAll(plain(c.Measure), "`", "'"))
	}
	p.para("*What counts.* %s", sentence(c.Counts))
	var links []string
	for _, e := range c.Evidence {
		links = append(links, p.link(e))
	}
	if len(links) > 0 {
		p.para("*Evidence.* %s", strings.Join(links, " · "))
	}
}

// link leads to a page of evidence, and to its section if the page has it.
func (p *claimsText) link(e bench.Evidence) string {
	switch {
	case e.Sweep != "":
		return p.sweepLink(e)
	case e.Distant && p.ledger.Distant != nil:
		d := p.ledger.Distant
		return "[" + e.Scenario + " at " + escape(quantity.Asked(d.RTT)) + section(e) + "](" + d.Dir + "/" + e.Scenario + ".md" + anchor(e.Section) + ")"
	}
	path := e.Scenario + ".md"
	page := p.files.Get(path)
	if page == nil {
		return e.Scenario
	}
	if !bytes.Contains(page, []byte("# "+e.Section+"\n")) {
		e.Section = ""
	}
	return "[" + e.Scenario + section(e) + "](" + path + anchor(e.Section) + ")"
}

func (p *claimsText) sweepLink(e bench.Evidence) string {
	if p.result != nil {
		for i := range p.result.Sweeps {
			if s := &p.result.Sweeps[i]; s.Scenario == e.Scenario && s.Sweep == e.Sweep {
				return "[" + e.Scenario + ", the sweep of " + escape(s.Parameter) + "](" + SweepPage(s) + ")"
			}
		}
	}
	return e.Scenario + "/" + escape(e.Sweep)
}

func section(e bench.Evidence) string {
	if e.Section == "" {
		return ""
	}
	return ": " + escape(strings.ToLower(e.Section[:1])+e.Section[1:])
}

var unanchored = regexp.MustCompile(`[^a-z0-9 -]`)

// anchor is what a heading's address ends with where Markdown is shown as pages.
func anchor(heading string) string {
	if heading == "" {
		return ""
	}
	return "#" + strings.ReplaceAll(unanchored.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// tally counts the verdicts in a sentence without its full stop.
func tally(l *bench.Ledger) string {
	count := map[bench.ClaimVerdict]int{}
	for _, c := range l.Claims {
		count[c.Verdict]++
	}
	var parts []string
	for _, v := range bench.ClaimVerdicts {
		if n := count[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return fmt.Sprintf("%s about Redis: %s", counted(len(l.Claims), "claim"), strings.Join(parts, ", "))
}

// mostClaims bounds what a page takes.
const mostClaims = 1000

var dirName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// validClaims checks what becomes part of an address.
func validClaims(l *bench.Ledger) error {
	if l == nil {
		return nil
	}
	if n := len(l.Claims); n > mostClaims {
		return fmt.Errorf("it has %d claims; more than %d are not read", n, mostClaims)
	}
	if l.Distant != nil && !dirName.MatchString(l.Distant.Dir) {
		return fmt.Errorf("claims.distant has the directory %.80q, which is not a name of small letters, digits, - and _", plain(l.Distant.Dir))
	}
	for i, c := range l.Claims {
		for _, e := range c.Evidence {
			if !scenarioName.MatchString(e.Scenario) {
				return fmt.Errorf("claims[%d] has evidence of the scenario %.80q, which is not a file name", i, plain(e.Scenario))
			}
		}
	}
	return nil
}
