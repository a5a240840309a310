package deploy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

func TestTheJobIsHardened(t *testing.T) {
	for _, v := range jobViolations(read(t, "deploy/job.yaml")) {
		t.Error(v)
	}
}

func TestEachLineOfTheJobIsNeeded(t *testing.T) {
	eachLineIsNeeded(t, read(t, "deploy/job.yaml"), jobViolations)
}

func TestWeakenedLinesOfTheJobAreFound(t *testing.T) {
	weakerIsFound(t, read(t, "deploy/job.yaml"), [][2]string{
		{"runAsNonRoot: true", "runAsNonRoot: false"},
		{"runAsUser: 65532", "runAsUser: 0"},
		{"runAsGroup: 65532", "runAsGroup: 0"},
		{"fsGroup: 65532", "fsGroup: 0"},
		{"type: RuntimeDefault", "type: Unconfined"},
		{"allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"},
		{"allowPrivilegeEscalation: false", "privileged: true"},
		{"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"},
		{"readOnlyRootFilesystem", "readOnlyRootFileSystem"}, // no such field
		{"drop: [ALL]", "drop: [NET_RAW]"},
		{"drop: [ALL]", "drop: [ALL]\n              add: [NET_ADMIN]"},
		{"automountServiceAccountToken: false", "automountServiceAccountToken: true"},
		{"enableServiceLinks: false", "enableServiceLinks: true"},
		{"enableServiceLinks: false", "enableServiceLinks: false\n      hostNetwork: true"},
		{"completionMode: Indexed", "completionMode: NonIndexed"},
		{"completions: 8", "completions: 9"},
		{"parallelism: 8", "parallelism: 4"},
		{"$(JOB_COMPLETION_INDEX)/8", "$(JOB_COMPLETION_INDEX)/7"},
		{"$(JOB_COMPLETION_INDEX)/8", "1/8"},
		{"$(JOB_COMPLETION_INDEX)/8", "$JOB_COMPLETION_INDEX/8"}, // which Kubernetes does not replace
		{"--start-at=$(START_AT)", "--start-at=$(START)"},
		{"backoffLimit: 0", "backoffLimit: 6"},
		{"restartPolicy: Never", "restartPolicy: OnFailure"},
		{"whenUnsatisfiable: DoNotSchedule", "whenUnsatisfiable: ScheduleAnyway"},
		{"limits: *resources", "limits: {cpu: \"4\", memory: 512Mi}"},
		{`cpu: "2"`, "cpu: 1500m"},
		{"redisduel:v1", "redisduel:latest"},
		{"redisduel:v1", "redisduel"},
		{"defaultMode: 0440", "defaultMode: 0444"},
		{"- name: REDIS_PASSWORD_FILE\n              value: /run/secrets/redisduel/password", "- name: REDIS_PASSWORD\n              value: secret"},
		{"            - name: REDIS_URL\n", "            - name: REDIS_PASSWORD\n              valueFrom: {secretKeyRef: {name: redisduel, key: password}}\n            - name: REDIS_URL\n"},
	}, jobViolations)
}

// TestANamespaceThatEnforcesTheRestrictedStandardTakesThePods asks the code that
// Kubernetes itself asks where a namespace enforces its strictest standard.
func TestANamespaceThatEnforcesTheRestrictedStandardTakesThePods(t *testing.T) {
	j, err := job(read(t, "deploy/job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	standard, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	pod := j.Spec.Template
	if says := policy.AggregateCheckResults(standard.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec)); !says.Allowed {
		t.Error(says.ForbiddenDetail())
	}
	pod.Spec.SecurityContext.SeccompProfile = nil
	if policy.AggregateCheckResults(standard.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec)).Allowed {
		t.Error("a pod whose system calls are not filtered is taken, too")
	}
}

// job reads a manifest as Kubernetes does: with its own types, and without
// fields that it does not know.
func job(text string) (*batchv1.Job, error) {
	data, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, err
	}
	var j batchv1.Job
	unknown, err := json.UnmarshalStrict(data, &j)
	return &j, errors.Join(append(unknown, err)...)
}

