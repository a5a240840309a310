package evidence

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFieldThatIsNoFiniteNumberIsLeftOut(t *testing.T) {
	for _, said := range []string{"nan", "inf", "-Infinity", "text", ""} {
		if n, ok := finite(said); ok {
			t.Errorf("%q is taken for %v", said, n)
		}
	}
	if n, ok := finite("1.5"); !ok || n != 1.5 {
		t.Errorf("1.5 is taken for %v", n)
	}
}

func TestAnErrorsCountIsAFieldOnceThereIsOne(t *testing.T) {
	client := serve(t, "--maxmemory", "1000").client()
	ask := func() map[string]float64 {
		t.Helper()
		got, err := Fields(deadline(t), client, "maxmemory", "errorstat_OOM", "maxmemory_policy", "no such field")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if diff := cmp.Diff(map[string]float64{"maxmemory": 1000}, ask()); diff != "" {
		t.Errorf("before an error (-want +got):\n%s", diff)
	}
	for range 2 {
		if client.Do(deadline(t), client.B().Set().Key("k").Value("v").Build()).Error() == nil {
			t.Fatal("a write fitted into 1,000 bytes")
		}
	}
	if diff := cmp.Diff(map[string]float64{"maxmemory": 1000, "errorstat_OOM": 2}, ask()); diff != "" {
		t.Errorf("after two (-want +got):\n%s", diff)
	}
}
