package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func TestTheImageIsHardened(t *testing.T) {
	for _, v := range imageViolations(read(t, "go.mod"))(read(t, "Dockerfile")) {
		t.Error(v)
	}
}

func TestEachLineOfTheDockerfileIsNeeded(t *testing.T) {
	eachLineIsNeeded(t, read(t, "Dockerfile"), imageViolations(read(t, "go.mod")))
}

func TestWeakenedLinesOfTheDockerfileAreFound(t *testing.T) {
	weakerIsFound(t, read(t, "Dockerfile"), [][2]string{
		{"golang:1.26-alpine AS", "golang:latest AS"},
		{"golang:1.26-alpine AS", "golang AS"},
		{"golang:1.26-alpine AS", "golang:1.25-alpine AS"},
		{"golang:1.26-alpine AS", "golang:1.26-alpine@sha256:0123 AS"},
		{"FROM scratch", "FROM alpine:3.22"},
		{"USER 65532:65532", "USER nonroot"},
		{"USER 65532:65532", "USER 0:0"},
		{"USER 65532:65532", "USER 65532:0"},
		{`["/redisduel"]`, "/redisduel"},
		{"CGO_ENABLED=0 ", ""},
		{" -trimpath", ""},
		{"COPY . .", "ADD . ."},
		{"COPY . .", "COPY . .\nARG REDIS_PASSWORD"},
		{"FROM scratch\n", "FROM scratch\nENV REDIS_PASSWORD=secret\n"},
		{"FROM scratch\n", "FROM scratch\nCOPY --from=build / /\n"},
		{"COPY go.mod go.sum ./\nRUN go mod download\n", "RUN go mod download\nCOPY go.mod go.sum ./\n"},
		{"RUN go mod download", "RUN GONOSUMDB=* GONOSUMCHECK=1 go mod download"},
		{"RUN go mod download", "RUN GOFLAGS=-mod=mod go mod download"},
	}, imageViolations(read(t, "go.mod")))
}

var (
	minor     = regexp.MustCompile(`(?m)^go (\d+\.\d+)\.`)
	byDigest  = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)
	byNumbers = regexp.MustCompile(`^[1-9]\d{4,}:[1-9]\d{4,}$`) // none of a distribution's own users
)

// imageViolations returns what lists the failings of a Dockerfile that builds
// the module of goMod.
func imageViolations(goMod string) func(text string) []string {
	toolchain := "golang:" + minor.FindStringSubmatch(goMod)[1] + "-alpine"
	return func(text string) []string {
		stages, err := stages(text)
		if err != nil {
			return []string{err.Error()}
		}
		var found findings
		found.want("number of stages", len(stages), 2)
		found.builder(stages[0], toolchain)
		found.final(stages[len(stages)-1])
		return found
	}
}

func stages(text string) ([]instructions.Stage, error) {
	parsed, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{}))
	return stages, err
}

// steps are a stage's instructions, as the file has them.
func steps(s instructions.Stage) (all []string) {
	for _, c := range s.Commands {
		all = append(all, fmt.Sprint(c))
	}
	return all
}

// builder checks the stage that has a compiler, of which only the binary stays.
func (f *findings) builder(s instructions.Stage, toolchain string) {
	f.want("name of the first stage", s.Name, "build")
	f.want("image of the build", byDigest.ReplaceAllString(s.BaseName, ""), toolchain)
	all := steps(s)
	before := -1
	for _, step := range []string{
		"WORKDIR /src",
		"COPY go.mod go.sum ./",
		"RUN go mod download",
		"COPY . .",
		"ARG VERSION=devel",
		`RUN CGO_ENABLED=0 go build -trimpath -ldflags "-X main.stamp=${VERSION}" -o /redisduel ./bench/cmd/redisduel`,
	} {
		at := slices.Index(all, step)
		f.must(at > before, "the build has no step "+step+" after those before it")
		before = at
	}
	f.want("number of steps of the build", len(all), 6)
}

// final checks the stage that becomes the image.
func (f *findings) final(s instructions.Stage) {
	f.want("image that the last stage begins with", s.BaseName, "scratch")
	user, enters := "", false
	for _, command := range s.Commands {
		switch c := command.(type) {
		case *instructions.CopyCommand:
			f.copies(c)
		case *instructions.UserCommand:
			user = c.User
		case *instructions.EntrypointCommand:
			enters = !c.PrependShell && slices.Equal(c.CmdLine, []string{"/redisduel"})
		default:
			f.must(false, fmt.Sprintf("the image has a step that it needs not: %v", c))
		}
	}
	f.must(byNumbers.MatchString(user), "the user "+user+" is not a number above 10000 with a group of its own")
	f.must(enters, "the image does not begin with /redisduel, without a shell")
	f.want("steps of the image", len(s.Commands), 4)
}

// copies checks that a file of the image is one that it needs.
func (f *findings) copies(c *instructions.CopyCommand) {
	f.want("origin of what is copied", c.From, "build")
	f.must(slices.Contains([]string{"/redisduel", "/etc/ssl/certs/ca-certificates.crt"}, c.DestPath) && slices.Equal(c.SourcePaths, []string{c.DestPath}),
		"the image has "+c.DestPath+", which it does not need")
}