// jobViolations lists what a manifest lacks.
func jobViolations(text string) []string {
	j, err := job(text)
	if err != nil {
		return []string{err.Error()}
	}
	var found findings
	found.want("kind", j.APIVersion+" "+j.Kind, "batch/v1 Job")
	found.want("name", j.Name, "redisduel")
	found.shares(j)
	found.once(j.Spec)
	pod := j.Spec.Template.Spec
	found.spread(j)
	found.pod(pod)
	found.volumes(pod.Volumes)
	if len(pod.Containers) != 1 || len(pod.InitContainers) > 0 {
		return append(found, "there must be one container and no other")
	}
	found.container(pod.Containers[0])
	found.command(pod.Containers[0])
	return found
}

// shares checks that there is a pod for each share of the schedule, and no other.
func (f *findings) shares(j *batchv1.Job) {
	f.want("completionMode", deref(j.Spec.CompletionMode), batchv1.IndexedCompletion)
	completions := deref(j.Spec.Completions)
	f.must(completions > 1, "there is one generator, and no share")
	f.want("parallelism", deref(j.Spec.Parallelism), completions)
	for _, c := range j.Spec.Template.Spec.Containers {
		share := fmt.Sprintf("--share=$(JOB_COMPLETION_INDEX)/%d", completions)
		f.must(slices.Contains(c.Args, share), "no argument is "+share)
	}
}

// once checks that no share is driven again, nor for ever, and that the results
// can be fetched for an hour at least.
func (f *findings) once(s batchv1.JobSpec) {
	f.must(s.BackoffLimit != nil && *s.BackoffLimit == 0, "a share would be driven again")
	f.want("restartPolicy", s.Template.Spec.RestartPolicy, corev1.RestartPolicyNever)
	f.must(deref(s.ActiveDeadlineSeconds) > 0, "a trial that hangs hangs for ever")
	f.must(deref(s.TTLSecondsAfterFinished) >= 3600, "finished pods stay, or go before their results can be fetched")
}

// spread checks that no node has two generators while another has none.
func (f *findings) spread(j *batchv1.Job) {
	const key, name = "app.kubernetes.io/name", "redisduel"
	f.want("label of the job", j.Labels[key], name)
	f.want("label of the pods", j.Spec.Template.Labels[key], name)
	all := j.Spec.Template.Spec.TopologySpreadConstraints
	if len(all) != 1 || all[0].LabelSelector == nil {
		f.must(false, "the pods are not spread")
		return
	}
	f.want("spread over", all[0].TopologyKey, corev1.LabelHostname)
	f.want("spread, skew", all[0].MaxSkew, 1)
	f.want("spread, otherwise", all[0].WhenUnsatisfiable, corev1.DoNotSchedule)
	f.want("spread of", all[0].LabelSelector.MatchLabels[key], name)
}

func (f *findings) pod(p corev1.PodSpec) {
	no := func(b *bool) bool { return b != nil && !*b }
	f.must(no(p.AutomountServiceAccountToken), "the pods have a token of Kubernetes")
	f.must(no(p.EnableServiceLinks), "services of the namespace are in the environment, where REDIS_PORT has a meaning")
	f.must(!p.HostNetwork && !p.HostPID && !p.HostIPC, "the pods share a namespace with their node")
	f.must(deref(p.TerminationGracePeriodSeconds) >= 10, "no time to print what was measured")
	s := p.SecurityContext
	if s == nil {
		f.must(false, "the pods have no security context")
		return
	}
	f.want("runAsNonRoot", deref(s.RunAsNonRoot), true)
	f.want("runAsUser", deref(s.RunAsUser), nobody)
	f.want("runAsGroup", deref(s.RunAsGroup), nobody)
	f.want("fsGroup", deref(s.FSGroup), nobody)
	f.must(s.SeccompProfile != nil && s.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault, "system calls are not filtered")
}

var tagged = regexp.MustCompile(`^[\w.-]+(:\d+)?/[\w./-]+:[\w.-]+(@sha256:[0-9a-f]{64})?$`)

