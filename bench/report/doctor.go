package report

import (
	"fmt"
	"time"

	"redisduel/bench/doctor"
	"redisduel/bench/quantity"
)

// Doctor writes what a look at a server found, as Markdown. Links lead to the
// pages of a report in the directory reports; empty leaves them out.
func Doctor(found *doctor.Diagnosis, reports string) ([]byte, error) {
	d := new(doc)
	d.heading(1, diagnosis(found))
	d.para("Looked at %s %s, %s, %s, of which %s were looked at one by one. Most counters reach back to the server's start, %s ago.",
		escape(found.Software), escape(found.Version), counted(found.Nodes, "node"),
		counted(int(found.Keys), "key"), quantity.Count(int64(found.Sampled)), age(found.Uptime))
	for _, f := range found.Findings {
		d.heading(2, upper(heading(f.Name)))
		d.list(escaped(f.Seen, found.Nodes == 1)) // else each begins with the name of its node
		d.para("**Why it matters:** %s%s", sentence(f.Why), price(f.Scenario, reports))
		d.para("**What to change:** %s", sentence(f.Change))
	}
	if len(found.Unseen) > 0 {
		d.heading(2, "What could not be seen")
		d.list(escaped(found.Unseen, true))
	}
	return d.bytes()
}

func diagnosis(found *doctor.Diagnosis) string {
	if len(found.Findings) == 0 {
		return "No anti-pattern found"
	}
	return counted(len(found.Findings), "anti-pattern") + " found"
}

// heading is the name of a rule in words.
func heading(name string) string {
	words := []byte(name)
	for i, b := range words {
		if b == '-' {
			words[i] = ' '
		}
	}
	return escape(string(words))
}

// price says where the cost of a fault is measured.
func price(scenario, reports string) string {
	if scenario == "" {
		return ""
	}
	text := fmt.Sprintf(" Its price is measured by `redisduel run %s`", scenario)
	if reports == "" {
		return text + "."
	}
	return text + fmt.Sprintf(": see [%s](%s/%s.md).", scenario, reports, scenario)
}

// escaped makes sentences of items, with a capital letter at their beginning if
// they are to have one.
func escaped(items []string, capital bool) []string {
	all := make([]string, len(items))
	for i, item := range items {
		if capital {
			item = upper(item)
		}
		all[i] = sentence(item)
	}
	return all
}

// age is a duration as people say it.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return d.Round(time.Second).String()
	}
	return counted(int(d/day), "day")
}
