package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"redisduel/bench/redisd"
)

const (
	// startAhead is how long after the order to start the load begins, so that
	// the processes of a trial have all read it.
	startAhead = 10 * time.Millisecond
	// stopWithin is how long a stopped trial may take to report what it has.
	stopWithin = time.Second
	// readyWithin is how long a trial may take to prepare its side, on top of
	// its own deadlines.
	readyWithin = 30 * time.Second
	// openingSize is how many bytes of what a dead trial said are kept.
	openingSize = 8 << 10
)

// A process is a trial under way, normally in an operating system process of
// its own. Its owner must call wait.
type process struct {
	in      io.WriteCloser // closing it ends the trial
	answers chan answer    // closed when the trial has said all
	quit    func()         // has it say where it hangs, and die
	kill    func()
	reap    func() string // waits for its end and says how it died, if it died
	fate    string
	reaped  bool
}

// spawn starts a process that prepares the trial of spec, on the clients' cores.
func spawn(command []string, cores *Cores, spec trialSpec) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it is ended in good order by closing its input, and killed if that does not help
	// A process group of its own: Ctrl-C reaches us alone, and we stop the
	// trial in good order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = stopWithin
	cmd.Env = redisd.Environ()
	said := &opening{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cores.start(cmd); err != nil {
		return nil, fmt.Errorf("%w: cannot start a trial: %w", ErrEnvironment, err)
	}
	p := &process{in: in, answers: make(chan answer, 1)}
	p.quit = func() { _ = cmd.Process.Signal(syscall.SIGQUIT) } // the Go runtime then lists all goroutines
	p.kill = func() { _ = cmd.Process.Kill() }
	p.reap = func() string {
		_ = cmd.Wait() // its exit status is in ProcessState
		return fmt.Sprintf("%v: %s", cmd.ProcessState, said)
	}
	return p, p.instruct(out, spec)
}

// perform runs the trial of spec inside this process, for tests: nothing
// separates it from the others, and a crash of it is a crash of all.
func perform(scenarios []Scenario, spec trialSpec) (*process, error) {
	orders, in := io.Pipe()
	out, answers := io.Pipe()
	served := make(chan error, 1)
	go func() { // ends when its input is closed; wait waits for it
		err := ServeTrial(context.Background(), orders, answers, scenarios)
		_, _ = orders.Close(), answers.Close() // closing a pipe cannot fail
		served <- err
	}()
	p := &process{in: in, answers: make(chan answer, 1), quit: func() {}, kill: func() {}}
	p.reap = func() string { return fmt.Sprint(<-served) }
	return p, p.instruct(out, spec)
}

// instruct hands over the spec and begins to listen.
func (p *process) instruct(out io.Reader, spec trialSpec) error {
	go p.listen(out) // ends when the trial closes its output; wait waits for it
	if err := json.NewEncoder(p.in).Encode(spec); err != nil {
		p.wait()
		return fmt.Errorf("%w: cannot instruct a trial: %w", ErrEnvironment, err)
	}
	return nil
}

// listen passes on what the process answers.
func (p *process) listen(out io.Reader) {
	defer close(p.answers)
	decoder := json.NewDecoder(out)
	for {
		var a answer
		if decoder.Decode(&a) != nil {
			return
		}
		p.answers <- a
	}
}

// ready waits until the process has prepared its side.
func (p *process) ready(ctx context.Context, within time.Duration) error {
	select {
	case a, ok := <-p.answers:
		switch {
		case !ok:
			return p.crash()
		case a.Error != "":
			return errors.New(a.Error)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(within):
		return p.hang(fmt.Errorf("not ready after %v", within))
	}
}

// start has the load begin at a moment.
func (p *process) start(at time.Time) error {
	if err := json.NewEncoder(p.in).Encode(signal{At: at}); err != nil {
		return p.crash()
	}
	return nil
}

// over lets a bystander end: what it watches is over. An error shows when it is
// asked for its report.
func (p *process) over() { _ = json.NewEncoder(p.in).Encode(signal{Over: true}) }

// report waits for what the trial found. When ctx ends first it stops the
// trial and returns what that has, if anything, beside the cause.
func (p *process) report(ctx context.Context, within time.Duration) (*trialReport, error) {
	select {
	case a, ok := <-p.answers:
		return p.outcome(a, ok, nil)
	case <-ctx.Done():
		return p.stop(context.Cause(ctx))
	case <-time.After(within):
		return nil, p.hang(fmt.Errorf("no report %v after the start", within))
	}
}

// hang ends a trial that does not answer and adds to the cause where it hung.
func (p *process) hang(cause error) error {
	p.quit()
	p.wait()
	return fmt.Errorf("%w; it was at: %s", cause, p.fate)
}

// stop ends the trial and collects its partial report.
func (p *process) stop(cause error) (*trialReport, error) {
	_ = p.in.Close()
	select {
	case a, ok := <-p.answers:
		return p.outcome(a, ok, cause)
	case <-time.After(stopWithin):
		return nil, cause
	}
}

func (p *process) outcome(a answer, ok bool, cause error) (*trialReport, error) {
	switch {
	case !ok && cause != nil:
		return nil, cause
	case !ok:
		return nil, p.crash()
	case cause != nil:
		return a.Report, cause
	case a.Error != "":
		return a.Report, errors.New(a.Error)
	}
	return a.Report, nil
}

// errCrashed is the error of a trial whose process died.
var errCrashed = errors.New("the trial's process died")

// crash waits for a trial that has closed its output and says why it died.
func (p *process) crash() error {
	p.wait()
	return fmt.Errorf("%w (%s)", errCrashed, p.fate)
}

// wait ends the trial and releases what belongs to it. It may be called more
// than once.
func (p *process) wait() {
	if p.reaped {
		return
	}
	_ = p.in.Close() // it may be closed already
	kill := time.AfterFunc(stopWithin, p.kill)
	defer kill.Stop()
	for range p.answers { // what it says now is of no use, but it must not block on it
	}
	p.fate, p.reaped = p.reap(), true
}

// A crew are processes that begin together.
type crew []*process

func (c crew) ready(ctx context.Context, within time.Duration) error {
	for _, p := range c {
		if err := p.ready(ctx, within); err != nil {
			return err
		}
	}
	return nil
}

func (c crew) start(at time.Time) error {
	for _, p := range c {
		if err := p.start(at); err != nil {
			return err
		}
	}
	return nil
}

func (c crew) wait() {
	for _, p := range c {
		p.wait()
	}
}

// An opening keeps the beginning of what is written to it: a Go program that
// panics says why first. One goroutine writes; String is called after it ended.
type opening struct{ buf bytes.Buffer }

// Write keeps what fits into openingSize bytes.
func (o *opening) Write(p []byte) (int, error) {
	o.buf.Write(p[:min(len(p), openingSize-o.buf.Len())])
	return len(p), nil
}

// String returns it on one line.
func (o *opening) String() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(o.buf.String(), "?")), " ")
}
