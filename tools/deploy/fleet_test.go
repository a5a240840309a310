package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// smaller makes a load of a test of that of the manifest, with three generators: it
// changes all three eights, as the manifest says, and the document's list.
var smaller = strings.NewReplacer("completions: 8", "completions: 3", "parallelism: 8", "parallelism: 3", "/8\n", "/3\n", "0 1 2 3 4 5 6 7", "0 1 2",
	"--rate=40000", "--rate=800", "--conns=400", "--conns=32", "--duration=60s", "--duration=500ms", "--keys=10000", "--keys=100")

// TestTheJobAndItsDocumentGiveOneResultOfAllGenerators does without a cluster what
// one does: it runs a container for each index as the manifest says, against a
// server as a provider offers it, and then the commands of the document on the
// containers' logs.
func TestTheJobAndItsDocumentGiveOneResultOfAllGenerators(t *testing.T) {
	j, err := job(smaller.Replace(read(t, "deploy/job.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	binary, server := image(t), startManaged(t)
	logs := t.TempDir()
	config := map[string]string{"url": server.url}
	for lead := 2 * time.Second; !inTime(t, j, binary, server, config, logs, lead); lead *= 2 {
		if lead > time.Minute {
			t.Fatalf("the generators were not ready after %v; their logs are in %s", lead, logs)
		}
	}
	merged := fetched(t, binary, logs)
	// What a machine that stood still did not start or answer in time is no failure of ours.
	l := merged.Load
	if merged.Parts != 3 || l.OK == 0 || l.Failed > 0 || l.OK+l.Unknown+l.NotStarted != l.Intended || l.Response.Count != l.OK {
		t.Errorf("merged: %+v; want 3 parts, in which what was answered is counted and nothing failed", merged)
	}
	if merged.Load.Intended < 300 || merged.Load.Intended > 500 {
		t.Errorf("%d operations in half a second, want about 400", merged.Load.Intended)
	}
}

// result is what a test looks at of what merge prints.
type result struct {
	Parts int `json:"parts"`
	Load  struct {
		Intended   int64 `json:"intended"`
		OK         int64 `json:"ok"`
		Failed     int64 `json:"failed"`
		Unknown    int64 `json:"unknown"`
		NotStarted int64 `json:"not_started"`
		Response   struct {
			Count int64 `json:"count"`
		} `json:"response"`
	} `json:"load"`
}

// inTime runs the pods, which start so long from now, and tells whether all of
// them were ready by then.
func inTime(t *testing.T, j *batchv1.Job, binary string, server managed, config map[string]string, logs string, lead time.Duration) bool {
	t.Helper()
	config["start"] = time.Now().Add(lead).UTC().Format(time.RFC3339Nano)
	var pods []*exec.Cmd
	for i := range int(deref(j.Spec.Completions)) {
		log, err := os.Create(filepath.Join(logs, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		pod := container(t, binary, j.Spec.Template.Spec, i, server, config)
		pod.Stdout, pod.Stderr = log, log // Kubernetes does not keep them apart
		if err := pod.Start(); err != nil {
			t.Fatal(err)
		}
		pods = append(pods, pod)
	}
	ready := true
	for i, pod := range pods {
		err := pod.Wait()
		says, _ := os.ReadFile(filepath.Join(logs, fmt.Sprint(i)))
		late := strings.Contains(string(says), "not ready at --start-at")
		ready = ready && !late
		if err != nil && !late {
			t.Fatalf("the generator of index %d: %v: %s", i, err, says)
		}
	}
	return ready
}

// container is that of a pod, with its environment and its files.
func container(t *testing.T, binary string, pod corev1.PodSpec, index int, server managed, config map[string]string) *exec.Cmd {
	t.Helper()
	c, inside := pod.Containers[0], newCell(t, binary)
	inside.mount(t, c.VolumeMounts[0].MountPath+"/ca.pem", server.ca)
	inside.mount(t, c.VolumeMounts[1].MountPath+"/password", []byte(server.password+"\n"))
	known := map[string]string{"JOB_COMPLETION_INDEX": fmt.Sprint(index)}
	for _, e := range c.Env {
		known[e.Name] = e.Value
		if e.ValueFrom != nil {
			known[e.Name] = config[e.ValueFrom.ConfigMapKeyRef.Key]
		}
	}
	var args, env []string
	for _, arg := range c.Args {
		args = append(args, expanded(arg, known))
	}
	for name, value := range known {
		env = append(env, name+"="+value)
	}
	return inside.command(t, args, env)
}

var reference = regexp.MustCompile(`\$\((\w+)\)`)

// expanded puts the environment into an argument as Kubernetes does.
func expanded(arg string, env map[string]string) string {
	return reference.ReplaceAllStringFunc(arg, func(whole string) string {
		if value, ok := env[reference.FindStringSubmatch(whole)[1]]; ok {
			return value
		}
		return whole
	})
}

// fetched runs the document's commands for a trial, with a kubectl that has the
// pods' logs and says yes to everything else.
func fetched(t *testing.T, binary, logs string) (merged result) {
	t.Helper()
	const kubectl = `#!/bin/sh
		test "$1" = logs || exit 0
		case "$*" in *--tail=-1*job-name=redisduel,*job-completion-index=*) cat "$LOGS/${4##*=}";; *) exit 1;; esac`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte(kubectl), 0o700); err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(smaller.Replace(read(t, "deploy/README.md")), "\nFor each trial:")
	_, script, _ = strings.Cut(script, "```sh\n")
	script, _, found := strings.Cut(script, "```")
	if !found {
		t.Fatal("the document has no commands for a trial")
	}
	script = strings.Replace(script, "merge results/*.json", "merge results/*.json --json", 1)
	run := exec.CommandContext(t.Context(), "sh", "-euc", script)
	run.Dir, run.Env = dir, append(os.Environ(), "LOGS="+logs, "PATH="+dir+":"+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	var complaint strings.Builder
	run.Stderr = &complaint
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, complaint.String())
	}
	if err := json.Unmarshal(out, &merged); err != nil {
		t.Fatalf("merge prints %.300s: %v", out, err)
	}
	return merged
}
