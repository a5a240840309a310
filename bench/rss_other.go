//go:build !darwin

package bench

// maxrssUnit is what getrusage counts memory in.
const maxrssUnit = 1024
