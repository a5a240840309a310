// Package compose holds the tests of the project's docker-compose.yml, which
// read it as Docker does and need no engine.
package compose
