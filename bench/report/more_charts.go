package report

// moreCharts draws the charts beside those of response times and remembers
// their paths. One that has nothing to say is not drawn.
func (p *page) moreCharts() (files Files, err error) {
	drawn := p.drawn()
	for _, chart := range []struct {
		path *string
		name string
		draw func() ([]byte, error)
	}{
		{&p.waysChart, "ways", func() ([]byte, error) { return drawWays(p) }},
		{&p.roundsChart, "rounds", func() ([]byte, error) { return drawRounds(p.duel, drawn) }},
		{&p.timelineChart, "timeline", func() ([]byte, error) { return drawTimeline(p.duel, p.sides) }},
		{&p.pressureChart, "memory", func() ([]byte, error) { return drawPressure(p.duel, drawn) }},
		{&p.nodesChart, "nodes", func() ([]byte, error) { return drawNodes(p.sides) }},
	} {
		picture, err := chart.draw()
		if err != nil {
			return nil, err
		}
		if picture != nil {
			*chart.path = "charts/" + p.duel.Scenario + "-" + chart.name + ".png"
			files = append(files, File{*chart.path, picture})
		}
	}
	return files, nil
}
