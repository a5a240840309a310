package report

import (
	"fmt"

	"redisduel/bench/peers"
	"redisduel/bench/stats"
)

// A target is one that was set before, and how it was met.
type target struct {
	section    string
	measure    *peers.Measure
	comparison peers.Comparison
	effect     stats.Interval
	verdict    peers.Verdict
}

// growthTitle heads the section that is not one of a result's own.
const growthTitle = "Growth"

// targetsOf are the targets of all sections, in the order of the page.
func targetsOf(r *peers.Result) (all []target) {
	add := func(section string, m *peers.Measure) {
		for _, c := range m.Comparisons {
			effect := m.Effect(c)
			if v := c.Judge(effect); v != peers.NoTarget {
				all = append(all, target{section, m, c, effect, v})
			}
		}
	}
	for _, s := range r.Sections {
		for i := range s.Measures {
			add(s.Title, &s.Measures[i])
		}
	}
	for _, series := range r.Series() {
		m := peers.Memory(series)
		add(growthTitle, &m)
	}
	return all
}

// count counts targets by their verdict.
func count(all []target) map[peers.Verdict]int {
	n := map[peers.Verdict]int{}
	for _, t := range all {
		n[t.verdict]++
	}
	return n
}

// peersTargets leads the page: what was missed first.
func peersTargets(d *doc, r *peers.Result, drawn bool) {
	all := targetsOf(r)
	n := count(all)
	d.para("**%s: %d met, %d missed, %d undecided.**", counted(len(all), "target"), n[peers.Met], n[peers.Missed], n[peers.Undecided])
	if len(all) == 0 {
		return
	}
	d.table("l", []string{"section", "met", "missed", "undecided"}, sectionRows(all))
	for _, v := range []peers.Verdict{peers.Missed, peers.Undecided} {
		if n[v] > 0 {
			d.para("%s:", upper(string(v)))
			d.list(targetLines(all, v))
		}
	}
	if drawn {
		d.para("![%s](%s)", targetsAlt(all), targetsPath)
	}
}

// sectionRows counts the targets of each section.
func sectionRows(all []target) (rows [][]string) {
	for len(all) > 0 {
		title, end := all[0].section, 0
		for end < len(all) && all[end].section == title {
			end++
		}
		n := count(all[:end])
		row := []string{"[" + escape(title) + "](" + anchor(title) + ")"}
		for _, v := range []peers.Verdict{peers.Met, peers.Missed, peers.Undecided} {
			row = append(row, some(n[v]))
		}
		rows, all = append(rows, row), all[end:]
	}
	return rows
}

// some is a number in a table in which most would be 0.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// targetLines are the targets with a verdict, in words.
func targetLines(all []target, v peers.Verdict) (lines []string) {
	for i := range all {
		if t := &all[i]; t.verdict == v {
			lines = append(lines, fmt.Sprintf("[%s](%s): %s", escape(t.measure.What), anchor(t.section), escape(t.words())))
		}
	}
	return lines
}

// words are a target's numbers.
func (t *target) words() string {
	text, than := t.comparison.Of+", "+peersEffect(t.effect, t.comparison, t.measure.Unit), " of "
	if t.comparison.Scale == stats.Difference {
		than = " against "
	}
	if against := t.against(); against != "" {
		text += than + against
	}
	return text + "; the target is " + targetOf(t.comparison, t.measure.Unit)
}

// against is heldAgainst for plain text.
func (t *target) against() string {
	c := t.comparison
	if c.Less == 0 {
		return c.Against
	}
	return c.Against + " + " + asked(c.Less, t.measure.Unit)
}

// targetsAlt says what the picture shows.
func targetsAlt(all []target) string {
	return "How much of what each target allows was used: " + targetsTitle(all)
}

func targetsTitle(all []target) string {
	n := count(all)
	title := fmt.Sprintf("%d of %s met", n[peers.Met], counted(len(all), "target"))
	for _, v := range []peers.Verdict{peers.Missed, peers.Undecided} {
		if n[v] > 0 {
			title += fmt.Sprintf(", %d %s", n[v], v)
		}
	}
	return title
}
