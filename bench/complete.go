package bench

import "fmt"

// Validate names what a scenario lacks without which a duel can neither be
// fought nor told of. It connects to nothing. The engine asks before the first
// trial; what only a fight can show is for the scenario's own test.
func (s *Scenario) Validate() error {
	for _, part := range []struct {
		missing bool
		what    string
	}{
		{s.Name == "", "a Name"},
		{s.Title == "", "a Title"},
		{s.Claim == "", "a Claim"},
		{s.Primary.Of == nil || s.Primary.Unit == "" || s.Primary.Better == "", "a Primary metric with its unit and direction"},
		{s.Load == nil, "a Load"},
		{s.RoundTrips < 1, "RoundTrips of 1 or more"},
		{s.Pattern == nil, "a Pattern"},
		{s.AntiPattern == nil, "an AntiPattern"},
		{s.Predict == nil, "a Predict; one that returns nothing will do where there is no model"},
		{s.Finding == nil, "a Finding"},
	} {
		if part.missing {
			return fmt.Errorf("%w: the scenario %q lacks %s", ErrUsage, s.Name, part.what)
		}
	}
	return nil
}
