package report

// roundCharts draws the charts of single rounds and remembers their paths.
func (p *page) roundCharts() (files Files, err error) {
	picture, err := drawRounds(p.duel, p.drawn())
	if err != nil {
		return nil, err
	}
	if picture != nil {
		p.roundsChart = "charts/" + p.duel.Scenario + "-rounds.png"
		files = append(files, File{p.roundsChart, picture})
	}
	picture, err = drawTimeline(p.duel, p.sides)
	if err != nil {
		return nil, err
	}
	if picture != nil {
		p.timelineChart = "charts/" + p.duel.Scenario + "-timeline.png"
		files = append(files, File{p.timelineChart, picture})
	}
	return files, nil
}
