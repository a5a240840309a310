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
	return files, nil
}
