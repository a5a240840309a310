package scenarios

import (
	"testing"

	"redisduel"
)

// TestEveryPairShowsItsTwoFunctions also holds the notes to being there where
// there is no code.
func TestEveryPairShowsItsTwoFunctions(t *testing.T) {
	for _, s := range All() {
		if listing, err := s.Twin.Listing(redisduel.Source); err != nil || listing == nil {
			t.Errorf("%s: %v, %v", s.Name, listing, err)
		}
	}
}
