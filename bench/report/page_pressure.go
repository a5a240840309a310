package report

// pressure shows how full the memory got, where a limit was set.
func (p *page) pressure() {
	if p.pressureChart == "" {
		return
	}
	p.heading(2, "Memory over time")
	p.para("What the server itself stated of its memory while each side ran, against the limit that it was given.")
	p.para("![Memory in use over a trial against its limit, and the writes refused](%s)", p.pressureChart)
}
