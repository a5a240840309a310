package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// A progress tells how far a run has come: a bar on a terminal, which goes
// away at the end, and now and then a line elsewhere.
type progress struct {
	update func(bench.Progress)
	done   func()
}

// newProgress says what will be done and how long it will take, and returns its
// progress.
func newProgress(w io.Writer, what string, estimate time.Duration) *progress {
	fmt.Fprintf(w, "redisduel: %s: about %v\n", what, coarse(estimate))
	if isTerminal(w) {
		return newBar(w)
	}
	return newLines(w)
}

// announce is what a run will do.
func announce(c *bench.Config) string {
	most := ""
	if c.Settings.Early {
		most = "up to "
	}
	return fmt.Sprintf("%s, %s%s each, round trip %v",
		quantity.Format(float64(len(c.Scenarios)), "duels"), most, quantity.Format(float64(c.Settings.Rounds), "rounds"), c.Settings.RTT)
}

// newBar draws a bar that fits the terminal's width.
func newBar(w io.Writer) *progress {
	state := make(chan bench.Progress, 1) // the latest; the decorators run in the bar's goroutine
	state <- bench.Progress{}
	read := func(of func(bench.Progress) string) decor.Decorator {
		return decor.Any(func(decor.Statistics) string {
			p := <-state
			state <- p
			return of(p)
		})
	}
	bars := mpb.New(mpb.WithOutput(w), mpb.WithWidth(24), mpb.WithAutoRefresh())
	// Of no total yet, since a bar that begins with one ends when it is reached.
	bar := bars.AddBar(0, mpb.BarRemoveOnComplete(), mpb.BarFillerTrim(),
		mpb.PrependDecorators(read(func(p bench.Progress) string { return p.Scenario + " " })),
		mpb.AppendDecorators(read(func(p bench.Progress) string {
			return fmt.Sprintf(" %s left · %s", coarse(p.Remaining), p.Phase)
		})),
	)
	return &progress{
		update: func(p bench.Progress) {
			if p.Skipped != "" {
				_, _ = bars.Write([]byte(leftOut(p))) // above the bar; what is lost stands in the report
				return
			}
			<-state
			state <- p
			bar.SetTotal(int64(p.Total), false) // false: it ends with done alone
			bar.SetCurrent(int64(p.Done))
		},
		done: func() { bar.Abort(true); bars.Wait() },
	}
}

// lineEvery is how often a log gets a line while one duel goes on.
const lineEvery = 10 * time.Second

// newLines writes a line when a duel begins and every lineEvery.
func newLines(w io.Writer) *progress {
	var scenario string
	var said time.Time
	return &progress{
		update: func(p bench.Progress) {
			if p.Skipped != "" {
				fmt.Fprint(w, leftOut(p))
				return
			}
			if p.Scenario == scenario && time.Since(said) < lineEvery {
				return
			}
			scenario, said = p.Scenario, time.Now()
			done := ""
			if !p.Timed {
				done = fmt.Sprintf("%d of %d trials done, ", p.Done, p.Total)
			}
			fmt.Fprintf(w, "redisduel: %s: %s (%sabout %v left)\n", p.Scenario, p.Phase, done, coarse(p.Remaining))
		},
		done: func() {},
	}
}

func leftOut(p bench.Progress) string { return "redisduel: leaving out a duel: " + p.Skipped + "\n" }

// coarse rounds a time left to what an estimate is worth.
func coarse(d time.Duration) time.Duration {
	if d > time.Minute {
		return d.Round(5 * time.Second)
	}
	return d.Round(time.Second)
}

func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" // which cannot move its cursor
}

// terminalWidth is how many columns w has; a hundred where it is no terminal.
func terminalWidth(w any) int {
	if p, ok := w.(*printed); ok {
		w = p.Writer
	}
	if file, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			return columns
		}
	}
	return 100
}
