package scenarios

import (
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// distances are round trips in milliseconds, from a neighbour on the same host
// to another continent's edge.
func distances() []float64 { return []float64{0.02, 0.1, 0.5, 2, 10} }

// atDistance is a scenario over a round trip of so many milliseconds.
func atDistance(s bench.Scenario, ms float64) bench.Scenario {
	rtt := time.Duration(ms * float64(time.Millisecond))
	s.RTT = &rtt
	return s
}

// pipelineDepths varies how many commands leave together.
func pipelineDepths() bench.Sweep {
	return bench.Sweep{
		Name: "depth", Parameter: "commands per pipeline",
		Values: []float64{1, 2, 5, 10, 50, 100, 500, 1000, 5000},
		At:     pipelineAt,
		Predict: func(set bench.Setting, depth float64) (pattern, antipattern float64) {
			return predictPipelines(set, depth)
		},
		Formula: "N·(R/B + s) against N·R, with N = 100 commands, B in a pipeline, R as measured and s = 4 µs: the gain levels off near B = R/s",
	}
}

// pipelineLoopback is the same without a network: what is left are the system
// calls that a batch shares.
func pipelineLoopback() bench.Sweep {
	s := pipelineDepths()
	s.Name, s.Values = "loopback", []float64{1, 10, 100, 1000}
	s.At = func(depth float64) bench.Scenario {
		s := atDistance(pipelineAt(depth), 0)
		s.Title += ", without a network"
		return s
	}
	return s
}

// pipelineDistances varies the network.
func pipelineDistances() bench.Sweep {
	return bench.Sweep{
		Name: "distance", Parameter: "round trip", Unit: "ms",
		Values: distances(),
		At:     func(ms float64) bench.Scenario { return atDistance(pipelineAt(patterns.PipelineDepth), ms) },
		Predict: func(set bench.Setting, _ float64) (pattern, antipattern float64) {
			return predictPipelines(set, patterns.PipelineDepth)
		},
		Formula: "N·(R/B + s) against N·R, with N = B = 100, R as measured and s = 4 µs: the gain grows with R, up to B times",
	}
}

// predictPipelines is the time of 100 commands in pipelines of some depth and
// one at a time.
func predictPipelines(set bench.Setting, depth float64) (pattern, antipattern float64) {
	r, s := float64(set.RTT), float64(serverPerCommand)
	return jobCommands * (r/depth + s), jobCommands * r
}

// pipelineAt is the scenario at another depth, in short trials: where a job
// takes longer than that, a trial is one job.
func pipelineAt(depth float64) bench.Scenario {
	s := pipelineOf(int(depth), inPipelinesOf(int(depth)))
	s.Bystander = false
	s.Load = briefJobs
	return s
}

func briefJobs(set bench.Setting) load.Spec {
	return load.Spec{Mode: load.Closed, Workers: 1, Duration: sweepTrial(set)}
}
