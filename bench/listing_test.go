package bench

import (
	"strings"
	"testing"
	"testing/fstest"
)

const listed = `package x

// Keys yields keys.
// All of them.
//
// Much more about it.
//
// What is wrong: it stops
// everybody.
//
// And more.
func Keys() { _ = "` + "`" + `" }

func other() {}

// A Pool lends.
type Pool struct{}

func (p *Pool) Do() {}

var (
	one = 1
	two = 2
)
`

func sources() fstest.MapFS {
	return fstest.MapFS{
		"patterns/x.go":     {Data: []byte(strings.ReplaceAll(listed, "func other", "func alone"))},
		"antipatterns/x.go": {Data: []byte(listed)},
	}
}

func TestAListingHasTheNamedDeclarationsInTheOrderOfTheFile(t *testing.T) {
	l, err := Twin{File: "x.go", Names: []string{"two", "Pool.Do", "Pool", "Keys", "other"}, Note: "And a setting."}.Listing(sources())
	if err != nil {
		t.Fatal(err)
	}
	rest := "// A Pool lends.\ntype Pool struct{}\n\nfunc (p *Pool) Do() {}\n\nvar (\n\tone = 1\n\ttwo = 2\n)"
	keys := "// Keys yields keys.\n// All of them.\n//\n// What is wrong: it stops\n// everybody.\nfunc Keys() { _ = \"`\" }\n\n"
	want := Listing{File: "x.go", Pattern: keys + rest, AntiPattern: keys + "func other() {}\n\n" + rest, Note: "And a setting."}
	if *l != want {
		t.Errorf("got:\n%+v\nwant:\n%+v", *l, want)
	}
}

func TestATwinThatDoesNotExistIsAnError(t *testing.T) {
	for want, twin := range map[string]Twin{
		"declares gone":           {File: "x.go", Names: []string{"Keys", "gone"}},
		"declares none of other;": {File: "x.go", Names: []string{"other"}},
		"patterns/y.go":           {File: "y.go", Names: []string{"Keys"}},
	} {
		if _, err := twin.Listing(sources()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want an error with %q", twin, err, want)
		}
	}
}

func TestWithoutCodeThereIsNoListingButItsNote(t *testing.T) {
	if l, err := (Twin{}).Listing(sources()); l != nil || err != nil {
		t.Errorf("got %v, %v", l, err)
	}
	if l, err := (Twin{File: "x.go"}).Listing(nil); l != nil || err != nil {
		t.Errorf("without source: %v, %v", l, err)
	}
	if l, err := (Twin{Note: "LRU."}).Listing(sources()); err != nil || *l != (Listing{Note: "LRU."}) {
		t.Errorf("got %v, %v", l, err)
	}
}
