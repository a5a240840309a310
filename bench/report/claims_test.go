package report

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redisduel/bench"
)

// ledger has a claim of each verdict, and evidence of each kind.
func ledger() *bench.Ledger {
	return &bench.Ledger{
		Distant: &bench.DistantRun{Dir: "at-250ms", RTT: 250 * time.Millisecond, Started: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), Host: bench.Host{OS: "linux", Arch: "arm64", Cores: 8, Go: "go1.26.0"}},
		Claims: []bench.Claim{
			{Says: "a batch takes one round trip", Verdict: bench.Confirmed, Finding: "It took 1.25 ms.", Counts: "About one is less than two.",
				Evidence: []bench.Evidence{{Scenario: "pipelining", Section: "Third ways"}, {Scenario: "pipelining", Sweep: batches().Sweep}}},
			{Says: "a scan | blocks <everybody>", Verdict: bench.Corrected, Finding: "KEYS does.", Counts: "Blocked is 10 ms.",
				Evidence: []bench.Evidence{{Scenario: "scan", Section: "The bystander"}, {Scenario: "scan", Section: "A section it has not"}}},
			{Says: "connecting is free", Verdict: bench.Refuted, Finding: "It is not.", Counts: "Free is nothing.",
				Evidence: []bench.Evidence{{Scenario: "handshakes", Section: "All metrics", Distant: true}}},
			{Says: "a cluster bears more", Verdict: bench.NotShown, Finding: "The duel gone does not tell.", Counts: "More is more.",
				Evidence: []bench.Evidence{{Scenario: "gone", Section: "Third ways"}, {Scenario: "gone", Sweep: "nodes"}}},
			{Says: "evening comes", Verdict: bench.NotMeasured, Finding: "The duel evening was not fought.", Counts: "It is dark.", Measure: "redisduel run"},
		},
	}
}

func TestTheClaimsReadAsTheyDid(t *testing.T) {
	files := theReport(t)
	var summary bytes.Buffer
	if err := ClaimsSummary(&summary, ledger(), 80); err != nil {
		t.Fatal(err)
	}
	files = append(files, File{"claims.txt", summary.Bytes()})
	for _, name := range []string{claimsPath, "claims.txt"} {
		want := golden(t, name, files.Get(name))
		if diff := cmp.Diff(string(want), string(files.Get(name))); diff != "" {
			t.Errorf("%s differs (-want +got); if that is intended, run with -update:\n%s", name, diff)
		}
	}
}

func TestEveryLinkOfTheReportLeadsToAPageAndItsSection(t *testing.T) {
	files := theReport(t)
	links := 0
	for _, f := range files {
		if path.Ext(f.Path) != ".md" {
			continue
		}
		for _, link := range linksOf(f.Data) {
			target, anchor, _ := strings.Cut(link, "#")
			target = path.Join(path.Dir(f.Path), target)
			if strings.HasPrefix(target, ledger().Distant.Dir+"/") {
				continue // the report of another run
			}
			links++
			page := files.Get(target)
			if page == nil {
				t.Errorf("%s links to %s, which is not there", f.Path, link)
			}
			if anchor != "" && !slices.Contains(anchorsOf(page), "#"+anchor) {
				t.Errorf("%s links to %s, which has no such section", f.Path, link)
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d links were found", links)
	}
}

var linked = regexp.MustCompile(`\]\(([^)]+)\)`)

func linksOf(page []byte) (links []string) {
	for _, m := range linked.FindAllSubmatch(page, -1) {
		links = append(links, string(m[1]))
	}
	return links
}

func anchorsOf(page []byte) (anchors []string) {
	for line := range strings.Lines(string(page)) {
		if text, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			anchors = append(anchors, anchor(strings.TrimSpace(text)))
		}
	}
	return anchors
}

func TestWhatHasNoPageIsNamedAndNotLinked(t *testing.T) {
	page := string(theReport(t).Get(claimsPath))
	for _, want := range []string{"*Evidence.* gone · gone/nodes", "(scan.md#the-bystander) · [scan](scan.md)\n", "(at-250ms/handshakes.md#all-metrics)", "`redisduel run`"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

func TestClaimsWithoutAReportHaveAPageOfTheirOwn(t *testing.T) {
	files, err := RenderClaims(ledger())
	if err != nil || len(files) != 1 || files[0].Path != claimsPath {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if strings.Contains(string(files[0].Data), "("+indexPath+")") {
		t.Error("the page links to a report that is not there")
	}
}

func TestAReportWithoutClaimsDoesNotNameThem(t *testing.T) {
	r := first()
	r.Claims = nil
	files := render(t, r)
	if files.Get(claimsPath) != nil || strings.Contains(string(files.Get(indexPath)), claimsPath) {
		t.Error("the report names claims that it does not have")
	}
}

func TestAddressesInClaimsAreNamesOfFilesHere(t *testing.T) {
	for what, spoil := range map[string]func(*bench.Ledger){
		"a directory elsewhere": func(l *bench.Ledger) { l.Distant.Dir = "../other" },
		"a page elsewhere":      func(l *bench.Ledger) { l.Claims[0].Evidence[0].Scenario = "https://example.com/" },
	} {
		r := first()
		r.Claims = ledger()
		spoil(r.Claims)
		if _, err := Render(r); err == nil {
			t.Errorf("%s was rendered", what)
		}
	}
}
