// Package bench is the engine: it fights duels between a pattern and its
// anti-pattern and returns what it found.
package bench
