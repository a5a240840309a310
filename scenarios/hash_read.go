package scenarios

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"redisduel/antipatterns"
	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/stats"
	"redisduel/patterns"
)

// What decides between the two forms of a record that is read.
const (
	recordMemory = "memory of the record"
	readTime     = "server CPU per read"
	commandTime  = "server's time in the command"
	replyBytes   = "bytes from the server per read"
)

// A recordShape is a record of so many fields with values of size bytes, of
// which each op reads some, one after the other; all of them as a whole.
type recordShape struct{ fields, size, read int }

// name is that of field i, and value what it holds.
func (r recordShape) name(i int) string  { return fmt.Sprintf("field:%d", i%r.fields) }
func (r recordShape) value(i int) string { return fmt.Sprintf("%0*d", r.size, i%r.fields) }

// content is the whole record.
func (r recordShape) content() map[string]string {
	fields := make(map[string]string, r.fields)
	for i := range r.fields {
		fields[r.name(i)] = r.value(i)
	}
	return fields
}

// whole reports whether a read is one of all fields, which need not be named.
func (r recordShape) whole() bool { return r.read == r.fields }

// asked names the fields that op i reads: others each time, so that it does not
// matter where in a record they lie. None stand for all.
func (r recordShape) asked(i int) (names []string) {
	if r.whole() {
		return nil
	}
	for n := range r.read {
		names = append(names, r.name(i*r.read+n))
	}
	return names
}

// reads compares both forms of a record where it is read and not changed,
// decided by one of the metrics. Nothing of it depends on the network, so it
// goes without.
func (r recordShape) reads(decides string) bench.Scenario {
	metrics := []bench.Metric{
		bench.ServerTime(readTime, 1),
		bench.PerOp(commandTime, "ns", 1, func(d *evidence.Delta) float64 { return float64(timeOfReads(d)) }),
		bench.PerOp(replyBytes, "B", 1, bench.BytesOut),
		bench.Counted(recordMemory, "B", stats.Lower, recordBytes),
		bench.ClientTime("client CPU per read", 1),
		bench.MedianResponse("median time for a read"),
	}
	primary := slices.IndexFunc(metrics, func(m bench.Metric) bool { return m.Name == decides })
	return bench.Scenario{
		Name:    "hash",
		Title:   "HASH fields ↔ JSON string read",
		Claim:   "Of a HASH the server sends the fields that are asked for; JSON is read as a whole, which takes the server less time, and less memory once a HASH has outgrown its compact form.",
		Twin:    bench.Twin{File: "record.go", Names: []string{"Records", "Records.Get", "Records.read"}},
		Primary: metrics[primary],
		Metrics: slices.Delete(slices.Clone(metrics), primary, primary+1),
		Checks:  r.checks(),
		Writes:  func(bench.Setting) iter.Seq[string] { return slices.Values([]string{hashRecord}) },
		After:   inspectMemory,
		Differs: "one keeps a HASH and the other a string of the same fields",
		Load: func(set bench.Setting) load.Spec {
			return load.Spec{Mode: load.Closed, Workers: 1, Duration: sweepTrial(set)}
		},
		RTT:         new(time.Duration(0)),
		RoundTrips:  1,
		Pattern:     r.side(recordTwin(patterns.NewRecords)),
		AntiPattern: r.side(recordTwin(antipatterns.NewRecords)),
		Predict:     r.predictions,
		Finding:     says(fmt.Sprintf("Reading %d of %d fields, %s: %%s of JSON and %%s of a HASH.", r.read, r.fields, decides), twins(decides)...),
	}
}

func (r recordShape) checks() []bench.Check {
	command := "hmget"
	if r.whole() {
		command = "hgetall"
	}
	return []bench.Check{
		callsPerRead(bench.Pattern, command, 1), callsPerRead(bench.Pattern, "get", 0),
		callsPerRead(bench.AntiPattern, "get", 1), callsPerRead(bench.AntiPattern, command, 0),
	}
}

func callsPerRead(side, command string, n float64) bench.Check {
	return bench.Check{Name: command + " calls per read", Side: side, Of: perOp(bench.Calls(command)), Min: n, Max: n}
}

// timeOfReads is the time on the server's thread in the commands that read.
func timeOfReads(d *evidence.Delta) (total int64) {
	for _, name := range []string{"get", "hmget", "hgetall"} {
		total += int64(d.Commands[name].Time)
	}
	return total
}

// side makes an op of a form: each reads fields of the one record and looks at
// every value.
func (r recordShape) side(open recordsOf) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		key, records := env.Name(hashRecord), open(env, client)
		if err := createRecord(ctx, client, records, key, r.content()); err != nil {
			return nil, err
		}
		return func(ctx context.Context, i int) error {
			names := r.asked(i)
			got, err := records.Get(ctx, key, names...)
			if err != nil {
				return err
			}
			return r.holds(got, i)
		}, nil
	}
}

// holds checks what op i read: every field, and no other.
func (r recordShape) holds(got map[string]string, i int) error {
	if len(got) != r.read {
		return fmt.Errorf("%w: %d fields, want %d", load.ErrWrongAnswer, len(got), r.read)
	}
	for n := range r.read {
		name, want := r.name(i*r.read+n), r.value(i*r.read+n)
		if got[name] != want {
			return fmt.Errorf("%w: %s is %q, want %q", load.ErrWrongAnswer, name, got[name], want)
		}
	}
	return nil
}

// inspectMemory notes the memory that the record takes, all its fields counted.
// A server that does not let us ask leaves it unknown.
func inspectMemory(ctx context.Context, stage *bench.Stage, trial *bench.Trial) error {
	usage := stage.Client.B().MemoryUsage().Key(stage.Name(hashRecord)).Samples(0).Build()
	size, err := stage.Client.Do(ctx, usage).AsInt64()
	switch {
	case err != nil:
	case trial.Counts == nil:
		trial.Counts = map[string]int64{recordBytes: size}
	default:
		trial.Counts[recordBytes] = size
	}
	return nil
}
