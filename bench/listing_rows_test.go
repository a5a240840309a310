package bench

import (
	"strings"
	"testing"
)

func TestTwinsStandInOneRowWithWhatOnlyOneSideHas(t *testing.T) {
	for _, test := range []struct{ name, pattern, anti, want string }{
		{"twins", "func A() {}\n\nfunc B() {}", "func A() {}\n\nfunc B() {}", "A|A; B|B"},
		{"a helper", "func A() {}\n\nfunc help() {}\n\nfunc B() {}", "func A() {}\n\nfunc B() {}\n\nfunc more() {}", "A help|A; B|B more"},
		{"a leading script", "var s = 1\n\nfunc A() {}", "func A() {}", "A s|A"},
		{"another order", "func A() {}\n\nfunc B() {}", "func B() {}\n\nfunc A() {}", "A B|A B"},
		{"methods", "func (p *P) Do() {}", "func (p P) Do() {}", "P.Do|P.Do"},
		{"nothing in common", "func A() {}", "func B() {}", "A|B"},
		{"a group", "var (\n\ta = 1\n\tb = 2\n)", "var b = 2", "a,b|b"},
		{"no Go", "func A() {}", "func {", "A|?"},
		{"nothing", "", "", "?|?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var rows []string
			for _, row := range (&Listing{Pattern: test.pattern, AntiPattern: test.anti}).Rows() {
				rows = append(rows, namesIn(row.Pattern)+"|"+namesIn(row.AntiPattern))
			}
			if got := strings.Join(rows, "; "); got != test.want {
				t.Errorf("the rows are %s, want %s", got, test.want)
			}
		})
	}
}

// namesIn are what declarations declare, with a question mark for what is none.
func namesIn(all []Declaration) string {
	var names []string
	for _, d := range all {
		if d.Names == nil {
			d.Names = []string{"?"}
		}
		names = append(names, strings.Join(d.Names, ","))
	}
	return strings.Join(names, " ")
}

func TestRowsLoseNothingOfAListing(t *testing.T) {
	l, err := Twin{File: "x.go", Names: []string{"two", "Pool.Do", "Pool", "Keys", "other"}}.Listing(sources())
	if err != nil {
		t.Fatal(err)
	}
	var pattern, anti []string
	for _, row := range l.Rows() {
		for _, d := range row.Pattern {
			pattern = append(pattern, d.String())
		}
		for _, d := range row.AntiPattern {
			anti = append(anti, d.String())
		}
	}
	if got := strings.Join(pattern, "\n\n"); got != l.Pattern {
		t.Errorf("got:\n%s\nwant:\n%s", got, l.Pattern)
	}
	if got := strings.Join(anti, "\n\n"); got != l.AntiPattern {
		t.Errorf("got:\n%s\nwant:\n%s", got, l.AntiPattern)
	}
}
