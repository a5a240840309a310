package netem

// A weather is the faults in force and the end of their validity.
type weather struct {
	Faults
	cuts    [2]*Cut       // by way
	changed chan struct{} // closed when other faults replace these
}

func newWeather(f Faults) *weather {
	return &weather{
		Faults:  f,
		cuts:    [2]*Cut{requests: f.CutRequests, replies: f.CutReplies},
		changed: make(chan struct{}),
	}
}
