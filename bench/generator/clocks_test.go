package generator

import (
	"strings"
	"testing"
	"time"

	"redisduel/bench"
)

// shareWith is a share whose generator found the server's clock so far ahead.
func shareWith(clock *bench.ServerClock) *Result { return &Result{Clock: clock} }

func ahead(ahead, within time.Duration) *Result {
	return shareWith(&bench.ServerClock{Ahead: ahead, Within: within})
}

func TestTheClocksOfGeneratorsAreComparedThroughTheServers(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		about   string
		results []*Result
		want    *Spread
	}{
		{"the two furthest apart count", []*Result{ahead(5*ms, ms), ahead(-20*ms, 2*ms), ahead(30*ms, 3*ms), ahead(0, ms)}, &Spread{50 * ms, 5 * ms}},
		{"all of them may be wrong alike", []*Result{ahead(time.Hour, ms), ahead(time.Hour+7*ms, ms)}, &Spread{7 * ms, 2 * ms}},
		{"one that does not know spoils it", []*Result{ahead(0, ms), shareWith(nil), ahead(0, ms)}, nil},
	} {
		got := spread(tt.results)
		if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("%s: %+v, want %+v", tt.about, got, tt.want)
		}
	}
}

func TestClocksThatAreFarApartForTheLoadsDurationAreWarnedOf(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		spread *Spread
		says   string
	}{
		{&Spread{Apart: 90 * ms, Within: ms}, ""},
		{&Spread{Apart: 110 * ms, Within: 20 * ms}, ""}, // it may be 90
		{&Spread{Apart: 110 * ms, Within: ms}, "110ms apart"},
		{nil, "not known"},
	} {
		got := tt.spread.warning(10 * time.Second)
		if (got == "") != (tt.says == "") || !strings.Contains(got, tt.says) {
			t.Errorf("%+v: %q, want %q", tt.spread, got, tt.says)
		}
	}
}
