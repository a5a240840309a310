package redisduel

import "embed"

// Source is the Go source of the patterns and antipatterns packages. Reports
// quote the functions that they compare from it, so that what a page shows is
// what ran.
//
//go:embed patterns/*.go antipatterns/*.go
var Source embed.FS