func (f *findings) container(c corev1.Container) {
	f.want("name of the container", c.Name, "load")
	f.must(tagged.MatchString(c.Image) && !strings.HasSuffix(c.Image, ":latest"), "the image "+c.Image+" has no tag of its own")
	s := c.SecurityContext
	if s == nil || s.Capabilities == nil {
		f.must(false, "the container has no security context with capabilities")
		return
	}
	f.must(s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation, "rights may be gained")
	f.must(!deref(s.Privileged), "the container is privileged")
	f.want("readOnlyRootFilesystem", deref(s.ReadOnlyRootFilesystem), true)
	f.want("capabilities dropped", s.Capabilities.Drop, "[ALL]")
	f.want("capabilities added", s.Capabilities.Add, "[]")
	f.must(s.RunAsUser == nil && s.RunAsNonRoot == nil && s.SeccompProfile == nil, "the container undoes what the pod says")
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		request, limit := c.Resources.Requests[name], c.Resources.Limits[name]
		f.must(!limit.IsZero() && request.Cmp(limit) == 0, fmt.Sprintf("%s: request %v and limit %v are not one amount", name, request.String(), limit.String()))
	}
	cpu := c.Resources.Limits[corev1.ResourceCPU]
	f.must(cpu.MilliValue()%1000 == 0, "the generator has part of a core")
}

// command checks what each generator is told, and that what it refers to exists.
func (f *findings) command(c corev1.Container) {
	f.want("command, which is the image's", c.Command, "[]")
	f.want("arguments", strings.Join(c.Args, " "), "load --rate=40000 --conns=400 --duration=60s --keys=10000 --seed=1 "+
		"--share=$(JOB_COMPLETION_INDEX)/8 --start-at=$(START_AT) --tls-ca=/etc/redisduel/ca.pem --allow-data --allow-live --max-errors=1000000000 --json -- GET {key}")
	var env []string
	for _, e := range c.Env {
		from := e.Value
		if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil {
			from = e.ValueFrom.ConfigMapKeyRef.Name + "/" + e.ValueFrom.ConfigMapKeyRef.Key
		}
		env = append(env, e.Name+" from "+from)
	}
	f.want("environment", strings.Join(env, ", "), "REDIS_URL from redisduel/url, START_AT from redisduel/start, "+
		"REDIS_PASSWORD_FILE from /run/secrets/redisduel/password")
	var mounts []string
	for _, m := range c.VolumeMounts {
		f.must(m.ReadOnly, m.MountPath+" can be written")
		mounts = append(mounts, m.Name+" at "+m.MountPath)
	}
	f.want("mounts", strings.Join(mounts, ", "), "server at /etc/redisduel, secret at /run/secrets/redisduel")
}

// volumes checks that the password is in a Secret that the generator's group
// alone may read, and the rest in a ConfigMap.
func (f *findings) volumes(all []corev1.Volume) {
	if len(all) != 2 || all[0].ConfigMap == nil || all[1].Secret == nil {
		f.must(false, "the volumes are not a ConfigMap and a Secret")
		return
	}
	server, secret := all[0].ConfigMap, all[1].Secret
	f.want("volumes", all[0].Name+" "+all[1].Name, "server secret")
	f.want("files of the ConfigMap "+server.Name, paths(server.Items), "ca.pem")
	f.want("files of the ConfigMap, optional", deref(server.Optional), true)
	f.want("files of the Secret "+secret.SecretName, paths(secret.Items), "password")
	f.want("ConfigMap and Secret", server.Name+" "+secret.SecretName, "redisduel redisduel")
	f.want("mode of the Secret", deref(secret.DefaultMode), 0o440)
}

// paths are the files that keys become; each has the name of its key.
func paths(items []corev1.KeyToPath) string {
	var all []string
	for _, item := range items {
		if item.Key == item.Path {
			all = append(all, item.Path)
		}
	}
	return strings.Join(all, " ")
}

// deref is the value that a field has, or its zero value.
func deref[T any](p *T) (value T) {
	if p != nil {
		value = *p
	}
	return value
}
