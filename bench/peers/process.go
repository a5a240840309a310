package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"redisduel/bench/redisd"
)

// finished is what became of a process.
type finished struct {
	stdout string
	cpu    time.Duration // in user and system mode
	wall   time.Duration
}

// execute runs a program to its end. With ctx it is killed.
func execute(ctx context.Context, env []string, name string, args ...string) (finished, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(redisd.Environ(), env...)
	cmd.WaitDelay = time.Second
	start := time.Now()
	err := cmd.Run()
	if ctx.Err() != nil {
		return finished{}, context.Cause(ctx)
	}
	if err != nil {
		return finished{}, fmt.Errorf("%s failed: %w: %.300s", cmd.Path, err, stderr.String())
	}
	return finished{stdout: stdout.String(), wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// A daemon is a program that runs until it is stopped.
type daemon struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// start starts a program that ends with stop, or with ctx.
func start(ctx context.Context, name string, args ...string) (*daemon, error) {
	d := &daemon{cmd: exec.CommandContext(ctx, name, args...), done: make(chan struct{})}
	d.cmd.Env = redisd.Environ()
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(d.done)
		_ = d.cmd.Wait() // ready and stop know how it is to end
	}()
	return d, nil
}

// ready calls try until it succeeds, the program has ended or ten seconds have
// passed.
func (d *daemon) ready(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-d.done:
			return fmt.Errorf("%s ended at once (%v)", d.cmd.Path, d.cmd.ProcessState)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s does not answer", d.cmd.Path), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (d *daemon) stop() {
	_ = d.cmd.Process.Kill() // fails only if it has ended
	<-d.done
}
