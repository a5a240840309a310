package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"redisduel/bench"
)

// terminal opens a pseudo-terminal of that many columns, and keeps what is
// written to it.
func terminal(t *testing.T, columns uint16) (tty *os.File, screen *safeBuffer) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: columns}); err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen = &safeBuffer{}
	copied := make(chan struct{})
	go func() { defer close(copied); _, _ = io.Copy(screen, master) }() // ends with an error when the last writer has closed
	t.Cleanup(func() { _ = tty.Close(); <-copied; _ = master.Close() })
	return tty, screen
}

var (
	control = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]|\r")
	colour  = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

func TestTheBarFitsTheTerminalStaysToTheEndAndLeavesNothing(t *testing.T) {
	for _, columns := range []uint16{40, 80, 200} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			tty, screen := terminal(t, columns)
			bar := newProgress(tty, "1 duel", time.Minute)
			const total = 4
			for done := range total {
				phase := fmt.Sprintf("trial %d", done+1)
				left := time.Duration(total-done) * time.Second
				bar.update(bench.Progress{Scenario: "lock-release", Phase: phase, Done: done, Total: total, Remaining: left})
				await(t, phase, 5*time.Second, func() bool {
					return strings.Contains(screen.String(), fmt.Sprintf("%v left · %s", left, phase))
				})
			}
			bar.done()
			fmt.Fprint(tty, "the report")
			await(t, "what follows", 5*time.Second, func() bool { return strings.Contains(screen.String(), "the report") })
			text := screen.String()
			for frame := range strings.SplitSeq(text, "\n") {
				if n := len([]rune(control.ReplaceAllString(frame, ""))); n > int(columns) {
					t.Errorf("a line takes %d columns: %q", n, frame)
				}
			}
			if colour.MatchString(text) {
				t.Errorf("the bar is coloured, whatever NO_COLOR says: %q", text)
			}
			if !strings.HasSuffix(text, "\x1b[Jthe report") { // erased, to the end of the screen
				t.Errorf("the bar is still there: %q", text[max(0, len(text)-200):])
			}
		})
	}
}
